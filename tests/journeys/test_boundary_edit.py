"""A boundary edit, from the request that a drag on the map sends, to PostGIS, and back to every screen.

The way: `dashboard/api/plans/edits.py` (the request) -> `geo/plans/editing/borders.py` (locks, versions) ->
`geo/plans/editing/save.py` (polygons, voters, event, change) -> `geo/changes/relay.py` (position, stream;
the version of the tiles) -> `layers/live/hub.py` (out to the screens) and
`layers/tiles/precincts.py` (the tile).
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable

import httpx
import pytest
from sqlalchemy import Connection, text

from geo.settings import Settings
from tests.support.killable import eventually
from tests.support.mvt import decode
from tests.support.plan_squares import KM, import_squares, metric_to_lon_lat
from tests.support.web import Server

EAST, NORTH = 669_000.0, 5_667_000.0
"""EPSG:32642; near 71.4 E, 51.1 N."""
ZOOM = 10


@pytest.fixture
def draft(connection: Connection, settings: Settings) -> int:
    """Two squares of 4 km side by side, a house with 120 voters just west of the border."""
    connection.execute(
        text("""insert into building (region, source, source_id, voters, point_4326)
        select '71', 'test', '1', 120, st_transform(st_setsrid(st_makepoint(:x, :y), 32642), 4326)"""),
        {"x": EAST + 3.9 * KM, "y": NORTH + 2 * KM},
    )
    plan = import_squares(connection, settings.city, 2, 4 * KM, (EAST, NORTH))
    connection.execute(text("update plan set state = 'draft' where id = :plan"), {"plan": plan})
    connection.commit()
    return plan


def publish(connection: Connection, plan: int) -> None:
    """What the approval does to a draft in the end."""
    connection.execute(
        text("update plan set state = 'published', in_force_from = current_date where id = :plan"),
        {"plan": plan},
    )
    connection.execute(text("update precinct set version = version where plan_id = :plan"), {"plan": plan})
    connection.commit()


def tile_address(lon: float, lat: float) -> str:
    n = 2**ZOOM
    y = (1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2 * n
    return f"/tiles/precincts/{ZOOM}/{int((lon + 180) / 360 * n)}/{int(y)}.mvt"


def voters_in_tile(client: httpx.Client, address: str) -> dict[int, int]:
    body = client.get(address).content
    return (
        {f["properties"]["number"]: f["properties"]["voters"] for f in decode(body).get("precincts", [])}
        if body
        else {}
    )


def test_a_moved_junction_reaches_the_table_the_live_feed_and_the_tile(
    start: Callable[[str], None],
    settings: Settings,
    connection: Connection,
    server: Server,
    draft: int,
) -> None:
    start("geo.changes.relay")
    junctions = connection.execute(
        text("select id, version, st_x(point) as x, st_y(point) as y from node order by id")
    ).all()
    moves = [
        {"node": node.id, "version": node.version, "point": metric_to_lon_lat(node.x - 0.5 * KM, node.y)}
        for node in junctions
    ]
    connection.rollback()
    editor, wall = server.client("electoral_editor"), server.client("wall")
    with editor, wall, wall.stream("GET", "/live") as live:
        lines = live.iter_lines()
        assert any(line == "event: hello" for line in lines)

        answer = editor.post(f"/api/v1/plans/{draft}/edits", json={"changes": moves})
        assert answer.status_code == 200, answer.text
        changes = [json.loads(line[6:]) for line in take_changes(lines, 2)]

    assert [(row["number"], row["voters"]) for row in answer.json()["precincts"]] == [(1, 0), (2, 120)]
    assert [change["payload"] for change in changes] == answer.json()["precincts"]
    areas = (
        connection.execute(
            text("select round((st_area(geom) / 1e6)::numeric, 3)::float from precinct order by number")
        )
        .scalars()
        .all()
    )
    assert areas == [14.0, 18.0]

    publish(connection, draft)
    address = tile_address(*metric_to_lon_lat(EAST + 4 * KM, NORTH + 2 * KM))
    with server.client("electoral_editor") as screen:
        eventually(lambda: voters_in_tile(screen, address) == {1: 0, 2: 120})


def take_changes(lines, count: int) -> list[str]:
    """The data lines of the next `count` changes."""
    taken, event = [], ""
    for line in lines:
        if line.startswith("event: "):
            event = line[7:]
        elif line.startswith("data: ") and event == "change":
            taken.append(line)
            if len(taken) == count:
                break
    return taken


def test_a_stale_edit_is_refused_and_one_without_the_right_too(
    settings: Settings, connection: Connection, server: Server, draft: int
) -> None:
    node = connection.execute(
        text("select id, version, st_x(point) as x, st_y(point) as y from node order by id limit 1")
    ).one()
    change = {"node": node.id, "version": node.version, "point": metric_to_lon_lat(node.x - 100, node.y)}
    connection.rollback()
    with server.client("electoral_editor") as editor, server.client("duty") as duty:
        address = f"/api/v1/plans/{draft}/edits"
        assert duty.post(address, json={"changes": [change]}).status_code == 403
        assert editor.post(address, json={"changes": [change]}).status_code == 200
        assert editor.post(address, json={"changes": [change]}).status_code == 409
        assert editor.post(address, json={"changes": [change | {"point": [171.0, 95.0]}]}).status_code == 400
        assert editor.post(address, content=b"[").status_code == 400
