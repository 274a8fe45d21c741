"""The line at the foot of the map: what is in view, elsewhere and without a point are all of the list, and
each number leads to its part."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.assets.strain import CALLBACK, Way, asks_for
from tests.dashboard.pages.map.test_area import open_map
from tests.support.wall_room import Room, room  # noqa: F401 - `room` is a fixture

NEAR = "?at=71.43,51.13,15"


def counts(page: Page, **wanted: int) -> None:
    """The parts as they are wanted, and their sum; the list has as many."""
    for part, n in (wanted | {"all": sum(wanted.values())}).items():
        expect(page.locator(f'#duty-in-view [data-part="{part}"]')).to_have_attribute("data-n", str(n))


def made(room: Room) -> None:
    for number, (lon, lat) in enumerate([(71.43, 51.13), (71.431, 51.131), (71.52, 51.19), (71.53, 51.19)]):
        room.incident(number, lon=lon, lat=lat, kind="service")
    for number in (10, 11, 12):
        room.change(room.incident(number, kind="police"), "point_4326 = null, point_3857 = null")


def test_the_parts_are_all_of_the_list_and_follow_the_map(room: Room, browser_page: Page) -> None:
    page = browser_page
    made(room)
    open_map(room, page, NEAR)
    counts(page, seen=2, beside=2, unplaced=3)
    expect(page.locator("#duty-total")).to_have_attribute("data-n", "7")
    expect(page.locator(".duty-in-view-at")).to_be_empty()
    layers = page.locator(".duty-layers").bounding_box()
    room.incident(20, lon=71.429, lat=51.129, kind="service")
    counts(page, seen=3, beside=2, unplaced=3)
    expect(page.locator("#duty-total")).to_have_attribute("data-n", "7")
    expect(page.locator(".duty-in-view-at")).to_have_text(re.compile(r"^as of \d\d:\d\d:\d\d$"))
    assert page.locator(".duty-layers").bounding_box() == layers, "nothing moves under a hand"
    page.click("#duty-take")
    expect(page.locator("#duty-total")).to_have_attribute("data-n", "8")
    expect(page.locator(".duty-in-view-at")).to_be_empty()
    page.click('#duty-in-view [data-part="beside"]')
    counts(page, seen=5, beside=0, unplaced=3)
    expect(page.locator('#duty-in-view [data-part="beside"]')).to_be_disabled()
    page.click('#duty-in-view [data-part="unplaced"]')
    page.wait_for_url("**point=none**")
    expect(page.locator("#duty-total")).to_have_attribute("data-n", "3")
    counts(page, seen=0, beside=0, unplaced=3)


def test_what_is_in_view_becomes_the_question(room: Room, browser_page: Page) -> None:
    page = browser_page
    made(room)
    open_map(room, page, NEAR)
    counts(page, seen=2, beside=2, unplaced=3)
    page.click('#duty-in-view [data-part="seen"]')
    page.wait_for_url(re.compile("area=box"))
    expect(page.locator("#duty-total")).to_have_attribute("data-n", "2")
    counts(page, seen=2, beside=0, unplaced=0)


def test_a_longer_window_is_counted_from_its_own_rows(room: Room, browser_page: Page) -> None:
    page = browser_page
    made(room)
    room.write("update incident set status = 'closed', closed_at = now() where kind = 'police'")
    open_map(room, page, f"{NEAR}&window=24h")
    counts(page, seen=2, beside=2, unplaced=3)


def test_the_line_of_an_earlier_question_says_that_it_is_being_counted(
    room: Room, browser_page: Page
) -> None:
    page = browser_page
    made(room)
    open_map(room, page, NEAR)
    counts(page, seen=2, beside=2, unplaced=3)
    answers = Way(page, CALLBACK, asks_for("duty-message.children"))
    answers.hold()
    page.click('#duty-filters [data-facet="kind"] [data-value="police"] a')
    line = page.locator("#duty-in-view")
    expect(line).to_have_attribute("aria-busy", "true")
    expect(line.locator(".duty-in-view-at")).to_have_text("being counted…")
    expect(line.locator("button:not(:disabled)")).to_have_count(0)
    answers.release()
    counts(page, seen=0, beside=0, unplaced=3)
    expect(line).to_have_attribute("aria-busy", "false")
    expect(line.locator(".duty-in-view-at")).to_be_empty()
