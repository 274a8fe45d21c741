"""Density tiles: at every zoom and for every selection they count what the rows say, no more and no less."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from itertools import chain

import pytest
from sqlalchemy import text

from geo.accounts.users import Principal
from geo.incidents.density import month_of
from geo.settings import Settings
from layers.tiles.density import edge, month_start
from tests.support.city_rows import CENTRE_3857, Row, add_deltas, add_incidents, fold_all, scattered
from tests.support.mvt import decode

FIRST, DAYS = date(2022, 1, 1), 1000
ROWS = scattered(900, first=FIRST, days=DAYS)
MIDDLE = Row("police", None, FIRST, *CENTRE_3857)
SELECTIONS = {
    "": lambda row: True,
    "kind=police": lambda row: row.kind == "police",
    "kind=emergency,offence": lambda row: row.kind in ("emergency", "offence"),
    "category=1,2,5,8,10": lambda row: row.category in (1, 2, 5, 8, 10),
    "category=0": lambda row: row.category is None,
    "category=4,5&kind=police": lambda row: row.category in (4, 5) and row.kind == "police",
    "category=1&kind=police": lambda row: False,
    "from=2023-03-01&to=2023-08-31": lambda row: date(2023, 3, 1) <= row.day <= date(2023, 8, 31),
    "from=2022-11-04&to=2024-02-27": lambda row: date(2022, 11, 4) <= row.day <= date(2024, 2, 27),
    "from=2022-11-27&to=2024-02-03": lambda row: date(2022, 11, 27) <= row.day <= date(2024, 2, 3),
    "from=2023-06-10": lambda row: row.day >= date(2023, 6, 10),
    "to=2023-06-10": lambda row: row.day <= date(2023, 6, 10),
    "from=2023-06-10&to=2023-06-10": lambda row: row.day == date(2023, 6, 10),
    "from=2023-06-20&to=2023-07-19": lambda row: date(2023, 6, 20) <= row.day <= date(2023, 7, 19),
    "from=2025-06-01&to=2026-01-01": lambda row: False,
    "category=1,2,5&from=2022-05-09&to=2023-12-20": lambda row: (
        row.category in (1, 2, 5) and date(2022, 5, 9) <= row.day <= date(2023, 12, 20)
    ),
    "kind=police,service&to=2023-01-17": lambda row: (
        row.kind in ("police", "service") and row.day <= date(2023, 1, 17)
    ),
    "status=open": lambda row: row.status == "open",
    "priority=1,2&kind=service": lambda row: row.priority in (1, 2) and row.kind == "service",
    "district=2&from=2023-01-05&to=2023-12-07": lambda row: (
        row.district == 2 and date(2023, 1, 5) <= row.day <= date(2023, 12, 7)
    ),
}


def expected(rows: list[Row], z: int, x: int, y: int) -> dict[tuple[int, int], int]:
    """Counts by column and row of the tile's 64 x 64 sub-cells."""
    counts = Counter(row.cell(z) for row in rows)
    return {
        (cx - x * 64, cy - y * 64): n for (cx, cy), n in counts.items() if cx // 64 == x and cy // 64 == y
    }


