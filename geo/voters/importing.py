"""A file becomes a version of the list, in one transaction: read, checked, matched, sealed, compared. A
killed import leaves what was before it.

The file itself is read elsewhere (`etl.voters`), in chunks; here are its rows. The version waits as
'checked' until another person approves it (`geo.voters.approval`).
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from typing import Any

from sqlalchemy import Connection, text

from geo.addresses.line_notes import without_room
from geo.audit.records import record_audit
from geo.database import for_driver
from geo.errors import InvalidInput
from geo.loading.binary_rows import bigint, bytea, copy_body, double, fields, jsonb, words
from geo.loading.staging import driver_cursor
from geo.settings import City
from geo.voters import checks, iin, kept, lasting, rules
from geo.voters.cells import RowNotes
from geo.voters.compare import compare
from geo.voters.keys import KeyRing
from geo.voters.matching import AddressCandidate, AddressMatch, AddressMatcher, line_key, read_matcher
from geo.voters.model import current, take_turn, version
from geo.voters.regions.doubles import struck_off
from geo.voters.rows import OF_PERSON, RowChunk, RowFault, VoterRow, checked
from geo.voters.sealer_process import Sealing
from geo.voters.sealing import ListKey
from geo.voters.staging import NEW_PERSON, REFUSAL, Copier, PersonColumns, RowSealer

Progress = Callable[[str, int], None]
"""Told what is being done and how many rows are through."""

NEW_VERSION = text("""insert into voters.list_version (region, state, key_id, base_id, file_sha256,
    voting_day, loaded_by)
    values (:region, 'checked', :key, :base, :sha256, :voting_day, :who) returning id""")
SAME_FILE = text("""select id from voters.list_version where region = :region and file_sha256 = :sha256
    and voting_day = :voting_day and (state = 'current'
        or state = 'checked' and base_id is not distinct from :base) order by id desc limit 1""")
READ = text("""update voters.list_version set rows_read = :rows, checks = cast(:checks as jsonb)
    where region = :region and id = :list""")
ANYBODY = text("select exists (select from voters.person where region = :region and list_id = :list)")
ADDRESS = (
    "copy voters.address (region, list_id, id, hash, line, building_id, way, reason, score, candidates, "
    "persons, rule_id, open_reason) from stdin (format binary)"
)
ADDRESS_FIELDS = 13
MAKE_TABLE = text("select voters.make_person_table(:list)")
CLOSE_TABLE = text("select voters.attach_person_table(:list)")


@dataclass(frozen=True)
class ListFile:
    """`sha256` of the whole file; `chunks` of its rows, in order."""

    sha256: bytes
    chunks: Iterable[RowChunk]


@dataclass(frozen=True)
class ImportedList:
    """`replayed`: the file had been imported before, and nothing was written."""

    id: int
    replayed: bool


@dataclass
class AddressBook:
    """The lines of a list as they come: each is matched once."""

    matcher: AddressMatcher
    matches: dict[str, AddressMatch] = field(default_factory=dict)
    ids: dict[str, int] = field(default_factory=dict)
    """The ids of lines that did not lead to their building letter by letter, by the key of the decision on
    them: a line is decided once, whatever letter case or spelling it comes in."""
    ids_of_lines: dict[str, int] = field(default_factory=dict)
    """The same by the line itself, which comes again and again."""
    lines: list[str] = field(default_factory=list)
    """The lines by id, from 1 on, each in its first spelling."""
    persons: Counter[int] = field(default_factory=Counter)

    def learn(self, lines: Iterable[str]) -> None:
        new = {line for line in lines if line not in self.matches}
        self.matches.update(self.matcher.match(sorted(new)))

    def find(self, line: str) -> tuple[int | None, int | None]:
        """(building, id of the address where it has a row of its own) of one person more."""
        match = self.matches[line]
        if match.way == "exact":
            return match.building, None
        id_ = self.ids_of_lines.get(line) or self._id(line)
        self.persons[id_] += 1
        return match.building, id_

    def _id(self, line: str) -> int:
        id_ = self.ids_of_lines[line] = self.ids.setdefault(line_key(line), len(self.ids) + 1)
        if id_ > len(self.lines):
            self.lines.append(line)
        return id_


def import_list(
    connection: Connection,
    city: City,
    ring: KeyRing,
    file: ListFile,
    voting_day: date,
    who: str,
    progress: Progress | None = None,
) -> ImportedList:
    """In the caller's transaction, which commits it; the caller then settles the keys (`settle`).

    Raises `Conflict` ("voters.busy") beside another import, `InvalidInput` ("voters.nobody") for a file of
    which no row can be taken, `Unavailable` for a key that cannot be read.
    """
    take_turn(connection)
    lasting.sweep(connection, city.region, ring)
    base = current(connection, city.region)
    bound: dict[str, Any] = {
        "region": city.region,
        "sha256": file.sha256,
        "voting_day": voting_day,
        "base": base.id if base else None,
    }
    if (same := connection.scalar(SAME_FILE, bound)) is not None:
        return ImportedList(same, True)
    base_key = ring.get(base.key_id) if base else None
    key = ring.create()
    try:
        list_id = connection.execute(NEW_VERSION, bound | {"key": key.id, "who": who}).scalar_one()
        sealer = RowSealer(city.region, list_id, key, base_key)
        loading = Loading(connection, city, ring, sealer, voting_day)
        _make(loading, file, progress or (lambda what, rows: None))
        row = version(connection, city.region, list_id)
        record_audit(
            connection, who, "voters.imported", list=list_id, read=row.rows_read, refused=row.refused
        )
    except BaseException:
        ring.destroy(key.id)  # nothing that it sealed is ever committed
        raise
    return ImportedList(list_id, False)


def _make(loading: Loading, file: ListFile, report: Progress) -> None:
    connection, sealer = loading.connection, loading.sealer
    found = loading.load(file.chunks, report)
    if not connection.scalar(ANYBODY, {"region": sealer.region, "list": sealer.list_id}):
        why = ", ".join(f"{code}: {check['count']}" for code, check in found.items())
        raise InvalidInput("voters.nobody", rows=loading.rows, why=why or "–")
    report("comparing", 0)
    if sealer.base is not None:
        kept.keep_refused(connection, sealer, sealer.base, loading.sought, loading.is_struck_off)
    compare(connection, loading.city, sealer.list_id)


def settle(ring: KeyRing, connection: Connection, region: str, list_id: int) -> None:
    """Settles the key of the version after the commit: it stays."""
    row = version(connection, region, list_id)
    if row.key_id is not None:
        ring.settle(ring.get(row.key_id))


@dataclass
class Loading:
    """One import being done."""

    connection: Connection
    city: City
    ring: KeyRing
    sealer: RowSealer
    voting_day: date
    rows: int = 0
    notes: RowNotes = field(default_factory=RowNotes)
    struck: set[bytes] = field(default_factory=set)
    """The hashes of persons who were struck off in favour of another region (`geo.voters.regions`)."""
    doubles: ListKey | None = None
    """Their key, where there is anybody."""
    sought: dict[int, bytes | None] = field(default_factory=dict)
    """Refused rows without an IIN that can be, by line: how their person is found in the older list."""

    @property
    def _copy_persons(self) -> str:
        return NEW_PERSON.format(self.sealer.list_id)

    def load(self, chunks: Iterable[RowChunk], report: Progress) -> dict[str, Any]:
        """What the checks found, as it is kept."""
        cursor = driver_cursor(self.connection)
        self.struck = struck_off(self.connection, self.city.region)
        if self.struck:
            self.doubles = lasting.doubles_key(self.connection, self.city.region, self.ring)

        def execute(statement: str, parameters: dict[str, Any]) -> list[tuple[Any, ...]]:
            copier.wait()
            cursor.execute(for_driver(statement), parameters)
            return cursor.fetchall()

        self.connection.execute(MAKE_TABLE, {"list": self.sealer.list_id})
        with Sealing(self.sealer) as sealing, Copier(cursor) as copier:
            rule_key = lasting.rules_key(self.connection, self.city.region, self.ring)
            decided = rules.known(self.connection, self.city.region, rule_key)
            book = AddressBook(read_matcher(self.city, execute, decided))
            book.matcher.fetch_all()
            for chunk in chunks:
                self._take(chunk, book, sealing, copier)
                report("rows", self.rows)
            copier.copy(ADDRESS, lambda: copy_body(self._addresses(book, rule_key)))
            copier.wait()
        report("checking", self.rows)
        self.connection.execute(CLOSE_TABLE, {"list": self.sealer.list_id})
        found = checks.refuse_doubles(self.connection, self.city, self.sealer.list_id)
        found |= self.notes.as_checks()
        self.connection.execute(
            READ,
            {
                "region": self.city.region,
                "list": self.sealer.list_id,
                "rows": self.rows,
                "checks": json.dumps(found),
            },
        )
        return found

    def _take(self, chunk: RowChunk, book: AddressBook, sealing: Sealing, copier: Copier) -> None:
        sealing.expect(len(chunk.rows))
        good: list[VoterRow] = []
        bad: list[tuple[VoterRow, date | None, RowFault]] = []
        days, lines, rooms = [], [], []
        for row, born, fault in checked(chunk.rows, self.voting_day, self.notes):
            if (fault is None or fault.code not in OF_PERSON) and self.is_struck_off(row):
                fault = RowFault("struck_off", {})
            if fault is None and born is not None:
                line, room = without_room(row.address)
                good.append(row)
                days.append(born.isoformat())
                lines.append(line)
                rooms.append(room)
            else:
                bad.append((row, born, fault or RowFault("birth", {})))
        for number, content in chunk.broken:
            broken = VoterRow(number, iin.only_one(content), content, "", "", "", "", "")
            code = "struck_off" if self.is_struck_off(broken) else "broken"
            bad.append((broken, None, RowFault(code, {})))
        refused = [self.sealer.refusal(row, fault) for row, _, fault in bad]
        self._seek(bad)
        if good:
            book.learn(lines)
            cells = list(zip(*good))[:-1]
            persons = PersonColumns._make((*cells, days, rooms, *zip(*map(book.find, lines))))
            copier.copy(self._copy_persons, sealing.body(persons))
        if refused:
            copier.copy(REFUSAL, partial(copy_body, refused))
        self.rows += len(chunk.rows) + len(chunk.broken)
        self.notes.guessed += chunk.guessed
        for lacking in chunk.lacks:
            self.notes.without_column(lacking, len(chunk.rows))

    def _seek(self, refused: list[tuple[VoterRow, date | None, RowFault]]) -> None:
        """Whoever the row says died, or has no vote, is not sought."""
        if self.sealer.base is None or not refused:
            return
        fitting = iin.valid([row.iin for row, _, _ in refused])
        for (row, born, fault), fits in zip(refused, fitting):
            if not fits and fault.code not in OF_PERSON:
                self.sought[row.line] = self.sealer.base_twin(row, born)

    def is_struck_off(self, row: VoterRow) -> bool:
        if self.doubles is None or not row.iin.isdecimal():
            return False
        return self.doubles.lookup(row.iin) in self.struck

    def _addresses(self, book: AddressBook, rule_key: ListKey) -> Iterator[bytes]:
        """Rows of COPY: the lines that did not lead to their building letter by letter."""
        key = self.sealer.key
        head = fields(ADDRESS_FIELDS) + words(self.city.region) + bigint(self.sealer.list_id)
        for id_, line in enumerate(book.lines, start=1):
            match = book.matches[line]
            yield b"".join(
                (
                    head,
                    bigint(id_),
                    bytea(rules.hash_of(rule_key, line)),
                    bytea(key.seal("line", str(id_).encode(), line)),
                    bigint(match.building),
                    words(match.way),
                    words(match.reason),
                    double(match.score),
                    jsonb([_shown(one) for one in match.candidates]),
                    bigint(book.persons[id_]),
                    bigint(match.rule),
                    words(match.open_reason),
                )
            )


def _shown(one: AddressCandidate) -> dict[str, Any]:
    return {"building": one.building, "score": round(one.score, 3), "reason": one.reason}
