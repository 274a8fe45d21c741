"""New keys for the versions of the list: every sealed value and hash made anew, the old key destroyed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, text

from geo.addresses.line_notes import without_room
from geo.audit.records import record_audit
from geo.database import AnyRow
from geo.errors import Conflict, Unavailable
from geo.loading.binary_rows import copy_rows
from geo.loading.staging import driver_cursor
from geo.settings import City
from geo.voters.keys import KeyRing
from geo.voters.model import known_keys, take_turn, versions
from geo.voters.regions import doubles
from geo.voters.rows import RowFault, VoterRow, read_date
from geo.voters.sealing import ListKey
from geo.voters.staging import PERSON, REFUSAL, RowSealer, open_row

BATCH = 20_000
BOUNDS = """select min(line) as first, max(line) as last from voters.{table} where region = :region
    and list_id = :list"""
TAKE = """delete from voters.{table} where region = :region and list_id = :list
    and line >= :first and line < :first + :batch returning *"""
LINES = text("select id, line from voters.address where region = :region and list_id = :list order by id")
SET_LINE = text("""update voters.address set line = :line where region = :region and list_id = :list
    and id = :id""")
SET_KEY = text("update voters.list_version set key_id = :key where region = :region and id = :list")


@dataclass(frozen=True)
class Rekeyed:
    """A version whose rows are sealed by `new` now; `old` is destroyed once that is committed."""

    list_id: int
    rows: int
    old: str
    new: ListKey


def rekey(
    connection: Connection,
    city: City,
    ring: KeyRing,
    who: str,
    progress: Callable[[str, int], None] = lambda what, rows: None,
) -> list[Rekeyed]:
    """Every version that can still be read, in the caller's transaction; the caller then calls `finish`.

    Raises `Conflict` ("voters.rekey_pending") while a version waits for its approval: it was compared under
    the old keys.
    """
    take_turn(connection)
    ring.sweep(known_keys(connection))
    known = versions(connection, city.region)
    if any(row.state == "checked" for row in known):
        raise Conflict("voters.rekey_pending")
    done = []
    for row in known:
        if row.key_id is not None:
            old, new = ring.get(row.key_id), ring.create()
            sealer = RowSealer(city.region, row.id, new, None)
            doubles.follow_key(connection, city.region, row.id, old, new)
            rows = _seal_again(connection, sealer, old, progress)
            connection.execute(SET_KEY, {"region": city.region, "list": row.id, "key": new.id})
            record_audit(connection, who, "voters.rekeyed", list=row.id, rows=rows)
            ring.suspend(old.id)
            done.append(Rekeyed(row.id, rows, old.id, new))
    return done


def finish(ring: KeyRing, done: list[Rekeyed]) -> None:
    """Settles the new keys and destroys the old ones, after the commit."""
    for one in done:
        ring.settle(one.new)
        ring.destroy(one.old)


def _seal_again(
    connection: Connection, sealer: RowSealer, old: ListKey, progress: Callable[[str, int], None]
) -> int:
    def person(row: AnyRow, opened: VoterRow) -> bytes:
        born: date | None = read_date(opened.birth)
        if born is None:  # it had one when it was taken
            raise Unavailable("voters.sealed", key=old.id, column="name")
        room = without_room(opened.address)[1]
        return sealer.person(opened, born, room, row.building_id, row.address_id)

    def refusal(row: AnyRow, opened: VoterRow) -> bytes:
        return sealer.refusal(opened, RowFault(row.code, row.parameters), row.building_id)

    bound = {"region": sealer.region, "list": sealer.list_id}
    rows = 0
    for table, statement, again in (("person", PERSON, person), ("refusal", REFUSAL, refusal)):
        edges = connection.execute(text(BOUNDS.format(table=table)), bound).one()
        for first in range(edges.first, edges.last + 1, BATCH) if edges.first is not None else ():
            taken = connection.execute(
                text(TAKE.format(table=table)), bound | {"first": first, "batch": BATCH}
            ).all()
            copy_rows(
                driver_cursor(connection),
                statement,
                [again(row, open_row(old, row, row.line)) for row in taken],
            )
            rows += len(taken)
            progress("rows", rows)
    for row in connection.execute(LINES, bound).all():
        owner = str(row.id).encode()
        line = sealer.key.seal("line", owner, old.open("line", owner, bytes(row.line)))
        connection.execute(SET_LINE, bound | {"id": row.id, "line": line})
    return rows
