"""The signed statements that speak of the chain that stands now, and what is wrong with the others.

The epoch of the chain is what the signed restores say. A restore takes the place of what was signed before
it, and of nothing that was signed after it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import Connection, text

from geo.audit.chain import GENESIS, Link
from geo.audit.heads import ChainStatement, Signed, body_hash

SWAP = timedelta(minutes=10)
"""So long after its restore was stated the replaced database may have been signed: until the copy took its
place."""
SIGNED_EVERY = timedelta(minutes=5)
"""A head is signed each minute; where none was for so long, something keeps it away or took it away."""
CHAIN = text("select epoch from public.audit_chain")

Note = Callable[..., None]
"""A fault: its code, its position if it has one, and what its sentence says besides."""
Held = tuple[ChainStatement, Signed]
Expected = dict[int, list[Held]]


@dataclass
class Statements:
    """Those whose signature holds: `stated` in the database, `outside` in the places of heads."""

    stated: list[Held]
    outside: list[Held]
    broken: bool
    """Whether any line outside could not be read or was forged."""
    note: Note

    @property
    def restores(self) -> list[ChainStatement]:
        return sorted(self._of("restore"), key=lambda one: one.epoch)

    def _of(self, kind: str) -> list[ChainStatement]:
        return [one for one, _ in self.stated if one.kind == kind]

    def start(self) -> Link:
        """Where the chain begins: at its last checkpoint, else before its first row."""
        links = [one.link for one in self._of("checkpoint")]
        return max(links, key=lambda link: link.position, default=Link(0, GENESIS))

    def last_signed(self) -> datetime | None:
        return max((one.at for one, _ in (*self.outside, *self.stated)), default=None)

    def check_epoch(self, connection: Connection) -> None:
        """A cell that says another epoch than the signed restores; a chain without its row."""
        signed = max((one.epoch for one in self.restores), default=0)
        row = connection.execute(CHAIN).one_or_none()
        if row is None:
            self.note("no_chain")
        elif row.epoch != signed:
            self.note("epoch", epoch=row.epoch, signed=signed)

    def check_order(self) -> None:
        """Each head names the statement that stood before it: one that was taken out is missed."""
        if self.broken:
            return  # the one before may be the one that could not be read, which is told already
        known = {body_hash(signed.body) for _, signed in self.outside}
        chained = sorted(
            ((one, signed) for one, signed in self.outside if one.previous), key=lambda held: held[0].at
        )
        first = min((one.at for one, _ in self.outside), default=None)
        for one, signed in chained:
            if one.previous not in known and one.at != first:
                self.note("head_gap", one.link.position, location=signed.location, at=one.at.isoformat())

    def expected(self) -> tuple[Expected, int]:
        """The statements for each position of the chain that stands now, and how many are of one that was
        replaced."""
        expected: Expected = {}
        replaced = 0
        known = {(one.kind, one.link, one.at) for one, _ in self.stated}
        for one, signed in (*self.outside, *self.stated):
            if one.kind != "head" and (one.kind, one.link, one.at) not in known:
                replaced += self._note_unknown(one, signed)
            elif self._is_replaced(one, signed):
                replaced += 1
            else:
                expected.setdefault(one.link.position, []).append((one, signed))
        return expected, replaced

    def _is_replaced(self, one: ChainStatement, signed: Signed) -> bool:
        later = [restore for restore in self.restores if restore.epoch > one.epoch]
        if not later:
            return False
        if one.kind == "head" and one.at > later[0].at + SWAP:
            self.note(
                "old_epoch",
                one.link.position,
                location=signed.location,
                at=one.at.isoformat(),
                restored=later[0].at.isoformat(),
            )
            return False
        return one.link.position > min(restore.link.position for restore in later)

    def _note_unknown(self, one: ChainStatement, signed: Signed) -> bool:
        """A checkpoint or a restore that was signed and that the table does not have: it was removed there,
        unless it is of a chain that a restore has replaced."""
        if any(restore.epoch > one.epoch and one.at <= restore.at + SWAP for restore in self.restores):
            return True
        self.note("unstated", one.link.position, location=signed.location, kind=one.kind)
        return False


def hold(
    stated: Iterable[Signed | str],
    outside: Iterable[Signed | str],
    keys: dict[str, Ed25519PublicKey],
    note: Note,
) -> Statements:
    """Those whose signature holds; the others are told."""
    of_table, _ = _held(stated, keys, note)
    lines, broken = _held(outside, keys, note)
    return Statements([held for held in of_table if _is_as_stated(*held, note)], lines, broken, note)


def _is_as_stated(one: ChainStatement, signed: Signed, note: Note) -> bool:
    """The table says itself what kind a statement is, and the signature knows it better."""
    if one.kind != signed.kind:
        note("misstated", location=signed.location, kind=one.kind, stated=signed.kind)
        return False
    return True


def _held(
    signed: Iterable[Signed | str], keys: dict[str, Ed25519PublicKey], note: Note
) -> tuple[list[Held], bool]:
    held: list[Held] = []
    broken = False
    for one in signed:
        if isinstance(one, str):
            note("unreadable", location=one)
        elif one.key not in keys:
            note("unknown_key", location=one.location, key=one.key)
        elif not one.holds(keys):
            note("forged", location=one.location)
        else:
            held.append((ChainStatement.read(one.body), one))
            continue
        broken = True
    return held, broken


def unsigned(statements: Statements, now: datetime, oldest: datetime | None, note: Note) -> None:
    """`oldest`: when the first sealed row of the chain was written; none = there is no row."""
    last = statements.last_signed()
    since = last or oldest
    if oldest is not None and since is not None and now - since > SIGNED_EVERY:
        note("unsigned", since=since.isoformat(timespec="seconds"))
