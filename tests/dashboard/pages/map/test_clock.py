"""The regulatory clock in the list and on the card: warnings that are passed, clocks that stand, what is
shelved."""

from __future__ import annotations

from datetime import timedelta

from playwright.sync_api import Locator, Page, expect

from tests.support.wall_room import Room, room  # noqa: F401 - `room` is a fixture


def test_rows_and_card_say_how_much_of_the_term_is_used_and_what_is_put_off(
    room: Room, browser_page: Page
) -> None:
    page = browser_page
    hour = timedelta(hours=1)
    used = {
        share: room.incident(number, age=hour * share / 10, due=hour * (100 - share) / 10)
        for number, share in enumerate((30, 60, 80, 95))
    }
    late = room.incident(4, age=2 * hour, due=-hour)
    paused, shelved, over = (room.incident(number) for number in (5, 6, 7))
    case = "insert into incident_case (region, incident_id, {}) values ('71', :id, {})"
    room.write(case.format("paused_at, left_s", "now(), 3600"), id=paused)
    room.write(case.format("shelved_until", "now() + interval '40 minutes'"), id=shelved)
    room.write(case.format("shelved_until", "now() - interval '1 minute'"), id=over)
    room.server.sign_in(page, "duty")
    page.goto(f"{room.server.url}/map")

    def row(incident: int) -> Locator:
        return page.locator(f'#duty-rows li[data-incident="{incident}"]')

    for share, warned in ((60, "50%"), (80, "75%"), (95, "90%")):
        expect(row(used[share]).locator(".duty-time")).to_have_attribute(
            "data-warned", f"{warned} of the term used"
        )
    for calm in (used[30], late):
        expect(row(calm).locator(".duty-time")).not_to_be_empty()
        assert row(calm).locator(".duty-time").get_attribute("data-warned") is None
    expect(row(paused)).to_contain_text("clock paused")
    expect(row(shelved).locator(".duty-aside")).to_contain_text("shelved for")
    expect(row(over).locator(".duty-aside")).to_be_hidden()
    row(used[80]).locator("a").click()
    passed = page.locator("#duty-card .duty-warning[data-passed]")
    expect(passed).to_have_count(2)
    expect(page.locator("#duty-card .duty-bar-warning")).to_have_count(3)
    expect(page.locator("#duty-card .duty-warning")).to_contain_text(["50%", "75%", "90%"])
