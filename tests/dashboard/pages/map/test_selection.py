"""The same action on several rows of the list: marked, previewed, done, undone."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.support.wall_room import Room, room  # noqa: F401 - `room` is a fixture


def test_marked_previewed_done_and_undone_as_one(room: Room, browser_page: Page) -> None:
    page = browser_page
    for number in range(4):
        room.incident(number)
    room.server.sign_in(page, "duty")
    page.goto(f"{room.server.url}/map")
    page.wait_for_function("() => window.ikomek?.live?.loaded")
    marks = page.locator("#duty-rows .duty-mark-row")
    expect(marks).to_have_count(4)
    marks.nth(0).click()
    marks.nth(2).click(modifiers=["Shift"])
    expect(page.locator(".duty-selected")).to_have_text("Selected: 3")
    marked = page.locator('#duty-rows li:has([aria-checked="true"])')
    ids = sorted(int(each) for each in marked.evaluate_all("(all) => all.map((li) => li.dataset.incident)"))
    room.write("update incident set status = 'closed' where id = :id", id=ids[0])
    page.locator('[data-bulk="priority"]').click()
    page.locator('[data-form="priority"] select').select_option("1")
    page.locator('[data-send="priority"]').click()
    preview = page.locator("#duty-preview")
    expect(preview.locator("p")).to_contain_text("Will be done: 2")
    expect(preview.locator("li")).to_contain_text("is closed")
    assert room.write("select count(*) from incident_action") == [0]
    preview.locator("[data-confirm]").click()
    expect(page.locator("#duty-undo")).to_be_visible()
    changed = "select id from incident where priority = 1 order by id"
    assert room.write(changed) == ids[1:]
    expect(page.locator("#duty-selection")).to_be_hidden()
    page.locator("#duty-undo").click()
    expect(page.locator("#duty-notice")).to_contain_text("Undone: 2")
    assert room.write(changed) == []


def test_to_acknowledge_many_takes_one_press_and_one_to_undo(room: Room, browser_page: Page) -> None:
    """It says no more than that they were seen; what was closed meanwhile is left alone, and told."""
    page = browser_page
    for number in range(3):
        room.incident(number)
    room.server.sign_in(page, "duty")
    page.goto(f"{room.server.url}/map")
    page.wait_for_function("() => window.ikomek?.live?.loaded")
    marks = page.locator("#duty-rows .duty-mark-row")
    expect(marks).to_have_count(3)
    marks.nth(0).click()
    marks.nth(2).click(modifiers=["Shift"])
    room.write("update incident set status = 'closed' where id = (select min(id) from incident)")
    page.locator('[data-bulk="acknowledge"]').click()
    notice = page.locator("#duty-notice")
    expect(notice).to_contain_text("Acknowledged: 2")
    expect(notice).to_contain_text("Left alone: 1 ×")
    expect(page.locator("#duty-preview")).to_be_hidden()
    taken = "select count(*) from incident_case where acknowledged_at is not null"
    assert room.write(taken) == [2]
    page.locator("#duty-undo").click()
    expect(notice).to_contain_text("Undone: 2")
    assert room.write(taken) == [0]
