"""The house, precinct or district at a point is the one of the tables, and an outline is its border."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import shapely
from sqlalchemy import Engine, text

from geo.database import connect_engine
from geo.errors import InvalidInput
from geo.settings import Settings
from layers.incidents.area import CityArea
from layers.incidents.borders import AT, Bordered, read_at, read_outline
from layers.tiles.precincts import IN_FORCE

TABLES = {
    "building": "select id, footprint_3857 as geom from building where footprint_3857 is not null",
    "precinct": f"select id, geom_3857 as geom from precinct as p where p.{IN_FORCE}",
    "district": "select id, geom_3857 as geom from district where valid_to is null",
}
SOME = """select id, st_asbinary(st_transform(geom, 4326)) as border, st_x(inside) as lon, st_y(inside) as lat
    from ({table}) as t, st_transform(st_pointonsurface(geom), 4326) as inside
    order by md5(id::text) limit 12"""


@pytest.fixture(scope="module")
def engine(demo_settings: Settings) -> Iterator[Engine]:
    engine = connect_engine(demo_settings, "reader")
    yield engine
    engine.dispose()


def some(engine: Engine, settings: Settings, shape: str) -> list[Any]:
    with engine.connect() as connection:
        values = {"region": settings.city.region, "today": settings.city.today()}
        rows = connection.execute(text(SOME.format(table=TABLES[shape])), values).all()
    assert rows
    return list(rows)


def bordered(shape: str, number: int) -> Bordered:
    return Bordered(building=number) if shape == "building" else Bordered(CityArea.read(f"{shape},{number}"))


@pytest.mark.parametrize("shape", AT)
def test_at_a_point_inside_it_is_found_and_drawn(engine: Engine, demo_settings: Settings, shape: str) -> None:
    for row in some(engine, demo_settings, shape):
        assert read_at(engine, demo_settings.city, shape, row.lon, row.lat) == bordered(shape, row.id)
        outline = read_outline(engine, demo_settings.city, bordered(shape, row.id))
        border, drawn = shapely.from_wkb(bytes(row.border)), shapely.geometry.shape(outline)
        other = border.symmetric_difference(drawn).area / border.area
        assert other < (0.6 if shape == "building" else 0.02), "drawn simpler, and no other"


def test_what_is_not_there_or_has_no_border_is_none(engine: Engine, demo_settings: Settings) -> None:
    city = demo_settings.city
    west, south, _, _ = city.bbox
    for shape in AT:
        assert read_at(engine, city, shape, west - 1, south - 1) == Bordered()
    for nothing in (
        Bordered(),
        Bordered(building=2**62),
        Bordered(CityArea.read("precinct,999999")),
        Bordered(CityArea.read("street,улица Кенесары")),
    ):
        assert read_outline(engine, city, nothing) is None
    with pytest.raises(InvalidInput):
        read_at(engine, city, "street", *city.centre)
