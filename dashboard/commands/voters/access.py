"""`./ikomek voters`, who saw whom: seen (everybody who saw one person) and breach (whom one user saw, with
where to write to them)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from dashboard.commands.table import print_table
from dashboard.commands.voters.command import VotersCommand, typed
from dashboard.words import word
from geo.settings import City
from geo.voters.access import Access, BreachReport, seen_by, who_saw


def show_who_saw(command: VotersCommand) -> None:
    """Everybody who saw one person."""
    number, city = typed("command.voters.iin"), command.settings.city
    with command.connected() as voters, command.connected("auditor") as auditor:
        found = who_saw(voters, auditor, city, command.ring, number, command.who, command.args.document)
    print_accesses(city, found)


def report_breach(command: VotersCommand) -> None:
    """Whose data one user saw; times without a zone are the city's."""
    args, city = command.args, command.settings.city
    since, until = (at if at.tzinfo else at.replace(tzinfo=city.time_zone) for at in (args.since, args.until))
    with command.connected() as voters, command.connected("auditor") as auditor:
        found = seen_by(voters, auditor, city, command.ring, args.user, since, until, command.who)
    print_breach(city, found)


def print_accesses(city: City, found: Sequence[Access]) -> None:
    print_table(
        [
            {
                "at": _at(city, one.at),
                "who": one.who,
                "how": word(f"voters.access.{one.how}"),
                **_reason(one),
            }
            for one in found
        ]
    )


def _at(city: City, at: datetime) -> str:
    return at.astimezone(city.time_zone).strftime("%Y-%m-%d %H:%M:%S")


def _reason(one: Access) -> dict[str, str]:
    return {
        "why": word(f"voters.why.{one.why}") if one.why else "–",
        "document": one.document or "–",
        "origin": one.origin or "–",
    }


def print_breach(city: City, report: BreachReport) -> None:
    """Everybody who was seen, then what cannot be named one by one, then the looks, those of one kind
    together."""
    print_table([{"iin": one.iin, "person": one.name, "address": one.address} for one in report.persons])
    for list_id in report.lists:
        print(word("command.voters.whole_list", list=list_id))
    for list_id, number in report.printed:
        print(word("command.voters.printed_list", list=list_id, number=number))
    if report.unknown:
        print(word("command.voters.seen_unknown", n=report.unknown))
    print()
    print_table([_together(city, looks) for looks in _alike(report.looks)])


def _alike(looks: Sequence[Access]) -> list[list[Access]]:
    """Looks that differ in their time alone, by the first of each."""
    found: dict[Access, list[Access]] = {}
    for one in looks:
        found.setdefault(one._replace(at=datetime.min), []).append(one)
    return list(found.values())


def _together(city: City, looks: Sequence[Access]) -> dict[str, Any]:
    one, first, last = looks[0], *(_at(city, of(look.at for look in looks)) for of in (min, max))
    return {
        "at": first if first == last else f"{first} – {last}",
        "who": one.who,
        "how": word(f"voters.access.{one.how}"),
        "count": len(looks),
        **_reason(one),
    }
