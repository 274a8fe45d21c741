"""Counts, pages and the card, over the tiny demo city: a figure is always the length of the list it leads
to."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as rules
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, text

from geo.accounts.users import Principal
from geo.database import connect_engine
from geo.errors import InvalidInput, NotFound
from geo.incidents.model import KINDS, STATUSES
from geo.settings import Settings
from layers.incidents.card import read_card
from layers.incidents.cursor import LAST_PAGE, SORTS, Cursor
from layers.incidents.filters import IncidentFilter
from layers.incidents.listing import Answer, read_page
from layers.incidents.points import read_points
from layers.scope import Scope
from layers.tiles.selection import FIELDS
from tests.layers.incidents.test_filters import several
from tests.support.connected import engine_as

ALL = IncidentFilter(window="dates")
FILTERS = st.fixed_dictionaries(
    {"window": st.sampled_from(("dates", "live"))},
    optional={
        "kind": several(KINDS),
        "status": several(STATUSES),
        "priority": several((0, 1, 2)),
        "category": several(tuple(range(1, 30))),
        "district": several(tuple(range(1, 7))),
        "performer": several(tuple(range(0, 12))),
        "channel": several(("none", "call", "app", "site")),
        "point": st.just("none"),
        "overdue": st.just("yes"),
        "from": st.dates().filter(lambda d: 2020 <= d.year <= 2024).map(str),
    },
)


engine = engine_as("reader", "engine", of="demo_settings", scope="module")


def walk(
    engine: Engine,
    demo: Settings,
    incident_filter: IncidentFilter,
    sort: str,
    rows: int,
    backwards: bool = False,
) -> list[Answer]:
    """Every page from one end to the other."""
    pages = [
        read_page(engine, demo.city, incident_filter, "ru", sort, LAST_PAGE if backwards else Cursor(), rows)
    ]
    while (following := pages[-1].previous if backwards else pages[-1].next) is not None:
        pages.append(read_page(engine, demo.city, incident_filter, "ru", sort, following, rows))
    return pages


@given(query=FILTERS)
@rules(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_facet_counts_the_list_that_it_leads_to(
    engine: Engine, demo_settings: Settings, query: dict[str, str]
) -> None:
    incident_filter = IncidentFilter.parse(query)
    answer = read_page(engine, demo_settings.city, incident_filter, "ru", rows=5000)
    assert len(answer.rows) == answer.total
    for facet, field in FIELDS.items():
        for value, n in list(answer.counts[facet].items())[:4]:
            narrowed = replace(
                incident_filter, selection=replace(incident_filter.selection, **{field: (value,)})
            )
            assert len(read_page(engine, demo_settings.city, narrowed, "ru", rows=5000).rows) == n, (
                facet,
                value,
            )
    without = read_page(
        engine, demo_settings.city, replace(incident_filter, no_coordinates=True), "ru", rows=5000
    )
    assert len(without.rows) == answer.counts["point"][True] and all(
        row["lon"] is None for row in without.rows
    )
    overdue = read_page(engine, demo_settings.city, replace(incident_filter, overdue=True), "ru", rows=5000)
    assert len(overdue.rows) == answer.counts["overdue"][True]


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"window": "24h", "kind": "police"},
        {"window": "dates", "from": "2024-01-01", "point": "none"},
        {"window": "dates"},
    ],
)
def test_what_lies_outside_the_window_is_counted(
    engine: Engine, demo_settings: Settings, query: dict[str, str]
) -> None:
    incident_filter = IncidentFilter.parse(query)
    answer, everything = (
        read_page(engine, demo_settings.city, one, "ru", rows=1)
        for one in (incident_filter, incident_filter.without_window())
    )
    assert answer.total + answer.outside == everything.total and everything.outside == 0
    assert (
        incident_filter.without_window().selection.kinds == incident_filter.selection.kinds
        and everything.total > 0
    )


@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize("rows", (1, 7, 100))
def test_pages_cover_every_row_exactly_once_both_ways(
    engine: Engine, demo_settings: Settings, sort: str, rows: int
) -> None:
    incident_filter = ALL if rows > 1 else IncidentFilter.parse({"window": "live"})
    forwards, backwards = (
        walk(engine, demo_settings, incident_filter, sort, rows, way) for way in (False, True)
    )
    ids = [row["id"] for page in forwards for row in page.rows]
    assert len(ids) == len(set(ids)) == forwards[0].total > rows
    assert [row["id"] for page in reversed(backwards) for row in page.rows] == ids
    assert [page.first for page in forwards] == list(range(1, len(ids) + 1, rows))


@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize("backwards", (False, True))
def test_a_cursor_that_the_list_has_shrunk_away_from_shows_the_nearest_page(
    engine: Engine, demo_settings: Settings, sort: str, backwards: bool
) -> None:
    """What stood there was closed meanwhile: the way back is the page itself."""
    pages = walk(engine, demo_settings, ALL, sort, 100, backwards)
    end = pages[-1].rows[0 if backwards else -1]
    beyond = Cursor(end["keys"], backwards)
    answer = read_page(engine, demo_settings.city, ALL, "ru", sort, beyond)
    nearest = read_page(engine, demo_settings.city, ALL, "ru", sort, Cursor() if backwards else LAST_PAGE)
    assert end in answer.rows and (answer.rows, answer.first, answer.previous, answer.next) == (
        nearest.rows,
        nearest.first,
        nearest.previous,
        nearest.next,
    )


def test_the_list_is_ordered_newest_first_or_by_urgency(engine: Engine, demo_settings: Settings) -> None:
    newest = [row["opened"] for row in read_page(engine, demo_settings.city, ALL, "ru", rows=500).rows]
    assert newest == sorted(newest, reverse=True)
    urgent = [
        (row["status"] == "closed", -row["priority"], row["due"] or 9e12)
        for row in read_page(engine, demo_settings.city, ALL, "ru", "urgent", rows=500).rows
    ]
    assert urgent == sorted(urgent)


@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "!!!!",
        Cursor(("2024-01-01", "b")).write(),
        Cursor(("1", "2", "3", "4")).write(),
        Cursor(("infinity", "b")).write(),
        "W10",
        "WzEsIDJd",
        *(
            Cursor(keys).write()
            for keys in (
                ("2024-01-01", "1_0"),
                ("2024-01-01", "9" * 30),
                ("2024-01-01", "１"),
                ("0001-01-01T00:00:00+23:59", "1"),
                ("\0", "1"),
            )
        ),
    ],
)
def test_a_damaged_cursor_is_refused(engine: Engine, demo_settings: Settings, cursor: str) -> None:
    with pytest.raises(InvalidInput):
        read_page(engine, demo_settings.city, ALL, "ru", "newest", Cursor.read(cursor))


def test_a_performer_acts_for_its_categories_too(
    engine: Engine, demo_settings: Settings, demo_copy: Settings
) -> None:
    """An incident without a performer of its own is its category's; the first inquiry gives the channel."""
    owner = connect_engine(demo_copy, "owner")
    with owner.begin() as connection:
        performer = connection.execute(
            text("select performer_id from category where key = 'heating.none'")
        ).scalar_one()
        of_category = select_count(
            connection, "category_id = (select id from category where key = 'heating.none')"
        )
        connection.execute(
            text(
                "update incident set performer_id = null where category_id = (select id from "
                "category where key = 'heating.none')"
            )
        )
        wanted = select_count(
            connection,
            f"""coalesce(performer_id, (select c.performer_id from category c
                where c.id = category_id)) = {performer}""",
        )
        channels = connection.execute(
            text("""select count(*) from incident i where channel is distinct from (
            select q.channel from inquiry q where q.region = i.region and q.incident_id = i.id
                order by q.received_at, q.id limit 1)""")
        ).scalar_one()
    found = read_page(
        owner,
        demo_copy.city,
        IncidentFilter.parse({"window": "dates", "performer": str(performer)}),
        "ru",
        rows=5000,
    )
    owner.dispose()
    assert len(found.rows) == found.total == wanted >= of_category > 0
    assert channels == 0


