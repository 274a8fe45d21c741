"""A new address, made by a person before any register knows it: a building with its tag, whose people vote
from that moment.

When a register brings the same street and house, the row becomes the register's and keeps its tag
(`geo.loading.buildings`). Points are EPSG:4326, lon, lat.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, text

from geo.addresses.folding import fold_house, fold_street
from geo.audit.records import record_audit
from geo.city.buildings import BY_HAND_SOURCE
from geo.city.districts import HOLD_BORDERS
from geo.errors import Conflict, InvalidInput
from geo.geo_tags.decisions import announce, check_inside, named
from geo.plans.assignments import follow_tags
from geo.settings import City

LONGEST = 200
"""Letters of a street's name or a house number."""

MAKE = """
    with made as (
        insert into building (region, source, source_id, street_ru, street_kk, house, street_norm, house_norm,
            tag_quality, tagged_by, point_4326, point_3857, district_id)
        select :region, :source, cast(gen_random_uuid() as text), :street_ru, :street_kk, :house, :street,
            :number, 'hand', :who, p, st_transform(p, 3857),
            (select d.id from district d where d.region = :region and d.valid_to is null
                and st_intersects(d.geom_3857, st_transform(p, 3857)) order by d.id limit 1)
        from (select st_setsrid(st_makepoint(:lon, :lat), 4326) as p) q returning region, id, version,
            point_4326)
    insert into building_tag (region, building_id, who, quality, action, to_quality, to_point_4326, version)
    select region, id, :who, 'untagged', 'made', 'hand', point_4326, version from made returning building_id,
        version"""


@dataclass(frozen=True)
class NewAddress:
    """`street_ru`, `street_kk`: one of them may be missing."""

    street_ru: str | None
    street_kk: str | None
    house: str
    lon: float
    lat: float


@dataclass(frozen=True)
class Made:
    """`moved`: the precinct it came to in each plan, as `geo.geo_tags.decisions.Decided.moved`."""

    building: int
    version: int
    moved: list[dict[str, Any]]


def make_address(connection: Connection, city: City, address: NewAddress, who: str) -> Made:
    """Raises `InvalidInput` ("building.address" without a street or a house, "place.outside"), `Conflict`
    ("building.exists", with its id)."""
    streets = [(name or "").strip() or None for name in (address.street_ru, address.street_kk)]
    street, number = fold_street(streets[0] or streets[1] or ""), fold_house(address.house)
    if not street or not number or max(len(part or "") for part in (*streets, address.house)) > LONGEST:
        raise InvalidInput("building.address", longest=LONGEST)
    check_inside(city, (address.lon, address.lat))
    bound = {"region": city.region, "street": street, "number": number}
    connection.execute(
        text("select pg_advisory_xact_lock(hashtextextended(:address, 0))"),
        {"address": f"address {street} {number}"},
    )
    known = connection.scalar(
        text(
            "select id from building where region = :region and street_norm = :street and "
            "house_norm = :number order by id"
        ),
        bound,
    )
    if known is not None:
        raise Conflict(
            "building.exists", building=known, address=f"{streets[0] or streets[1]}, {address.house.strip()}"
        )
    connection.execute(text(HOLD_BORDERS))
    row = connection.execute(
        text(MAKE),
        {
            **bound,
            "source": BY_HAND_SOURCE,
            "street_ru": streets[0],
            "street_kk": streets[1],
            "house": address.house.strip(),
            "who": who,
            "lon": address.lon,
            "lat": address.lat,
        },
    ).one()
    record_audit(connection, who, "building.added", building=row.building_id)
    moved = named(connection, city.region, follow_tags(connection, city, [row.building_id], who))
    announce(connection, city, [row.building_id])
    return Made(row.building_id, row.version, moved)
