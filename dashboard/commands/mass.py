"""`./ikomek mass`: within how many metres and hours, and from how many on, incidents of a category are
suggested as one mass event: shown, set, given back to the feed of categories."""

from __future__ import annotations

import argparse

from dashboard.commands.table import print_table
from dashboard.words import word
from geo.audit.terminal import terminal_person
from geo.database import Connection, connected
from geo.incidents.mass_events.rules import clear_rule, read_rules, set_rule
from geo.settings import Settings


def main(settings: Settings, argv: list[str]) -> int:
    args = parse(argv)
    with connected(settings, "accounts") as connection:
        args.run(connection, args)
    return 0


def parse(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./ikomek mass", description=word("command.mass"))
    parser.set_defaults(run=show)
    actions = parser.add_subparsers(metavar="ACTION")
    shown = actions.add_parser("show", help=word("command.mass.show"))
    shown.set_defaults(run=show)
    setting = actions.add_parser("set", help=word("command.mass.set"))
    setting.set_defaults(run=set_one)
    setting.add_argument("category", metavar="CATEGORY")
    setting.add_argument("radius_m", type=float, metavar="METRES")
    setting.add_argument("window_h", type=float, metavar="HOURS")
    setting.add_argument("least", type=int, metavar="LEAST", nargs="?", default=3)
    clearing = actions.add_parser("clear", help=word("command.mass.clear"))
    clearing.set_defaults(run=clear)
    clearing.add_argument("category", metavar="CATEGORY")
    return parser.parse_args(argv[1:])


def show(connection: Connection, args: argparse.Namespace) -> None:
    print_table(
        [
            {
                "category": rule.key,
                "metres": f"{rule.radius_m:g}",
                "hours": f"{rule.window_h:g}",
                "least": rule.least,
                "by": rule.set_by or word("command.mass.feed"),
            }
            for rule in read_rules(connection)
        ]
    )


def set_one(connection: Connection, args: argparse.Namespace) -> None:
    set_rule(connection, args.category, args.radius_m, args.window_h, args.least, terminal_person())
    print(word("command.mass.done", category=args.category))


def clear(connection: Connection, args: argparse.Namespace) -> None:
    clear_rule(connection, args.category, terminal_person())
    print(word("command.mass.done", category=args.category))
