"""The roll-up: whatever the order, the batches and the signs of the deltas, cells hold exactly what the
deltas add up to."""

from __future__ import annotations

import threading
import time
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta

import pytest

from geo.changes.rollup import fold, rollup
from geo.incidents.density import APART_TO, EVERYTHING, MAX_ZOOM, MIN_ZOOM, MONTHS, kind_series, month_of
from geo.incidents.model import KINDS
from geo.settings import Settings
from tests.support.city_rows import Row, add_deltas, connect, fold_all, scattered

Counts = Counter[tuple]


def pair(row: Row) -> int:
    return 8 + (row.category or 0) * 4 + KINDS.index(row.kind)


def expected(deltas: list[tuple[Row, int]]) -> Counts:
    """Counts by (zoom, sub-cell, series, month), by plain addition."""
    counts: Counts = Counter()
    for row, n in deltas:
        for z in range(MIN_ZOOM, MAX_ZOOM + 1):
            series = {EVERYTHING, pair(row)} | ({kind_series(row.kind)} if z <= APART_TO else set())
            for one in series:
                counts[(z, *row.cell(z), one, month_of(row.day))] += n
    return Counter({key: n for key, n in counts.items() if n})


def stored(settings: Settings) -> tuple[Counts, dict[tuple, int]]:
    """The same from the cells, and each row's own total."""
    connection = connect(settings)
    counts, totals = Counter(), {}
    with connection, connection.cursor() as cursor:
        cursor.execute("select z, x, y, part, sub, n, keys, sums from density_cell")
        for z, x, y, part, sub, n, keys, sums in cursor:
            assert keys == sorted(set(keys)) and len(keys) == len(sums)
            cell = (z, x * 64 + sub % 64, y * 64 + sub // 64)
            totals[(*cell, part)] = n
            for key, total, before in zip(keys, sums, [0, *sums]):
                counts[(*cell, key // MONTHS, key % MONTHS)] += total - before
    connection.close()
    return Counter({key: n for key, n in counts.items() if n}), totals


def check(settings: Settings, deltas: list[tuple[Row, int]]) -> None:
    counts, totals = stored(settings)
    assert counts == expected(deltas)
    for (z, x, y, part), n in totals.items():
        assert n > 0
        if z == MIN_ZOOM:
            assert n == sum(
                k
                for (zoom, cx, cy, series, _), k in counts.items()
                if (zoom, cx, cy, series) == (z, x, y, part)
            )


def test_one_fold_and_many_folds_give_the_same_cells(settings: Settings) -> None:
    rows = scattered(600)
    deltas = [(row, 1) for row in rows]
    for first in range(0, 600, 150):
        add_deltas(settings, deltas[first : first + 150])
        fold_all(settings)
    check(settings, deltas)
    connection = connect(settings)
    with connection, connection.cursor() as cursor:
        cursor.execute("select count(*) from density_delta")
        assert cursor.fetchone() == (0,)
        cursor.execute("select sum(n) from density_day")
        assert cursor.fetchone() == (600,)
    connection.close()


def test_months_before_2000_stay_with_their_own_kind(settings: Settings) -> None:
    days = (date(1990, 1, 1), date(1999, 12, 31), date(2000, 1, 1))
    deltas = [(replace(row, day=days[number % 3]), 1) for number, row in enumerate(scattered(60))]
    add_deltas(settings, deltas)
    fold_all(settings)
    check(settings, deltas)


def test_what_is_taken_back_leaves_nothing_behind(settings: Settings) -> None:
    rows = scattered(200)
    add_deltas(settings, [(row, 1) for row in rows])
    fold_all(settings)
    add_deltas(settings, [(row, -1) for row in rows[:120]])
    fold_all(settings)
    check(settings, [(row, 1) for row in rows[120:]])
    add_deltas(settings, [(row, -1) for row in rows[120:]])
    fold_all(settings)
    connection = connect(settings)
    with connection, connection.cursor() as cursor:
        cursor.execute("select (select count(*) from density_cell), (select count(*) from density_day)")
        assert cursor.fetchone() == (0, 0)
    connection.close()


def test_a_moved_incident_leaves_its_old_cell(settings: Settings) -> None:
    [row] = scattered(1)
    moved = replace(row, x=row.x + 500, category=None, day=row.day - timedelta(days=400))
    add_deltas(settings, [(row, 1)])
    fold_all(settings)
    add_deltas(settings, [(row, -1), (moved, 1)])
    fold_all(settings)
    check(settings, [(moved, 1)])


def test_older_days_are_folded_into_rows_that_hold_newer_ones(settings: Settings) -> None:
    row = scattered(1)[0]
    days = [date(2024, 5, 1), date(2026, 1, 1), date(2020, 3, 9), date(2024, 5, 30), date(2025, 7, 7)]
    deltas = [(replace(row, day=day), 1) for day in days]
    for delta in deltas:
        add_deltas(settings, [delta])
        fold_all(settings)
    check(settings, deltas)


def test_nothing_to_fold_changes_nothing(settings: Settings) -> None:
    assert fold_all(settings) == 0


def test_a_plus_and_a_minus_before_the_fold_cancel(settings: Settings) -> None:
    [row] = scattered(1)
    add_deltas(settings, [(row, 1), (row, -1)])
    assert fold_all(settings) == 0


def versions(settings: Settings) -> dict[tuple, int]:
    connection = connect(settings)
    with connection, connection.cursor() as cursor:
        cursor.execute("select layer, x10, y10, version from tile_version")
        found = {tuple(row[:3]): row[3] for row in cursor}
    connection.close()
    return found


def test_a_fold_raises_the_versions_of_the_tiles_it_touched_and_no_other(settings: Settings) -> None:
    here = scattered(1)[0]
    there = replace(here, x=here.x + 200_000)
    for row in (here, there):
        add_deltas(settings, [(row, 1)])
        fold_all(settings)
    first = versions(settings)
    add_deltas(settings, [(here, 1)])
    fold_all(settings)
    raised = {key: n - first[key] for key, n in versions(settings).items() if n != first[key]}
    x, y = here.cell(16)
    assert len(first) == 2 and raised == {("density", x >> 12, y >> 12): 1}


@pytest.mark.parametrize(
    ("table", "layer", "insert"),
    [
        (
            "building",
            "buildings",
            "insert into building (region, source, source_id, point_3857) select '71', 't', 'a', g from here",
        ),
        (
            "basemap_feature",
            "basemap",
            """insert into basemap_feature (region, source, source_id, theme, class, geom_4326, geom_3857)
        select '71', 't', 'a', 'place', 'city', ST_Transform(g, 4326), g from here""",
        ),
        (
            "district",
            "districts",
            """insert into district (region, key, name_kk, name_ru, name_en, valid_from, geom_4326, geom_3857)
        select '71', 'a', 'a', 'a', 'a', '2024-01-01', ST_Transform(ST_Multi(ST_Buffer(g, 9)), 4326),
            ST_Multi(ST_Buffer(g, 9)) from here""",
        ),
    ],
)
def test_every_write_to_a_drawn_table_raises_the_version(
    settings: Settings, table: str, layer: str, insert: str
) -> None:
    where = "with here as (select ST_SetSRID(ST_MakePoint(7951551, 6647220), 3857) as g) "
    geometry = "point_3857" if table == "building" else "geom_3857"
    seen = []
    connection = connect(settings)
    for statement in (
        where + insert,
        f"update {table} set {geometry} = ST_Translate({geometry}, 100000, 0)",
        f"delete from {table}",
    ):
        with connection, connection.cursor() as cursor:
            cursor.execute(statement)
        fold_all(settings)
        seen.append({(key[1], key[2]): n for key, n in versions(settings).items() if key[0] == layer})
    connection.close()
    old = next(iter(seen[0]))
    new = next(key for key in seen[1] if key != old)
    assert seen == [{old: 1}, {old: 2, new: 1}, {old: 2, new: 2}]
    assert new[0] > old[0]


def test_an_empty_statement_raises_nothing(settings: Settings) -> None:
    connection = connect(settings)
    with connection, connection.cursor() as cursor:
        cursor.execute("update building set voters = 1")
    connection.close()
    fold_all(settings)
    assert versions(settings) == {}


def test_the_loop_folds_within_two_seconds_and_stops(settings: Settings) -> None:
    stop = threading.Event()
    worker = threading.Thread(target=rollup, args=(settings, stop))
    worker.start()
    try:
        add_deltas(settings, [(row, 1) for row in scattered(5)])
        committed = time.monotonic()
        while not stored(settings)[1]:
            assert time.monotonic() - committed < 2
            time.sleep(0.02)
    finally:
        stop.set()
        worker.join(5)
    assert not worker.is_alive()


def test_two_roll_ups_never_fold_at_once(settings: Settings) -> None:
    stops = [threading.Event(), threading.Event()]
    workers = [threading.Thread(target=rollup, args=(settings, stop)) for stop in stops]
    for worker in workers:
        worker.start()
    rows = scattered(300)
    for first in range(0, 300, 20):
        add_deltas(settings, [(row, 1) for row in rows[first : first + 20]])
        time.sleep(0.05)
    stops[0].set()
    time.sleep(1.5)
    stops[1].set()
    for worker in workers:
        worker.join(5)
    fold_all(settings)
    check(settings, [(row, 1) for row in rows])


def test_a_hundred_live_deltas_fold_in_a_tenth_of_a_second_or_so(settings: Settings) -> None:
    """The goal is 100 ms on a quiet machine; the test leaves room for a busy one."""
    add_deltas(settings, [(row, 1) for row in scattered(3000)])
    fold_all(settings)
    connection = connect(settings)
    times = []
    for seed in range(5):
        add_deltas(settings, [(row, 1) for row in scattered(100, seed=seed, first=date(2026, 1, 1), days=1)])
        started = time.monotonic()
        assert fold(connection, settings.city.region) > 0
        times.append(time.monotonic() - started)
    connection.close()
    assert sorted(times)[2] < 0.5
