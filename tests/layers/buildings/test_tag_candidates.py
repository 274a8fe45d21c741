"""The worklist of geo-tags and the candidates of an address, on a street of the test's own: houses every
20 m, even ones on one side."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, Engine, text

from geo.database import connect_engine
from geo.errors import NotFound
from geo.settings import Settings
from layers.buildings.geo_tags import read_worklist
from layers.buildings.tag_candidates import distance_m, read_case

LON, LAT, STEP = 71.43, 51.13, 0.0003


def add(
    connection: Connection,
    id_: int,
    house: str | None,
    east: float | None,
    quality: str = "register",
    outline: float | None = None,
    **more: object,
) -> None:
    """A building `east` steps along the street; `outline`: where its footprint's middle is, 10 m wide."""
    values = {
        "id": id_,
        "house": house,
        "norm": house and house.casefold(),
        "street": "кенесары" if house else None,
        "name": "улица Кенесары" if house else None,
        "lon": None if east is None else LON + east * STEP,
        "lat": LAT,
        "quality": quality,
        "outline": None if outline is None else LON + outline * STEP,
        "source": "register",
        "code": None,
        "voters": 10,
        **more,
    }
    connection.execute(
        text("""
        insert into building (region, id, source, source_id, street_ru, street_norm, house, house_norm,
            register_code, voters, tag_quality, point_4326, point_3857,
          footprint_4326, footprint_3857) overriding system value
        select '71', :id, :source, :id, :name, :street, :house, :norm, :code, :voters, :quality, p,
            st_transform(p, 3857), f, st_transform(f, 3857)
        from (select st_setsrid(st_makepoint(cast(:lon as float8), :lat), 4326) as p,
            st_multi(st_expand(st_setsrid(st_makepoint(cast(:outline as float8), :lat), 4326),
                0.00007)) as f) g"""),
        values,
    )


@pytest.fixture
def street(connection: Connection, settings: Settings) -> Iterator[Engine]:
    for n in range(1, 11):
        add(connection, n, str(2 * n), n, outline=n)
    connection.commit()
    engine = connect_engine(settings, "reader")
    yield engine
    engine.dispose()


def case(street: Engine, settings: Settings, building: int):
    return read_case(street, settings.city, "ru", building)


def points_of(found: object) -> list[tuple[str, float]]:
    return [(candidate.kind, round((candidate.lon - LON) / STEP, 2)) for candidate in found.candidates]


def test_each_doubt_is_in_the_worklist_once_under_its_gravest_reason(
    street: Engine, connection: Connection, settings: Settings
) -> None:
    add(connection, 20, "22", None, "untagged")
    add(connection, 21, "24", 200, voters=99)
    add(connection, 22, "26", 11, outline=14)
    add(connection, 23, "28", 10)
    add(connection, 24, "30", 15, "geocoded")
    add(connection, 25, "32", 300, outline=300)
    add(connection, 26, "34", 16, "geocoded")
    connection.execute(text("update building set tagged_by = 'aizhan' where id = 26"))
    connection.commit()
    found = read_worklist(street, settings.city, "ru")
    assert [(row["id"], row["reason"]) for row in found.rows] == [
        (20, "untagged"),
        (21, "far"),
        (22, "outside"),
        (10, "shared"),
        (23, "shared"),
        (24, "geocoded"),
    ]
    assert (
        found.counts == {"untagged": 1, "far": 1, "outside": 1, "shared": 2, "geocoded": 1} and not found.more
    )
    assert found.totals == {"buildings": 17, "tagged": 16, "decided": 1}
    assert [row["id"] for row in read_worklist(street, settings.city, "kk", reason="far").rows] == [21]


def test_candidates_lie_between_the_neighbouring_numbers_the_nearest_first(
    street: Engine, connection: Connection, settings: Settings
) -> None:
    connection.execute(text("delete from building where id in (3, 4, 5)"))
    add(connection, 30, "8", None, "untagged", outline=4.2, code="K8")
    add(connection, 31, None, None, "untagged", outline=5, source="osm")
    add(connection, 32, "8", 7, source="city")
    add(connection, 33, None, 30, source="far", code="K8")
    add(connection, 34, "7", 90)
    connection.commit()
    found = case(street, settings, 30)
    assert points_of(found) == [
        ("own_outline", 4.2),
        ("outline", 5.0),
        ("register", 7.0),
        ("register", 30.0),
        ("between", 4.0),
    ]
    assert [candidate.quality for candidate in found.candidates] == [
        "footprint",
        "footprint",
        "register",
        "register",
        "geocoded",
    ]
    assert found.candidates[-1].note == "4 – 12" and found.candidates[0].distance_m == pytest.approx(
        4.2, abs=0.1
    )
    assert found.expected == pytest.approx((LON + 4 * STEP, LAT))


@pytest.mark.parametrize(
    ("house", "kind", "east"),
    [("40", "beside", 10), ("8/1", "beside", 4), ("8А", "beside", 4), ("11", None, None)],
)
def test_candidates_lie_at_the_streets_end_and_beside_the_house_it_is_a_part_of(
    street: Engine, connection: Connection, settings: Settings, house: str, kind: str | None, east: float
) -> None:
    add(connection, 40, house, None, "untagged")
    connection.commit()
    assert points_of(case(street, settings, 40)) == ([(kind, east)] if kind else [])


def test_an_address_that_says_nothing_has_no_candidates(
    street: Engine, connection: Connection, settings: Settings
) -> None:
    add(connection, 41, None, None, "untagged")
    connection.commit()
    assert case(street, settings, 41).candidates == []
    with pytest.raises(NotFound):
        case(street, settings, 99)


def test_distances_are_metres_on_the_ground() -> None:
    assert distance_m((71.43, 51.13), (71.44, 51.13)) == pytest.approx(698.7, rel=0.003)
