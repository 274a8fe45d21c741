"""A drawn area: what an address says of it, and that its counts are its list, its file, and the incidents
that lie in it by another reckoning."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from itertools import pairwise

import pytest
import shapely
from hypothesis import given
from hypothesis import settings as rules
from hypothesis import strategies as st
from pyproj import Transformer
from sqlalchemy import Engine, text

from geo.database import connect_engine
from geo.errors import InvalidInput
from geo.plans.model import plan_in_force
from geo.settings import Settings
from layers.incidents.area import MOST_CORNERS, CityArea
from layers.incidents.export import FORMS, discard, export
from layers.incidents.filters import IncidentFilter
from layers.incidents.listing import read_page
from tests.layers.incidents.test_listing import FILTERS

LON, LAT = st.floats(71.33, 71.53), st.floats(51.07, 51.20)
POINT = st.tuples(LON, LAT)


def numbers(*values: float) -> str:
    return ",".join(f"{value:.5f}" for value in values)


def box(a: tuple[float, float], b: tuple[float, float]) -> str:
    (west, east), (south, north) = sorted((a[0], b[0])), sorted((a[1], b[1]))
    return f"box,{numbers(west, south, east + 0.0001, north + 0.0001)}"


AREAS = st.one_of(
    st.builds(lambda point, m: f"circle,{numbers(*point)},{m}", POINT, st.integers(10, 20_000)),
    st.builds(box, POINT, POINT),
    st.lists(POINT, min_size=3, max_size=9, unique=True).map(
        lambda points: "lasso," + ",".join(numbers(*point) for point in points)
    ),
)
TO_METRIC = Transformer.from_crs(4326, 32642, always_xy=True).transform
TO_MAP = Transformer.from_crs(4326, 3857, always_xy=True).transform
NEAR_M = 0.05


def margin(area: CityArea, lon: float, lat: float) -> float:
    """How far inside the area a point is, in metres; below 0 outside."""
    if area.shape == "circle":
        x, y = TO_METRIC(*area.points[0])
        to_x, to_y = TO_METRIC(lon, lat)
        return area.metres - ((to_x - x) ** 2 + (to_y - y) ** 2) ** 0.5
    corners = list(area.points)
    if area.shape == "box":
        (west, south), (east, north) = area.points
        corners = [(west, south), (west, north), (east, north), (east, south)]
    drawn = shapely.make_valid(shapely.Polygon([TO_MAP(*corner) for corner in corners]))
    point = shapely.Point(TO_MAP(lon, lat))
    distance = point.distance(drawn.boundary)
    return distance if drawn.contains(point) else -distance


@pytest.fixture(scope="module")
def engine(demo_settings: Settings) -> Iterator[Engine]:
    engine = connect_engine(demo_settings, "reader")
    yield engine
    engine.dispose()


@given(AREAS)
def test_an_address_says_its_area_back(drawn: str) -> None:
    area = CityArea.read(drawn)
    assert CityArea.read(area.write()) == area
    assert IncidentFilter.parse({"area": drawn}).as_query() == {"area": area.write()}


@pytest.mark.parametrize(
    "drawn",
    [
        "circle",
        "circle,71,51",
        "circle,71,51,9",
        "circle,71,51,99999999",
        "circle,71,51,500.5",
        "circle,71,nan,500",
        "circle,181,51,500",
        "circle,71,86,500",
        "box,71.5,51.1,71.4,51.2",
        "box,71.4,51.1,71.5",
        "lasso,71,51,72,51",
        "lasso,71,51,72,51,71,51",
        "lasso," + ",".join(["71.1,51.1", "71.2,51.3"] * MOST_CORNERS),
        "star,1,2,3",
        "precinct,0",
        "precinct,1,2",
        "precinct,x",
        "district,0",
        "district,esil",
        "street,",
        "street," + "у" * 200,
        "box,1_0,1,2_0,2",
        "box,71.4,51.1,71.5,51.2); drop table incident",
    ],
)
def test_what_is_no_area_is_refused_by_its_name(drawn: str) -> None:
    with pytest.raises(InvalidInput, match=r"filter\.value") as refused:
        IncidentFilter.parse({"area": drawn})
    assert refused.value.parameters["filter"] == "area"


def test_a_precinct_and_a_street_are_those_of_the_tables(engine: Engine, demo_settings: Settings) -> None:
    """Each count is the rows that the same border or building holds, of all times."""
    with engine.connect() as connection:
        by_precinct = connection.execute(
            text("""select p.id, p.number, count(i.id) as n from precinct p join incident i
                on i.region = p.region and st_intersects(i.point_3857, p.geom_3857) and i.vanished_at is null
            where p.plan_id = :plan group by 1, 2 order by 3 desc"""),
            {"plan": plan_in_force(connection, demo_settings.city)},
        ).first()
        by_street = connection.execute(
            text("""select b.street_kk, b.street_ru, count(*) as n from building b join incident i
                on i.region = b.region and i.building_id = b.id and i.vanished_at is null
            where b.street_kk is not null and b.street_ru is not null group by 1, 2 order by 3 desc""")
        ).first()
    assert by_precinct is not None and by_street is not None
    for area, n in (
        (f"precinct,{by_precinct.id}", by_precinct.n),
        (f"street,{by_street.street_kk}", by_street.n),
        (f"street,{by_street.street_ru}", by_street.n),
        ("precinct,999999", 0),
        ("street,Улица, которой нет", 0),
    ):
        wanted = IncidentFilter.parse({"area": area, "window": "dates"})
        assert IncidentFilter.parse(wanted.as_query()) == wanted
        answer = read_page(engine, demo_settings.city, wanted, "ru", rows=5000)
        assert (answer.total, len(answer.rows)) == (n, n), area
        assert answer.summary is not None
        if wanted.area and wanted.area.precinct == by_precinct.id:
            assert answer.summary.number == by_precinct.number and (answer.summary.square_km or 0) > 0


@given(query=FILTERS, drawn=AREAS, form=st.sampled_from(tuple(FORMS)))
@rules(max_examples=40, deadline=None)
def test_counts_list_and_file_are_the_incidents_that_lie_in_it(
    engine: Engine, demo_settings: Settings, query: dict[str, str], drawn: str, form: str
) -> None:
    city, wanted = demo_settings.city, IncidentFilter.parse(query | {"area": drawn})
    assert wanted.area is not None
    read = partial(read_page, engine, city, lang="ru", rows=5000)
    answer, anywhere = read(incident_filter=wanted), read(incident_filter=replace(wanted, area=None))
    now = answer.read_at.timestamp()
    listed = {row["id"] for row in answer.rows}
    assert len(listed) == answer.total
    for row in anywhere.rows:
        inside = -1 if row["lon"] is None else margin(wanted.area, row["lon"], row["lat"])
        if abs(inside) > NEAR_M:
            assert (row["id"] in listed) == (inside > 0), row["id"]
    made = export(engine, city, wanted, "ru", form)
    assert made.rows == answer.total
    discard(made.path)
    summary = answer.summary
    assert summary is not None and summary.square_km is not None
    assert summary.square_km > 0 or answer.total == 0, "corners in one line enclose nothing"
    assert sum(line.n for line in summary.performers) == answer.total
    late = [row for row in answer.rows if row["status"] != "closed" and (row["due"] or now) < now]
    assert sum(line.overdue for line in summary.performers) == len(late)
    for facet, chosen in (("kind", wanted.selection.kinds), ("category", wanted.selection.categories)):
        counts = answer.counts[facet]
        held = {value: n for value, n in counts.items() if chosen is None or value in chosen}
        assert sum(held.values()) == answer.total, facet
    today = replace(wanted.without_window(), window="24h", overdue=False)
    assert sum(summary.hours) == read(incident_filter=today).total
    outside = read(incident_filter=wanted.without_window()).total - answer.total
    assert answer.outside == outside


def test_a_district_and_a_building_are_answered_too_by_day_or_by_month(
    engine: Engine, demo_settings: Settings
) -> None:
    with engine.connect() as connection:
        district, building = connection.execute(
            text("""select district_id, building_id from incident where building_id is not null
                and vanished_at is null group by 1, 2 order by count(*) desc, 2 limit 1""")
        ).one()
        days = dict(
            connection.execute(
                text("""select (opened_at at time zone 'Asia/Almaty')::date, count(*) from incident
                    where district_id = :district and vanished_at is null group by 1"""),
                {"district": district},
            ).all()
        )
    read = partial(read_page, engine, demo_settings.city, lang="ru")
    last = max(days)
    for back, by_month in ((20, False), (400, True)):
        first = last - timedelta(days=back)
        query = {"area": f"district,{district}", "from": str(first), "to": str(last)}
        answer = read(incident_filter=IncidentFilter.parse(query))
        assert answer.summary is not None and answer.summary.trend is not None
        trend = answer.summary.trend
        assert trend.by_month == by_month and answer.summary.district is not None
        assert (trend.steps[0].first, trend.steps[-1].last) == (first, last)
        for step, following in pairwise(trend.steps):
            assert following.first == step.last + timedelta(days=1)
        for step in trend.steps:
            assert step.n == sum(n for day, n in days.items() if step.first <= day <= step.last)
        assert sum(step.n for step in trend.steps) == answer.total > 0
    answer = read(incident_filter=IncidentFilter.parse({"window": "dates", "building": str(building)}))
    assert answer.summary is not None and answer.summary.building is not None
    assert answer.summary.trend is not None
    assert sum(step.n for step in answer.summary.trend.steps) == answer.total > 1
    assert read(incident_filter=IncidentFilter.parse({"area": f"district,{district}"})).summary is not None
