"""The routes: what they refuse, what they say about caching, and that they answer without Redis."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from sqlalchemy import text

from geo.settings import Settings
from layers.tiles.registry import LAYERS
from tests.layers.conftest import Tiles
from tests.support.city_rows import CENTRE_3857, add_incidents, fold_all, scattered
from tests.support.mvt import decode


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/tiles/roads/10/1/1.mvt", 404, "layer.unknown"),
        ("/tiles/density/5/1/1.mvt", 400, "tile.zoom"),
        ("/tiles/density/17/1/1.mvt", 400, "tile.zoom"),
        ("/tiles/basemap/23/1/1.mvt", 400, "tile.address"),
        ("/tiles/basemap/10/1024/1.mvt", 400, "tile.address"),
        ("/tiles/basemap/10/-1/1.mvt", 400, "tile.address"),
        ("/tiles/basemap/10/1.5/1.mvt", 400, "tile.address"),
        ("/tiles/basemap/10/%D9%A1/1.mvt", 400, "tile.address"),
        ("/tiles/basemap/10/1/1.mvt?kind=police", 400, "filter.unknown"),
        ("/tiles/density/10/1/1.mvt?kind=fire", 400, "filter.value"),
        ("/tiles/density/10/1/1.mvt?category=1;drop", 400, "filter.value"),
        ("/tiles/density/10/1/1.mvt?category=99999999999", 400, "filter.value"),
        ("/tiles/density/10/1/1.mvt?category=" + ",".join(map(str, range(301))), 400, "filter.value"),
        ("/tiles/density/10/1/1.mvt?priority=3", 400, "filter.value"),
        ("/tiles/density/10/1/1.mvt?from=2024-02-30", 400, "filter.value"),
        ("/tiles/density/10/1/1.mvt?from=1850-01-01", 400, "filter.value"),
        ("/tiles/density/10/1/1.mvt?from=2024-02-02&to=2024-02-01", 400, "filter.window"),
        ("/layers/density.geojson", 404, "layer.no_geojson"),
        ("/layers/buildings.geojson?bbox=1,2,3", 400, "layer.bbox"),
        ("/layers/buildings.geojson?bbox=71,51,70,52", 400, "layer.bbox"),
        ("/layers/buildings.geojson?bbox=nan,51,72,52", 400, "layer.bbox"),
        ("/layers/districts.geojson?x=1", 400, "filter.unknown"),
    ],
)
def test_what_cannot_be_used_is_refused_by_name(tiles: Tiles, path: str, status: int, code: str) -> None:
    answer = tiles.get(path)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_who_is_not_signed_in_gets_nothing(tiles: Tiles) -> None:
    tiles.principal = None
    assert tiles.get("/tiles/basemap/10/1/1.mvt").status_code == 401
    assert tiles.get("/layers/districts.geojson").status_code == 401


def test_every_layer_answers_in_an_empty_city(tiles: Tiles) -> None:
    for layer in LAYERS:
        answer = tiles.get(f"/tiles/{layer.key}/14/11442/5470.mvt")
        assert (answer.status_code, answer.content) == (200, b""), layer.key
        if layer.geojson:
            assert tiles.get(f"/layers/{layer.key}.geojson").json() == {
                "type": "FeatureCollection",
                "features": [],
            }


def test_an_answer_is_the_callers_own_and_is_asked_for_again(tiles: Tiles) -> None:
    headers = tiles.get("/tiles/density/10/715/342.mvt").headers
    assert headers["content-type"] == "application/vnd.mapbox-vector-tile"
    assert (
        headers["cache-control"].startswith("private, max-age=")
        and headers["vary"] == "Cookie, Accept-Encoding"
        and headers["etag"]
    )


def test_a_tile_travels_compressed_to_those_who_can_read_it(tiles: Tiles, settings: Settings) -> None:
    add_incidents(settings, scattered(200))
    fold_all(settings)
    packed, plain = (
        tiles.get("/tiles/density/6/44/21.mvt", **{"accept-encoding": encoding})
        for encoding in ("gzip, br", "identity")
    )
    assert packed.headers["content-encoding"] == "gzip" and "content-encoding" not in plain.headers
    assert packed.content == plain.content and decode(plain.content)["density"]


def test_the_same_selection_written_differently_is_one_tile(tiles: Tiles) -> None:
    one = tiles.get("/tiles/density/10/715/342.mvt?category=2,1,1&kind=police,service")
    other = tiles.get("/tiles/density/10/715/342.mvt?kind=service,police&category=1,2")
    assert one.headers["etag"] == other.headers["etag"]


def test_many_who_ask_at_once_cost_one_statement(
    tiles: Tiles, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    from layers import serve

    made = []
    run = serve.run

    async def counted(servers, statement):
        made.append(statement)
        return await run(servers, statement)

    monkeypatch.setattr(serve, "run", counted)
    with ThreadPoolExecutor(12) as people:
        answers = list(
            people.map(lambda _: tiles.get("/tiles/basemap/12/2859/1368.mvt").status_code, range(36))
        )
    assert answers == [200] * 36 and len(made) == 1


def test_without_redis_tiles_are_still_made(settings: Settings) -> None:
    add_incidents(settings, scattered(50))
    fold_all(settings)
    with Tiles(replace(settings, redis_url="unix:///nowhere/redis.sock")) as tiles:
        for _ in range(3):
            answer = tiles.get("/tiles/density/6/44/21.mvt")
            assert answer.status_code == 200 and decode(answer.content)["density"]


def test_without_the_database_the_answer_is_unavailable(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("layers.pools.POOL_TIMEOUT_S", 0.3)
    away = replace(settings, database_url="postgresql+psycopg2://ikomek_owner@/test?host=/nowhere")
    with Tiles(away) as tiles:
        answer = tiles.get("/tiles/basemap/10/715/342.mvt")
    assert (answer.status_code, answer.json()["code"]) == (503, "database.away")


def test_too_many_incidents_in_a_tile_are_refused_not_cut(
    tiles: Tiles, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_incidents(settings, scattered(5001, spread_m=50))
    x, y = (part // 64 for part in scattered(1, spread_m=0)[0].cell(10))
    answer = tiles.get(f"/tiles/incidents/10/{x}/{y}.mvt")
    assert (answer.status_code, answer.json()["code"]) == (413, "tile.incidents")
    some = tiles.get(f"/tiles/incidents/10/{x}/{y}.mvt?kind=police")
    assert len(decode(some.content)["incidents"]) == sum(
        row.kind == "police" for row in scattered(5001, spread_m=50)
    )


def test_too_many_features_are_refused_not_cut(tiles: Tiles, connection) -> None:
    connection.execute(
        text("""
        insert into building (region, source, source_id, point_3857, point_4326)
        select '71', 't', i, g, ST_Transform(g, 4326)
        from generate_series(1, 10001) as i, lateral (select ST_SetSRID(ST_MakePoint(7951551 + i, 6647220),
            3857) as g) as q""")
    )
    connection.commit()
    assert tiles.get("/layers/buildings.geojson").json()["code"] == "layer.features"
    connection.execute(text("delete from building where source_id = '10001'"))
    connection.commit()
    assert len(tiles.get("/layers/buildings.geojson").json()["features"]) == 10_000


def test_an_incident_in_a_tile_carries_what_the_map_needs(tiles: Tiles, settings: Settings) -> None:
    [row] = scattered(1, spread_m=0)
    add_incidents(settings, [row])
    x, y = (part // 64 for part in row.cell(14))
    [feature] = decode(tiles.get(f"/tiles/incidents/14/{x}/{y}.mvt").content)["incidents"]
    assert feature["properties"]["kind"] == row.kind and feature["properties"]["status"] == row.status
    assert {"id", "version", "priority", "opened", "inquiries"} <= feature["properties"].keys()
    assert CENTRE_3857[0] == row.x
