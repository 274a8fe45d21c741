"""The basemap's tiles: what appears when, merged and named."""

from __future__ import annotations

import pytest
from sqlalchemy import Connection, text

from etl.entities.basemap import MIN_ZOOM
from etl.readers.osm_tags import BORDERS
from tests.layers.conftest import Tiles
from tests.support.mvt import decode

X, Y = 7951551, 6647220
"""EPSG:3857 of 71.430 E, 51.146 N."""


KINDS = sorted(set(BORDERS.values()))


def add(
    connection: Connection,
    theme: str,
    class_: str,
    shape: str,
    zoom: int = 6,
    kk: str | None = None,
    ru: str | None = None,
) -> None:
    """`shape` is WKT in metres from the centre."""
    connection.execute(
        text("""
        insert into basemap_feature (region, source, source_id, theme, class, min_zoom, name_kk, name_ru,
            geom_4326, geom_3857)
        select '71', 't', md5(random()::text), :theme, :class, :zoom, :kk, :ru, ST_Transform(g, 4326), g
        from (select ST_Translate(ST_GeomFromText(:shape, 3857), :x, :y) as g) as q"""),
        {"theme": theme, "class": class_, "zoom": zoom, "kk": kk, "ru": ru, "shape": shape, "x": X, "y": Y},
    )


def square(half: float) -> str:
    return f"POLYGON(({-half} {-half}, {half} {-half}, {half} {half}, {-half} {half}, {-half} {-half}))"


def seen(tiles: Tiles, z: int) -> dict[str, list[dict]]:
    side = 40075016.685578488 / (1 << z)
    x, y = int((X + 20037508.342789244) / side), int((20037508.342789244 - Y) / side)
    answer = tiles.get(f"/tiles/basemap/{z}/{x}/{y}.mvt")
    assert answer.status_code == 200, answer.text
    return decode(answer.content)


def test_each_theme_is_a_layer(tiles: Tiles, connection: Connection) -> None:
    shapes = {
        "green": square(400),
        "water": square(300),
        "rail": "LINESTRING(0 0, 900 5)",
        "road": "LINESTRING(0 0, 5 900)",
        "border": "LINESTRING(0 0, 900 900)",
        "place": "POINT(1 1)",
    }
    for theme, shape in shapes.items():
        add(connection, theme, "some", shape)
    connection.commit()
    assert {layer: len(features) for layer, features in seen(tiles, 14).items()} == {
        "green": 1,
        "water": 1,
        "rail": 1,
        "roads": 1,
        "borders": 1,
        "places": 1,
    }


def test_borders_of_each_kind_are_one_line_from_the_zoom_of_their_kind_on(
    tiles: Tiles, connection: Connection
) -> None:
    """Six kinds, each of two ways that meet: a region's border shows for the whole country, a quarter's
    within its city."""
    for n, kind in enumerate(KINDS):
        for start in (0, 300):
            add(
                connection,
                "border",
                kind,
                f"LINESTRING({start} {n * 100}, {start + 300} {n * 100})",
                zoom=MIN_ZOOM[kind],
            )
    connection.commit()
    for z in (6, 10, 15):
        borders = seen(tiles, z)["borders"]
        assert {border["properties"]["class"] for border in borders} == {
            kind for kind in KINDS if MIN_ZOOM[kind] <= z
        }
        assert all(len(border["parts"]) == 1 for border in borders)


@pytest.mark.parametrize("zoom", [8, 12, 15])
def test_a_feature_appears_from_its_zoom_on(tiles: Tiles, connection: Connection, zoom: int) -> None:
    add(connection, "place", "suburb", "POINT(1 1)", zoom=zoom, kk="Шұбар")
    connection.commit()
    assert "places" not in seen(tiles, zoom - 1)
    [n] = seen(tiles, zoom)["places"]
    assert n["properties"]["name_kk"] == "Шұбар"


def test_a_missing_name_is_lent_by_another_language(tiles: Tiles, connection: Connection) -> None:
    add(connection, "road", "primary", "LINESTRING(0 0, 500 5)", ru="проспект Кабанбай батыра")
    connection.commit()
    [road] = seen(tiles, 14)["roads"]
    assert road["properties"] == {"class": "primary"} | dict.fromkeys(
        ("name_kk", "name_ru", "name_en"), "проспект Кабанбай батыра"
    )


def test_pieces_of_one_road_become_one_line(tiles: Tiles, connection: Connection) -> None:
    for i in range(40):
        add(connection, "road", "trunk", f"LINESTRING({i * 30} 0, {i * 30 + 30} 0)", kk="Тұран")
    connection.commit()
    for z in (10, 14):
        [road] = seen(tiles, z)["roads"]
        [line] = road["parts"]
        assert len(line) == 2
    assert "name_kk" not in seen(tiles, 10)["roads"][0]["properties"]


def test_a_river_drawn_as_a_line_stays_beside_lakes_drawn_as_areas(
    tiles: Tiles, connection: Connection
) -> None:
    add(connection, "water", "water", "LINESTRING(-900 0, 900 20)")
    add(connection, "water", "water", square(400))
    connection.commit()
    for z in (10, 14):
        shapes = sorted(
            part[0] == part[-1] and len(part) > 2
            for feature in seen(tiles, z)["water"]
            for part in feature["parts"]
        )
        assert shapes == [False, True]


def test_an_area_of_less_than_two_pixels_is_left_out(tiles: Tiles, connection: Connection) -> None:
    add(connection, "green", "park", square(100))
    connection.commit()
    assert "green" not in seen(tiles, 9)
    assert len(seen(tiles, 13)["green"]) == 1


def test_another_regions_streets_are_not_shown(tiles: Tiles, connection: Connection) -> None:
    add(connection, "road", "trunk", "LINESTRING(0 0, 500 5)")
    connection.execute(text("update basemap_feature set region = '75'"))
    connection.commit()
    assert seen(tiles, 12) == {}


def test_geojson_keeps_every_feature_and_its_coordinates_in_degrees(
    tiles: Tiles, connection: Connection
) -> None:
    add(connection, "place", "city", "POINT(0 0)", kk="Астана")
    connection.commit()
    [feature] = tiles.get("/layers/basemap.geojson?bbox=71,51,72,52").json()["features"]
    assert feature["geometry"]["coordinates"] == pytest.approx([71.43, 51.1463], abs=1e-4)
    assert feature["properties"]["name_en"] == "Астана"
    assert tiles.get("/layers/basemap.geojson?bbox=70,50,71,51").json()["features"] == []
