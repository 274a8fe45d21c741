"""A mass event on the desk: suggested above the list, confirmed by a click, one symbol and one row, closed
with one answer, undone; the second officer is told who was first."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

from playwright.sync_api import Page, expect

from tests.dashboard.pages.map.test_actions import refused_page  # noqa: F401 - a fixture
from tests.support.wall_room import Room, room  # noqa: F401 - `room` is a fixture

MAP = "ikomek.maps.get('ikomek-map-duty')"
HEAT = """insert into category (id, key, kind, name_kk, name_ru, name_en, duplicate_radius_m,
    duplicate_window_h) values (900, 'heat', 'service', 'Жылу жоқ', 'Нет отопления', 'No heating', 500, 1)
    on conflict do nothing"""


def open_desk(room: Room, page: Page, houses: int = 14) -> list[int]:
    room.write(HEAT)
    made = [
        room.incident(
            n,
            kind="service",
            lon=71.43 + n % 4 * 0.0012,
            lat=51.12 + n // 4 * 0.0007,
            age=timedelta(minutes=3 + n),
            inquiries=3,
            title="Холодные батареи",
        )
        for n in range(houses)
    ]
    made.append(room.incident(50, kind="police", lon=71.44, lat=51.125, age=timedelta(minutes=5)))
    room.write("update incident set category_id = 900 where kind = 'service'")
    room.server.sign_in(page, "duty")
    page.goto(f"{room.server.url}/map")
    page.wait_for_function("() => window.ikomek?.live?.loaded")
    return made[:houses]


def test_suggested_confirmed_answered_closed_and_undone(room: Room, browser_page: Page) -> None:
    page = browser_page
    open_desk(room, page)
    suggestion = page.locator(".duty-mass-suggested")
    expect(suggestion).to_contain_text("No heating", timeout=30_000)
    expect(suggestion).to_contain_text("14 incidents")
    expect(suggestion).to_contain_text("42 inquiries")
    suggestion.get_by_role("button", name="Confirm as one").click()
    card = page.locator("#duty-card")
    expect(card.locator("h2")).to_have_text("No heating, 14 incidents")
    expect(card.locator(".duty-mass-members > li")).to_have_count(14)
    page.wait_for_function(
        f"() => {MAP}.incidents._masses.length === 1 && {MAP}.incidents._masses[0].n === 14"
    )
    expect(page.locator("#duty-rows > ol > li")).to_have_count(2)
    assert page.locator("#duty-total").get_attribute("data-n") == "15", "the count is of incidents"
    row = page.locator("#duty-rows li[data-mass]")
    expect(row).to_contain_text("14 incidents")
    page.keyboard.press("x")
    form = page.locator('[data-form="mass_close"]')
    expect(form).to_be_visible()
    page.keyboard.press("1")
    form.locator('[data-name="answer"]').fill("Теплотрасса исправлена, тепло вернётся до 20:00")
    page.keyboard.press("Control+Enter")
    expect(card.locator(".duty-status")).to_have_text("Closed")
    assert room.write("select distinct status from incident where kind = 'service'") == ["closed"]
    expect(card).to_contain_text("Теплотрасса исправлена")
    expect(page.locator("#duty-rows > ol > li")).to_have_count(1)
    page.keyboard.press("z")
    expect(card.locator(".duty-status")).to_have_text("Open")
    assert room.write("select distinct status from incident where kind = 'service'") == ["open"]
    expect(page.locator("#duty-rows > ol > li")).to_have_count(2)
    page.keyboard.press("m")
    expect(page.locator("#duty-notice")).to_contain_text("taken apart")
    expect(page.locator("#duty-rows > ol > li")).to_have_count(15)
    page.wait_for_function(f"() => {MAP}.incidents._masses.length === 0")


def test_the_symbol_opens_its_card_and_marked_houses_are_split_off(room: Room, browser_page: Page) -> None:
    page = browser_page
    houses = open_desk(room, page, 5)
    page.locator(".duty-mass-suggested").get_by_role("button", name="Confirm as one").click()
    page.locator("#duty-card .duty-mark-member").first.click()
    page.locator("#duty-card .duty-mark-member").nth(1).click()
    page.locator('[data-mass-marked="mass_split"]').click()
    expect(page.locator("#duty-preview")).to_contain_text("2")
    assert room.write("select count(distinct group_id) from incident") == [1], "it is asked for first"
    page.locator("#duty-preview [data-confirm]").click()
    expect(page.locator("#duty-card .duty-mass-members > li")).to_have_count(3)
    assert sorted(
        room.write("select count(*) from incident where group_id is not null group by group_id")
    ) == [
        2,
        3,
    ]
    page.locator("#duty-card-close").click()
    page.wait_for_function(f"() => {MAP}.incidents._masses.length === 2")
    at = page.evaluate(
        f"""() => {{
        const {{ incidents, map }} = {MAP}, from = map.getPixelBounds().min,
            box = map.getContainer().getBoundingClientRect(),
            {{ x, y }} = incidents._masses.find(({{ n }}) => n === 3);
        return [x - from.x + box.left, y - from.y + box.top]; }}"""
    )
    page.mouse.click(*at)
    expect(page.locator("#duty-card .duty-mass-members > li")).to_have_count(3)
    assert "event=" in page.url
    page.reload()
    expect(page.locator("#duty-card .duty-mass-members > li")).to_have_count(3)
    assert len(houses) == 5


def test_the_second_officer_is_told_who_was_first(room: Room, refused_page: Page) -> None:
    page = refused_page
    houses = open_desk(room, page, 4)
    expect(page.locator(".duty-mass-suggested")).to_be_visible(timeout=30_000)
    with room.server.client("administrator") as other:
        body = {"key": str(uuid4()), "incidents": houses}
        done = other.post("/api/v1/incidents/mass-events/confirm", json=body)
        assert done.status_code == 200, done.text
    button = page.locator(".duty-mass-suggested").get_by_role("button", name="Confirm as one")
    button.dispatch_event("click")
    expect(page.locator("#duty-notice")).to_contain_text("administrator")
    expect(page.locator("#duty-notice")).to_contain_text(done.json()["number"])


def test_the_hand_over_lists_it(room: Room, browser_page: Page) -> None:
    page = browser_page
    houses = open_desk(room, page, 4)
    with room.server.client("duty") as duty:
        body = {"key": str(uuid4()), "incidents": houses}
        assert duty.post("/api/v1/incidents/mass-events/confirm", json=body).status_code == 200
    page.goto(f"{room.server.url}/shift")
    section = page.locator('[data-section="mass_events"]')
    expect(section).to_have_attribute("data-n", "1")
    section.get_by_role("link", name="No heating, 4 incidents").click()
    expect(page.locator("#duty-card h2")).to_have_text("No heating, 4 incidents")


def test_what_lies_far_apart_is_asked_for_with_a_warning_and_may_be_made(
    room: Room, browser_page: Page
) -> None:
    page = browser_page
    room.write(HEAT)
    for n, lon in enumerate((71.40, 71.43)):
        room.incident(n, kind="service", lon=lon, lat=51.12, age=timedelta(minutes=3 + n))
    room.write("update incident set category_id = 900")
    room.server.sign_in(page, "duty")
    page.goto(f"{room.server.url}/map")
    page.wait_for_function("() => window.ikomek?.live?.loaded")
    expect(page.locator("#duty-rows .duty-mark-row")).to_have_count(2)
    for row in page.locator("#duty-rows .duty-mark-row").all():
        row.click()
    page.locator('[data-bulk="merge"]').click()
    preview = page.locator("#duty-preview")
    expect(preview).to_be_visible()
    expect(preview.locator("li")).to_contain_text("radius of the category is 500 m")
    preview.locator("[data-cancel]").click()
    expect(preview).to_be_hidden()
    assert room.write("select count(*) from mass_event") == [0]
    page.locator('[data-bulk="merge"]').click()
    preview.locator("[data-confirm]").click()
    expect(page.locator("#duty-card .duty-mass-members > li")).to_have_count(2)
    expect(page.locator("#duty-selection")).to_be_hidden()
    assert room.write("select count(*) from incident where group_id is not null") == [2]


def test_z_after_its_time_says_that_it_is_past(room: Room, browser_page: Page) -> None:
    page = browser_page
    open_desk(room, page, 4)
    page.clock.install()
    suggestion = page.locator(".duty-mass-suggested")
    page.clock.run_for(12_000)
    suggestion.get_by_role("button", name="Confirm as one").click()
    expect(page.locator("#duty-undo")).to_be_visible()
    page.clock.run_for(40_000)
    expect(page.locator("#duty-undo")).to_be_hidden()
    page.keyboard.press("z")
    page.clock.run_for(500)
    expect(page.locator("#duty-notice")).to_contain_text("Z cannot undo it any more")
    assert room.write("select count(*) from incident where group_id is not null") == [4]
