"""Buildings, districts and precincts in tiles and as GeoJSON."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import Connection, text

from layers.scope import ELECTORAL
from tests.layers.conftest import EVERYTHING, Tiles
from tests.support.mvt import decode

CENTRE = "ST_SetSRID(ST_MakePoint(7951551, 6647220), 3857)"


def tile_of(z: int) -> str:
    side = 40075016.685578488 / (1 << z)
    return f"{z}/{int((7951551 + 20037508.342789244) / side)}/{int((20037508.342789244 - 6647220) / side)}"


@pytest.fixture
def building(connection: Connection) -> None:
    connection.execute(
        text(f"""
        insert into building (region, source, source_id, street_kk, street_ru, house, use, floors, voters,
          point_3857, point_4326, footprint_3857, footprint_4326)
        select '71', 't', 'a', null, 'Сарайшык', '7/2', 'residential', 9, 214, p, ST_Transform(p, 4326),
            ST_Multi(ST_Envelope(ST_Buffer(p, 20))),
          ST_Multi(ST_Transform(ST_Envelope(ST_Buffer(p, 20)), 4326)) from (select {CENTRE} as p) as q""")
    )
    connection.execute(
        text(f"""
        insert into building (region, source, source_id, street_kk, house, voters, tag_quality, point_3857,
            point_4326)
        select '71', 't', 'b', 'Тәуелсіздік', '1', 3, 'geocoded', p, ST_Transform(p, 4326)
            from (select ST_Translate({CENTRE}, 30, 0) as p) as q""")
    )
    connection.commit()


def test_near_by_a_building_is_its_outline_or_its_tag(tiles: Tiles, building: None) -> None:
    features = decode(tiles.get(f"/tiles/buildings/{tile_of(16)}.mvt").content)["buildings"]
    outline, tag = sorted(features, key=lambda feature: -len(feature["parts"][0]))
    assert len(outline["parts"][0]) == 5 and len(tag["parts"][0]) == 1
    assert outline["properties"] | {"id": 0} == {
        "id": 0,
        "house": "7/2",
        "street_ru": "Сарайшык",
        "street_kk": "Сарайшык",
        "voters": 214,
        "quality": "register",
        "use": "residential",
        "floors": 9,
    }
    assert tag["properties"]["street_ru"] == "Тәуелсіздік" and tag["id"] == tag["properties"]["id"]


@pytest.mark.parametrize("permission", ["layer.read", *ELECTORAL])
def test_voters_are_told_to_whom_an_electoral_page_opens(
    tiles: Tiles, building: None, permission: str
) -> None:
    """The tile of another does not come out of the cache either."""
    near = f"/tiles/buildings/{tile_of(16)}.mvt"
    assert "voters" in decode(tiles.get(near).content)["buildings"][0]["properties"]
    tiles.principal = replace(EVERYTHING, permissions=frozenset({permission}))
    wanted = permission in ELECTORAL
    for path in (near, f"/tiles/buildings/{tile_of(14)}.mvt"):
        for feature in decode(tiles.get(path).content)["buildings"]:
            assert ("voters" in feature["properties"]) is wanted, path
    for feature in tiles.get("/layers/buildings.geojson").json()["features"]:
        assert (feature["properties"]["voters"] is not None) is wanted


def test_from_afar_a_building_is_a_point_where_its_tag_is(tiles: Tiles, building: None) -> None:
    near, far = (
        decode(tiles.get(f"/tiles/buildings/{tile_of(z)}.mvt").content)["buildings"] for z in (15, 14)
    )
    assert [len(feature["parts"]) for feature in far] == [1, 1] and {
        feature["properties"]["voters"] for feature in far
    } == {214, 3}
    tag = next(feature for feature in near if feature["properties"]["voters"] == 3)["parts"][0][0]
    x, y = next(feature for feature in far if feature["properties"]["voters"] == 3)["parts"][0][0]
    assert (x % 2048, y % 2048) == (pytest.approx(tag[0] // 2, abs=1), pytest.approx(tag[1] // 2, abs=1))


def test_geojson_has_a_building_as_its_outline_or_its_tag(tiles: Tiles, building: None) -> None:
    features = tiles.get("/layers/buildings.geojson?bbox=71.4,51.1,71.5,51.2").json()["features"]
    assert [feature["geometry"]["type"] for feature in features] == ["MultiPolygon", "Point"]


def test_a_district_no_longer_in_force_is_not_shown(tiles: Tiles, connection: Connection) -> None:
    for key, until in (("esil", None), ("old", "2024-01-01")):
        connection.execute(
            text(f"""
            insert into district (region, key, name_kk, name_ru, name_en, valid_from, valid_to, geom_4326,
                geom_3857)
            select '71', '{key}', 'Есіл', 'Есиль', 'Esil', '2018-01-01', {f"'{until}'" if until else "null"},
              ST_Multi(ST_Transform(g, 4326)), ST_Multi(g)
            from (select ST_Buffer({CENTRE}, 4000) as g) as q""")
        )
    connection.commit()
    [district] = decode(tiles.get(f"/tiles/districts/{tile_of(11)}.mvt").content)["districts"]
    assert (
        district["properties"]["key"],
        district["properties"]["name_kk"],
        district["properties"]["name_ru"],
    ) == ("esil", "Есіл", "Есиль")
    [feature] = tiles.get("/layers/districts.geojson").json()["features"]
    assert feature["properties"]["name_en"] == "Esil" and feature["id"] == district["id"]


def test_precincts_are_those_of_the_newest_plan_in_force(tiles: Tiles, connection: Connection) -> None:
    connection.execute(
        text("""
        insert into plan (region, id, name, state, in_force_from, created_by) values
          ('71', 1, 'old', 'published', '2020-01-01', 'a'), ('71', 2, 'now', 'approved', '2024-01-01', 'a'),
          ('71', 3, 'next', 'approved', '2199-01-01', 'a'), ('71', 4, 'draft', 'draft', '2024-06-01', 'a')""")
    )
    connection.execute(
        text(f"""
        insert into precinct (region, plan_id, id, number, voters, geom_4326, geom_3857)
        select '71', plan, 1, 100 + plan, 2000, ST_Multi(ST_Transform(g, 4326)), ST_Multi(g)
        from generate_series(1, 4) as plan, (select ST_Buffer({CENTRE}, 400) as g) as q""")
    )
    connection.commit()
    [precinct] = decode(tiles.get(f"/tiles/precincts/{tile_of(13)}.mvt").content)["precincts"]
    assert (precinct["properties"]["number"], precinct["properties"]["voters"]) == (102, 2000)
    z, x, y = map(int, tile_of(16).split("/"))
    around = [
        decode(tiles.get(f"/tiles/precincts/16/{x + dx}/{y + dy}.mvt").content)
        for dx in (-2, -1, 0, 1, 2)
        for dy in (-2, -1, 0, 1, 2)
    ]
    assert sum(bool(tile.get("precincts")) for tile in around) > 1
    assert [
        label["properties"]["number"] for tile in around for label in tile.get("precinct_labels", ())
    ] == [102], "named once, whatever the tiles cut"
    [feature] = tiles.get("/layers/precincts.geojson?bbox=71,51,72,52").json()["features"]
    assert feature["properties"]["number"] == 102
