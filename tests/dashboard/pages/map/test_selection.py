"""The same action on several rows of the list: marked, previewed, done, undone."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.dashboard.pages.map.test_actions import refused_page  # noqa: F401 - a fixture
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


def test_a_refusal_keeps_what_is_marked_and_what_can_only_be_refused_is_not_sent(
    room: Room,
    refused_page: Page,
) -> None:
    page = refused_page
    for number in range(3):
        room.incident(number)
    room.write(
        """insert into category (id, key, kind, name_kk, name_ru, name_en, duplicate_radius_m,
            duplicate_window_h)
        select n, 'c' || n, 'emergency', 'a', 'a', 'a', 300, 6 from generate_series(901, 902) n"""
    )
    room.write("update incident set category_id = 901")
    room.write("update incident set category_id = 902 where id = (select min(id) from incident)")
    room.server.sign_in(page, "duty")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    page.goto(f"{room.server.url}/map")
    page.wait_for_function("() => window.ikomek?.live?.loaded")
    marks = page.locator("#duty-rows .duty-mark-row")
    marks.nth(0).click()
    marks.nth(2).click(modifiers=["Shift"])
    merge = page.locator('[data-bulk="merge"]')
    expect(merge).to_have_attribute("aria-disabled", "true")
    merge.click(force=True)
    expect(page.locator("#duty-notice")).to_contain_text("one category")
    expect(page.locator(".duty-selected")).to_have_text("Selected: 3")
    assert not [url for url in sent if "mass-events" in url]
    page.locator('[data-bulk="priority"]').click()
    page.locator('[data-form="priority"] select').select_option("1")
    page.locator('[data-send="priority"]').click()
    expect(page.locator("#duty-preview p")).to_have_text("Will be done: 3.")
    page.locator("#duty-preview [data-cancel]").click()
    page.locator('#duty-rows li[data-category="902"] .duty-mark-row').click()
    expect(merge).to_have_attribute("aria-disabled", "false")
    room.write("update incident set vanished_at = now() where id = (select max(id) from incident)")
    merge.click()
    expect(page.locator("#duty-notice")).to_have_attribute("data-kind", "refused")
    expect(page.locator(".duty-selected")).to_have_text("Selected: 2")


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
