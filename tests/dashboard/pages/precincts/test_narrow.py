"""The studio under a finger, on a tablet and on a phone: borders dragged, precincts split, a station set,
nothing cut off at the side."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, CDPSession, Page, expect
from sqlalchemy import text

from geo.database import Engine
from geo.settings import Settings
from tests.support.studio_room import draft, on_screen, open_plan, owner  # noqa: F401 - fixtures are asked for by name
from tests.support.web import Server

TABLET, PHONE = (820, 1180), (390, 844)


@pytest.fixture(params=[TABLET, PHONE], ids=["tablet", "phone"])
def held(
    request: pytest.FixtureRequest, browser: Browser, shared_server: Server, draft: int
) -> Iterator[Page]:
    width, height = request.param
    context = browser.new_context(viewport={"width": width, "height": height}, has_touch=True, is_mobile=True)
    page = context.new_page()
    shared_server.sign_in(page, "electoral_editor")
    open_plan(page, shared_server, draft)
    yield page
    context.close()


def finger(page: Page, settings: Settings, *path: tuple[float, float]) -> None:
    """From place to place, in kilometres as in `tests.support.studio_room`, without leaving the glass."""
    hand: CDPSession = page.context.new_cdp_session(page)
    points = [on_screen(page, settings, *at) for at in path]
    steps = [
        points[0],
        *(
            (a[0] + (b[0] - a[0]) * n / 6, a[1] + (b[1] - a[1]) * n / 6)
            for a, b in zip(points, points[1:])
            for n in range(1, 7)
        ),
    ]
    for n, (x, y) in enumerate(steps):
        hand.send(
            "Input.dispatchTouchEvent",
            {"type": "touchMove" if n else "touchStart", "touchPoints": [{"x": x, "y": y}]},
        )
    hand.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def shown(page: Page, settings: Settings, x: float, y: float) -> None:
    """The place in the middle of the map, wide enough for a precinct."""
    page.evaluate(
        """([lon, lat]) => window.ikomek.studio.map.setView([lat, lon], 14 + window.ikomek.studio.zoomShift, {
        animate: false })""",
        page.evaluate(
            """([x, y]) => { const { map } = window.ikomek.studio, box =
            map.getContainer().getBoundingClientRect(),
                      at = map.containerPointToLatLng([x - box.x, y - box.y]); return [at.lng, at.lat] }""",
            list(on_screen(page, settings, x, y)),
        ),
    )
    page.locator(".studio-map").scroll_into_view_if_needed()


def test_a_finger_drags_a_border_and_draws_a_line(
    held: Page, owner: Engine, shared_settings: Settings, draft: int
) -> None:
    shown(held, shared_settings, 1, 0.5)
    held.touchscreen.tap(*on_screen(held, shared_settings, 1, 0.5))
    expect(held.locator(".studio-handle").first).to_be_visible()
    finger(held, shared_settings, (1, 0.5), (0.85, 0.5))
    expect(held.locator('#studio-message[data-kind="done"]')).to_be_visible()
    held.locator('.studio-tool[data-tool="split"]').tap()
    finger(held, shared_settings, (1.5, -0.03), (1.5, 0.5), (1.5, 1.03))
    expect(held.locator("#studio-message")).to_contain_text("is No. 7")
    with owner.connect() as connection:
        areas = dict(
            tuple(row)
            for row in connection.execute(
                text("select number, st_area(geom) / 1e6 from precinct where plan_id = :plan"),
                {"plan": draft},
            )
        )
    assert areas[1] < 0.95 and len(areas) == 7


def test_nothing_is_wider_than_the_screen_and_keys_are_large_enough_for_a_thumb(held: Page) -> None:
    width = held.viewport_size["width"]
    assert held.evaluate("document.documentElement.scrollWidth") <= width
    sizes = held.evaluate("""() => [".studio-bar-top button", ".studio-tool", ".studio-panel button"]
        .flatMap((which) => [...document.querySelectorAll(which)]).filter((one) => one.offsetParent)
        .map((one) => [one.textContent, one.getBoundingClientRect().height])""")
    assert len(sizes) > 12 and [(name, height) for name, height in sizes if height < 44] == []
    box = {name: held.locator(f".studio-{name}").bounding_box() for name in ("stage", "panel")}
    assert abs(box["stage"]["y"] + box["stage"]["height"] - box["panel"]["y"]) < 1, "under the map"
