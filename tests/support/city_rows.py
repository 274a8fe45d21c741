"""A few incidents and everything else a layer shows, as rows, for tests of layers and of the roll-up."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import psycopg2
from psycopg2.extras import execute_values

from geo.changes.rollup import fold
from geo.incidents.model import KINDS
from geo.settings import Settings
from layers.tiles.tile import HALF_M

WORLD22 = 1 << 22
CENTRE_3857 = (7951551.0, 6647220.0)
"""EPSG:3857 of 71.430 E, 51.146 N."""


@dataclass(frozen=True)
class Row:
    kind: str
    category: int | None
    day: date
    x: float
    y: float
    status: str = "closed"
    priority: int = 0
    district: int | None = None
    vanished: bool = False

    def cell(self, z: int) -> tuple[int, int]:
        """Its sub-cell of zoom z, as the numbers of a tile of zoom z + 6."""
        side = 2 * HALF_M / (1 << z + 6)
        return int((self.x + HALF_M) // side), int((HALF_M - self.y) // side)


def scattered(
    count: int, seed: int = 109, first: date = date(2022, 1, 1), days: int = 1000, spread_m: float = 3000
) -> list[Row]:
    """Rows around the centre, half of them on one of ten spots, over `days` days, of every kind, some
    without a category."""
    chance = random.Random(seed)
    spots = [(chance.gauss(0, spread_m), chance.gauss(0, spread_m)) for _ in range(10)]
    rows = []
    for _ in range(count):
        dx, dy = (
            chance.choice(spots)
            if chance.random() < 0.5
            else (chance.gauss(0, spread_m), chance.gauss(0, spread_m))
        )
        kind = chance.randrange(4)
        category = None if chance.random() < 0.1 else kind * 3 + chance.randrange(1, 4)
        rows.append(
            Row(
                KINDS[kind],
                category,
                first + timedelta(days=chance.randrange(days)),
                CENTRE_3857[0] + dx,
                CENTRE_3857[1] + dy,
                chance.choice(["open", "closed"]),
                chance.randrange(3),
                chance.choice([None, 1, 2]),
            )
        )
    return rows


def connect(settings: Settings) -> psycopg2.extensions.connection:
    return psycopg2.connect(settings.database_url.replace("+psycopg2", ""))


def add_incidents(settings: Settings, rows: list[Row]) -> None:
    """Rows with their deltas, in one transaction, at noon of their local day."""
    values = [
        (
            "71",
            "test",
            str(number),
            row.kind,
            row.category,
            row.status,
            row.status,
            row.priority,
            row.priority,
            datetime.combine(row.day, time(12), tzinfo=settings.city.time_zone),
            row.district,
            row.x,
            row.y,
            row.vanished,
        )
        for number, row in enumerate(rows)
    ]
    connection = connect(settings)
    with connection, connection.cursor() as cursor:
        execute_values(
            cursor,
            """
            insert into incident (region, source, source_id, kind, category_id, source_status, status,
                source_priority, priority,
              opened_at, district_id, point_3857, point_4326, vanished_at)
            select r, s, i, k, c::bigint, ss, st, sp, p, o, d::bigint, g, ST_Transform(g, 4326), case when v
                then now() end
            from (values %s) as t (r, s, i, k, c, ss, st, sp, p, o, d, x, y, v),
              lateral (select ST_SetSRID(ST_MakePoint(x, y), 3857) as g) as q""",
            values,
        )
        _insert_deltas(cursor, [(row, 1) for row in rows])
    connection.close()


def add_deltas(settings: Settings, deltas: list[tuple[Row, int]]) -> None:
    connection = connect(settings)
    with connection, connection.cursor() as cursor:
        _insert_deltas(cursor, deltas)
    connection.close()


def _insert_deltas(cursor: psycopg2.extensions.cursor, deltas: list[tuple[Row, int]]) -> None:
    execute_values(
        cursor,
        "insert into density_delta (region, x22, y22, kind, category_id, day, n) values %s",
        [("71", *row.cell(16), row.kind, row.category or 0, row.day, n) for row, n in deltas],
    )


def fold_all(settings: Settings) -> int:
    """What the roll-up does in its turn, until nothing waits. Returns the number of folded (place, series,
    day)."""
    connection = connect(settings)
    total = 0
    while changed := fold(connection, settings.city.region):
        total += changed
    connection.close()
    return total
