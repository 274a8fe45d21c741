"""`./ikomek projects check|adopt|list`: the project office's file."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from dashboard.commands.mistakes import print_mistakes
from dashboard.commands.table import print_table
from dashboard.words import language, word
from geo.audit.terminal import terminal_person
from geo.database import Connection, connected
from geo.errors import InvalidInput, LineMistake
from geo.projects import adopt
from geo.projects.file import ReadFile, read_projects
from geo.settings import Settings
from geo.written_text import read_written
from layers import projects

SHOWN = 10
"""Keys that are named in an error."""


def main(settings: Settings, argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="./ikomek projects", description=word("command.projects"))
    commands = parser.add_subparsers(required=True, metavar="check|adopt|list")
    for name, run in (("check", run_check), ("adopt", run_adopt)):
        one = commands.add_parser(name, help=word(f"command.projects.{name}"))
        one.add_argument("file", type=Path, metavar="FILE.csv")
        one.set_defaults(run=run)
    one.add_argument("--yes", action="store_true", help=word("command.projects.yes"))
    listing = commands.add_parser("list", help=word("command.projects.list"))
    listing.set_defaults(run=run_list)
    args = parser.parse_args(argv[1:])
    return args.run(settings, args)


def run_check(settings: Settings, args: argparse.Namespace) -> int:
    """Exit code 1 where anything is wrong."""
    with connected(settings, "accounts") as connection:
        read = _read(settings, connection, args.file)
    if read.mistakes:
        return print_mistakes(args.file, read.mistakes, sentence)
    print(word("command.projects.right", n=len(read.projects)))
    return 0


def run_adopt(settings: Settings, args: argparse.Namespace) -> int:
    """Raises `Conflict` ("projects.same"), `InvalidInput` ("projects.file", "projects.mistakes",
    "projects.gone")."""
    with connected(settings, "accounts") as connection:
        read = _read(settings, connection, args.file)
        if read.mistakes:
            print_mistakes(args.file, read.mistakes, sentence)
            raise InvalidInput("projects.mistakes", file=str(args.file), count=len(read.mistakes))
        gone = adopt.gone(connection, settings.city, read)
        if gone and not args.yes:
            raise InvalidInput("projects.gone", file=str(args.file), count=len(gone), gone=some(gone))
        number = adopt.adopt(connection, settings.city, read, terminal_person())
    print(word("command.projects.adopted", number=number, projects=len(read.projects)))
    if gone:
        print(word("command.projects.removed", count=len(gone), gone=", ".join(gone)))
    return 0


def some(keys: Sequence[str]) -> str:
    return ", ".join(keys[:SHOWN]) + (", …" if len(keys) > SHOWN else "")


def run_list(settings: Settings, args: argparse.Namespace) -> int:
    with connected(settings, "reader") as connection:
        found = projects.read_projects(connection, settings.city, language.get())
    print_table(
        [
            {
                "key": one.key,
                "name": one.owner,
                "done": sum(milestone.done is not None for milestone in one.milestones),
                "milestones": len(one.milestones),
                "next": one.next.planned.isoformat() if one.next else "",
                "late": one.late_days,
                "slipped": one.slipped_days,
            }
            for one in found.projects
        ]
    )
    return 0


def _read(settings: Settings, connection: Connection, path: Path) -> ReadFile:
    city = settings.city
    return read_projects(read_written(path, "projects.file"), city, adopt.owners(connection), city.today())


def sentence(mistake: LineMistake) -> str:
    return word(f"projects.mistake.{mistake.code}", **mistake.parameters)
