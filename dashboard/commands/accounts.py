"""`./ikomek user`, `wall` and `mode`: who may come in, which screens show what, and the mode of the
centre."""

from __future__ import annotations

import argparse
import getpass
import sys
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from dashboard.commands.table import print_table
from dashboard.machine import state
from dashboard.words import error_words, word
from geo import wall
from geo.accounts import attempts, sessions, users
from geo.city import modes
from geo.database import Engine, connect_engine
from geo.errors import InvalidInput, NotFound
from geo.settings import Settings
from layers import feeds

DEFAULT_ROLE = "duty"
PLACEHOLDER = "SERVER"
"""For the server's name, in an address that is printed while nothing runs."""
DEFAULT_PORT = 8109
LOOPBACK = ("127.0.0.1", "localhost", "::1")


def main(settings: Settings, argv: list[str]) -> int:
    args = parse(argv)
    engine = connect_engine(settings, "accounts")
    try:
        args.run(engine, settings, args)
    finally:
        engine.dispose()
    return 0


def parse(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./ikomek")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_user(
        commands.add_parser("user", help=word("command.user")).add_subparsers(required=True, metavar="ACTION")
    )
    _add_wall(
        commands.add_parser("wall", help=word("command.wall")).add_subparsers(required=True, metavar="ACTION")
    )
    mode = commands.add_parser("mode", help=word("command.mode"))
    mode.add_argument("mode", choices=modes.MODES)
    mode.set_defaults(run=set_mode)
    return parser.parse_args(argv)


def _add_user(actions: argparse._SubParsersAction) -> None:
    add = actions.add_parser("add", help=word("command.user.add"))
    add.add_argument("name")
    add.add_argument(
        "--role", default=DEFAULT_ROLE, help=word("command.user.role", role=_both("role", DEFAULT_ROLE))
    )
    add.add_argument("--district", action="append", metavar="KEY", help=word("command.user.district"))
    add.add_argument("--kind", action="append", metavar="KIND", help=word("command.user.kind"))
    add.add_argument("--no-password", action="store_true", help=word("command.user.no_password"))
    add.set_defaults(run=add_user)
    actions.add_parser("list", help=word("command.user.list")).set_defaults(run=list_users)
    for name, run in (
        ("disable", disable_user),
        ("password", set_password),
        ("token", add_token),
        ("unlock", unlock_user),
    ):
        action = actions.add_parser(name, help=word(f"command.user.{name}"))
        action.add_argument("name")
        action.set_defaults(run=run)
        if name == "token":
            action.add_argument("--feed", metavar="FEED", help=word("command.user.feed"))


def _both(kind: str, key: str) -> str:
    """A role or a mode by its name, with the key that commands take."""
    return f"{word(f'{kind}.{key}')} ({key})"


def _add_wall(actions: argparse._SubParsersAction) -> None:
    token = actions.add_parser("token", help=word("command.wall.token"))
    token.add_argument("scene")
    token.add_argument("--label", help=word("command.wall.label"))
    token.set_defaults(run=add_device)
    actions.add_parser("list", help=word("command.wall.list")).set_defaults(run=list_devices)
    revoke = actions.add_parser("revoke", help=word("command.wall.revoke"))
    revoke.add_argument("id")
    revoke.set_defaults(run=revoke_device)
    check = actions.add_parser("check", help=word("command.wall.check"))
    check.add_argument("file", type=Path)
    check.set_defaults(run=check_file)
    turn = actions.add_parser("turn", help=word("command.wall.turn"))
    turn.add_argument("seconds", type=int)
    turn.set_defaults(run=set_turn)


def add_user(engine: Engine, settings: Settings, args: argparse.Namespace) -> None:
    users.add_user(
        engine,
        args.name,
        args.role,
        None if args.no_password else read_password(),
        args.district,
        args.kind,
    )
    print(word("command.user.added", name=users.check_name(args.name), role=_both("role", args.role)))


def list_users(engine: Engine, settings: Settings, args: argparse.Namespace) -> None:
    print_table(
        [
            {
                "name": user["name"],
                "role": user["role"],
                "districts": ", ".join(user["districts"] or ["*"]),
                "kinds": ", ".join(users.kinds_of(user["role"], user["kinds"]) or ["*"]),
                "seen": local(settings, user["seen_at"]),
                "disabled": local(settings, user["disabled_at"]),
            }
            for user in users.list_users(engine)
        ]
    )


