"""The filter of the map page: what an address says, and that it says it back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.accounts.users import Principal
from geo.errors import InvalidInput
from geo.incidents.model import KINDS, STATUSES
from geo.settings import DEFAULT_CITY, City
from layers.incidents.filters import WINDOWS, IncidentFilter

CITY = City.load(DEFAULT_CITY)
NOW = datetime(2025, 3, 14, 9, tzinfo=UTC)


def several(values: tuple) -> st.SearchStrategy[str]:
    return st.lists(st.sampled_from(values), min_size=1, unique=True).map(
        lambda chosen: ",".join(map(str, chosen))
    )


QUERIES = st.fixed_dictionaries(
    {},
    optional={
        "kind": several(KINDS),
        "status": several(STATUSES),
        "priority": several((0, 1, 2)),
        "category": several(tuple(range(9))),
        "district": several((0, 1, 2, 7)),
        "performer": several((0, 1, 8)),
        "channel": several(("none", "call", "app")),
        "window": st.sampled_from(tuple(WINDOWS)),
        "from": st.dates(datetime(2020, 1, 1).date(), datetime(2024, 1, 1).date()).map(str),
        "to": st.dates(datetime(2024, 1, 2).date(), datetime(2026, 1, 1).date()).map(str),
        "point": st.just("none"),
        "overdue": st.just("yes"),
        "building": st.just("12"),
        "mass": st.just("3"),
        "since": st.just("1700000000"),
    },
)


@given(QUERIES)
def test_an_address_says_its_filter_back(query: dict[str, str]) -> None:
    wanted = IncidentFilter.parse(query)
    assert IncidentFilter.parse(wanted.as_query()) == wanted


def test_an_empty_address_filters_what_is_open_now() -> None:
    assert IncidentFilter.parse({}).window == "live"
    assert IncidentFilter.parse({"kind": ""}).as_query() == {}


def test_dates_alone_are_a_window_of_dates_and_a_preset_wins_over_them() -> None:
    assert IncidentFilter.parse({"from": "2024-03-01"}).window == "dates"
    assert IncidentFilter.parse({"window": "7d", "from": "2024-03-01"}).selection.since is None


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"kind": "service,fire"}, "filter.value"),
        ({"window": "year"}, "filter.value"),
        ({"point": "some"}, "filter.value"),
        ({"building": "-1"}, "filter.value"),
        ({"color": "red"}, "filter.unknown"),
        ({"channel": "A'b"}, "filter.value"),
        ({"performer": "x"}, "filter.value"),
        ({"from": "2024-02-30"}, "filter.value"),
        ({"from": "2024-03-02", "to": "2024-03-01"}, "filter.window"),
    ],
)
def test_a_value_that_cannot_be_used_is_refused_by_its_name(query: dict[str, str], code: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        IncidentFilter.parse(query)
    assert refused.value.code == code


def test_every_value_is_bound_and_none_is_in_the_statement() -> None:
    wanted = IncidentFilter.parse({"kind": "police", "window": "24h", "building": "77123"})
    where, values = wanted.within(
        Principal("a", "duty", frozenset(), districts=("esil",), kinds=("police",))
    ).where(CITY, NOW)
    assert "police" not in where and "77123" not in where and "esil" not in where
    assert (
        values["since"] == NOW - timedelta(hours=24)
        and values["building"] == 77123
        and values["scope_districts"] == ["esil"]
    )


def test_days_begin_where_the_city_lives_on_both_sides_of_the_change_of_2024() -> None:
    _, before = IncidentFilter.parse({"from": "2024-02-29"}).where(CITY, NOW)
    _, after = IncidentFilter.parse({"from": "2024-03-02"}).where(CITY, NOW)
    assert before["opened_from"].astimezone(UTC) == datetime(2024, 2, 28, 18, tzinfo=UTC)
    assert after["opened_from"].astimezone(UTC) == datetime(2024, 3, 1, 19, tzinfo=UTC)


def test_the_density_of_a_sliding_window_covers_the_days_it_touches() -> None:
    assert IncidentFilter.parse({"window": "24h", "kind": "police"}).density(CITY, NOW) == {
        "kind": "police",
        "from": "2025-03-13",
    }
