"""Points for staged rows that have an address and no point, found by `geo.addresses.geocoding` in the
caller's transaction.

The same address among the same buildings and streets is the same point, so a replay writes nothing; more
of them may make it a better one.
"""

from __future__ import annotations

from typing import Any

from psycopg2.extensions import cursor as Cursor
from psycopg2.extras import execute_values
from sqlalchemy import Connection

from geo.addresses.geocoding import Gazetteer
from geo.addresses.street_directory import StreetDirectory
from geo.database import for_driver
from geo.loading.staging import Batch, driver_cursor

PLACED = (
    "create temp table if not exists placed (address text, lon float8, lat float8, placed_by text) on "
    "commit delete rows"
)


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
