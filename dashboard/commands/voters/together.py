"""`./ikomek voters`, one decision for many: decide --alike, accept and reopen --every. Without a number what
it would settle is shown; with the number that was shown it is done."""

from __future__ import annotations

from collections.abc import Callable

from dashboard.commands.voters.command import VotersCommand
from dashboard.commands.voters.report import flag_line, house_of
from dashboard.words import word
from geo.audit.records import record_audit
from geo.database import Connection
from geo.errors import NotFound
from geo.voters import alike, approval

PREVIEW = 0
"""The number of who wants to see first."""
SHOWN = 40
Act = Callable[..., int]


def decide_alike(command: VotersCommand, connection: Connection, building: int | None) -> int:
    """How many addresses were decided; none where they were only shown. Raises `NotFound`
    ("voters.none_alike")."""
    args, city, list_id = command.args, command.settings.city, command.list_id(connection)
    if args.alike != PREVIEW:
        return alike.decide_alike(
            connection, city, command.ring, list_id, args.address, building, args.alike, command.who
        )
    record_audit(connection, command.who, "voters.addresses_seen", list=list_id)
    found = alike.alike(connection, city, command.ring, list_id, args.address)
    group = next((one for one in found if one.building == building), None)
    if group is None:
        raise NotFound("voters.none_alike", address=args.address)
    for one in group.lines[:SHOWN]:
        house = house_of(one._asdict()) if one.building else word("command.voters.no_building")
        print(f"{one.address}. {one.line} → {house}")
    _print_rest(len(group.lines))
    print(word("command.voters.alike", n=len(group.lines), persons=group.persons))
    return 0


def accept_every(command: VotersCommand, connection: Connection) -> int:
    return _every(command, connection, approval.accept_flags, accepted=False)


def reopen_every(command: VotersCommand, connection: Connection) -> int:
    return _every(command, connection, approval.reopen_flags, accepted=True)


def _every(command: VotersCommand, connection: Connection, act: Act, accepted: bool) -> int:
    """Raises `NotFound` ("voters.no_flags")."""
    args, city, list_id = command.args, command.settings.city, command.list_id(connection)
    if args.count != PREVIEW:
        return act(connection, city, list_id, args.level, args.every, args.count, command.who)
    known = approval.flags(connection, city.region, list_id, all_=True)
    found = [
        flag
        for flag in known
        if (flag.level, flag.code, flag.accepted_by is not None) == (args.level, args.every, accepted)
    ]
    if not found:
        raise NotFound("voters.no_flags", level=args.level, kind=args.every)
    for flag in found[:SHOWN]:
        print(flag_line(flag))
    _print_rest(len(found))
    before, after = sum(flag.before for flag in found), sum(flag.after for flag in found)
    print(word("command.voters.every", n=len(found), before=before, after=after))
    return 0


def _print_rest(n: int) -> None:
    if n > SHOWN:
        print(word("command.voters.more", n=n - SHOWN))
