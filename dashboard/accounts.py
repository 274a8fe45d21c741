"""The commands for people, walls, tokens and the mode: `./ikomek user ...`, `./ikomek wall ...`, `./ikomek mode ...`.

`add_commands` gives them to the command line; each is a function of the settings and the parsed arguments that returns the exit code.
"""
from __future__ import annotations

import argparse
import getpass
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

from dashboard.words import word
from geo import modes, sessions, users
from geo.database import Engine, connect_engine
from geo.errors import InvalidInput
from geo.settings import Settings

ADDRESS = "http://127.0.0.1:8109"

Command = Callable[[Settings, argparse.Namespace], int]


def add_commands(commands: argparse._SubParsersAction) -> None:
    """Add `user`, `wall` and `mode`; the chosen one is at `run` of what is parsed."""
    _add_user_commands(commands.add_parser("user", help="who may sign in").add_subparsers(required=True, metavar="COMMAND"))
    _add_wall_commands(commands.add_parser("wall", help="screens of the video wall").add_subparsers(required=True, metavar="COMMAND"))
    mode = commands.add_parser("mode", help="normal work, a drill, or a hotline (state of emergency)")
    mode.add_argument("mode", choices=modes.MODES, nargs="?", help="none: say which it is")
    mode.set_defaults(run=set_mode)


def _add_user_commands(commands: argparse._SubParsersAction) -> None:
    add = _command(commands, "add", add_user, "a new user; asks for a password on the terminal", "name")
    add.add_argument("--role", default="duty")
    add.add_argument("--district", action="append", help="only this district (its key); may be repeated")
    add.add_argument("--kind", action="append", help="only incidents of this kind; may be repeated")
    way = add.add_mutually_exclusive_group()
    way.add_argument("--password-stdin", action="store_true", help="read the password from standard input")
    way.add_argument("--no-password", action="store_true", help="signs in by token only, for programs")
    _command(commands, "list", list_users, "every user")
    _command(commands, "disable", disable_user, "close an account; its sessions and tokens end within seconds", "name")
    password = _command(commands, "password", set_password, "a new password; open sessions end", "name")
    password.add_argument("--password-stdin", action="store_true", help="read the password from standard input")
    token = _command(commands, "token", add_token, "a bearer token for a program, shown once", "name")
    token.add_argument("--feed", help="the one feed it may push to")


def _add_wall_commands(commands: argparse._SubParsersAction) -> None:
    token = _command(commands, "token", add_device, "the address that signs a screen in, shown once; it works until revoked", "scene")
    token.add_argument("--label", help="which screen it is, for the list")
    token.add_argument("--address", default=ADDRESS, help=f"where the screen reaches the server (default {ADDRESS})")
    _command(commands, "list", list_devices, "the screens that may show a scene")
    _command(commands, "revoke", revoke_device, "end a screen's token", "id")


def _command(commands: argparse._SubParsersAction, name: str, run: Command, help_: str, *arguments: str) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=help_, description=help_)
    for argument in arguments:
        parser.add_argument(argument)
    parser.set_defaults(run=run)
    return parser


def add_user(settings: Settings, asked: argparse.Namespace) -> int:
    password = None if asked.no_password else _read_password(asked.password_stdin)
    with _engine(settings) as engine:
        users.add_user(engine, asked.name, asked.role, password, asked.district, asked.kind)
    print(word("user.added", name=users.check_name(asked.name), role=asked.role))
    return 0


def list_users(settings: Settings, asked: argparse.Namespace) -> int:
    with _engine(settings) as engine:
        rows = users.list_users(engine)
    _print_table(
        ("name", "role", "scope", "seen", "disabled"),
        [(row["name"], row["role"], _scope(row), _moment(settings, row["seen_at"]), _moment(settings, row["disabled_at"])) for row in rows])
    return 0


def disable_user(settings: Settings, asked: argparse.Namespace) -> int:
    with _engine(settings) as engine:
        users.disable_user(engine, asked.name)
    print(word("user.disabled", name=asked.name))
    return 0


def set_password(settings: Settings, asked: argparse.Namespace) -> int:
    password = _read_password(asked.password_stdin)
    with _engine(settings) as engine:
        users.set_password(engine, asked.name, password)
    print(word("user.password_set", name=asked.name))
    return 0


def add_token(settings: Settings, asked: argparse.Namespace) -> int:
    """The token alone goes to standard output, so that a script can keep it."""
    with _engine(settings) as engine:
        token = sessions.add_token(engine, asked.name, asked.feed)
    print(word("user.token", name=asked.name), file=sys.stderr)
    print(token)
    return 0


def add_device(settings: Settings, asked: argparse.Namespace) -> int:
    with _engine(settings) as engine:
        token = sessions.add_device(engine, asked.scene, asked.label)
    print(word("device.added", scene=asked.scene), file=sys.stderr)
    print(f"{asked.address.rstrip('/')}/wall/{asked.scene}?token={token}")
    return 0


def list_devices(settings: Settings, asked: argparse.Namespace) -> int:
    with _engine(settings) as engine:
        devices = sessions.list_devices(engine)
    _print_table(
        ("id", "scene", "label", "since", "seen"),
        [(d.id, d.scene, d.label or "", _moment(settings, d.created_at), _moment(settings, d.seen_at)) for d in devices])
    return 0


def revoke_device(settings: Settings, asked: argparse.Namespace) -> int:
    with _engine(settings) as engine:
        sessions.revoke_device(engine, asked.id)
    print(word("device.revoked", id=asked.id))
    return 0


def set_mode(settings: Settings, asked: argparse.Namespace) -> int:
    with _engine(settings) as engine:
        if asked.mode:
            modes.set_mode(engine, settings.city.region, asked.mode, who=f"command:{getpass.getuser()}")
        print(word(f"mode.{modes.read_mode(engine)['mode']}"))
    return 0


@contextmanager
def _engine(settings: Settings) -> Iterator[Engine]:
    engine = connect_engine(settings, "web", pool_size=1)
    try:
        yield engine
    finally:
        engine.dispose()


def _read_password(from_stdin: bool) -> str:
    """From standard input's first line, or twice from the terminal. Raises `InvalidInput` if the two differ."""
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    password = getpass.getpass(word("user.ask_password") + " ")
    if getpass.getpass(word("user.ask_again") + " ") != password:
        raise InvalidInput("user.password_differs")
    return password


def _scope(row: dict) -> str:
    return ", ".join([*(row["districts"] or ()), *(row["kinds"] or ())]) or "-"


def _moment(settings: Settings, at: datetime | None) -> str:
    return at.astimezone(settings.city.time_zone).strftime("%Y-%m-%d %H:%M") if at else "-"


def _print_table(heads: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
    table = [tuple(word(f"table.{head}") for head in heads), *rows]
    widths = [max(len(row[column]) for row in table) for column in range(len(heads))]
    for row in table:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
