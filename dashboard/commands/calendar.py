"""`./ikomek calendar`: days off, days that the government moved, hours of work: shown, edited, confirmed."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from datetime import date

from babel.dates import get_day_names

from dashboard.commands.given_times import day
from dashboard.commands.table import print_table
from dashboard.words import language, word
from geo.audit.terminal import terminal_person
from geo.database import Connection, connected
from geo.deadlines import calendar, holidays
from geo.deadlines.working_time import Hours
from geo.settings import City, Settings

Run = Callable[[Connection, City, argparse.Namespace], None]


def main(settings: Settings, argv: list[str]) -> int:
    args = parse(argv)
    with connected(settings, "accounts") as connection:
        args.run(connection, settings.city, args)
    return 0


def parse(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./ikomek calendar", description=word("command.calendar"))
    parser.set_defaults(run=show, year=None)
    actions = parser.add_subparsers(metavar="ACTION")
    _add(actions, "show", show).add_argument("year", type=int, nargs="?")
    _add(actions, "propose", propose).add_argument("year", type=int)
    _add(actions, "confirm", confirm).add_argument("year", type=int)
    for name, run in (("off", set_off), ("work", set_working)):
        action = _add(actions, name, run)
        action.add_argument("day", type=day, metavar="YYYY-MM-DD")
        action.add_argument("reason", metavar="REASON")
    move = _add(actions, "move", move_day)
    move.add_argument("worked", type=day, metavar="FROM")
    move.add_argument("off", type=day, metavar="TO")
    move.add_argument("reason", metavar="REASON")
    _add(actions, "clear", clear).add_argument("day", type=day, metavar="YYYY-MM-DD")
    hours = _add(actions, "hours", set_hours)
    hours.add_argument("spans", nargs="+", metavar="HH:MM-HH:MM")
    hours.add_argument("--weekdays", default="1,2,3,4,5", help=word("command.calendar.weekdays"))
    return parser.parse_args(argv[1:])


def _add(actions: argparse._SubParsersAction, name: str, run: Run) -> argparse.ArgumentParser:
    action = actions.add_parser(name, help=word(f"command.calendar.{name}"))
    action.set_defaults(run=run)
    return action


def show(connection: Connection, city: City, args: argparse.Namespace) -> None:
    """A year, or this one and the next; the hours; what waits for somebody to confirm it."""
    today = city.today()
    for year in [args.year] if args.year else [today.year, today.year + 1]:
        show_year(calendar.read_year(connection, city.region, year))
    print(word("command.calendar.week"))
    for weekday, of_day in enumerate(calendar.read_hours(connection, city), start=1):
        print(f"  {weekday_name(weekday)}  {hours_text(of_day) or word('command.calendar.no_work')}")
    for line in warnings(connection, city, today):
        print(line)


def show_year(year: calendar.YearOfDays) -> None:
    if year.source is None:
        print(word("command.calendar.none", year=str(year.year)))
        return
    state = (
        word("command.calendar.confirmed", who=year.confirmed_by, day=f"{year.confirmed_at:%Y-%m-%d}")
        if year.confirmed_at
        else word("command.calendar.proposed", source=year.source)
    )
    print(f"{year.year}: {state}")
    print_table(
        [
            {
                "day": f"{special.day} {weekday_name(special.day.isoweekday())}",
                "kind": word("command.calendar.worked" if special.working else "command.calendar.day_off"),
                "name": name_of(special),
                "by": special.set_by or year.source,
            }
            for special in year.days
        ]
    )
    print()


def name_of(special: calendar.SpecialDay) -> str:
    """The day's name in the reader's language; where the library has none in it, in Kazakh."""
    return special.names.get(language.get()) or special.names.get("kk") or special.names.get("en") or ""


def weekday_name(weekday: int) -> str:
    """Short, in the reader's language; 1 = Monday."""
    return get_day_names("abbreviated", locale=language.get())[weekday - 1]


def hours_text(hours: Hours) -> str:
    return " ".join(f"{begin // 60:02}:{begin % 60:02}-{end // 60:02}:{end % 60:02}" for begin, end in hours)


def warnings(connection: Connection, city: City, today: date) -> list[str]:
    """A line for each year that should have been confirmed by now."""
    return [
        word("command.calendar.unconfirmed", year=str(year))
        for year in calendar.unconfirmed_years(connection, city, today)
    ]


def propose(connection: Connection, city: City, args: argparse.Namespace) -> None:
    done = holidays.propose(connection, city, [args.year], terminal_person())
    key = "command.calendar.taken" if done else "command.calendar.kept"
    print(word(key, year=str(args.year), source=holidays.source()))


def confirm(connection: Connection, city: City, args: argparse.Namespace) -> None:
    calendar.confirm_year(connection, city.region, args.year, terminal_person())
    print(word("command.calendar.is_confirmed", year=str(args.year)))


def set_off(connection: Connection, city: City, args: argparse.Namespace) -> None:
    calendar.set_day(connection, city.region, args.day, False, args.reason, terminal_person())
    print(word("command.calendar.set", day=args.day.isoformat()))


def set_working(connection: Connection, city: City, args: argparse.Namespace) -> None:
    calendar.set_day(connection, city.region, args.day, True, args.reason, terminal_person())
    print(word("command.calendar.set", day=args.day.isoformat()))


def move_day(connection: Connection, city: City, args: argparse.Namespace) -> None:
    """The day off of a weekend, moved to a weekday: the first is worked, the second is off."""
    who = terminal_person()
    calendar.set_day(connection, city.region, args.worked, True, args.reason, who)
    calendar.set_day(connection, city.region, args.off, False, args.reason, who)
    print(word("command.calendar.moved", worked=args.worked.isoformat(), off=args.off.isoformat()))


def clear(connection: Connection, city: City, args: argparse.Namespace) -> None:
    calendar.clear_day(connection, city.region, args.day, terminal_person())
    print(word("command.calendar.set", day=args.day.isoformat()))


def set_hours(connection: Connection, city: City, args: argparse.Namespace) -> None:
    weekdays = [int(part) if part.strip().isdigit() else 0 for part in args.weekdays.split(",")]
    calendar.set_hours(connection, city.region, args.spans, weekdays, terminal_person())
    print(word("command.calendar.hours_set"))
