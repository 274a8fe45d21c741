"""`./ikomek voters`, what becomes of a version of the list: import, check, worklist, decide, undo, accept,
reopen, approve, reject, status, erase; and demo, which invents a file of one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from dashboard.commands.meter import Meter
from dashboard.commands.voters import together
from dashboard.commands.voters.command import VotersCommand
from dashboard.commands.voters.report import (
    flag_line,
    print_check,
    print_status,
    print_transfers,
    print_worklist,
)
from dashboard.words import word
from geo.audit.records import record_audit
from geo.database import AnyRow, Connection
from geo.errors import InvalidInput, NotFound
from geo.ranges import whole
from geo.voters import approval, importing, model, worklist
from geo.voters.forgetting import End, forget_persons
from geo.voters.transfer import model as transfers

NO_BUILDING = "none"
SHOWN_TRANSFERS = 12


def load(command: VotersCommand) -> int:
    """The file is read, checked and compared in one transaction; another person approves it later."""
    path, meter = command.args.file, Meter("command.voters.progress")
    file, of = command.files.open_list(path), command.files.count_rows(path)
    with command.connected() as connection:
        day = command.args.voting_day or _last_voting_day(command, connection)
        done = importing.import_list(
            connection,
            command.settings.city,
            command.ring,
            file,
            day,
            command.who,
            lambda what, rows: meter(word(f"command.voters.step.{what}"), rows, of),
        )
    with command.connected() as connection:
        importing.settle(command.ring, connection, command.region, done.id)
        print(word("command.voters.same_file" if done.replayed else "command.voters.imported", list=done.id))
        if (found := command.files.sheets(path)) is not None:
            print(word("voters.load.sheet", sheet=found[0], others=", ".join(found[1])))
        return print_check(connection, command.settings.city, done.id)


def _last_voting_day(command: VotersCommand, connection: Connection) -> date:
    """Raises `InvalidInput` ("voters.voting_day") where no list has one."""
    for row in model.versions(connection, command.region):
        return row.voting_day
    raise InvalidInput("voters.voting_day")


def check(command: VotersCommand) -> int:
    with command.connected() as connection:
        list_id = command.list_id(connection)
        approval.recheck(connection, command.settings.city, list_id, command.who)
        return print_check(connection, command.settings.city, list_id)


def show_worklist(command: VotersCommand) -> None:
    """The addresses that wait, or those whose persons have no building."""
    args, city = command.args, command.settings.city
    if args.without:
        opened, count = worklist.addresses_without, worklist.count_without
    else:
        opened, count = worklist.open_addresses, worklist.count_open
    with command.connected() as connection:
        list_id = _list_of_worklist(command, connection)
        record_audit(connection, command.who, "voters.addresses_seen", list=list_id)
        found = opened(connection, city, command.ring, list_id, args.most)
        counted = count(connection, command.region, list_id)
    print_worklist(found, counted.addresses)
    if args.without:
        print(word("command.voters.without_building", list=list_id, n=counted.persons))


def _list_of_worklist(command: VotersCommand, connection: Connection) -> int:
    """Persons have no building in a list in force too."""
    in_force = model.current(connection, command.region)
    try:
        return command.list_id(connection)
    except NotFound:
        if not command.args.without or in_force is None:
            raise
        return int(in_force.id)


def decide(command: VotersCommand) -> None:
    args = command.args
    building = None if args.building == NO_BUILDING else whole(args.building)
    if args.building != NO_BUILDING and building is None:
        raise InvalidInput("voters.building", building=args.building)
    with command.connected() as connection:
        list_id = command.list_id(connection)
        if args.alike is not None:
            if not together.decide_alike(command, connection, building):
                return
        else:
            worklist.decide(
                connection, command.settings.city, command.ring, list_id, args.address, building, command.who
            )
        left = worklist.count_open(connection, command.region, list_id).addresses
    print(word("command.voters.decided", n=left))


def undo(command: VotersCommand) -> None:
    with command.connected() as connection:
        list_id = command.list_id(connection)
        n = worklist.take_back(connection, command.settings.city, list_id, command.args.address, command.who)
        left = worklist.count_open(connection, command.region, list_id).addresses
    print(word("voters.done.undo", n=n), word("command.voters.left", n=left))


def accept(command: VotersCommand) -> None:
    _decide_flags(command, approval.accept_flag, together.accept_every, "accepted")


def reopen(command: VotersCommand) -> None:
    _decide_flags(command, approval.reopen_flag, together.reopen_every, "reopened")


def _decide_flags(
    command: VotersCommand,
    of_one: Callable[..., list[AnyRow]],
    of_every: Callable[[VotersCommand, Connection], int],
    done: str,
) -> None:
    """What was decided of one object is named: it may be implausible in several ways."""
    args, city, named = command.args, command.settings.city, []
    with command.connected() as connection:
        list_id = command.list_id(connection)
        if args.every is None:
            named = of_one(connection, city, list_id, args.level, args.of, command.who, args.only)
        elif not of_every(command, connection):
            return
        left = len(approval.flags(connection, command.region, list_id))
    for flag in named:
        print(flag_line(flag))
    print(word(f"command.voters.{done}", n=left))


def approve(command: VotersCommand) -> None:
    with command.connected() as connection:
        list_id = command.list_id(connection)
        houses = approval.approve(connection, command.settings.city, list_id, command.who)
    print(word("command.voters.approved", list=list_id, n=houses))


def reject(command: VotersCommand) -> None:
    _forget_persons(command, "rejected")


def erase(command: VotersCommand) -> None:
    _forget_persons(command, "erased")


def _forget_persons(command: VotersCommand, end: End) -> None:
    with command.connected() as connection:
        list_id = command.list_id(connection)
        key = forget_persons(connection, command.settings.city, command.ring, list_id, end, command.who)
    command.ring.destroy(key)
    print(word(f"command.voters.{end}", list=list_id))


def status(command: VotersCommand) -> None:
    with command.connected() as connection:
        print_status(model.versions(connection, command.region))
        print_transfers(transfers.newest(connection, command.region, SHOWN_TRANSFERS))


def invent(command: VotersCommand) -> None:
    """Persons that nobody is, for the buildings that the database holds."""
    args, demo = command.args, command.demo()
    with command.connected("reader") as connection:
        found = demo.invent_list(
            connection,
            command.settings.city,
            demo.share_of(args.scale),
            args.voting_day,
            args.seed,
        )
    demo.write_list(found, args.file, args.answers)
    print(word("command.voters.invented", n=len(found.lines), file=args.file))
