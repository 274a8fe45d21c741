"""An incident, from a source row to a pixel on the wall, through the real processes.

The way: `dashboard/api/ingest.py` (a pushed row into the inbox) -> `etl/runs/watch.py` and
`etl/runs/engine.py` (read, clean) -> `geo/loading/incidents.py` (row, event, change in one transaction) ->
`geo/changes/relay.py` (position, stream) -> `layers/live/hub.py` (out to the screens) -> `assets/live.js`
(the live set) -> `assets/map/incidents.js` (the symbol).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import httpx
import pytest
from playwright.sync_api import Page
from sqlalchemy import Connection, text

from geo.accounts.sessions import add_token
from geo.accounts.users import add_user
from geo.database import connect_engine
from geo.settings import Settings
from tests.support.killable import eventually
from tests.support.pixels import count_pixels, near
from tests.support.web import Server

LON, LAT = 71.43, 51.13
OPENED = datetime.now(UTC).isoformat(timespec="seconds")
COLUMNS = "source_id,opened_at,status,priority,title,address,lon,lat\n"

CRITICAL = (0xFF, 0x52, 0x47)


@pytest.fixture
def program(server: Server, settings: Settings) -> Iterator[httpx.Client]:
    """The police's exchange, which may push."""
    engine = connect_engine(settings, "accounts")
    add_user(engine, "police", "push", None)
    token = add_token(engine, "police", "police")
    engine.dispose()
    with httpx.Client(
        base_url=server.url,
        headers={"Authorization": f"Bearer {token}", "Content-Type": "text/csv; charset=utf-8"},
    ) as client:
        yield client


def push(program: httpx.Client, key: str, status: str) -> dict:
    """One row; the run's ledger once it is done."""
    row = f"2026-0311,{OPENED},{status},critical,Қарулы шабуыл,Достық 5,{LON},{LAT}\n"
    answer = program.post(
        "/api/v1/ingest/police", content=(COLUMNS + row).encode(), headers={"Idempotency-Key": key}
    )
    assert answer.status_code == 202, answer.text
    address = answer.headers["location"]
    eventually(lambda: program.get(address).json()["state"] in ("done", "failed"), 30)
    return program.get(address).json()


def red_at_the_point(page: Page) -> int:
    """Pixels in the colour of a critical incident within 30 px of the place."""
    x, y = page.evaluate(
        """([lat, lon]) => {
        const map = ikomek.maps.get('ikomek-map-wall').map, point = map.latLngToContainerPoint([lat, lon]), box = map.getContainer().getBoundingClientRect();
        return [box.x + point.x, box.y + point.y];
    }""",  # noqa: E501
        [LAT, LON],
    )
    picture = page.screenshot(clip={"x": x - 30, "y": y - 30, "width": 60, "height": 60})
    return count_pixels(page, picture, near(*CRITICAL))[0]


def wait_for_red(page: Page, there: bool) -> None:
    until = time.monotonic() + 15
    while (red_at_the_point(page) > 0) is not there:
        assert time.monotonic() < until, "the wall does not show it"
        page.wait_for_timeout(100)


def test_a_pushed_row_becomes_a_red_circle_on_the_wall_and_goes_when_it_is_closed(
    start: Callable[[str], None],
    settings: Settings,
    connection: Connection,
    server: Server,
    program: httpx.Client,
    browser_page: Page,
) -> None:
    start("geo.changes.relay")
    start("etl.runs.watch")
    eventually(
        lambda: (
            connection.execute(text("select count(*) from feed where key = 'police'")).scalar_one()
            or connection.rollback()
        ),
        30,
    )
    server.sign_in(browser_page)
    browser_page.goto(f"{server.url}/wall/operations")
    browser_page.wait_for_function(
        "() => window.ikomek?.live?.loaded && ikomek.maps.get('ikomek-map-wall')", timeout=30_000
    )
    wait_for_red(browser_page, there=False)

    assert push(program, "first", "open") | {"run": 0} == {
        "run": 0,
        "state": "done",
        "read": 1,
        "written": 1,
        "unchanged": 0,
        "rejected": 0,
        "no_coordinates": 0,
        "error": None,
        "message": None,
        "rejects": [],
    }
    wait_for_red(browser_page, there=True)
    assert push(program, "again", "open")["unchanged"] == 1
    assert push(program, "closed", "closed")["written"] == 1
    wait_for_red(browser_page, there=False)

    connection.rollback()
    events = connection.execute(text("select what, to_value from incident_event order by id")).all()
    assert ("opened", events[0].to_value) == tuple(events[0]) and ("status", "closed") in [
        tuple(event) for event in events
    ]
    assert connection.execute(
        text("select array_agg(version order by position) from change where noun = 'incident'")
    ).scalar_one() == [1, 2]
