"""`./ikomek wall`: which screens show what: their addresses, files of scenes, the length of a turn."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from urllib.parse import urlsplit

from dashboard.commands.table import local_time, print_table
from dashboard.machine import start_options, state
from dashboard.words import error_words, word
from geo import wall
from geo.accounts import sessions, token_terms
from geo.audit.terminal import terminal_person
from geo.database import Engine, connected_engine
from geo.settings import Settings

PLACEHOLDER = "SERVER"
"""Stands for the server's name in an address that is printed while nothing runs."""
DEFAULT_PORT = 8109
LOOPBACK = ("127.0.0.1", "localhost", "::1")


def main(settings: Settings, argv: list[str]) -> int:
    args = parse(argv)
    with connected_engine(settings, "accounts") as engine:
        args.run(engine, settings, args)
    return 0


def parse(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./ikomek wall", description=word("command.wall"))
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    token = actions.add_parser("token", help=word("command.wall.token"))
    token.add_argument("scene")
    token.add_argument("--label", help=word("command.wall.label"))
    token.set_defaults(run=add_device)
    actions.add_parser("list", help=word("command.wall.list")).set_defaults(run=list_devices)
    revoke = actions.add_parser("revoke", help=word("command.wall.revoke"))
    revoke.add_argument("id")
    revoke.set_defaults(run=revoke_device)
    renew = actions.add_parser("renew", help=word("command.wall.renew"))
    renew.add_argument("id")
    renew.set_defaults(run=renew_device)
    check = actions.add_parser("check", help=word("command.wall.check"))
    check.add_argument("file", type=Path)
    check.set_defaults(run=check_file)
    turn = actions.add_parser("turn", help=word("command.wall.turn"))
    turn.add_argument("seconds", type=int)
    turn.set_defaults(run=set_turn)
    return parser.parse_args(argv[1:])


def add_device(engine: Engine, settings: Settings, args: argparse.Namespace) -> None:
    from dashboard.wall.playlists import find_show

    find_show(args.scene)
    token = sessions.add_device(engine, args.scene, args.label, token_terms.term_days())
    print(word("command.wall.added", scene=args.scene))
    print_address(settings, args.scene, token)


def renew_device(engine: Engine, settings: Settings, args: argparse.Namespace) -> None:
    token = token_terms.renew(engine, "device", args.id, token_terms.term_days())
    scene = sessions.find_principal(engine, token).scene
    print(word("command.wall.renewed", scene=scene, n=token_terms.OVERLAP.days))
    print_address(settings, scene, token)


def print_address(settings: Settings, scene: str, token: str) -> None:
    address, advice = screen_address(settings)
    print(f"{address}/wall/{scene}?token={token}")
    if advice:
        print(advice, file=sys.stderr)


def screen_address(settings: Settings) -> tuple[str, str | None]:
    """Scheme, host and port of what runs, else of the next start, and what a person has to know of them.
    Where there never was a start the host is a placeholder."""
    running, last = state.running(settings.data), start_options.read(settings.data)
    address = running.address if running else last.address if last else None
    if not address:
        return f"http://{PLACEHOLDER}:{DEFAULT_PORT}", word("command.wall.not_running", host=PLACEHOLDER)
    host = urlsplit(address).hostname
    here = host in LOOPBACK
    return address, word("command.wall.this_machine", host=host) if here else None


def list_devices(engine: Engine, settings: Settings, args: argparse.Namespace) -> None:
    print_table(
        [
            {
                "id": device.id,
                "scene": device.scene,
                "label": device.label or "",
                "created": local_time(settings, device.created_at),
                "seen": local_time(settings, device.seen_at),
                "ends": local_time(settings, device.expires_at),
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
    wall.set_turn(engine, settings.city.region, args.seconds, f"command:{terminal_person()}")
    print(word("command.wall.turn_set", seconds=args.seconds))
