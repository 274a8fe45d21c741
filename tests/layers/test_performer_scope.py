"""An account of a performer sees what that performer must act on, by whatever door it asks: nothing else, and
all of it."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as rules
from sqlalchemy import Engine, text

from geo.accounts.sessions import one_time_link
from geo.accounts.users import Principal
from geo.database import connect_engine
from geo.errors import NotFound
from geo.incidents.payload import RECORD_INCIDENTS
from geo.settings import Settings
from layers.incidents.card import read_card
from layers.incidents.export import discard, export
from layers.incidents.filters import IncidentFilter
from layers.incidents.listing import read_page
from layers.incidents.points import read_points
from layers.scope import Scope
from layers.search.search import search
from tests.layers.incidents.test_export import read
from tests.layers.incidents.test_listing import FILTERS
from tests.support.connected import engine_as
from tests.support.live_client import Listener, serve
from tests.support.mvt import decode
from tests.support.web import Server, stamping

engine = engine_as("reader", "engine", of="demo_settings", scope="module")
WHOSE = """select i.id, coalesce(i.performer_id, c.performer_id) from incident i
    left join category c on c.id = i.category_id where i.region = '71' and i.vanished_at is null"""


def crew(key: str) -> Principal:
    kinds = ("service", "emergency")
    return Principal("crew", "performer", frozenset({"case.work"}), kinds=kinds, organisation=key)


@pytest.fixture(scope="module")
def own(engine: Engine) -> tuple[str, frozenset[int], frozenset[int]]:
    """The key of the performer with the most to do, its incidents, and those of everybody else."""
    with engine.connect() as connection:
        whose = dict(connection.execute(text(WHOSE)).all())
        keys = dict(connection.execute(text("select id, key from performer")).all())
        seen = set(connection.scalars(text("select id from incident where kind in ('service', 'emergency')")))
        open_now = connection.execute(text(f"{WHOSE} and i.status <> 'closed' and i.kind = 'service'")).all()
    acting = [performer for _, performer in open_now if performer is not None]
    most = max(set(acting), key=lambda performer: (acting.count(performer), performer))
    mine = frozenset(incident for incident, performer in whose.items() if performer == most)
    return keys[most], mine & seen, frozenset(whose) - (mine & seen)


@rules(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(FILTERS)
def test_no_filter_leads_out_of_it(
    engine: Engine,
    demo_settings: Settings,
    own: tuple[str, frozenset[int], frozenset[int]],
    query: dict[str, str],
) -> None:
    key, mine, _ = own
    everybodys = IncidentFilter.parse(query)
    whole = {row["id"] for row in read_page(engine, demo_settings.city, everybodys, "ru", rows=5000).rows}
    wanted = everybodys.within(crew(key))
    answer = read_page(engine, demo_settings.city, wanted, "ru", rows=5000)
    assert {row["id"] for row in answer.rows} == whole & mine
    assert answer.total == len(whole & mine)
    points = read_points(engine, demo_settings.city, wanted).points or []
    assert {point["id"] for point in points} <= mine
    for facet, counts in answer.counts.items():
        if facet not in query and not set(query) - {"window"}:
            assert sum(counts.values()) == answer.total, facet


def test_cards_searches_and_files_are_of_it(
    engine: Engine, demo_settings: Settings, own: tuple[str, frozenset[int], frozenset[int]]
) -> None:
    key, mine, others = own
    scope, city = Scope.of(crew(key)), demo_settings.city
    with engine.connect() as connection:
        named = dict(
            connection.execute(text("select id, source_id from incident where kind = 'service'")).all()
        )
    theirs = sorted(others & set(named))[:5]
    for incident in theirs:
        with pytest.raises(NotFound):
            read_card(engine, city, scope, incident, "ru")
        found = search(engine, city, scope, "ru", named[incident])
        assert incident not in [one.id for one in found if one.type == "incident"]
    [first, *_] = sorted(mine & set(named))
    card = read_card(engine, city, scope, first, "ru")
    assert {row["id"] for row in card.others} <= mine
    assert first in [
        one.id for one in search(engine, city, scope, "ru", named[first]) if one.type == "incident"
    ]
    made = export(engine, city, IncidentFilter(window="dates").within(crew(key)), "ru", "csv")
    try:
        assert set(read(made)["number"]) == mine
    finally:
        discard(made.path)


@pytest.fixture
def visitor(
    demo_server: Server, demo_settings: Settings, own: tuple[str, frozenset[int], frozenset[int]]
) -> Iterator[httpx.Client]:
    accounts, owner = connect_engine(demo_settings, "accounts"), connect_engine(demo_settings, "owner")
    link = demo_server.url + one_time_link(accounts, name="crew", role="performer")
    with owner.begin() as connection:
        connection.execute(
            text("update app_user set organisation = :key where name = 'crew'"), {"key": own[0]}
        )
    accounts.dispose()
    owner.dispose()
    with httpx.Client(base_url=demo_server.url, cookies=httpx.get(link).cookies, timeout=30) as client:
        yield client


def test_no_address_tells_of_others(
    visitor: httpx.Client, own: tuple[str, frozenset[int], frozenset[int]]
) -> None:
    _, mine, _ = own
    live = visitor.get("/layers/incidents.geojson").raise_for_status().json()
    shown = {feature["id"] for feature in live["features"]}
    assert shown and shown <= mine
    points = visitor.get("/layers/points/incidents.json?window=dates").raise_for_status().json()["points"]
    assert {point["id"] for point in points} <= mine
    tiles = [(10, x, y) for x in (714, 715, 716) for y in (341, 342, 343)]
    seen: set[int] = set()
    for z, x, y in tiles:
        answer = visitor.get(f"/tiles/incidents/{z}/{x}/{y}.mvt").raise_for_status()
        seen |= {feature["id"] for feature in decode(answer.content).get("incidents", [])}
    assert seen and seen <= mine
    counted = 0
    for z, x, y in tiles:
        answer = visitor.get(f"/tiles/density/{z}/{x}/{y}.mvt").raise_for_status()
        for feature in decode(answer.content).get("density", []):
            counted += feature["properties"]["n"] * sum(map(len, feature["parts"]))
    assert 0 < counted <= len(mine)
    for events in visitor.get("/layers/mass-events.json?lang=ru").raise_for_status().json().values():
        for event in events:
            assert set(event.get("incidents", mine)) <= mine
    for address in ("/layers/export/incidents.csv", "/api/features/v1/collections", "/statistics", "/alarms"):
        assert visitor.get(address).status_code == 403, address


OPENED = """insert into incident (region, source, source_id, kind, source_status, status, opened_at,
        performer_id, category_id)
    values ('71', 'test', :number, 'service', 'open', 'open', now(), :performer, :category) returning id"""


def test_the_stream_tells_of_its_own_and_of_what_is_taken_from_it(settings: Settings, owner: Engine) -> None:
    """An incident that is given to another performer leaves the map; one of the performer by its category
    alone is theirs."""
    with owner.begin() as connection:
        connection.execute(
            text("""insert into performer (id, key, type, name_kk, name_ru, name_en)
            overriding system value values (1, 'heat', 'utility', 'a', 'a', 'a'), (2, 'lift', 'utility', 'b',
            'b', 'b')""")
        )
        connection.execute(
            text("""insert into category (id, key, kind, name_kk, name_ru, name_en, performer_id)
            overriding system value values (1, 'cold', 'service', 'c', 'c', 'c', 1)""")
        )
        made = [
            connection.execute(
                text(OPENED), {"number": str(number), "performer": performer, "category": category}
            ).scalar_one()
            for number, (performer, category) in enumerate([(1, None), (2, None), (None, 1), (2, 1)])
        ]

    def change(incident: int, assignment: str = "priority = 1") -> None:
        with owner.begin() as connection:
            connection.execute(
                text(f"update incident set {assignment}, version = version + 1 where id = :id"),
                {"id": incident},
            )
            connection.execute(text(f"{RECORD_INCIDENTS} where i.id = :id"), {"id": incident})

    own, lifts, by_category, given_away = made
    with (
        stamping(settings),
        serve(settings) as address,
        Listener(address, **{"x-organisation": "heat"}) as heat,
    ):
        for incident in made:
            change(incident)
        assert heat.ids(2) == [own, by_category]
        change(own, "performer_id = 2")
        assert heat.expect("change") == {"noun": "incident", "id": own, "version": 3, "payload": None}
        change(lifts)
        change(given_away, "performer_id = null")
        back = heat.expect("change")
        assert (back["id"], back["payload"]["performer"]) == (given_away, 1)
        shown = httpx.get(f"{address}/layers/incidents.geojson", headers={"x-organisation": "heat"}).json()
        assert {feature["id"] for feature in shown["features"]} == {by_category, given_away}
