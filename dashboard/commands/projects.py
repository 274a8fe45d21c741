"""`./ikomek projects check|adopt|list`: the project office's file."""

from __future__ import annotations

import argparse
import getpass
from pathlib import Path

from dashboard.commands.mistakes import print_mistakes
from dashboard.commands.table import print_table
from dashboard.words import language, word
from geo.database import Connection, connected
from geo.errors import InvalidInput, LineMistake
from geo.projects import adopt
from geo.projects.file import ReadFile, read_projects, read_text
from geo.settings import Settings
from layers import projects


def main(settings: Settings, argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="./ikomek projects", description=word("command.projects"))
    commands = parser.add_subparsers(required=True, metavar="check|adopt|list")
    for name, run in (("check", run_check), ("adopt", run_adopt)):
        one = commands.add_parser(name, help=word(f"command.projects.{name}"))
        one.add_argument("file", type=Path, metavar="FILE.csv")
        one.set_defaults(run=run)
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
    """Raises `Conflict` ("projects.same"), `InvalidInput` ("projects.file", "projects.mistakes")."""
    with connected(settings, "accounts") as connection:
        read = _read(settings, connection, args.file)
        if read.mistakes:
            print_mistakes(args.file, read.mistakes, sentence)
            raise InvalidInput("projects.mistakes", file=str(args.file), count=len(read.mistakes))
        number = adopt.adopt(connection, settings.city, read, getpass.getuser())
    print(word("command.projects.adopted", number=number, projects=len(read.projects)))
    return 0


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
            }
            for one in found.projects
        ]
    )
    return 0


def _read(settings: Settings, connection: Connection, path: Path) -> ReadFile:
    city = settings.city
    return read_projects(read_text(path), city, adopt.owners(connection), city.today())


def sentence(mistake: LineMistake) -> str:
    return word(f"projects.mistake.{mistake.code}", **mistake.parameters)
