"""Reads the whole chain again, and names what does not agree: which row, and how.

One snapshot of the database is read, in ranges of positions, each row by its seal. The hash at a position
depends on the row and on the hash before it; so a row that was changed does not agree at its own position
alone, a hash that was changed neither there nor at the next one. Where everything behind a place was
computed anew, the chain agrees with itself and no longer with what was signed: the place lies between the
last head that agrees and the first that does not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import Connection, Engine, text

from geo.audit.chain import DIGEST, GENESIS, Link, next_hash
from geo.audit.heads import ChainStatement, Signed, read_outside, read_stated

LATE_US = 3_600_000_000
"""A row that was sealed an hour after its time: a long transaction, a clock that was put back, or a row put
in with another time than its own."""
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
    that a restore took the place of; `late`: rows whose time is an hour before that of the head that was
    signed before they were sealed, the first of them at `first_late`."""

    first: int = 1
    last: int = 0
    rows: int = 0
    pending: int = 0
    missing_ids: int = 0
    heads: int = 0
    replaced: int = 0
    late: int = 0
    first_late: int | None = None
    keys: tuple[str, ...] = ()
    faults: list[Discrepancy] = field(default_factory=list)


Progress = Callable[[int, int], None]
"""Told the rows read so far and how many there are."""

ENDS = text("select coalesce(min(position), 0), coalesce(max(position), 0), count(*) from audit_seal")
LINKS = text(f"""select s.position, s.audit_id, s.hash, a.id is null as gone, {DIGEST} as digest,
        (extract(epoch from a.at) * 1000000)::bigint as at_us
    from audit_seal s left join audit a on a.id = s.audit_id
    where s.position > :after and s.position <= :through order by s.position""")
UNSEALED = text("""select a.id, a.transaction >= coalesce((select settled from audit_chain), 0) as pending
    from audit a where a.id >= :first and a.id <= :last
        and not exists (select from audit_seal s where s.audit_id = a.id) order by a.id""")
NEXT_IDS = text("""select min(id), max(id) from (select id from audit
    where :after is null or id > cast(:after as bigint) order by id limit :most) as next_ids""")
MISSING_IDS = text("""select coalesce(max(audit_id) - min(audit_id) + 1 - count(*), 0) from audit_seal""")


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
    stated = _hold(read_stated(connection), keys, report)
    outside = _hold(read_outside(folders), keys, report)
    walk = _Walk(connection, report, _start(stated), _by_position(outside, stated, report))
    walk.read(progress)
    _check_unsealed(connection, report)
    report.missing_ids = connection.execute(MISSING_IDS).scalar_one()
    report.faults.sort(key=lambda fault: (fault.position or 0, fault.audit_id or 0))
    return report


def _hold(
    signed: Iterable[Signed | str], keys: dict[str, Ed25519PublicKey], report: Report
) -> list[tuple[ChainStatement, str]]:
    """The statements whose signature holds, and where they stand; the others are faults."""
    held = []
    for one in signed:
        if isinstance(one, str):
            report.faults.append(Discrepancy("unreadable", parameters={"location": one}))
        elif one.key not in keys:
            report.faults.append(
                Discrepancy("unknown_key", parameters={"location": one.location, "key": one.key})
            )
        elif not one.holds(keys):
            report.faults.append(Discrepancy("forged", parameters={"location": one.location}))
        else:
            held.append((ChainStatement.read(one.body), one.location))
    return held


def _start(stated: list[tuple[ChainStatement, str]]) -> Link:
    """Where the chain begins: at its last checkpoint, else before its first row."""
    checkpoints = [statement.link for statement, _ in stated if statement.kind == "checkpoint"]
    return max(checkpoints, key=lambda link: link.position, default=Link(0, GENESIS))


Expected = dict[int, list[tuple[bytes, ChainStatement, str]]]


def _by_position(
    outside: list[tuple[ChainStatement, str]], stated: list[tuple[ChainStatement, str]], report: Report
) -> Expected:
    """The statements signed for each position of the chain that stands now. A restore goes on from its own
    position: statements signed before it about later positions belong to the chain that it replaced."""
    expected: Expected = {}
    restores = [statement for statement, _ in stated if statement.kind == "restore"]
    known = {(statement.kind, statement.link, statement.at) for statement, _ in stated}
    for statement, location in (*outside, *stated):
        if statement.kind in ("checkpoint", "restore") and (
            (statement.kind, statement.link, statement.at) not in known
        ):
            _note_unknown(statement, location, restores, report)
            continue
        later = [one.link.position for one in restores if one.epoch > statement.epoch]
        if later and statement.link.position > min(later):
            report.replaced += 1
            continue
        expected.setdefault(statement.link.position, []).append((statement.link.hash, statement, location))
    return expected


