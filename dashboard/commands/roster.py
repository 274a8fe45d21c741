"""`./ikomek roster check|adopt|needed`: the roster's file, and the operators that the coming hours need."""

from __future__ import annotations

import argparse
import csv
import sys
from datetime import UTC, datetime
from pathlib import Path

from dashboard.commands.mistakes import print_mistakes
from dashboard.commands.table import print_table
from dashboard.wording.staffing import silence, summary
from dashboard.words import word
from geo.audit.terminal import terminal_person
from geo.database import connected, connected_engine
from geo.errors import LineMistake
from geo.settings import Settings
from geo.staffing import adopt
from geo.staffing.roster import read_roster, without_mistakes
from layers.reading import snapshot
from layers.statistics.staffing import SHOWN_H, WEEK_H, StaffedHour, read_staffing


def main(settings: Settings, argv: list[str]) -> int:
    args = parse(argv)
    return args.run(settings, args)


def parse(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./ikomek roster", description=word("command.roster"))
    commands = parser.add_subparsers(required=True, metavar="check|adopt|needed")
    for name, run in (("check", run_check), ("adopt", run_adopt)):
        one = commands.add_parser(name, help=word(f"command.roster.{name}"))
        one.add_argument("file", type=Path, metavar="FILE.toml")
        one.set_defaults(run=run)
    needing = commands.add_parser("needed", help=word("command.roster.needed"))
    needing.add_argument("--hours", type=int, choices=range(1, WEEK_H + 1), default=SHOWN_H, metavar="N")
    needing.add_argument("--out", type=Path, metavar="FILE.csv")
    needing.set_defaults(run=run_needed)
    return parser.parse_args(argv[1:])


def run_check(settings: Settings, args: argparse.Namespace) -> int:
    """Exit code 1 where anything is wrong."""
    read = read_roster(args.file)
    if read.roster is not None:
        print(word("command.roster.right", n=len(read.roster.shifts)))
        return 0
    return print_mistakes(args.file, read.mistakes, sentence)


def run_adopt(settings: Settings, args: argparse.Namespace) -> int:
    """Raises `Conflict` ("roster.same"), `InvalidInput` ("roster.file", "roster.mistakes")."""
    read = read_roster(args.file)
    print_mistakes(args.file, read.mistakes, sentence)
    roster = read.roster or without_mistakes(args.file)
    with connected(settings, "accounts") as connection:
        number = adopt.adopt_roster(connection, settings.city, roster, terminal_person())
    print(word("command.roster.adopted", number=number, shifts=len(roster.shifts)))
    return 0


def run_needed(settings: Settings, args: argparse.Namespace) -> int:
    """Exit code 1 where nothing can be said."""
    with connected_engine(settings, "reader") as reader, snapshot(reader) as connection:
        found = read_staffing(connection, settings.city, datetime.now(UTC), args.hours)
    if not found.hours:
        print(silence(found, settings.city), file=sys.stderr)
        return 1
    rows = [_columns(one) for one in found.hours]
    if args.out is None:
        print_table(rows)
    else:
        with args.out.open("x", encoding="utf-8-sig", newline="") as file:
            writer = csv.DictWriter(file, rows[0], delimiter=";")
            writer.writeheader()
            writer.writerows(rows)
        print(args.out)
    print("\n".join(summary(found, settings.city)))
    return 0


def _columns(one: StaffedHour) -> dict[str, object]:
    answers = one.with_them
    return {
        "hour": f"{one.begins:%Y-%m-%d %H:%M}",
        "calls": round(one.calls.mean, 1),
        "at_most": one.calls.high,
        "needed": one.needed,
        "erlang_c": one.patient,
        "busy": one.busy,
        "rostered": one.rostered,
        "short": one.short,
        "within_15_s": "" if answers is None else f"{answers.within:.3f}",
        "given_up": "" if answers is None else f"{answers.lost:.3f}",
    }


def sentence(mistake: LineMistake) -> str:
    return word(f"roster.mistake.{mistake.code}", **mistake.parameters)
