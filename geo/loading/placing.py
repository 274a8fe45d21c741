"""Where staged rows lie: a point for those that have an address and none, found by `geo.addresses.geocoding`
in the caller's transaction, the building of each incident, and the districts as small pieces, kept for the
session (measured 12 times the rate of whole polygons).

The same address among the same buildings and streets is the same point, so a replay writes nothing; more
of them may make it a better one.

Who assigns rows to districts holds the borders (shared); who moves borders waits for those under way, and
the next of them see the new borders.
"""

from __future__ import annotations

from typing import Any

from psycopg2.extensions import cursor as Cursor
from psycopg2.extras import execute_values
from sqlalchemy import Connection

from geo.addresses.address_lines import folded_names, street_and_house_of
from geo.addresses.folding import fold_house, fold_street
from geo.addresses.geocoding import Gazetteer
from geo.addresses.street_directory import StreetDirectory
from geo.city.districts import HOLD_BORDERS, MOVE_BORDERS
from geo.database import for_driver, only_row
from geo.loading.staging import Batch, driver_cursor, execute
from geo.settings import City

PLACED = (
    "create temp table if not exists placed (address text, lon float8, lat float8, placed_by text) on "
    "commit delete rows"
)

POINT = "st_setsrid(st_makepoint(s.x, s.y), 3857)"
"""The point of a staged row `s`."""
BUILDING_WITHIN_M = 30
"""A point further than this from every tag belongs to no building."""
BY_ADDRESS = """select distinct on (k.address) k.address, b.id as building_id from address_key k
    join building b on b.region = :region and b.street_norm = k.street_norm and b.house_norm = k.house_norm
        order by k.address, b.id"""
BY_POINT = f"""select b.id from building b where b.region = :region
    and st_dwithin(b.point_3857, {POINT}, {BUILDING_WITHIN_M} / cos(radians(s.lat)))
        order by b.point_3857 <-> {POINT}, b.id limit 1"""
FIND_BUILDINGS = f"""update incident_diff s set building_id = coalesce(a.building_id, case
    when s.x is not null then ({BY_POINT}) end)
    from incident_diff d left join ({BY_ADDRESS}) a on a.address = d.address
    where s.id = d.id and (not s.known or (s.address, s.lon, s.lat) is distinct from
        ((s.old).address, st_x((s.old).point_4326), st_y((s.old).point_4326)))"""
CUT_OF = """select coalesce(sum(hashtextextended(concat_ws(' ', id, valid_from, valid_to,
    md5(st_asbinary(geom_3857))), 0)), 0) from district
    where region = :region"""
"""The version of what the pieces were cut from: it changes with a border or a day of a district."""


def geocode_staged(
    connection: Connection, cursor: Cursor, batch: Batch, table: str, where: str = "true"
) -> int:
    """Fill lon, lat (EPSG:4326), x, y (EPSG:3857) and placed_by of the staged rows; returns how many were
    placed."""
    cursor.execute(
        f"select distinct address from {table} where lon is null and address is not null and {where}"
    )
    addresses = [row[0] for row in cursor.fetchall()]
    found = gazetteer(connection, batch).locate(addresses) if addresses else {}
    if not found:
        return 0
    cursor.execute(PLACED)
    execute_values(
        cursor,
        "insert into placed values %s",
        [(address, at.lon, at.lat, at.quality) for address, at in found.items()],
        page_size=5000,
    )
    cursor.execute(f"""update {table} s set lon = p.lon, lat = p.lat, x = st_x(m), y = st_y(m),
        placed_by = p.placed_by
        from placed p, lateral st_transform(st_setsrid(st_makepoint(p.lon, p.lat), 4326), 3857) m
        where s.lon is null and s.address = p.address and {where}""")
    return cursor.rowcount


def gazetteer(connection: Connection, batch: Batch) -> Gazetteer:
    """The names of the streets, read once a run."""

    def execute(statement: str, bound: dict[str, Any]) -> list[tuple[Any, ...]]:
        with driver_cursor(connection) as cursor:
            cursor.execute(for_driver(statement), bound)
            return cursor.fetchall()

    run, known = connection.info.get("gazetteer", (None, None))
    if run != batch.run_id:
        known = Gazetteer(StreetDirectory.read(batch.city, execute), execute)
        connection.info["gazetteer"] = (batch.run_id, known)
    return known


def find_buildings(cursor: Cursor, batch: Batch) -> None:
    """The building of each row that is new, moved, or has another address: the one of its address, else
    the one whose tag is nearest."""
    execute(cursor, "select exists (select from building where region = :region)", batch)
    if not only_row(cursor)[0]:
        return
    cursor.execute(
        "select distinct address from incident_diff s where address is not null and (not known or "
        "s.address is distinct from (s.old).address)"
    )
    city_names = folded_names(batch.city.called)
    keys = [
        (address, fold_street(parts[0]), fold_house(parts[1]))
        for (address,) in cursor.fetchall()
        if (parts := street_and_house_of(address, city_names))
    ]
    cursor.execute(
        "create temp table if not exists address_key (address text, street_norm text, house_norm "
        "text) on commit delete rows"
    )
    if keys:
        execute_values(cursor, "insert into address_key values %s", keys, page_size=5000)
    cursor.execute("set local enable_nestloop = off")  # both sides are as long as the batch
    execute(cursor, FIND_BUILDINGS, batch)
    cursor.execute("set local enable_nestloop = on")


def cut_districts(cursor: Cursor, city: City) -> None:
    """Make the table `district_piece` (id, valid_from, valid_to, geom in EPSG:3857) of the session."""
    cursor.execute("drop table if exists district_piece, district_cut")
    # The figure first: where a border moves between the two statements the pieces are cut once more, never
    # kept under the figure of others.
    cursor.execute(for_driver(f"create temp table district_cut as {CUT_OF}"), {"region": city.region})
    cursor.execute(
        for_driver("""create temp table district_piece as
        select id, valid_from, valid_to, st_subdivide(geom_3857, 32) as geom from district
            where region = :region"""),
        {"region": city.region},
    )
    cursor.execute("create index on district_piece using gist (geom)")
    cursor.execute("analyze district_piece")


def hold_borders(cursor: Cursor, city: City) -> None:
    """No border moves until the transaction ends; where one has moved since the pieces were cut, they are
    cut again."""
    cursor.execute(HOLD_BORDERS)
    cursor.execute(for_driver(f"select (select * from district_cut) = ({CUT_OF})"), {"region": city.region})
    if not only_row(cursor)[0]:
        cut_districts(cursor, city)


def move_borders(cursor: Cursor) -> None:
    """Wait until nobody assigns rows to districts, and keep them waiting until the transaction ends."""
    cursor.execute(MOVE_BORDERS)
