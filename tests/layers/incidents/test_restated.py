"""A past moment restated from events is what was there: compared with plain copies of the live rows, taken
while things happened."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import Engine, text

from geo.database import connect_engine
from geo.settings import Settings
from layers.incidents.day import read_day
from layers.incidents.export import discard, export
from layers.incidents.filters import IncidentFilter
from layers.incidents.listing import read_page
from layers.incidents.moment import Moment
from layers.incidents.points import read_points
from tests.support.past_city import KEPT, SHOWN, LiveCopy, PastCity

MOMENTS = int(os.environ.get("IKOMEK_EXAMPLES", "40"))


@pytest.fixture
def city(settings: Settings) -> Iterator[PastCity]:
    made = PastCity(settings)
    yield made
    made.close()


@pytest.fixture
def reader(settings: Settings) -> Iterator[Engine]:
    engine = connect_engine(settings, "reader")
    yield engine
    engine.dispose()


def moment_of(settings: Settings, at: datetime, then: bool = True) -> Moment:
    return Moment(at.astimezone(settings.city.time_zone).replace(tzinfo=None), then)


def restated_rows(reader: Engine, settings: Settings, wanted: IncidentFilter) -> list[dict[str, Any]]:
    where, values = wanted.where(settings.city, wanted.at(settings.city, datetime.now()))
    rows = wanted.rows(settings.city)
    query = rows.statement(
        f"select {SHOWN.format(case='i')} from {rows.table} as i where {where} order by i.id"
    )
    with reader.connect() as connection:
        return [dict(row) for row in connection.execute(text(query), values).mappings()]


def differences(then: LiveCopy, restated: list[dict[str, Any]], now: dict[int, dict[str, Any]]) -> list[str]:
    """What is not as it was copied. A case is none, or of an incident that nobody had acted on; an address
    that is none today stays away."""
    nothing = {"escalation": 0, "returned": 0, "reopened": 0}
    copied = {row["id"]: row for row in then.rows}
    found = {row["id"]: row for row in restated}
    wrong = [f"{id_} only in the copy" for id_ in copied.keys() - found.keys()]
    wrong += [f"{id_} only restated" for id_ in found.keys() - copied.keys()]
    for id_ in copied.keys() & found.keys():
        for name in KEPT:
            was, shown = copied[id_][name], found[id_][name]
            if name in nothing:
                was, shown = was or 0, shown or 0
            if name == "address" and now[id_]["address"] is None:
                was = None
            if was != shown:
                wrong.append(f"{id_}.{name}: was {was}, restated {shown}")
    return wrong


def test_random_moments_are_what_was_copied_live(city: PastCity, reader: Engine, settings: Settings) -> None:
    copies = []
    for n in range(MOMENTS * 3):
        city.step()
        if n % 3 == 2:
            copies.append(city.copy())
    now = {row["id"]: row for row in city.rows_now()}
    assert {"new", "correct", "close_late", "decide", "vanish"} <= set(city.happened)
    for copy in copies:
        wanted = IncidentFilter(moment=moment_of(settings, copy.at))
        wrong = differences(copy, restated_rows(reader, settings, wanted), now)
        assert not wrong, (copy.at, wrong[:8])
    assert sum(len(copy.rows) for copy in copies) > MOMENTS * 5


def test_counts_list_map_and_export_agree_at_a_moment(
    city: PastCity, reader: Engine, settings: Settings
) -> None:
    for _ in range(25):
        city.step()
    middle = city.copy()
    for _ in range(25):
        city.step()
    kinds = {row["kind"] for row in middle.rows}
    for then in (True, False):
        moment = moment_of(settings, middle.at, then)
        for query in ({}, *({"kind": kind} for kind in kinds), {"priority": "2"}, {"window": "7d"}):
            wanted = replace(IncidentFilter.parse(query), moment=moment)
            page = read_page(reader, settings.city, wanted, "ru", rows=1000)
            points = read_points(reader, settings.city, wanted)
            file = export(reader, settings.city, wanted, "ru", "geojson")
            discard(file.path)
            assert page.total == len(page.rows) == points.total == file.rows
            assert points.points is not None
            assert page.counts["point"][True] == points.unplaced
            assert {row["id"] for row in page.rows if row["lon"]} == {one["id"] for one in points.points}
            assert sum(page.counts["kind"].values()) >= page.total > 0
        assert read_day(reader, settings.city, replace(wanted, window="live"), None, "ru").total is not None
