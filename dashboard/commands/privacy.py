"""`./ikomek privacy list|breach`: what is kept about people, and the report that a notice of a breach is made
of."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime

from dashboard.commands.given_times import moment
from dashboard.wording.privacy import kept_words, people_words, where_words
from dashboard.words import word
from geo.accounts.users import permissions_by_role, role_of
from geo.audit.records import record_audit
from geo.database import connected
from geo.deadlines.calendar import load_calendar
from geo.privacy.breach import Breach, find_breach, notice_due
from geo.privacy.register import read_register, readers
from geo.settings import Settings

MINUTE = "%Y-%m-%d %H:%M"


def main(settings: Settings, argv: list[str]) -> int:
    args = parse(argv)
    args.run(settings, args)
    return 0


def parse(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./ikomek privacy", description=word("command.privacy"))
    commands = parser.add_subparsers(required=True, metavar="list|breach")
    listing = commands.add_parser("list", help=word("command.privacy.list"))
    listing.set_defaults(run=run_list)
    breaching = commands.add_parser("breach", help=word("command.privacy.breach"))
    breaching.add_argument("user", help=word("command.privacy.user"))
    for flag, name, needed in (("from", "since", True), ("to", "until", True), ("found", "found", False)):
        breaching.add_argument(
            f"--{flag}",
            dest=name,
            type=moment,
            required=needed,
            metavar="TIME",
            help=word(f"command.privacy.{flag}"),
        )
    breaching.set_defaults(run=run_breach)
    return parser.parse_args(argv[1:])


def run_list(settings: Settings, args: argparse.Namespace) -> None:
    with connected(settings, "accounts") as connection:
        roles = permissions_by_role(connection)
    for data in read_register():
        print(word(f"privacy.{data.key}"))
        facts = {
            "why": word(f"privacy.{data.key}.why"),
            "kept": kept_words(data, settings.city),
            "people": people_words(data, roles),
            "processes": ", ".join(readers(data)),
            "where": "; ".join(where_words(data)),
        }
        for name, value in facts.items():
            print(f"  {word(f'privacy.{name}')}: {value}")
        print()


def run_breach(settings: Settings, args: argparse.Namespace) -> None:
    """Times without a zone are the city's."""
    zone = settings.city.time_zone
    since, until, found = (
        at if at.tzinfo else at.replace(tzinfo=zone)
        for at in (args.since, args.until, args.found or datetime.now(UTC))
    )
    login = args.user.strip().casefold()
    with connected(settings, "accounts") as accounts, connected(settings, "auditor") as auditor:
        role = role_of(accounts, login)
        breach = find_breach(auditor, login, since, until)
        seen = sum(act.times for act in breach.acts)
        record_audit(accounts, "command", "privacy.breach_seen", name=login, count=seen)
        due = notice_due(load_calendar(accounts, settings.city), found)
    shown = {name: at.astimezone(zone).strftime(MINUTE) for name, at in (("found", found), ("due", due))}
    print(word("privacy.breach.title") + "\n\n" + word("privacy.breach.due", **shown))
    print(
        word(
            "privacy.breach.login",
            name=login,
            role=word(f"role.{role}") if role else word("privacy.breach.unknown_role"),
            since=since.astimezone(zone).strftime(MINUTE),
            until=until.astimezone(zone).strftime(MINUTE),
        )
    )
    print_breach(settings, breach)
    print_steps(login, since, until, breach)


def print_breach(settings: Settings, breach: Breach) -> None:
    zone = settings.city.time_zone
    print("\n" + word("privacy.breach.acts"))
    if not breach.acts:
        print("  " + word("privacy.breach.nothing"))
    for act in breach.acts:
        line = word(
            "privacy.breach.act",
            act=word(f"audit.act.{act.what}"),
            n=act.times,
            first=act.first_at.astimezone(zone).strftime(MINUTE),
            last=act.last_at.astimezone(zone).strftime(MINUTE),
            incidents=act.incidents,
            rows=act.exported,
        )
        print(f"  {line}")
    print("\n" + word("privacy.breach.data"))
    for data in breach.data:
        print(f"  {word(f'privacy.{data.key}')}")
    print("\n" + word("privacy.breach.origins"))
    for one in breach.came_from:
        caller = word(f"audit.caller.{one.caller_type}")
        print("  " + word("privacy.breach.origin", origin=one.origin or "–", caller=caller, n=one.times))


def print_steps(login: str, since: datetime, until: datetime, breach: Breach) -> None:
    """What is to be done next."""
    print()
    if any(data.key == "voters" for data in breach.data):
        command = (
            f"./ikomek voters breach {login} --from {since.isoformat('T', 'minutes')} "
            f"--to {until.isoformat('T', 'minutes')}"
        )
        print(word("privacy.breach.voters", command=command))
    print(word("privacy.breach.stop", command=f"./ikomek user disable {login}"))
    print(word("privacy.breach.by_hand"))
