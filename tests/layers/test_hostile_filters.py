"""Every filter that an address can carry, with whatever it carries: it is read, or refused with an error that
names it. What was read can be bound: no number is larger than the database's, no text holds what it
cannot."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import settings as of_hypothesis
from hypothesis import strategies as st

from dashboard.pages.buildings.address import BuildingsAddress
from dashboard.pages.feeds.address import Chosen
from dashboard.pages.map.address import MapAddress
from dashboard.pages.voters.address import VotersAddress
from dashboard.wall.screens import Screen
from geo.errors import IkomekError
from geo.ranges import LARGEST
from geo.storable import UNSTORABLE
from layers.audit import AuditFilter
from layers.incidents import filters
from layers.incidents.area import CityArea
from layers.incidents.cursor import Cursor
from layers.incidents.filters import IncidentFilter
from layers.incidents.moment import Moment
from layers.live.routes import parse_cursor
from layers.open311.filters import read_filter
from layers.statistics.requests import StatisticsRequest
from layers.statistics.rows import RowsRequest
from layers.tiles.tile import Tile

ZONE, TODAY = ZoneInfo("Asia/Almaty"), date(2026, 11, 30)
NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
LONGEST_S = 1.0
Query = Mapping[str, str]
READERS: dict[str, tuple[tuple[str, ...], Callable[[Query], Any]]] = {
    "incidents": (tuple(filters.NAMES), IncidentFilter.parse),
    "map": ((*filters.NAMES, "page", "sort", "incident", "event"), MapAddress.read),
    "audit": (
        ("who", "kind", "act", "page", "from", "to", "origin", "request"),
        lambda query: AuditFilter.parse(query, ZONE),
    ),
    "statistics": (
        ("from", "to", "period", "kind", "district", "category", "before", "lang", "by"),
        lambda query: StatisticsRequest.parse(query, TODAY),
    ),
    "rows": (("figure", "after", "page", "part", "month", "day", "hour"), RowsRequest.parse),
    "open311": (
        (
            *("service_request_id", "service_code", "start_date", "end_date", "status", "page", "page_size"),
            *("bbox", "lat", "long", "radius", "updated_after", "updated_before"),
        ),
        lambda query: read_filter(query, NOW),
    ),
    "buildings": (("reason", "district", "after", "building"), BuildingsAddress.read),
    "feeds": (("feed", "run", "code", "after", "before", "mend"), Chosen.read),
    "voters": (
        ("list", "sort", "all", "address", "check", "precinct", "house", "without"),
        lambda query: VotersAddress.read(dict(query)),
    ),
    "screen": (("screen", "bezel"), lambda query: Screen.read(query.get("screen"), query.get("bezel"))),
    "tile": (("z", "x", "y"), lambda query: Tile.parse(*(query.get(name, "0") for name in "zxy"))),
    "cursor": (("page",), lambda query: Cursor.read(query.get("page"))),
    "area": (("area",), lambda query: CityArea.read(query.get("area", ""))),
    "moment": (("moment", "known"), lambda query: Moment.read(query.get("moment", ""), query.get("known"))),
    "live": (("from",), lambda query: parse_cursor(query.get("from"))),
}
SOUND = (
    *(
        "service",
        "police,emergency",
        "open",
        "critical",
        "none",
        "yes",
        "dates",
        "30d",
        "2026-11-29",
        "1,2,3",
    ),
    *("2026-11-29T08:30", "29.11.2026 08:30", "29.11.2026", "circle,71.43,51.13,500", "71.3,51.0,71.6,51.2"),
    *("box,71.3,51.0,71.6,51.2", "lasso,71.3,51.0,71.6,51.2,71.5,51.3", "2x3:1,2", "5ef89d0b-812", "17", "0"),
)
NASTY = (
    *(
        "9" * 19,
        "9" * 400,
        "-1",
        "1e308",
        "nan",
        "inf",
        "-inf",
        "0x10",
        "１２",
        "٣",
        "1_000",
        " 7 ",
        "+5",
        "1.5",
    ),
    *("\x00", "a\x00b", "\ud800", "\u202e", "'; drop table incident; --", "%s", ":name", "{}", "../..", "[]"),
    *(
        "circle,nan,nan,1",
        "circle,71.43,51.13,1e400",
        "box,1,2",
        "lasso",
        "9999-12-31",
        "0001-01-01",
        "2026-13-45",
    ),
    *(
        "2026-11-29T08:30+99:99",
        ",".join("1" * 2000),
        "WzEsWzEsWzFdXV0",
        "W251bGxd",
        "=" * 300,
        "a" * 100_000,
    ),
)
VALUES = st.sampled_from(SOUND) | st.sampled_from(NASTY) | st.text(max_size=60)


def bound_values(value: object) -> list[object]:
    """Every value inside what was read."""
    if is_dataclass(value):
        return [inner for field in fields(value) for inner in bound_values(getattr(value, field.name))]
    if isinstance(value, Mapping):
        return [inner for one in value.values() for inner in bound_values(one)]
    if isinstance(value, (list, tuple, set, frozenset)):
        return [inner for one in value for inner in bound_values(one)]
    return [value]


@pytest.mark.parametrize("name", READERS)
@of_hypothesis(max_examples=150)
@given(data=st.data())
def test_whatever_an_address_says_is_read_or_refused(name: str, data: st.DataObject) -> None:
    names, read = READERS[name]
    query = data.draw(st.dictionaries(st.sampled_from(names) | st.text(max_size=8), VALUES, max_size=5))
    check(read, query)


@pytest.mark.parametrize("name", READERS)
def test_each_nasty_value_under_each_name_is_read_or_refused(name: str) -> None:
    names, read = READERS[name]
    for key in names:
        for value in (*NASTY, *SOUND):
            check(read, {key: value})


def check(read: Callable[[Query], Any], query: Query) -> None:
    begun = time.process_time()
    with suppress(IkomekError):
        for value in bound_values(read(query)):
            assert not isinstance(value, int) or abs(value) <= LARGEST, query
            assert not isinstance(value, str) or not UNSTORABLE.search(value), query
    assert time.process_time() - begun < LONGEST_S


@given(st.dictionaries(st.sampled_from(sorted(filters.NAMES)), VALUES, max_size=4))
@example({"kind": "police,service", "area": "circle,71.43,51.13,500"})
def test_what_was_read_of_the_incidents_filter_is_written_the_same(query: dict[str, str]) -> None:
    with suppress(IkomekError):
        read = IncidentFilter.parse(query)
        assert IncidentFilter.parse(read.as_query()) == read
