"""`./ikomek voters ...`: the electoral list from the command line: import, check, worklist, decide, undo,
accept, approve, reject, status, rules, forget, look, rekey, erase, export, verify, prove, confirm,
demo.

A version of the list is named by its number; without one the newest that waits for its approval is meant.
Nothing of a person is printed but by `look` (one person, masked, with a reason) and `worklist` (addresses).
"""

from __future__ import annotations

import argparse
import getpass
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import ModuleType

from dashboard.commands.meter import Meter
from dashboard.commands.table import print_table
from dashboard.commands.voters_report import print_check, print_status, print_worklist
from dashboard.words import word
from geo.database import Connection, Role, connect_engine
from geo.errors import InvalidInput, NotFound
from geo.settings import Settings
from geo.voters import approval, importing, looks, model, rekey, rules, worklist
from geo.voters.forgetting import End, forget_persons
from geo.voters.keys import KeyRing
from geo.voters.package import verify as verification
from geo.voters.package.documents import FIELDS
from geo.voters.package.export import export as export_package
from geo.voters.package.source import TransferRow

NO_BUILDING = "none"
PROOF = "application"
"""Why somebody's proof is made: the person has applied for it."""
MOST = 20


@dataclass(frozen=True)
class VotersCommand:
    """A command being done: `files` reads lists (`etl.voters.files`), `demo` gives what invents
    them, which takes a second to be imported."""

    settings: Settings
    args: argparse.Namespace
    who: str
    ring: KeyRing
    files: ModuleType
    demo: Callable[[], ModuleType]

    @property
    def region(self) -> str:
        return self.settings.city.region

    @contextmanager
    def connected(self, role: Role = "voters") -> Iterator[Connection]:
        """One transaction, committed where nothing was raised."""
        engine = connect_engine(self.settings, role, pool_size=1)
        try:
            with engine.begin() as connection:
                yield connection
        finally:
            engine.dispose()

    def list_id(self, connection: Connection) -> int:
        """The version that is named, else the newest that waits. Raises `NotFound`
        ("voters.nothing_waits")."""
        if self.args.list is not None:
            return int(self.args.list)
        for row in model.versions(connection, self.region):
            if row.state == "checked":
                return int(row.id)
        raise NotFound("voters.nothing_waits")


Run = Callable[[VotersCommand], int | None]


def main(settings: Settings, argv: list[str], files: ModuleType, demo: Callable[[], ModuleType]) -> int:
    args = parse(argv)
    who = f"cli:{getpass.getuser()}"
    return args.run(VotersCommand(settings, args, who, KeyRing.of(settings), files, demo)) or 0