def select_count(connection: Connection, where: str) -> int:
    return connection.execute(text(f"select count(*) from incident where {where}")).scalar_one()


def test_scope_narrows_counts_list_card_and_points(engine: Engine, demo_settings: Settings) -> None:
    everything = read_page(engine, demo_settings.city, ALL, "ru", rows=5000)
    with engine.connect() as connection:
        keys = dict(connection.execute(text("select id, key from district")).all())
    district = next(value for value, _ in everything.counts["district"].most_common() if value)
    principal = Principal("a", "inspector", frozenset(), districts=(keys[district],), kinds=("service",))
    answer = read_page(engine, demo_settings.city, ALL.within(principal), "ru", rows=5000)
    assert 0 < answer.total < everything.total
    assert set(answer.counts["kind"]) == {"service"} and set(answer.counts["district"]) == {district}
    widened = replace(ALL, selection=replace(ALL.selection, kinds=KINDS)).within(principal)
    assert read_page(engine, demo_settings.city, widened, "ru").total == answer.total
    points = read_points(engine, demo_settings.city, ALL.within(principal)).points
    assert points is not None and len(points) == answer.total - answer.counts["point"][True]
    hidden = next(row["id"] for row in everything.rows if row["kind"] != "service")
    with pytest.raises(NotFound):
        read_card(engine, demo_settings.city, Scope.of(principal), hidden, "ru")


def test_a_card_tells_what_happened_and_what_else_happened_there(
    engine: Engine, demo_settings: Settings
) -> None:
    with engine.connect() as connection:
        incident = connection.execute(
            text("""
            select min(id) from incident where building_id is not null
                group by building_id having count(*) > 1 order by count(*) desc limit 1""")
        ).scalar_one()
    card = read_card(engine, demo_settings.city, Scope(), incident, "kk")
    assert card.incident["id"] == incident and card.building is not None
    assert card.others and card.others_count >= len(card.others)
    everything = read_page(engine, demo_settings.city, replace(ALL, building=card.building["id"]), "kk")
    assert everything.total == card.others_count + 1


def test_an_unknown_language_or_order_is_refused(engine: Engine, demo_settings: Settings) -> None:
    with pytest.raises(InvalidInput):
        read_page(engine, demo_settings.city, ALL, "xx")
    with pytest.raises(InvalidInput):
        read_page(engine, demo_settings.city, ALL, "ru", "random")
