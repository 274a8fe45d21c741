"""Reads the whole chain again, and names what does not agree: which row, and how.

First the objects are looked at, by names that can mean nothing else (`objects`). Then one snapshot of the
database is read, in ranges of positions, each row by its seal, and hashed here, not by the database. The
hash at a position depends on the row and on the hash before it; so a row that was changed does not agree at
its own position alone, a hash that was changed neither there nor at the next one. Where everything behind a
place was computed anew, the chain agrees with itself and no longer with what was signed: the place lies
between the last head that agrees and the first that does not.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import Connection, Engine, text

from geo.audit import objects, swaps
from geo.audit.chain import CANONICAL, Link, next_hash
from geo.audit.heads import read_outside, read_stated
from geo.audit.statements import Expected, Statements, hold, unsigned
from geo.audit.swaps import Unlinked

LATE_US = 3_600_000_000
"""No transaction of ours takes an hour. A row whose time lies so long before that of the rows sealed before
it, or so long after the head that was signed of it, has another time than its own."""
RANGE = 20_000
"""Positions read at once: the rows of one answer."""


@dataclass(frozen=True)
class Discrepancy:
    """`code` is one of the catalogue's "audit.fault..."; `position` is of the chain, `audit_id` of the
    row, none where it is not known."""

    code: str
    position: int | None = None
    audit_id: int | None = None
    parameters: dict[str, Any] = field(default_factory=dict)


@dataclass
class Report:
    """`first` and `last`: the positions that were read; `pending`: rows committed a moment ago, not yet
    sealed; `missing_ids`: numbers between the first and the last sealed row that no row has (rolled back,
    or removed before they were sealed); `heads`: signed statements that agree; `replaced`: those of a chain
    that a restore took the place of; `signed`: the last position that a head agrees with, and `signed_at`
    when it was signed: of the rows behind it nobody can tell whether there were more."""

    first: int = 1
    last: int = 0
    rows: int = 0
    pending: int = 0
    missing_ids: int = 0
    heads: int = 0
    replaced: int = 0
    signed: int = 0
    signed_at: datetime | None = None
    keys: tuple[str, ...] = ()
    faults: list[Discrepancy] = field(default_factory=list)

    def note(self, code: str, position: int | None = None, row: int | None = None, **parameters: Any) -> None:
        self.faults.append(Discrepancy(code, position, row, parameters))


Progress = Callable[[int, int], None]
"""Told the rows read so far and how many there are."""

ENDS = text("""select coalesce(min(position), 0), coalesce(max(position), 0), count(*)
    from public.audit_seal""")
LINKS = text(f"""select s.position, s.audit_id, s.hash, case when a.id is not null then {CANONICAL} end,
        a.written_by is null
    from public.audit_seal s left join public.audit a on a.id = s.audit_id
    where s.position > :after and s.position <= :through order by s.position""")
UNSEALED = text(f"""select a.id, a.transaction >= coalesce((select settled from public.audit_chain), 0)
        and a.transaction < pg_snapshot_xmax(pg_current_snapshot())::text::bigint as pending,
        coalesce(now() - a.at > interval '{LATE_US} microseconds', true) as late
    from public.audit a where a.id >= :first and a.id <= :last
        and not exists (select from public.audit_seal s where s.audit_id = a.id) order by a.id""")
NEXT_IDS = text("""select min(id), max(id) from (select id from public.audit
    where :after is null or id > cast(:after as bigint) order by id limit :most) as next_ids""")
MISSING_IDS = text("""select coalesce(max(audit_id) - min(audit_id) + 1 - count(*), 0)
    from public.audit_seal""")
OLDEST = text("""select now() as now, (select a.at from public.audit_seal s
    join public.audit a on a.id = s.audit_id where isfinite(a.at) and a.at < '9999-01-01 00:00Z'
        and a.at > '0002-01-01 00:00Z'
    order by s.position limit 1) as oldest""")


def verify(
    engine: Engine,
    folders: Sequence[Path],
    keys: dict[str, Ed25519PublicKey],
    progress: Progress = lambda done, of: None,
) -> Report:
    """`engine` connects as "auditor". `folders`: where heads lie; `keys`: public halves by fingerprint."""
    with engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        return verify_within(connection, folders, keys, progress)


def verify_within(
    connection: Connection,
    folders: Sequence[Path],
    keys: dict[str, Ed25519PublicKey],
    progress: Progress = lambda done, of: None,
) -> Report:
    """The same of what one transaction sees."""
    report = Report(keys=tuple(sorted(keys)))
    objects.close(connection)
    for name, what in objects.wrong(connection):
        report.note("object", object=name, what=what)
    if not any(fault.parameters.get("what") in UNREADABLE for fault in report.faults):
        _read(connection, folders, keys, report, progress)
    report.faults.sort(key=lambda fault: (fault.position or 0, fault.audit_id or 0))
    return report


UNREADABLE = ("no_table", "columns", "policy")
"""What of a table keeps anybody from reading its rows: what it is is told, and nothing is read from it."""


def _read(
    connection: Connection,
    folders: Sequence[Path],
    keys: dict[str, Ed25519PublicKey],
    report: Report,
    progress: Progress,
) -> None:
    statements = hold(read_stated(connection), read_outside(folders), keys, report.note)
    statements.check_epoch(connection)
    statements.check_order()
    expected, report.replaced = statements.expected()
    _Walk(connection, report, statements.start(), expected).read(progress)
    _check_unsealed(connection, report)
    _check_signed(connection, statements, report)
    report.missing_ids = connection.execute(MISSING_IDS).scalar_one()


def _check_signed(connection: Connection, statements: Statements, report: Report) -> None:
    row = connection.execute(OLDEST).one()
    unsigned(statements, row.now, row.oldest, report.note)


class _Walk:
    """One pass over the positions."""

    def __init__(self, connection: Connection, report: Report, start: Link, expected: Expected) -> None:
        self.connection, self.report, self.expected = connection, report, expected
        self.before: bytes | None = start.hash
        """The hash before the next position, as it is stored; none = the one before was removed."""
        self.position = start.position
        self.suspect: Unlinked | None = None
        self.agreed = start.position
        """The last position that was signed as it is."""
        self.disagreed = False
        self.last = 0
        self.mismatches: list[Unlinked] = []
        self.newest_us = 0
        """The latest time of a row so far that agrees with its seal."""
        self.ahead: tuple[int, int, int] | None = None
        """The row with the latest time since the last head: its time, its position, its number."""
        self.has_writer = False

    def read(self, progress: Progress) -> None:
        first, last, count = self.connection.execute(ENDS).one()
        report, self.last = self.report, last
        report.first = self.position + 1
        if count and first <= self.position:
            report.note("before_checkpoint", first, through=self.position)
        self._compare(self.position, self.before)
        for position, audit_id, hash_, content, unwritten in self._rows(last):
            digest = None if content is None else hashlib.sha256(content.encode()).digest()
            report.rows += 1
            if self._step(position, audit_id, bytes(hash_), digest):
                self._check_row(position, audit_id, content, unwritten)
            if position in self.expected:
                self._check_ahead(position)
            if report.rows % RANGE == 0:
                progress(report.rows, count)
        self._settle(None)
        report.faults += swaps.named(self.mismatches, Discrepancy)
        report.last = self.position
        progress(report.rows, count)
        beyond = [position for position in self.expected if position > self.position]
        if beyond:
            self._gap(self.position + 1, max(beyond))

    def _rows(self, last: int) -> Iterator[Any]:
        """The next range is read while one is walked: of the database and of the walk each has its core."""
        starts = range(self.position, last, RANGE)
        if not starts:
            return
        with ThreadPoolExecutor(1, "audit-rows") as reader:
            coming = reader.submit(self._range, starts[0])
            for after in starts[1:]:
                rows, coming = coming.result(), reader.submit(self._range, after)
                yield from rows
            yield from coming.result()

    def _range(self, after: int) -> Sequence[Any]:
        return self.connection.execute(LINKS, {"after": after, "through": after + RANGE}).all()

    def _step(self, position: int, audit_id: int, stored: bytes, digest: bytes | None) -> bool:
        """Whether the row agrees with its seal."""
        if position == self.position + 1 and digest and self.before and self.suspect is None:
            computed = next_hash(self.before, position, digest)
            if computed == stored:  # as nearly all do
                self.before, self.position = stored, position
                if position in self.expected:
                    self._compare(position, stored)
                return True
        return self._step_aside(position, audit_id, stored, digest)

    def _step_aside(self, position: int, audit_id: int, stored: bytes, digest: bytes | None) -> bool:
        """The same of a position at which, or before which, something does not follow."""
        agrees = False
        if position != self.position + 1:
            self._settle(None)
            self._gap(self.position + 1, position - 1)
            self.before = None
        if digest is None:
            self._settle(None)
            self.report.note("removed", position, audit_id)
        elif self.before is None:
            pass  # what it follows is gone: nothing says what its hash should be
        else:
            computed = next_hash(self.before, position, digest)
            agrees = computed == stored
            if agrees:
                self._settle("row")
            elif self.suspect and next_hash(self.suspect.computed, position, digest) == stored:
                self._settle("hash")
            else:
                self._settle("row")
                self.suspect = Unlinked(position, audit_id, self.before, digest, stored, computed)
        self.before, self.position = stored, position
        self._compare(position, stored)
        return agrees

    def _check_row(self, position: int, audit_id: int, content: str, unwritten: bool) -> None:
        """A row that is as it was sealed, and was not sealed as it came about."""
        if not unwritten:
            self.has_writer = True
        elif self.has_writer:
            self.report.note("unwritten", position, audit_id)
        at = content.split(", ", 2)[1]
        at_us = int(at) if at != "null" else None
        if at_us is None or at_us < self.newest_us - LATE_US:
            self.report.note("late", position, audit_id)
            return
        if at_us > self.newest_us:
            self.newest_us = at_us
        if self.ahead is None or at_us > self.ahead[0]:
            self.ahead = at_us, position, audit_id

    def _check_ahead(self, position: int) -> None:
        """A head was signed after each row that it covers."""
        heads = [one.at for one, _ in self.expected.get(position, ()) if one.kind == "head"]
        if heads and self.ahead is not None:
            if self.ahead[0] > min(heads).timestamp() * 1_000_000 + LATE_US:
                self.report.note("early", self.ahead[1], self.ahead[2])
            self.ahead = None

    def _settle(self, what: str | None) -> None:
        """Say what became of the position before: its row was changed, or only its hash. At the end of the
        chain what was signed of it decides, and where nothing was, nobody can."""
        suspect, self.suspect = self.suspect, None
        if suspect is None:
            return
        signed = {one.link.hash for one, _ in self.expected.get(suspect.position, ())}
        if what == "hash" or (what is None and suspect.computed in signed):
            code = "hash"
        elif what is None and suspect.stored not in signed and suspect.position == self.last:
            code = "either"
        else:
            code = "changed"
        self.mismatches.append(suspect.coded(code))

    def _gap(self, first: int, last: int) -> None:
        self.report.note("removed_seals", first, first=first, last=last)

    def _compare(self, position: int, stored: bytes | None) -> None:
        for statement, signed in self.expected.get(position, ()):
            if statement.link.hash == stored:
                self.report.heads += 1
                self.agreed = self.report.signed = position
                self.report.signed_at = statement.at
            elif not self.disagreed and self.suspect is None:
                self.disagreed = True
                self.report.note(
                    "rewritten",
                    self.agreed + 1,
                    first=self.agreed + 1,
                    last=position,
                    at=statement.at.isoformat(),
                    location=signed.location,
                )


def _check_unsealed(connection: Connection, report: Report) -> None:
    """A row that no seal holds, though everything of its time is sealed, was put in afterwards. From the
    least number to the largest that are there: whoever puts one in chooses its number."""
    after = None
    while True:
        first, last = connection.execute(NEXT_IDS, {"after": after, "most": RANGE}).one()
        if first is None:
            return
        for row in connection.execute(UNSEALED, {"first": first, "last": last}):
            if not row.pending:
                report.note("inserted", None, row.id)
            elif row.late:
                report.note("unsealed", None, row.id)
            else:
                report.pending += 1
        after = last