def parse(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./ikomek voters", description=word("command.voters"))
    commands = parser.add_subparsers(required=True, metavar="ACTION")

    def add(name: str, run: Run, of_list: bool = False) -> argparse.ArgumentParser:
        command = commands.add_parser(
            name, help=word(f"command.voters.{name}"), description=word(f"command.voters.{name}")
        )
        command.set_defaults(run=run)
        if of_list:
            command.add_argument("--list", type=int, metavar="N", help=word("command.voters.which"))
        return command

    loading = add("import", load)
    loading.add_argument("file", type=Path)
    loading.add_argument("--voting-day", type=date.fromisoformat, metavar="YYYY-MM-DD")
    add("check", check, True)
    add("worklist", show_worklist, True).add_argument("--most", type=int, default=MOST)
    deciding = add("decide", decide, True)
    deciding.add_argument("address", type=int)
    deciding.add_argument("building", help=word("command.voters.building", none=NO_BUILDING))
    add("undo", undo, True).add_argument("address", type=int)
    accepting = add("accept", accept, True)
    accepting.add_argument("level", choices=("house", "precinct"))
    accepting.add_argument("of", type=int)
    add("approve", approve, True)
    add("reject", reject, True)
    add("status", status)
    add("rules", show_rules)
    add("forget", forget).add_argument("rule", type=int)
    looking = add("look", look)
    looking.add_argument("--why", choices=looks.REASONS, required=True)
    looking.add_argument("--document", required=True)
    add("rekey", seal_again)
    add("erase", erase).add_argument("list", type=int)
    add("export", export, True).add_argument("folder", type=Path)
    verifying = add("verify", verify)
    verifying.add_argument("folder", type=Path)
    verifying.add_argument("--key", type=Path, metavar="FILE.pem", help=word("command.voters.key"))
    verifying.add_argument("--source", action="store_true", help=word("command.voters.source"))
    proving = add("prove", prove)
    proving.add_argument("folder", type=Path)
    proving.add_argument("--document", required=True)
    confirming = add("confirm", confirm)
    confirming.add_argument("proof", type=Path)
    confirming.add_argument("--root", required=True, metavar="HEX", help=word("command.voters.root"))
    inventing = add("demo", invent)
    inventing.add_argument("file", type=Path)
    inventing.add_argument("--scale", default="tenth")
    inventing.add_argument("--seed", type=int, default=1)
    inventing.add_argument("--voting-day", type=date.fromisoformat, required=True, metavar="YYYY-MM-DD")
    inventing.add_argument("--answers", type=Path, metavar="FILE.csv")
    return parser.parse_args(argv[1:])


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
    with command.connected() as connection:
        found = worklist.open_addresses(
            connection,
            command.settings.city,
            command.ring,
            command.list_id(connection),
            command.args.most,
        )
        print_worklist(
            found, worklist.count_open(connection, command.region, command.list_id(connection)).addresses
        )


def decide(command: VotersCommand) -> None:
    args = command.args
    if args.building != NO_BUILDING and not args.building.isdigit():
        raise InvalidInput("voters.building", building=args.building)
    building = None if args.building == NO_BUILDING else int(args.building)
    with command.connected() as connection:
        list_id = command.list_id(connection)
        worklist.decide(
            connection, command.settings.city, command.ring, list_id, args.address, building, command.who
        )
        left = worklist.count_open(connection, command.region, list_id).addresses
    print(word("command.voters.decided", n=left))


def undo(command: VotersCommand) -> None:
    with command.connected() as connection:
        list_id = command.list_id(connection)
        worklist.take_back(connection, command.settings.city, list_id, command.args.address, command.who)
        left = worklist.count_open(connection, command.region, list_id).addresses
    print(word("command.voters.decided", n=left))


def accept(command: VotersCommand) -> None:
    args = command.args
    with command.connected() as connection:
        list_id = command.list_id(connection)
        approval.accept_flag(connection, command.settings.city, list_id, args.level, args.of, command.who)
        left = len(approval.flags(connection, command.region, list_id))
    print(word("command.voters.accepted", n=left))


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


def show_rules(command: VotersCommand) -> None:
    with command.connected() as connection:
        found = rules.shown(connection, command.region, command.ring.rules())
    nowhere = word("command.voters.no_building")
    print_table(
        [{"id": one.id, "text": one.line, "building": one.house or nowhere, "who": one.who} for one in found]
    )


def forget(command: VotersCommand) -> None:
    with command.connected() as connection:
        rules.undo(connection, command.region, command.args.rule, command.who)
    print(word("command.voters.forgotten", rule=command.args.rule))


def _typed(prompt: str) -> str:
    """What names a person is read from the terminal: an argument would stand in the list of processes and in
    the shell's history."""
    return (getpass.getpass(word(prompt)) if sys.stdin.isatty() else sys.stdin.readline()).strip()


def look(command: VotersCommand) -> None:
    number = _typed("command.voters.iin")
    engine = connect_engine(command.settings, "lookup", pool_size=1)
    try:
        seen = looks.look(
            engine,
            command.settings.city,
            command.ring,
            number,
            command.who,
            command.args.why,
            command.args.document,
        )
    finally:
        engine.dispose()
    print(seen.iin, seen.surname, seen.first_name, seen.patronymic, seen.birth, seen.address, sep="\n")


def seal_again(command: VotersCommand) -> None:
    meter = Meter("command.voters.progress")
    with command.connected() as connection:
        done = rekey.rekey(
            connection,
            command.settings.city,
            command.ring,
            command.who,
            lambda what, rows: meter(word(f"command.voters.step.{what}"), rows, 0),
        )
    rekey.finish(command.ring, done)
    for one in done:
        print(word("command.voters.rekeyed", list=one.list_id, n=one.rows))


def export(command: VotersCommand) -> None:
    """The list in force, if none is named."""
    with command.connected() as connection:
        in_force = model.current(connection, command.region)
        if command.args.list is None and in_force is None:
            raise NotFound("voters.no_list")
        list_id = command.args.list or in_force.id
        done = export_package(
            connection, command.settings.city, command.ring, list_id, command.args.folder, command.who
        )
    print(
        word(
            "command.voters.exported",
            folder=done.folder,
            voters=done.voters,
            precincts=done.precincts,
            files=done.files,
            hash=done.manifest,
        )
    )


def verify(command: VotersCommand) -> int:
    """The package by itself; with --source also against the list of this database."""
    folder, args = command.args.folder, command.args
    found = verification.verify(folder, args.key)
    for code, file in found.faults:
        print(word(f"command.voters.fault.{code}", file=file))
    differ = 0
    if args.source and not found.faults:
        meter = Meter("command.voters.progress")
        with command.connected() as connection:
            differ = verification.compare(
                connection,
                command.settings.city,
                command.ring,
                folder,
                lambda rows: meter(word("command.voters.step.comparing"), rows, found.manifest["voters"]),
            )
        print(word("command.voters.differ", n=differ))
    if not found.faults:
        trusted = "trusted" if args.key else "own_key"
        print(word(f"command.voters.whole.{trusted}", signer=found.signed_by, n=found.manifest["voters"]))
    return 1 if found.faults or differ else 0


def confirm(command: VotersCommand) -> int:
    """Whether a proof leads from a person's row to the root that was published; the row is typed, field by
    field, and nothing else is needed."""
    row = TransferRow("", *(_typed(f"command.voters.field.{name}") for name in FIELDS))
    proof = json.loads(command.args.proof.read_text(encoding="utf-8"))
    right = verification.is_proof(proof, row, command.args.root)
    print(word("command.voters.proof.right" if right else "command.voters.proof.wrong"))
    return 0 if right else 1


def prove(command: VotersCommand) -> None:
    """One person's proof, recorded as a look at that person."""
    number = _typed("command.voters.iin")
    looks.check(number, PROOF, command.args.document)
    with command.connected() as connection:
        _, manifest = verification.read_manifest(command.args.folder)
        key = command.ring.get(model.version(connection, command.region, manifest["list"]).key_id)
        looks.record(connection, key, number, command.who, PROOF, command.args.document)
    print(json.dumps(verification.prove(command.args.folder, number), ensure_ascii=False))


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
