"""Mass events and floods among the rows: what the rows of the list stand for, the file and the map hold as
many incidents as the count says, under any filter; and each way down from a row leads to that many."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pandas
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as rules
from hypothesis import strategies as st
from sqlalchemy import text

from geo.incidents.model import KINDS, STATUSES
from geo.settings import Settings
from layers.incidents.cursor import LAST_PAGE, SORTS, Cursor
from layers.incidents.export import discard, export
from layers.incidents.filters import IncidentFilter
from layers.incidents.listing import Answer, read_page
from layers.incidents.points import read_points
from tests.layers.incidents.test_filters import several
from tests.support.mass_desk import MassDesk

QUERIES = st.fixed_dictionaries(
    {"window": st.sampled_from(("live", "24h", "7d", "dates"))},
    optional={
        "kind": several(KINDS),
        "status": several(STATUSES),
        "priority": several((0, 1, 2)),
        "category": several((0, 1, 2, 3)),
        "district": several((0, 1, 2)),
        "mass": st.sampled_from(("1", "2", "3")),
        "point": st.just("none"),
        "overdue": st.just("yes"),
    },
)
SCATTERED = text("""
    insert into incident (region, source, source_id, kind, category_id, source_status, status, priority,
        opened_at, closed_at, due_at, district_id, group_id, point_4326, point_3857)
    values ('71', 'test', :number, :kind, :category, :status, :status, :priority,
        now() - make_interval(mins => :minutes), case when :status = 'closed' then now() end,
        now() - make_interval(mins => :due), :district, :event, st_point(71.4, 51.1, 4326),
        st_transform(st_point(71.4, 51.1, 4326), 3857))""")


@pytest.fixture
def city(settings: Settings) -> Iterator[MassDesk]:
    """Three mass events among 240 incidents, some without a point."""
    desk = MassDesk(settings)
    chance = random.Random(109)
    for key in ("lift", "snow"):
        desk.category(key)
    with desk.owner.begin() as connection:
        for event in range(1, 4):
            connection.execute(
                text("""insert into mass_event (region, number, category_id, kind, status, radius_m,
                    window_h, confirmed_by, confirmed_at, version)
                    values ('71', :number, :event, 'service', 'open', 100, 24, 'aidos', now(), 1)"""),
                {"number": f"M-26-000{event}", "event": event},
            )
        for number in range(240):
            connection.execute(
                SCATTERED,
                {
                    "number": str(number),
                    "kind": chance.choice(KINDS),
                    "category": chance.choice((None, 1, 2, 3)),
                    "status": chance.choice(STATUSES),
                    "priority": chance.choice((0, 0, 1, 2)),
                    "minutes": chance.choice((30, 300, 3000, 30000)) + number,
                    "due": chance.choice((-200, 200)),
                    "district": chance.choice((None, 1, 2)),
                    "event": chance.choice((None, None, 1, 2, 3)),
                },
            )
        connection.execute(text("update incident set point_4326 = null, point_3857 = null where id % 7 = 0"))
    yield desk
    desk.close()


def walk(city: MassDesk, wanted: IncidentFilter, sort: str, rows: int, backwards: bool) -> list[Answer]:
    pages = [
        read_page(city.reader, city.city, wanted, "en", sort, LAST_PAGE if backwards else Cursor(), rows)
    ]
    while (following := pages[-1].previous if backwards else pages[-1].next) is not None:
        pages.append(read_page(city.reader, city.city, wanted, "en", sort, following, rows))
    return pages


def stands_for(row: dict) -> int:
    return (row["mass"] or row["flood"] or {"n": 1})["n"]


def in_file(city: MassDesk, wanted: IncidentFilter) -> list[int]:
    made = export(city.reader, city.city, wanted, "en", "csv")
    try:
        return list(pandas.read_csv(made.path, sep=None, engine="python", encoding="utf-8-sig")["number"])
    finally:
        discard(made.path)


@given(query=QUERIES, sort=st.sampled_from(tuple(SORTS)), rows=st.sampled_from((3, 50)), back=st.booleans())
@rules(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_list_map_and_file_hold_what_the_count_says(
    city: MassDesk, query: dict[str, str], sort: str, rows: int, back: bool
) -> None:
    wanted = IncidentFilter.parse(query)
    pages = walk(city, wanted, sort, rows, back)
    shown = [row for page in pages for row in page.rows]
    total = pages[0].total
    assert sum(stands_for(row) for row in shown) == total
    assert len(shown) == pages[0].listed == len({row["id"] for row in shown})
    assert total == len(in_file(city, wanted))
    points = read_points(city.reader, city.city, wanted).points
    assert points is not None and total == len(points) + pages[0].counts["point"][True]
    for row in shown:
        if row["mass"]:
            down = replace(wanted, mass=row["mass"]["event"])
            assert read_page(city.reader, city.city, down, "en").total == row["mass"]["n"] > 1
    if shown and not back:
        assert [page.first for page in pages] == list(range(1, len(shown) + 1, rows))


@pytest.mark.parametrize("sort", SORTS)
def test_a_flood_is_one_row_and_its_way_down_each_of_it(city: MassDesk, sort: str) -> None:
    """Forty police incidents of the last minutes, one of them critical."""
    with city.owner.begin() as connection:
        connection.execute(
            text("""insert into incident (region, source, source_id, kind, source_status, status, priority,
                opened_at) select '71', 'burst', n::text, 'police', 'open', 'open',
                case when n = 7 then 2 when n % 10 = 0 then 1 else 0 end, now() - n * interval '3 seconds'
                from generate_series(1, 40) n on conflict do nothing""")
        )
    wanted = IncidentFilter.parse({})
    answer = read_page(city.reader, city.city, wanted, "en", sort, rows=500)
    [flood] = [row for row in answer.rows if row["flood"]]
    assert flood["flood"]["n"] >= 39 and flood["flood"]["urgent"] >= 4
    assert sum(stands_for(row) for row in answer.rows) == answer.total
    assert answer.listed == len(answer.rows) < answer.total
    assert [row["priority"] for row in answer.rows if row["source"] == "burst" and not row["flood"]] == [2]
    down = IncidentFilter.parse(
        {"kind": "police", "priority": "0,1", "since": str(int(flood["flood"]["since"]))}
    )
    each = read_page(city.reader, city.city, down, "en", sort, rows=500)
    alone = sum(row["flood"] is None and row["mass"] is None for row in each.rows)
    assert len(each.rows) == each.total == alone >= flood["flood"]["n"]
    assert datetime.now(UTC).timestamp() - flood["flood"]["since"] < 700
