"""The precinct studio for tests in a browser: a plan in force of six squares, a draft of it, hands on the
map, and two people in one plan.

The plan is three by two squares of 1 km in the middle of the city, precincts 1, 2, 3 in the south and 4, 5, 6
in the north, with four houses in each: 300 m from its
western and from its eastern border, 200 and 800 m from its southern one. Each test drafts a plan of its own
from it. A module takes the fixtures by their names.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
import shapely
from playwright.sync_api import Browser, Page
from sqlalchemy import Connection, text

from geo.crs import shapes_to_lon_lat
from geo.database import Engine, connect_engine
from geo.plans import lifecycle
from geo.plans.plan_import import PlanInput, PrecinctInput, StationInput, import_plan
from geo.settings import Settings
from tests.support.web import Server

EAST, NORTH, KM = 668_500.0, 5_666_600.0, 1000.0
VOTERS = 100
STATION = StationInput("Мектеп", "Школа", "ул. Достык, 1")
HOUSES = tuple(
    (column + x, row + y) for row in range(2) for column in range(3) for x in (0.3, 0.7) for y in (0.2, 0.8)
)
"""Kilometres east and north of the plan's south-western corner."""
AT = """([lon, lat]) => { const map = window.ikomek.studio.map, at = map.latLngToContainerPoint([lat, lon]),
box = map.getContainer().getBoundingClientRect();
    return [at.x + box.x, at.y + box.y] }"""


def build(connection: Connection, settings: Settings) -> None:
    """The houses and the plan in force."""
    for number, (x, y) in enumerate(HOUSES):
        lon, lat = lon_lat(settings, x, y)
        connection.execute(
            text("""insert into building (region, source, source_id, street_kk, street_ru, house, voters,
            point_4326, point_3857)
            select '71', 'test', :id, 'Достық', 'Достык', :id, :voters, p, st_transform(p, 3857) from (select
            st_setsrid(st_makepoint(:lon, :lat), 4326) p) q"""),
            {"id": str(number + 1), "voters": VOTERS, "lon": lon, "lat": lat},
        )
    squares = {
        1 + column + 3 * row: shapely.box(*corner(column, row), *corner(column + 1, row + 1))
        for row in range(2)
        for column in range(3)
    }
    precincts = [PrecinctInput(number, "open", 0, square, STATION) for number, square in squares.items()]
    import_plan(connection, settings.city, PlanInput("2026", precincts), "importer")


@pytest.fixture(scope="module")
def owner(shared_settings: Settings) -> Iterator[Engine]:
    engine = connect_engine(shared_settings, "owner")
    with engine.begin() as connection:
        build(connection, shared_settings)
    yield engine
    engine.dispose()


@pytest.fixture
def draft(owner: Engine, shared_settings: Settings) -> int:
    with owner.begin() as connection:
        return lifecycle.draft_from(connection, shared_settings.city, 1, "2027", "drafter")


@pytest.fixture
def studio(shared_server: Server, browser_page: Page, draft: int) -> Iterator[Page]:
    """The draft, opened by an editor."""
    shared_server.sign_in(browser_page, "electoral_editor")
    open_plan(browser_page, shared_server, draft)
    yield browser_page
    browser_page.goto("about:blank")


def corner(x: float, y: float) -> tuple[float, float]:
    return EAST + x * KM, NORTH + y * KM


def lon_lat(settings: Settings, x: float, y: float) -> list[float]:
    point = shapes_to_lon_lat(settings.city.metric_srid, np.array([shapely.Point(corner(x, y))]))[0]
    return [point.x, point.y]


def open_plan(page: Page, server: Server, plan: int) -> None:
    page.goto(f"{server.url}/precincts?plan={plan}")
    page.wait_for_selector("#studio[data-ready]")
    page.wait_for_selector("#studio-checks[data-read]")


def on_screen(page: Page, settings: Settings, x: float, y: float) -> tuple[float, float]:
    return tuple(page.evaluate(AT, lon_lat(settings, x, y)))


def drag(
    page: Page, settings: Settings, start: tuple[float, float], end: tuple[float, float], release: bool = True
) -> None:
    page.mouse.move(*on_screen(page, settings, *start))
    page.mouse.down()
    page.mouse.move(*on_screen(page, settings, *end), steps=8)
    if release:
        page.mouse.up()


def draw(page: Page, settings: Settings, *path: tuple[float, float], release: bool = True) -> None:
    """A line through the places."""
    for step, at in enumerate(path):
        page.mouse.move(*on_screen(page, settings, *at), steps=8 if step else 1)
        if not step:
            page.mouse.down()
    if release:
        page.mouse.up()


def click(page: Page, settings: Settings, x: float, y: float) -> None:
    page.mouse.click(*on_screen(page, settings, x, y))


@pytest.fixture
def two(browser: Browser, shared_server: Server, draft: int) -> Iterator[tuple[Page, Page]]:
    """The draft in two browsers, by an editor and by an approver: what is refused there is an error in the
    console, which `browser_page` forbids."""
    contexts = [browser.new_context(viewport={"width": 1920, "height": 1080}) for _ in range(2)]
    pages = []
    for context, role in zip(contexts, ("electoral_editor", "electoral_approver")):
        pages.append(context.new_page())
        shared_server.sign_in(pages[-1], role)
        open_plan(pages[-1], shared_server, draft)
    yield tuple(pages)
    for context in contexts:
        context.close()
