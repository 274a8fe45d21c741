"""`./ikomek prevention add|done|drop|list`: preventive measures at places that return."""

from __future__ import annotations

import argparse

from dashboard.commands.given_times import day
from dashboard.commands.table import print_table
from dashboard.wording.measures import effect_words
from dashboard.words import language, word
from geo.audit.terminal import terminal_person
from geo.database import connected, connected_engine
from geo.recurrence.prevention import add_measure, end_measure
from geo.settings import Settings
from layers.reading import snapshot
from layers.statistics.measures import read_measures
from layers.statistics.requests import StatisticsRequest

ENDS = {"done": "done", "drop": "dropped"}


def main(settings: Settings, argv: list[str]) -> int:
    args = parse(argv)
    return args.run(settings, args)


def parse(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./ikomek prevention", description=word("command.prevention"))
    commands = parser.add_subparsers(required=True, metavar="add|done|drop|list")
    adding = commands.add_parser("add", help=word("command.prevention.add"))
    adding.add_argument("location", metavar="building:ID|street:NAME|cell:X_Y")
    adding.add_argument("owner", metavar="OWNER")
    adding.add_argument("due", type=day, metavar="YYYY-MM-DD")
    adding.add_argument("measure", metavar="WORDS")
    adding.add_argument("--topic", metavar="CATEGORY")
    adding.set_defaults(run=run_add)
    for name in ENDS:
        ending = commands.add_parser(name, help=word(f"command.prevention.{name}"))
        ending.add_argument("number", type=int, metavar="NUMBER")
        ending.add_argument("--day", type=day, metavar="YYYY-MM-DD")
        ending.set_defaults(run=run_end, how=ENDS[name])
    listing = commands.add_parser("list", help=word("command.prevention.list"))
    listing.set_defaults(run=run_list)
    return parser.parse_args(argv[1:])


def run_add(settings: Settings, args: argparse.Namespace) -> int:
    with connected(settings, "accounts") as connection:
        number = add_measure(
            connection,
            settings.city,
            args.location,
            args.measure,
            args.owner,
            args.due,
            terminal_person(),
            args.topic,
        )
    print(word("command.prevention.added", number=number))
    return 0


def run_end(settings: Settings, args: argparse.Namespace) -> int:
    """`--day`: when it was; today without it."""
    on = args.day or settings.city.today()
    with connected(settings, "accounts") as connection:
        end_measure(connection, settings.city, args.number, args.how, on, terminal_person())
    print(word(f"command.prevention.is_{args.how}", number=args.number))
    return 0


def run_list(settings: Settings, args: argparse.Namespace) -> int:
    city = settings.city
    with connected_engine(settings, "reader") as reader, snapshot(reader) as connection:
        request = StatisticsRequest(city.today(), city.today())
        found = read_measures(connection, city, request, language.get())
    print_table(
        [
            {
                "id": one.id,
                "location": f"{one.kind}:{one.location}",
                "name": one.name,
                "owner": one.owner,
                "to": one.due_on.isoformat(),
                "state": word(f"returns.state.{one.state}"),
                "effect": effect_words(one),
            }
            for one in found
        ]
    )
    return 0
