"""Officers of some kinds and districts: at any moment of the time machine, and in the search, they are shown
all that they may see and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as rules
from hypothesis import strategies as st
from sqlalchemy import Engine, text

from geo.accounts.users import Principal
from geo.errors import NotFound
from geo.incidents.model import KINDS
from geo.settings import Settings
from layers.incidents.card import read_card, read_past_card
from layers.incidents.day import read_day
from layers.incidents.export import discard, export
from layers.incidents.filters import IncidentFilter
from layers.incidents.listing import read_page
from layers.incidents.moment import Moment
from layers.incidents.points import read_points
from layers.scope import Scope
from layers.search.search import search
from tests.layers.incidents.test_export import read
from tests.support.connected import engine_as

engine = engine_as("reader", "engine", of="demo_settings", scope="module")
TODAY = """select i.id, i.kind, d.key as district, d.name_ru as name, i.source_id as number from incident i
    left join district d on d.region = i.region and d.id = i.district_id
    where i.region = '71' and i.vanished_at is null"""
MANY = 5000


@pytest.fixture(scope="module")
def today(engine: Engine) -> dict[int, Any]:
    with engine.connect() as connection:
        return {row.id: row for row in connection.execute(text(TODAY))}


@pytest.fixture(scope="module")
def names(engine: Engine) -> dict[str, str]:
    """The name of a district -> its key."""
    with engine.connect() as connection:
        return dict(connection.execute(text("select name_ru, key from district")).all())


def some(values: tuple[str, ...]) -> st.SearchStrategy[tuple[str, ...] | None]:
    return st.none() | st.lists(st.sampled_from(values), max_size=len(values), unique=True).map(tuple)


DISTRICTS = ("almaty", "baikonyr", "esil", "nura", "saraishyq", "saryarqa")
OFFICERS = st.builds(
    lambda kinds, districts: Principal("x", "duty", frozenset(), districts=districts, kinds=kinds),
    some(KINDS),
    some(DISTRICTS),
)
MOMENTS = st.builds(
    lambda back, known: (datetime.now(UTC) - back, known),
    st.timedeltas(timedelta(minutes=2), timedelta(days=40)),
    st.booleans(),
)
WINDOWS = st.sampled_from(("live", "24h", "7d"))
FEW = rules(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def test_the_districts_are_those_of_the_city(names: Mapping[str, str]) -> None:
    assert set(DISTRICTS) <= set(names.values())


@FEW
@given(OFFICERS, MOMENTS, WINDOWS)
def test_a_past_moment_shows_all_of_theirs_and_nothing_else(
    engine: Engine,
    demo_settings: Settings,
    today: dict[int, Any],
    names: dict[str, str],
    officer: Principal,
    moment: tuple[datetime, bool],
    window: str,
) -> None:
    city = demo_settings.city
    clock = moment[0].astimezone(city.time_zone).replace(tzinfo=None, second=0, microsecond=0)
    past = Moment(clock, moment[1])
    everybodys = IncidentFilter.parse({"window": window, **past.write()})
    whole = read_page(engine, city, everybodys, "ru", rows=MANY).rows
    theirs = {
        row["id"]
        for row in whole
        if officer.sees(row["kind"], names.get(row["district_name"]))
        and row["id"] in today
        and officer.sees(today[row["id"]].kind, today[row["id"]].district)
    }
    wanted = everybodys.within(officer)
    shown = read_page(engine, city, wanted, "ru", rows=MANY)
    assert {row["id"] for row in shown.rows} == theirs and shown.total == len(theirs)
    points = read_points(engine, city, wanted)
    assert {point["id"] for point in points.points or []} <= theirs and points.total == len(theirs)
    assert read_day(engine, city, wanted, None, "ru").total == len(theirs)
    for id_ in sorted({row["id"] for row in whole} - theirs)[:5]:
        if officer.sees(today[id_].kind, today[id_].district):
            continue  # what it was then is theirs to see, for today it is theirs
        with pytest.raises(NotFound):
            read_past_card(engine, city, Scope.of(officer), id_, "ru", past)


@FEW
@given(OFFICERS, st.data())
def test_a_search_a_card_and_a_file_tell_of_theirs_alone(
    engine: Engine, demo_settings: Settings, today: dict[int, Any], officer: Principal, data: st.DataObject
) -> None:
    city, scope = demo_settings.city, Scope.of(officer)
    id_ = data.draw(st.sampled_from(sorted(today)))
    row = today[id_]
    found = {
        one.id
        for query in (row.number, str(id_), row.number[-5:])
        for one in search(engine, city, scope, "ru", query)
        if one.type == "incident"
    }
    assert all(officer.sees(today[one].kind, today[one].district) for one in found)
    if officer.sees(row.kind, row.district):
        assert id_ in found
        others = read_card(engine, city, scope, id_, "ru").others
        assert all(officer.sees(today[o["id"]].kind, today[o["id"]].district) for o in others)
    else:
        with pytest.raises(NotFound):
            read_card(engine, city, scope, id_, "ru")


@pytest.mark.parametrize("kinds", [("police",), ("service", "emergency")])
def test_a_file_holds_theirs(
    engine: Engine, demo_settings: Settings, today: dict[int, Any], kinds: tuple[str, ...]
) -> None:
    officer = Principal("x", "duty", frozenset(), kinds=kinds, districts=("esil",))
    wanted = IncidentFilter(window="dates").within(officer)
    made = export(engine, demo_settings.city, wanted, "ru", "csv")
    try:
        numbers = set(read(made)["number"])
    finally:
        discard(made.path)
    assert numbers == {id_ for id_, row in today.items() if officer.sees(row.kind, row.district)}
