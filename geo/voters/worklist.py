"""Addresses that are not sure, most persons first, and the decisions on them. A decision is for every person
of the line at once, becomes a rule for later lists, and can be taken back while its list is not approved.
`geo.voters.alike` makes one for many lines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import Connection, text

from geo.audit.records import record_audit
from geo.database import AnyRow
from geo.errors import Conflict, NotFound
from geo.settings import City
from geo.voters import lasting, rules
from geo.voters.keys import KeyRing
from geo.voters.model import take_turn, version, waiting

OPEN = """select * from voters.address where region = :region and list_id = :list and way = 'unsure'
    order by persons desc, id limit :most"""
NOWHERE = """select * from voters.address where region = :region and list_id = :list and way = 'decided'
    and building_id is null order by persons desc, id limit :most"""
COUNT_NOWHERE = text("""select count(*) as addresses, coalesce(sum(persons), 0)::bigint as persons
    from voters.address where region = :region and list_id = :list and way = 'decided'
    and building_id is null""")
ADDRESS = text("select * from voters.address where region = :region and list_id = :list and id = :address")
HOUSES = text("""select b.id, b.street_kk, b.street_ru, b.house from building b
    where b.region = :region and b.id = any(:ids)""")
MOVE = text("""update voters.person set building_id = :building
    where region = :region and list_id = :list and address_id = :address""")
DECIDE = text("""update voters.address set building_id = :building, way = 'decided', reason = 'decision',
    open_reason = case when way = 'unsure' then reason else open_reason end, score = 1, rule_id = :rule
    where region = :region and list_id = :list and id = :address""")
REOPEN = text("""update voters.address set building_id = null, way = 'unsure', rule_id = null,
    reason = coalesce(open_reason, 'undone'), score = coalesce((candidates -> 0 ->> 'score')::float8, 0)
    where region = :region and list_id = :list and id = :address""")
"""The line is as it was before; "undone" is one that was sure by itself, and decided otherwise."""
TOGETHER = text("""select a.id, a.rule_id from voters.address_rule own
    join voters.address_rule r on r.region = own.region and r.who = own.who
        and r.recorded_at = own.recorded_at and (r.undone_at is null or r.id = own.id)
    join voters.address a on a.region = r.region and a.list_id = :list and a.rule_id = r.id
    where own.region = :region and own.id = :rule order by a.id""")
"""The addresses of one decision: its rules were recorded in one transaction."""
COUNT_OPEN = text("""select count(*) as addresses, coalesce(sum(persons), 0)::bigint as persons
    from voters.address where region = :region and list_id = :list and way = 'unsure'""")
STALE = text("""update voters.list_version set compared = false
    where region = :region and id = :list""")

LIKELY = "likely"
"""The reason where only one building came near: there are not several to choose from."""


@dataclass(frozen=True)
class OpenAddress:
    """`candidates`: {"building", "score", "reason", "street_kk", "street_ru", "house"}, the best first."""

    id: int
    line: str
    reason: str
    persons: int
    candidates: list[dict[str, Any]]


class OpenCount(NamedTuple):
    """Addresses that nobody has decided, and the persons who are registered there."""

    addresses: int
    persons: int


def open_addresses(
    connection: Connection, city: City, ring: KeyRing, list_id: int, most: int
) -> list[OpenAddress]:
    """The first `most` that nobody has decided."""
    return _opened(connection, city, ring, list_id, most, OPEN)


def addresses_without(
    connection: Connection, city: City, ring: KeyRing, list_id: int, most: int
) -> list[OpenAddress]:
    """The first `most` of which it was decided that no building has them: their persons vote nowhere until a
    building is there, and they are decided again."""
    return _opened(connection, city, ring, list_id, most, NOWHERE)


def count_without(connection: Connection, region: str, list_id: int) -> OpenCount:
    return OpenCount(*connection.execute(COUNT_NOWHERE, {"region": region, "list": list_id}).one())


def _opened(
    connection: Connection, city: City, ring: KeyRing, list_id: int, most: int, which: str
) -> list[OpenAddress]:
    row = version(connection, city.region, list_id)
    bound = {"region": city.region, "list": list_id, "most": most}
    found = connection.execute(text(which), bound).all()
    ids = sorted({one["building"] for address in found for one in address.candidates})
    houses = {house.id: house for house in connection.execute(HOUSES, {"region": city.region, "ids": ids})}
    key = ring.get(row.key_id)
    return [
        OpenAddress(
            address.id,
            key.open("line", str(address.id).encode(), bytes(address.line)),
            LIKELY if address.reason == "several" and len(address.candidates) == 1 else address.reason,
            address.persons,
            [_candidate(one, houses.get(one["building"])) for one in address.candidates],
        )
        for address in found
    ]


def count_open(connection: Connection, region: str, list_id: int) -> OpenCount:
    row = connection.execute(COUNT_OPEN, {"region": region, "list": list_id}).one()
    return OpenCount(row.addresses, row.persons)


def decide(
    connection: Connection,
    city: City,
    ring: KeyRing,
    list_id: int,
    address: int,
    building: int | None,
    who: str,
) -> None:
    """`building` none: no building has this address. The differences are counted anew by `check` and by the
    approval.

    Raises `NotFound` ("voters.unknown_address", "building.unknown"), `Conflict` ("voters.not_open") for a
    list that waits for nothing, and as `settle`.
    """
    take_turn(connection)
    row, found = held(connection, city, list_id, address)
    if (
        building is not None
        and not connection.execute(HOUSES, {"region": city.region, "ids": [building]}).all()
    ):
        raise NotFound("building.unknown", building=building)
    line = ring.get(row.key_id).open("line", str(address).encode(), bytes(found.line))
    settle(connection, city, ring, row, address, line, building, who)


def settle(
    connection: Connection,
    city: City,
    ring: KeyRing,
    row: AnyRow,
    address: int,
    line: str,
    building: int | None,
    who: str,
) -> None:
    """A decision that was checked, on a line of the version `row`, is made. Raises `Conflict` as
    `geo.voters.rules.same` where somebody has decided otherwise meanwhile."""
    key = lasting.rules_key(connection, city.region, ring)
    rule = rules.same(connection, city.region, key, line, building)
    if rule is None:
        rule = rules.add(connection, city.region, key, line, building, who)
    bound = {"region": city.region, "list": row.id, "address": address, "building": building}
    for statement in (MOVE, DECIDE, STALE):
        connection.execute(statement, bound | {"rule": rule})
    record_audit(connection, who, "voters.address", list=row.id, address=address, building=building)


def take_back(connection: Connection, city: City, list_id: int, address: int, who: str) -> int:
    """A decision on an address and its rule, with all that was decided together with it; how many addresses
    are open again. Raises as `decide`; `Conflict` ("voters.not_decided")."""
    take_turn(connection)
    _, found = held(connection, city, list_id, address)
    if found.rule_id is None:
        raise Conflict("voters.not_decided", address=address)
    bound = {"region": city.region, "list": list_id, "rule": found.rule_id}
    together = connection.execute(TOGETHER, bound).all()
    for one in together:
        rules.undo(connection, city.region, one.rule_id, who)
        for statement in (MOVE, REOPEN, STALE):
            connection.execute(statement, bound | {"address": one.id, "building": None})
        record_audit(connection, who, "voters.address_reopened", list=list_id, address=one.id)
    return len(together)


def held(connection: Connection, city: City, list_id: int, address: int) -> tuple[AnyRow, AnyRow]:
    """A version that waits, and an address of it."""
    row = waiting(connection, city.region, list_id)
    found = connection.execute(
        ADDRESS, {"region": city.region, "list": list_id, "address": address}
    ).one_or_none()
    if found is None:
        raise NotFound("voters.unknown_address", address=address)
    return row, found


def _candidate(one: dict[str, Any], house: AnyRow | None) -> dict[str, Any]:
    named = {name: getattr(house, name, None) for name in ("street_kk", "street_ru", "house")}
    return one | named
