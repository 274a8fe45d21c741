"""Doubtful addresses of one kind, decided together: those that wait for the same reason and name the same
street, of which either no building has any, or each is the house of its number on the street that was chosen.

What is decided so is one decision: it is shown before it is made, made only for as many lines as were shown,
and taken back whole (`geo.voters.worklist.take_back`). Each line has its own rule all the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, text

from geo.addresses.address_lines import folded_names
from geo.addresses.many_lines import LineReader
from geo.database import AnyRow
from geo.errors import Conflict
from geo.settings import City
from geo.voters import lasting, rules, worklist
from geo.voters.keys import KeyRing
from geo.voters.model import take_turn

MOST = 500
"""Lines of one decision."""
FEWEST = 2
NEVER_TAKEN = "near_number"
"""The reason of a candidate that is another house of the street, and only shown."""
SAME_REASON = text("""select * from voters.address where region = :region and list_id = :list
    and way = 'unsure' and reason = :reason order by id = :address desc, persons desc, id""")
STREETS = text("""select id, street_norm, street_kk, street_ru, house from building
    where region = :region and id = any(:ids)""")


class AlikeLine(NamedTuple):
    """A line, and what it would be decided as: `building`, with its address, or none."""

    address: int
    line: str
    persons: int
    building: int | None
    street_kk: str | None
    street_ru: str | None
    house: str | None


class AlikeLines(NamedTuple):
    """The lines that one decision on the line at hand settles; `building` is that decision."""

    building: int | None
    lines: list[AlikeLine]

    @property
    def persons(self) -> int:
        return sum(one.persons for one in self.lines)


def alike(connection: Connection, city: City, ring: KeyRing, list_id: int, address: int) -> list[AlikeLines]:
    """For no building, and for each candidate of an open line: the lines that are decided with it, itself
    first; without those decisions that are for it alone. Raises as `geo.voters.worklist.decide`."""
    row, held = worklist.held(connection, city, list_id, address)
    bound = {"region": city.region, "list": list_id, "address": address, "reason": held.reason}
    found = connection.execute(SAME_REASON, bound).all() if held.way == "unsure" else []
    key, reader = ring.get(row.key_id), LineReader(folded_names(city.called))
    street, same = None, []
    for one in found:
        line = key.open("line", str(one.id).encode(), bytes(one.line))
        named = _street(reader, line)
        if one.id == address:
            street = named
        if named == street and named is not None:
            same.append((one, line))
    ids = sorted({candidate["building"] for one, _ in same for candidate in one.candidates})
    houses = {
        house.id: house for house in connection.execute(STREETS, {"region": city.region, "ids": ids}).all()
    }
    buildings = [None, *(candidate["building"] for candidate in held.candidates)]
    groups = [AlikeLines(building, list(_decided(same, houses, building))[:MOST]) for building in buildings]
    return [one for one in groups if len(one.lines) >= FEWEST and one.lines[0].address == address]


def decide_alike(
    connection: Connection,
    city: City,
    ring: KeyRing,
    list_id: int,
    address: int,
    building: int | None,
    count: int,
    who: str,
) -> int:
    """Decide all lines that are decided with `address`, `count` of them as they were shown. Raises as
    `geo.voters.worklist.decide`; `Conflict` ("voters.alike_changed") where there are more or fewer now."""
    take_turn(connection)
    row, held = worklist.held(connection, city, list_id, address)
    groups = alike(connection, city, ring, list_id, address)
    lines = next((one.lines for one in groups if one.building == building), [])
    if not lines:
        line = ring.get(row.key_id).open("line", str(address).encode(), bytes(held.line))
        key = lasting.rules_key(connection, city.region, ring)
        rules.same(connection, city.region, key, line, building)
    if len(lines) != count:
        raise Conflict("voters.alike_changed", shown=count, now=len(lines))
    for one in lines:
        worklist.settle(connection, city, ring, row, one.address, one.line, one.building, who)
    return len(lines)


def _street(reader: LineReader, line: str) -> str | None:
    """The street as the line calls it."""
    return next((reading.streets[0] for reading in reader.read(line)), None)


def _decided(
    same: Sequence[tuple[AnyRow, str]], houses: dict[int, AnyRow], building: int | None
) -> Iterator[AlikeLine]:
    if building is None:
        for one, line in same:
            yield AlikeLine(one.id, line, one.persons, None, None, None, None)
        return
    street = houses[building].street_norm if building in houses else None
    for one, line in same if street else ():
        if (house := _only_house(one.candidates, houses, street)) is not None:
            where = (house.street_kk, house.street_ru, house.house)
            yield AlikeLine(one.id, line, one.persons, house.id, *where)


def _only_house(
    candidates: Sequence[dict[str, Any]], houses: dict[int, AnyRow], street: str | None
) -> AnyRow | None:
    """The candidate on a street, where it is the only one there and has the number of the line."""
    there = [
        (houses[one["building"]], one["reason"])
        for one in candidates
        if one["building"] in houses and houses[one["building"]].street_norm == street
    ]
    return there[0][0] if len(there) == 1 and there[0][1] != NEVER_TAKEN else None
