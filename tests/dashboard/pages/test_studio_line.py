"""Lines drawn in the studio: none is lost when the page is busy, and each tool that draws or waits for a
click is used by the keyboard alone."""

from __future__ import annotations

from playwright.sync_api import Page, expect
from sqlalchemy import text

from geo.database import Engine
from geo.settings import Settings
from tests.support.studio_room import click, draft, draw, lon_lat, on_screen, owner, studio  # noqa: F401 - fixtures

MESSAGE = "#studio-message"
LEAP_PX = 50


def numbers(owner: Engine, plan: int) -> list[int]:
    with owner.connect() as connection:
        rows = connection.execute(
            text("select number from precinct where plan_id = :plan order by number"), {"plan": plan}
        )
        return [number for (number,) in rows]


def see(page: Page, settings: Settings, x: float, y: float, zoom: float = 13.5) -> None:
    """The map with a place in its middle, where the keyboard's cursor begins."""
    page.evaluate(
        """([at, zoom]) => { const { map, zoomShift } = window.ikomek.studio;
            map.setView([at[1], at[0]], zoom + zoomShift, { animate: false }) }""",
        [lon_lat(settings, x, y), zoom],
    )


def take_up(page: Page, tool: str) -> None:
    """A tool by its key, as somebody does who has no mouse."""
    page.keyboard.press(page.locator(f'.studio-tool[data-tool="{tool}"] kbd').inner_text())
    expect(page.locator(".studio-map")).to_be_focused()


def go(page: Page, settings: Settings, x: float, y: float) -> None:
    """The cursor by arrows to within a step of a place."""
    for _ in range(200):
        at = page.evaluate("window.ikomek.studio.cursor()") or page.evaluate(
            """() => { const { x, y } = window.ikomek.studio.map.getContainer().getBoundingClientRect(),
            size = window.ikomek.studio.map.getSize(); return [x + size.x / 2, y + size.y / 2] }"""
        )
        left, down = (there - here for there, here in zip(on_screen(page, settings, x, y), at))
        if abs(left) <= 3 and abs(down) <= 3:
            return
        along = left if abs(left) > 3 else down
        key = (
            ("ArrowRight" if along > 0 else "ArrowLeft")
            if abs(left) > 3
            else "ArrowDown"
            if along > 0
            else "ArrowUp"
        )
        page.keyboard.press(f"Shift+{key}" if abs(along) >= LEAP_PX else key)
    raise AssertionError("the cursor did not get there")


def test_a_line_of_which_the_page_heard_two_points_is_whole(
    studio: Page, owner: Engine, shared_settings: Settings, draft: int
) -> None:
    """A busy page is told of a hand's moves at once, or of its release alone."""
    studio.keyboard.press("4")
    start, end = (on_screen(studio, shared_settings, 1.5, y) for y in (-0.03, 1.03))
    studio.mouse.move(*start)
    studio.mouse.down()
    studio.mouse.move(*end)
    studio.mouse.up()
    expect(studio.locator(MESSAGE)).to_contain_text("is No. 7")
    assert numbers(owner, draft) == [1, 2, 3, 4, 5, 6, 7]


def test_a_line_that_the_browser_breaks_off_is_said(studio: Page, shared_settings: Settings) -> None:
    studio.keyboard.press("4")
    draw(studio, shared_settings, (1.5, -0.03), (1.5, 0.5), release=False)
    studio.evaluate(
        """document.querySelector(".studio-map").dispatchEvent(
            new PointerEvent("pointercancel", { pointerId: 1, bubbles: true }))"""
    )
    expect(studio.locator(MESSAGE)).to_contain_text("interrupted")
    studio.mouse.up()


def test_a_precinct_is_split_and_merged_by_the_keyboard_alone(
    studio: Page, owner: Engine, shared_settings: Settings, draft: int
) -> None:
    see(studio, shared_settings, 1.5, 0.5)
    take_up(studio, "split")
    expect(studio.locator(MESSAGE)).to_contain_text("arrows move the cursor")
    go(studio, shared_settings, 1.5, -0.05)
    studio.keyboard.press("Enter")
    expect(studio.locator(MESSAGE)).to_contain_text("Point 1: no precinct")
    go(studio, shared_settings, 1.5, 0.5)
    expect(studio.locator(MESSAGE)).to_contain_text("No. 2")
    studio.keyboard.press("Escape")
    expect(studio.locator(MESSAGE)).to_contain_text("dropped")
    go(studio, shared_settings, 1.5, -0.05)
    studio.keyboard.press("Enter")
    go(studio, shared_settings, 1.5, 1.05)
    studio.keyboard.press("Enter")
    studio.keyboard.press("Enter")
    expect(studio.locator(MESSAGE)).to_contain_text("is No. 7")
    assert numbers(owner, draft) == [1, 2, 3, 4, 5, 6, 7]
    take_up(studio, "merge")  # it begins with the precinct that is chosen, the new one
    expect(studio.locator(MESSAGE)).to_contain_text("No. 7 stays")
    go(studio, shared_settings, 1.25, 0.5)
    studio.keyboard.press("Enter")
    studio.locator("#studio-merge-now").press("Enter")
    expect(studio.locator(MESSAGE)).to_contain_text("is now part of")
    assert numbers(owner, draft) in ([1, 2, 3, 4, 5, 6], [1, 3, 4, 5, 6, 7])


def test_houses_are_circled_and_given_by_the_keyboard_alone(
    studio: Page, owner: Engine, shared_settings: Settings, draft: int
) -> None:
    see(studio, shared_settings, 0.7, 0.2, zoom=14.5)
    take_up(studio, "give")
    for corner in ((0.6, 0.1), (0.8, 0.1), (0.8, 0.3), (0.6, 0.3)):
        go(studio, shared_settings, *corner)
        studio.keyboard.press("Enter")
    studio.keyboard.press("Backspace")
    expect(studio.locator(MESSAGE)).to_contain_text("Points left: 3")
    studio.keyboard.press("Enter")
    studio.keyboard.press("Enter")
    expect(studio.locator(MESSAGE)).to_contain_text("Selected: 1")
    go(studio, shared_settings, 1.2, 0.5)
    studio.keyboard.press("Enter")
    studio.keyboard.press("Enter")
    studio.locator("#studio-assign-now").press("Enter")
    expect(studio.locator('#studio-message[data-kind="done"]')).to_be_visible()
    with owner.connect() as connection:
        held = connection.execute(
            text("""select p.number from assignment a join precinct p on p.region = a.region
                and p.plan_id = a.plan_id
                and p.id = a.precinct_id join building b on b.region = a.region and b.id = a.building_id
                where a.plan_id = :plan and b.source_id = '3'"""),
            {"plan": draft},
        ).scalar_one()
    assert held == 2
