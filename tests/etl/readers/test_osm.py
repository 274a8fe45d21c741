"""OpenStreetMap: a small extract written by the test, read as basemap, as buildings and as any tag."""

from dataclasses import replace
from pathlib import Path

import pytest
import shapely

from etl import readers
from etl.readers import Source
from etl.registry import FEEDS, Feed, find
from etl.runs import engine
from geo.errors import InvalidInput

NODES = [
    (71.40, 51.10),
    (71.41, 51.10),
    (71.41, 51.11),
    (71.40, 51.11),
    (71.405, 51.105),
    (71.406, 51.105),
    (71.406, 51.106),
    (71.405, 51.106),
    (71.402, 51.102),
    (71.403, 51.102),
    (71.403, 51.103),
    (71.402, 51.103),
    (71.4025, 51.1025),
    (71.4026, 51.1025),
    (71.4027, 51.1025),
    (71.4055, 51.1055),
]
WAYS = {
    1: ([1, 2, 3], {"highway": "primary_link", "name": "Абай", "name:ru": "Абая"}),
    2: ([1, 2, 3, 4, 1], {"landuse": "forest"}),
    3: (
        [5, 6, 7, 8, 5],
        {
            "building": "apartments",
            "addr:street": "улица Абая",
            "addr:housenumber": "12/1",
            "building:levels": "9",
        },
    ),
    4: ([3, 4], {"waterway": "river", "name": "Есіл"}),
    5: ([1, 4], {"highway": "proposed"}),
    6: ([1, 2, 99], {"railway": "rail"}),
    7: ([2, 3], {"boundary": "administrative", "admin_level": "9"}),
    8: ([9, 10, 11, 12, 9], {"building": "yes"}),
}
AT_POINTS = {
    9: {"addr:street": "улица Сарыарка", "addr:housenumber": "3"},
    13: {"shop": "books", "addr:street": "улица Кенесары", "addr:housenumber": "40"},
    14: {"addr:street": "улица Кенесары", "addr:housenumber": "40"},
    15: {"addr:housenumber": "1"},
    16: {"addr:street": "улица Мира", "addr:housenumber": "99"},
}
MEMBERS = {
    10: ([4], {"type": "boundary", "boundary": "administrative", "admin_level": "6"}),
    11: ([4, 123], {"type": "boundary", "boundary": "administrative", "admin_level": "4", "name": "Астана"}),
    12: ([1], {"type": "route", "route": "bus"}),
}


def extract() -> str:
    """Way 6 has a node that the extract lacks; way 4 is a river and the border of a district and of a
    region."""

    def tags(given: dict[str, str]) -> str:
        return "".join(f'<tag k="{key}" v="{value}"/>' for key, value in given.items())

    settlements = {
        4: {"place": "suburb", "name": "Есіл ауданы"},
        1: {"amenity": "school", "name": "№ 5"},
        2: {"amenity": "bank"},
    } | AT_POINTS
    nodes = "".join(
        f'<node id="{i}" version="1" lon="{lon}" lat="{lat}">{tags(settlements.get(i, {}))}</node>'
        for i, (lon, lat) in enumerate(NODES, 1)
    )
    ways = "".join(
        f'<way id="{i}" version="1">{"".join(f"<nd ref={chr(34)}{n}{chr(34)}/>" for n in refs)}{tags(given)}</way>'  # noqa: E501
        for i, (refs, given) in WAYS.items()
    )
    relations = "".join(
        f'<relation id="{i}" version="1">{"".join(f"<member type={chr(34)}way{chr(34)} ref={chr(34)}{r}{chr(34)} role={chr(34)}outer{chr(34)}/>" for r in refs)}'  # noqa: E501
        f"{tags(given)}</relation>"
        for i, (refs, given) in MEMBERS.items()
    )
    return f'<osm version="0.6">{nodes}{ways}{relations}</osm>'


@pytest.fixture
def city(tmp_path: Path) -> Source:
    path = tmp_path / "city.osm"
    path.write_text(extract())
    return Source(str(path), path)


def read(source: Source, entity: str, table: str | None = None) -> dict[str, dict]:
    chunks = readers.read(source, Feed("osm", entity, 60, table=table))
    return {row["source_id"]: row for chunk in chunks for row in chunk.table.to_pylist()}


def test_features_of_the_basemap_are_read_by_their_theme_and_class(city: Source) -> None:
    found = read(city, "basemap_feature")
    assert {key: (row["theme"], row["class"]) for key, row in found.items()} == {
        "way/1": ("road", "primary"),
        "way/2": ("green", "forest"),
        "way/4": ("water", "river"),
        "way/4/border": ("border", "region"),
        "way/7/border": ("border", "city_district"),
        "node/1": ("landmark", "school"),
        "node/4": ("place", "suburb"),
    }
    assert (found["way/1"]["name_ru"], found["way/1"]["name_kk"]) == ("Абая", "Абай") and found[
        "way/4/border"
    ]["name_ru"] is None
    assert shapely.from_wkb(found["way/1"]["geometry"]).coords[0] == (71.4, 51.1)


def test_buildings_are_read_with_their_addresses(city: Source) -> None:
    row = read(city, "building")["way/3"]
    assert (row["street_ru"], row["house"], row["use"], row["floors"]) == (
        "улица Абая",
        "12/1",
        "apartments",
        "9",
    )
    assert shapely.from_wkb(row["geometry"]).geom_type == "MultiPolygon"


def test_a_building_without_an_address_has_that_of_the_points_inside_it(city: Source, tmp_path: Path) -> None:
    """The commonest of them; one on the outline counts; a building with an address of its own keeps it,
    whatever stands inside."""
    found = read(city, "building")
    assert {key: (row["street_ru"], row["house"]) for key, row in found.items()} == {
        "way/3": ("улица Абая", "12/1"),
        "way/8": ("улица Кенесары", "40"),
    }
    alone = tmp_path / "alone.osm"
    alone.write_text(extract().replace("addr:", "was:"))
    assert [row["house"] for row in read(Source(str(alone), alone), "building").values()] == [None, None]


def test_any_tag_can_choose_what_is_read(city: Source) -> None:
    assert (
        list(read(city, "incident", "amenity=school")) == ["node/1"]
        and len(read(city, "incident", "amenity")) == 2
    )
    with pytest.raises(InvalidInput, match="source.osm_table"):
        read(city, "incident")
    with pytest.raises(InvalidInput, match="source.unreadable"):
        read(Source("broken.pbf", body=b"no", format="osm"), "building")


def test_a_second_run_applies_only_what_differs(settings, tmp_path: Path, rows) -> None:
    feed = replace(find(FEEDS, "basemap"), format="osm")
    path = tmp_path / "city.osm"

    def run(text: str) -> tuple[int, int, int]:
        path.write_text(text)
        done = engine.run(settings, feed, [str(path)])
        return done.written, done.unchanged, done.vanished

    assert run(extract()) == (7, 0, 0) and run(extract()) == (0, 7, 0)
    changed = extract().replace('v="primary_link"', 'v="secondary"').replace('v="forest"', 'v="industrial"')
    assert run(changed) == (1, 5, 1)
    assert rows("select class, version from basemap_feature where source_id = 'way/1'") == [("secondary", 2)]
    assert rows("select count(*) from basemap_feature where theme = 'border'") == [(2,)]