def disable_user(engine: Engine, settings: Settings, args: argparse.Namespace) -> None:
    users.disable_user(engine, args.name)
    print(word("command.user.disabled", name=args.name))


def set_password(engine: Engine, settings: Settings, args: argparse.Namespace) -> None:
    users.set_password(engine, args.name, read_password())
    print(word("command.user.password_set", name=args.name))


def unlock_user(engine: Engine, settings: Settings, args: argparse.Namespace) -> None:
    minutes = attempts.unlock(engine, args.name)
    print(word("command.user.unlocked", name=users.check_name(args.name), minutes=minutes))


def add_token(engine: Engine, settings: Settings, args: argparse.Namespace) -> None:
    """The token is all of the output, so that a script can take it. Raises `NotFound` ("user.token_feed"):
    one bound to a feed that nobody declared could send nothing, and its program would learn it only then."""
    if args.feed is not None:
        need_feed(settings, args.feed)
    print(sessions.add_token(engine, args.name, args.feed))


def need_feed(settings: Settings, feed: str) -> None:
    reader = connect_engine(settings, "reader")
    try:
        known = feeds.declared(reader, settings.city.region)
    finally:
        reader.dispose()
    if feed not in known:
        raise NotFound("user.token_feed", feed=feed, known=", ".join(known) or "–")


def add_device(engine: Engine, settings: Settings, args: argparse.Namespace) -> None:
    from dashboard.wall.playlists import find_show

    find_show(args.scene)
    address, advice = screen_address(settings)
    token = sessions.add_device(engine, args.scene, args.label)
    print(word("command.wall.added", scene=args.scene))
    print(f"{address}/wall/{args.scene}?token={token}")
    if advice:
        print(advice, file=sys.stderr)


def screen_address(settings: Settings) -> tuple[str, str | None]:
    """Scheme, host and port of what runs, and what a person has to know of them. Where nothing runs the host
    is a placeholder."""
    running = state.running(settings.data)
    if running is None or not running.address:
        return f"http://{PLACEHOLDER}:{DEFAULT_PORT}", word("command.wall.not_running", host=PLACEHOLDER)
    host = urlsplit(running.address).hostname
    here = host in LOOPBACK
    return running.address, word("command.wall.this_machine", host=host) if here else None


def list_devices(engine: Engine, settings: Settings, args: argparse.Namespace) -> None:
    print_table(
        [
            {
                "id": device.id,
                "scene": device.scene,
                "label": device.label or "",
                "created": local(settings, device.created_at),
                "seen": local(settings, device.seen_at),
            }
            for device in sessions.list_devices(engine)
        ]
    )


def revoke_device(engine: Engine, settings: Settings, args: argparse.Namespace) -> None:
    sessions.revoke_device(engine, args.id)
    print(word("command.wall.revoked", id=args.id))


def check_file(engine: Engine, settings: Settings, args: argparse.Namespace) -> None:
    """A scene or a playlist: every mistake on a line of its own."""
    from dashboard.wall.playlists import check_playlist, is_playlist
    from dashboard.wall.scenes import check_scene

    read, mistakes = (check_playlist if is_playlist(args.file) else check_scene)(args.file)
    for mistake in mistakes[:-1]:
        print(error_words(mistake), file=sys.stderr)
    if mistakes:
        raise mistakes[-1]
    print(word("command.wall.checked", file=args.file, scene=read.key))


def set_turn(engine: Engine, settings: Settings, args: argparse.Namespace) -> None:
    wall.set_turn(engine, settings.city.region, args.seconds, f"command:{getpass.getuser()}")
    print(word("command.wall.turn_set", seconds=args.seconds))


def set_mode(engine: Engine, settings: Settings, args: argparse.Namespace) -> None:
    modes.set_mode(engine, settings.city.region, args.mode, f"command:{getpass.getuser()}")
    print(word("command.mode.set", mode=_both("mode", args.mode)))


def read_password() -> str:
    """Typed twice on a terminal, else the first line of the input. Raises `InvalidInput`
    ("user.password_differs")."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    first = getpass.getpass(word("command.user.ask_password"))
    if getpass.getpass(word("command.user.ask_again")) != first:
        raise InvalidInput("user.password_differs")
    return first


def local(settings: Settings, moment: datetime | None) -> str:
    """A time as the city's clock shows it; empty for none."""
    return moment.astimezone(settings.city.time_zone).strftime("%F %T") if moment else ""
