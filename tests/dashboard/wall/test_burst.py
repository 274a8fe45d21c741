"""2,000 events in five minutes at true distances: no symbol, group, label or sign lies on another or is cut,
and the groups of a district add up to its count."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Route
from sqlalchemy import text

from dashboard.words import LANGUAGES
from geo.database import connect_engine
from geo.settings import Settings
from tests.support.wall_boxes import Case, await_flood, faults, open_language
from tests.support.wall_city import BURST, CALM, LONG, PRESSING
from tests.support.web import Server

CASES = [
    Case("ru", "operations", "1080p", 2.0, 0.685, False),
    Case("ru", "operations", "4K", 4.0, 1.2, True),
    Case("ru", "operations", "1080p", 8.0, 0.685, False),
    Case("ru", "districts", "1080p", 4.0, 0.685, False),
    Case("ru", "kpi", "1080p", 10.0, 0.685, False),
    Case("kk", "operations", "1080p", 4.0, 0.685, True),
    Case("kk", "safety", "4K", 6.0, 0.685, False),
    Case("kk", "districts", "1080p", 8.0, 0.685, True),
    Case("kk", "rating", "1080p", 10.0, 0.685, False),
    Case("en", "operations", "1080p", 10.0, 0.685, True),
    Case("en", "safety", "1080p", 4.0, 1.2, True),
    Case("en", "districts", "4K", 2.0, 0.685, False),
]
GROUPS = """() => [...ikomek.maps.values()].map(({ incidents }) => [incidents._groups.reduce((sum, { n }) => sum + n, 0),
    [...incidents._spots.values()].filter(({ incident }) => ikomek.wall.isFlooded(incident)).length])"""  # noqa: E501
"""For each map: what its groups count, and how many of the flood it holds."""


CLEAR = """() => {
    const { basemap, incidents } = [...ikomek.maps.values()][0], names = basemap.names(true);
    return names.length > 0 && incidents._groups.length > 5 && incidents._groups.every((group) =>
        names.every((name) => !ikomek.boxesMeet(ikomek.boxAround(group, group.side / 2), name)));
}"""
"""The map knows where it names something, and no group lies there."""


@pytest.fixture(scope="module")
def screen(browser: Browser, shared_server: Server, shared_settings: Settings) -> Iterator[Page]:
    engine = connect_engine(shared_settings, "owner")
    with engine.begin() as connection:
        for statement in (CALM, PRESSING.format(title=LONG), BURST):
            connection.execute(text(statement))
    engine.dispose()
    context = browser.new_context(viewport={"width": 1920, "height": 1080})
    page = context.new_page()
    shared_server.sign_in(page)
    yield page
    context.close()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_in_a_flood_nothing_lies_on_anything_or_is_cut_at_any_seat(
    screen: Page, shared_server: Server, lang: str
) -> None:
    open_language(screen, shared_server.url, lang)
    await_flood(screen)
    found = {str(case): wrong for case in CASES if case.lang == lang and (wrong := faults(screen, case))}
    assert found == {}
    for counted, held in screen.evaluate(GROUPS):
        assert counted in (0, held)


def test_groups_yield_to_names_while_a_tile_of_the_map_does_not_come(
    screen: Page, shared_server: Server
) -> None:
    page, held = screen.context.new_page(), []

    def hold_the_first(route: Route) -> None:
        if not held:
            held.append(route.request.url)
        if route.request.url != held[0]:
            route.continue_()

    page.route("**/tiles/basemap/**", hold_the_first)
    page.goto(f"{shared_server.url}/wall/operations?lang=ru")
    await_flood(page)
    page.wait_for_function(CLEAR, timeout=60_000)
    assert held
    page.close()