def shown(tile: bytes) -> dict[tuple[int, int], int]:
    found, points = {}, 0
    for feature in decode(tile).get("density", []):
        for x, y in chain.from_iterable(feature["parts"]):
            assert (x % 64, y % 64) == (32, 32)
            found[x // 64, y // 64] = feature["properties"]["n"]
            points += 1
    assert len(found) == points
    return found


@pytest.fixture
def city(tiles, settings: Settings):
    add_incidents(settings, ROWS)
    fold_all(settings)
    return tiles


def test_every_selection_at_every_zoom_counts_what_the_rows_say(city) -> None:
    for query, matches in SELECTIONS.items():
        rows = [row for row in ROWS if matches(row)]
        for z in range(6, 17):
            x, y = (part // 64 for part in MIDDLE.cell(z))
            answer = city.get(f"/tiles/density/{z}/{x}/{y}.mvt?{query}")
            assert answer.status_code == 200, answer.text
            assert shown(answer.content) == expected(rows, z, x, y), (query, z)


def test_the_tiles_of_a_zoom_hold_each_incident_once(city) -> None:
    for z in (12, 13, 14, 15):
        tiles = {tuple(part // 64 for part in row.cell(z)) for row in ROWS}
        total = sum(
            sum(shown(city.get(f"/tiles/density/{z}/{x}/{y}.mvt").content).values()) for x, y in tiles
        )
        assert total == len(ROWS)


def test_a_tile_without_incidents_is_empty(city) -> None:
    answer = city.get("/tiles/density/12/0/0.mvt")
    assert (answer.status_code, answer.content) == (200, b"")


def test_a_vanished_incident_is_not_counted_from_the_rows(tiles, settings: Settings) -> None:
    add_incidents(settings, [Row("police", 1, FIRST, *CENTRE_3857, status="open", vanished=True)])
    x, y = (part // 64 for part in MIDDLE.cell(12))
    assert shown(tiles.get(f"/tiles/density/12/{x}/{y}.mvt?status=open").content) == {}


def test_a_scope_of_kinds_narrows_every_answer(city) -> None:
    city.principal = Principal(
        name="bolat", role="wall", permissions=frozenset(), kinds=("police", "offence")
    )
    x, y = (part // 64 for part in MIDDLE.cell(11))
    mine = [row for row in ROWS if row.kind in ("police", "offence")]
    assert shown(city.get(f"/tiles/density/11/{x}/{y}.mvt").content) == expected(mine, 11, x, y)
    police = [row for row in mine if row.kind == "police"]
    assert shown(city.get(f"/tiles/density/11/{x}/{y}.mvt?kind=police,service").content) == expected(
        police, 11, x, y
    )
    assert shown(city.get(f"/tiles/density/11/{x}/{y}.mvt?kind=service").content) == {}


def test_a_scope_of_districts_narrows_by_the_rows_and_has_a_cache_of_its_own(city, connection) -> None:
    connection.execute(
        text("""
        insert into district (region, id, key, name_kk, name_ru, name_en, valid_from, geom_4326, geom_3857)
        select '71', i, 'd' || i, 'a', 'a', 'a', date '2020-01-01',
            ST_Multi(ST_Buffer(ST_SetSRID(ST_MakePoint(71, 51), 4326), 1)),
          ST_Multi(ST_Buffer(ST_SetSRID(ST_MakePoint(7900000, 6600000), 3857), 1)) from generate_series(1,
              2) as i""")
    )
    connection.commit()
    x, y = (part // 64 for part in MIDDLE.cell(10))
    path = f"/tiles/density/10/{x}/{y}.mvt"
    assert shown(city.get(path).content) == expected(ROWS, 10, x, y)
    city.principal = Principal(name="bolat", role="inspector", permissions=frozenset(), districts=("d2",))
    assert shown(city.get(path).content) == expected([row for row in ROWS if row.district == 2], 10, x, y)


def test_a_fold_is_seen_by_the_next_request_through_the_cache(city, settings: Settings) -> None:
    x, y = (part // 64 for part in MIDDLE.cell(14))
    path = f"/tiles/density/14/{x}/{y}.mvt"
    before = city.get(path)
    assert city.get(path, **{"if-none-match": before.headers["etag"]}).status_code == 304
    add_deltas(settings, [(MIDDLE, 1)])
    fold_all(settings)
    after = city.get(path, **{"if-none-match": before.headers["etag"]})
    assert after.status_code == 200 and after.headers["etag"] != before.headers["etag"]
    assert shown(after.content) == expected([*ROWS, MIDDLE], 14, x, y)


def test_the_edges_of_a_window_are_the_nearer_first_of_a_month() -> None:
    for start in range(800):
        day = date(2023, 11, 1) + timedelta(days=start)
        month, span = edge(day)
        covered = month_start(month)
        if span is not None:
            length = (span.last - span.first).days + 1
            assert length <= 15
            covered += timedelta(days=span.sign * length)
            assert span.first == (covered if span.sign < 0 else month_start(month))
        assert covered == day and month_of(month_start(month)) == month
