"""The desk by keys alone: from part to part, the list of all keys, and those of one letter turned off."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from dashboard.pages.map import actions, mass_event
from dashboard.pages.map.area import TOOLS
from tests.dashboard.pages.map.test_area import open_map
from tests.support.wall_room import Room, room  # noqa: F401 - `room` is a fixture

PARTS = ("duty-searching", "duty-filters", "ikomek-map-duty", "duty-list", "duty-card", "duty-machine")
PART = (
    """(parts) => parts.find((id) => document.getElementById(id)?.contains(document.activeElement)) || null"""
)


def test_no_key_means_two_things() -> None:
    taken = [*TOOLS.values(), "K", "Z"]
    for keys in (actions.KEYS, mass_event.KEYS):
        assert not set(keys.values()) & set(taken), "a tool's key is heard first"


def test_the_list_is_four_keys_away_and_the_way_leads_round(room: Room, browser_page: Page) -> None:
    page = browser_page
    room.incident(1, kind="service")
    open_map(room, page)

    def press(key: str) -> str | None:
        page.keyboard.press(key)
        return page.evaluate(PART, PARTS)

    forth = [press("F6") for _ in range(6)]
    assert forth[3] == "duty-list", forth
    assert forth == [part for part in PARTS if part != "duty-card"] + [PARTS[0]]
    assert [press("Shift+F6") for _ in range(2)] == ["duty-machine", "duty-list"]
    page.keyboard.press("Enter")
    expect(page.locator("#duty-card h2")).to_be_visible()
    page.evaluate("() => document.activeElement.blur()")
    assert [press("F6") for _ in range(4)][3] == "duty-card", "it lies over the list"


def test_all_keys_are_listed_and_those_of_one_letter_can_be_turned_off(
    room: Room, browser_page: Page
) -> None:
    page = browser_page
    open_map(room, page)
    drawing, keys = page.locator("#duty[data-drawing]"), page.locator("#duty-keys")

    def turn() -> None:
        page.click("#duty-keys-open")
        page.click("#duty-keys-letters")
        page.keyboard.press("Escape")
        expect(keys).to_be_hidden()

    page.keyboard.press("?")
    expect(keys).to_be_visible()
    listed = keys.locator("kbd").all_inner_texts()
    assert {"/", "F6", "L", "R", "C", "B", "U", "D", "A", "N", "M", "0", "Z"} <= set(listed) and len(
        listed
    ) > 25
    page.keyboard.press("r")
    expect(drawing).to_have_count(0)
    page.click("#duty-keys-close")
    turn()
    for key in ("r", "/", "?"):
        page.keyboard.press(key)
    expect(drawing).to_have_count(0)
    expect(keys).to_be_hidden()
    assert page.evaluate(PART, PARTS) != "duty-searching"
    page.reload()
    page.wait_for_function("() => document.querySelector('#duty-total')")
    turn()
    page.keyboard.press("r")
    expect(drawing).to_have_count(1)
