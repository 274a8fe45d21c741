"""New keys for all that the list has sealed: every value and hash made anew, the old keys destroyed.

Once it is through, no key that was there before opens or finds anything of what the database holds, and none
is wrapped by the master key of before: whoever had a copy of the folder has nothing. It is one transaction;
the keys follow its commit (`finish`), and whatever is killed in between, the next command on the list goes
on from what the database says. Two things stay, and must: the audit's rows are never written over, so the
hashes of looks before are found by their own key (`geo.voters.keys.LOOKS`); and the secret of a comparison
between regions under way, which the other region's points are made with.
"""

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
from geo.voters import lasting, rules
from geo.voters.keys import DOUBLES, RULES, KeyRing
from geo.voters.model import take_turn, versions
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
SET_LINE = text("""update voters.address set line = :line, hash = :hash where region = :region
    and list_id = :list and id = :id""")
SET_KEY = text("update voters.list_version set key_id = :key where region = :region and id = :list")
Progress = Callable[[str, int], None]


@dataclass(frozen=True)
class RekeyedList:
    """A version whose rows are sealed by `new` now; `old` is destroyed once that is committed."""

    list_id: int
    rows: int
    old: str
    new: ListKey


@dataclass(frozen=True)
class Rekeyed:
    """`lasting`: the new keys of what outlives the versions; `rules`: how many rules one of them seals."""

    lists: list[RekeyedList]
    lasting: list[ListKey]
    rules: int


def rekey(
    connection: Connection,
    city: City,
    ring: KeyRing,
    who: str,
    progress: Progress = lambda what, rows: None,
) -> Rekeyed:
    """All that can still be read, in the caller's transaction; the caller then calls `finish`.

    Raises `Conflict` ("voters.rekey_pending") while a version waits for its approval: it was compared under
    the old keys.
    """
    take_turn(connection)
    lasting.sweep(connection, city.region, ring)
    known = [row for row in versions(connection, city.region) if row.key_id is not None]
    if any(row.state == "checked" for row in known):
        raise Conflict("voters.rekey_pending")
    of_rules = lasting.rules_key(connection, city.region, ring)
    new_rules, new_doubles = ring.renew(RULES), ring.renew(DOUBLES)
    renewed = rules.seal_again(connection, city.region, of_rules, new_rules)
    keys = {row.id: ring.create() for row in known}
    done = []
    for row in known:
        old, new = ring.get(row.key_id), keys[row.id]
        sealer = RowSealer(city.region, row.id, new, keys.get(row.base_id))
        doubles.follow_keys(connection, city.region, row.id, old, new, new_doubles)
        rows = _seal_again(connection, sealer, old, new_rules, progress)
        connection.execute(SET_KEY, {"region": city.region, "list": row.id, "key": new.id})
        record_audit(connection, who, "voters.rekeyed", list=row.id, rows=rows)
        ring.suspend(old.id)
        done.append(RekeyedList(row.id, rows, old.id, new))
    record_audit(connection, who, "voters.keys_renewed", rows=renewed)
    return Rekeyed(done, [new_rules, new_doubles], renewed)


def finish(ring: KeyRing, done: Rekeyed) -> None:
    """The keys follow, after the commit: the new ones are settled, the old ones destroyed, looks get another,
    and all are wrapped by a new master key."""
    for one in done.lists:
        ring.settle(one.new)
        ring.destroy(one.old)
    for key in done.lasting:
        ring.replace(key)
    ring.renew_looks()
    ring.renew_master()


def _seal_again(
    connection: Connection, sealer: RowSealer, old: ListKey, rule_key: ListKey, progress: Progress
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
    _seal_lines(connection, sealer, old, rule_key)
    return rows


def _seal_lines(connection: Connection, sealer: RowSealer, old: ListKey, rule_key: ListKey) -> None:
    bound = {"region": sealer.region, "list": sealer.list_id}
    for row in connection.execute(LINES, bound).all():
        owner = str(row.id).encode()
        line = old.open("line", owner, bytes(row.line))
        again = {"line": sealer.key.seal("line", owner, line), "hash": rules.hash_of(rule_key, line)}
        connection.execute(SET_LINE, bound | {"id": row.id, **again})
