"""Persons who are in the lists of two regions: a worklist. Whether somebody stays in ours or is struck off is
a person's decision with a reason; whoever is struck off is refused in the lists to come, until that is
undone. The list in force is not touched: it was approved as it is."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple, get_args

from sqlalchemy import Connection, text

from geo.audit.records import record_audit
from geo.errors import Conflict, InvalidInput, NotFound
from geo.settings import City
from geo.voters import iin
from geo.voters.given import free_text
from geo.voters.keys import KeyRing
from geo.voters.model import take_turn
from geo.voters.sealing import ListKey

DoubleDecision = Literal["stays", "struck"]
DECISIONS: tuple[DoubleDecision, ...] = get_args(DoubleDecision)
OPEN = text("""select d.id, d.hash, c.other, c.finished_at, l.key_id, p.iin
    from voters.region_double d
    join voters.comparison c on c.region = d.region and c.id = d.comparison_id
    join voters.list_version l on l.region = c.region and l.id = c.list_id and l.key_id is not null
    join voters.person p on p.region = l.region and p.list_id = l.id and p.hash = d.hash
    where d.region = :region and d.decision is null order by d.id limit :most""")
ONE = text("""select decision, decided_by from voters.region_double
    where region = :region and id = :double""")
COUNT_OPEN = text("""select count(*) from voters.region_double
    where region = :region and decision is null""")
DECIDE = text("""update voters.region_double set decision = :decision, reason = :reason, decided_by = :who,
    decided_at = now() where region = :region and id = :double""")
REOPEN = text("""update voters.region_double set decision = null, reason = null, decided_by = null,
    decided_at = null where region = :region and id = :double and decision is not null returning id""")
OF_LIST = text("""select d.id, p.hash, p.iin from voters.region_double d
    join voters.comparison c on c.region = d.region and c.id = d.comparison_id
    join voters.person p on p.region = c.region and p.list_id = c.list_id and p.hash = d.hash
    where d.region = :region and c.list_id = :list order by d.id""")
FOLLOW = text("""update voters.region_double set hash = :hash, lasting = :lasting
    where region = :region and id = :double""")
STRUCK = text("""select lasting from (select distinct on (lasting) lasting, decision
        from voters.region_double where region = :region and decision is not null
        order by lasting, decided_at desc) d where decision = 'struck'""")
FORGET = text("""delete from voters.region_double d using voters.comparison c
    where d.region = :region and c.region = d.region and c.id = d.comparison_id and c.list_id = :list""")


class OpenDouble(NamedTuple):
    """`iin` is masked; `found_on`: ISO 8601."""

    id: int
    iin: str
    other: str
    found_on: str


def open_doubles(connection: Connection, city: City, ring: KeyRing, who: str, most: int) -> list[OpenDouble]:
    """Those that nobody has decided, the oldest first; a look at any is recorded in the caller's
    transaction."""
    found = connection.execute(OPEN, {"region": city.region, "most": most}).all()
    if found:
        record_audit(connection, who, "voters.doubles_seen")
    keys = {row.key_id: ring.get(row.key_id) for row in found}
    return [
        OpenDouble(
            row.id,
            iin.masked(keys[row.key_id].open("iin", bytes(row.hash), bytes(row.iin))),
            row.other,
            row.finished_at.isoformat(),
        )
        for row in found
    ]


def count_open(connection: Connection, region: str) -> int:
    return int(connection.scalar(COUNT_OPEN, {"region": region}) or 0)


def decide(connection: Connection, city: City, double: int, decision: str, reason: str, who: str) -> None:
    """The same again changes nothing. Raises `NotFound` ("voters.compare.double"), `Conflict`
    ("voters.compare.decided.stays", "voters.compare.decided.struck") where somebody has decided otherwise,
    `InvalidInput` ("voters.compare.decision", "voters.compare.reason", as `geo.voters.given.free_text`)."""
    take_turn(connection)
    if decision not in DECISIONS:
        raise InvalidInput("voters.compare.decision", known=", ".join(DECISIONS))
    reason = free_text(reason, "voters.compare.reason")
    bound: dict[str, Any] = {"region": city.region, "double": double, "decision": decision}
    held = connection.execute(ONE, bound).one_or_none()
    if held is None:
        raise NotFound("voters.compare.double", double=double)
    if held.decision == decision:
        return
    if held.decision is not None:
        raise Conflict(f"voters.compare.decided.{held.decision}", double=double, who=held.decided_by)
    connection.execute(DECIDE, bound | {"reason": reason, "who": who})
    record_audit(connection, who, "voters.double", double=double, decision=decision)


def undo(connection: Connection, city: City, double: int, who: str) -> None:
    """Nobody has decided on it then. Raises `NotFound` ("voters.compare.undecided")."""
    take_turn(connection)
    if connection.scalar(REOPEN, {"region": city.region, "double": double}) is None:
        raise NotFound("voters.compare.undecided", double=double)
    record_audit(connection, who, "voters.double_reopened", double=double)


def follow_keys(
    connection: Connection, region: str, list_id: int, old: ListKey, new: ListKey, lasting: ListKey
) -> None:
    """The doubles of a list that is about to get a new key are found by that, and in later lists by the new
    `lasting`; the persons still have the old one."""
    for row in connection.execute(OF_LIST, {"region": region, "list": list_id}).all():
        number = old.open("iin", bytes(row.hash), bytes(row.iin))
        bound = {"region": region, "double": row.id, "hash": new.lookup(number)}
        bound["lasting"] = lasting.lookup(number)
        connection.execute(FOLLOW, bound)


def struck_off(connection: Connection, region: str) -> set[bytes]:
    """The lasting hashes of those who are refused in lists to come."""
    return {bytes(one) for one in connection.scalars(STRUCK, {"region": region})}