def _note_unknown(
    statement: ChainStatement, location: str, restores: list[ChainStatement], report: Report
) -> None:
    """A checkpoint or a restore that was signed and that the table does not have: it was removed there,
    unless it is of a chain that a restore has replaced."""
    if any(one.epoch > statement.epoch for one in restores):
        report.replaced += 1
    else:
        report.faults.append(
            Discrepancy(
                "unstated", statement.link.position, parameters={"location": location, "kind": statement.kind}
            )
        )


@dataclass(frozen=True)
class _Suspect:
    """A position whose hash does not follow: `computed` is what it should be, if the row is as it was."""

    position: int
    audit_id: int
    computed: bytes


class _Walk:
    """One pass over the positions."""

    def __init__(self, connection: Connection, report: Report, start: Link, expected: Expected) -> None:
        self.connection, self.report, self.expected = connection, report, expected
        self.before: bytes | None = start.hash
        """The hash before the next position, as it is stored; none = the one before was removed."""
        self.position = start.position
        self.suspect: _Suspect | None = None
        self.agreed = start.position
        """The last position that was signed as it is."""
        self.disagreed = False
        self.signed_us = 0
        """When the last head before the next position was signed."""

    def read(self, progress: Progress) -> None:
        first, last, count = self.connection.execute(ENDS).one()
        report = self.report
        report.first = self.position + 1
        if first and first <= self.position:
            report.faults.append(
                Discrepancy("before_checkpoint", first, parameters={"through": self.position})
            )
        self._compare(self.position, self.before)
        for row in self._rows(last):
            self._step(row.position, row.audit_id, bytes(row.hash), None if row.gone else row.digest)
            report.rows += 1
            if row.at_us is not None and row.at_us < self.signed_us - LATE_US:
                report.late += 1
                report.first_late = report.first_late or row.position
            self._note_signed(row.position)
            if report.rows % RANGE == 0:
                progress(report.rows, count)
        self._settle(None)
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

    def _step(self, position: int, audit_id: int, stored: bytes, digest: bytes | None) -> None:
        if position != self.position + 1:
            self._settle(None)
            self._gap(self.position + 1, position - 1)
            self.before = None
        if digest is None:
            self._settle(None)
            self.report.faults.append(Discrepancy("removed", position, audit_id))
        elif self.before is None:
            pass  # what it follows is gone: nothing says what its hash should be
        else:
            computed = next_hash(self.before, position, digest)
            if computed == stored:
                self._settle("row")
            elif self.suspect and next_hash(self.suspect.computed, position, digest) == stored:
                self._settle("hash")
            else:
                self._settle("row")
                self.suspect = _Suspect(position, audit_id, computed)
        self.before, self.position = stored, position
        self._compare(position, stored)

    def _note_signed(self, position: int) -> None:
        for _, statement, _ in self.expected.get(position, ()):
            if statement.kind == "head":
                self.signed_us = int(statement.at.timestamp() * 1_000_000)

    def _settle(self, what: str | None) -> None:
        """Say what became of the position before: its row was changed, or only its hash. At the end of the
        chain what was signed of it decides."""
        suspect, self.suspect = self.suspect, None
        if suspect is None:
            return
        signed = {hash_ for hash_, *_ in self.expected.get(suspect.position, ())}
        code = "hash" if what == "hash" or (what is None and suspect.computed in signed) else "changed"
        self.report.faults.append(Discrepancy(code, suspect.position, suspect.audit_id))

    def _gap(self, first: int, last: int) -> None:
        self.report.faults.append(
            Discrepancy("removed_seals", first, parameters={"first": first, "last": last})
        )

    def _compare(self, position: int, stored: bytes | None) -> None:
        for hash_, statement, location in self.expected.get(position, ()):
            if hash_ == stored:
                self.report.heads += 1
                self.agreed = position
            elif not self.disagreed and self.suspect is None:
                self.disagreed = True
                self.report.faults.append(
                    Discrepancy(
                        "rewritten",
                        self.agreed + 1,
                        parameters={
                            "first": self.agreed + 1,
                            "last": position,
                            "at": statement.at.isoformat(),
                            "location": location,
                        },
                    )
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
            if row.pending:
                report.pending += 1
            else:
                report.faults.append(Discrepancy("inserted", None, row.id))
        after = last
