"""/alarms in a browser: seen and heard when raised, acknowledged by a key, shelved with a reason; what is
chosen stays chosen when others come; a flood is one row; who may only look has no buttons; a click is done
once, and who comes second is told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

from playwright.sync_api import Browser, Page, Route, expect

from geo.alarms.rules import VARIABLE, read_rules
from geo.alarms.watch import watch
from geo.database import connect_engine
from layers.alarms import FLOOD
from tests.support.wall_room import Room, room  # noqa: F401 - `room` is a fixture
from tests.support.web import Server

URGENT = {"priority": 1, "age": timedelta(minutes=20)}
"""Long enough for nobody to have acknowledged it."""


def raise_all(room: Room) -> None:
    engine = connect_engine(room.settings, "jobs")
    with engine.begin() as connection:
        watch(connection, room.settings.city, read_rules(), datetime.now(UTC))
    engine.dispose()


def open_page(room: Room, page: Page, address: str = "/alarms", role: str = "duty") -> None:
    room.server.sign_in(page, role)
    page.goto(room.server.url + address)
    page.wait_for_function(
        "() => window.ikomek?.live?.tick && document.querySelector('.alarms-sound')?.textContent"
    )


def test_an_alarm_comes_is_acknowledged_by_a_key_and_shelved_with_a_reason(
    room: Room, browser_page: Page
) -> None:
    page = browser_page
    open_page(room, page)
    expect(page.locator(".alarms-none")).to_be_visible()
    room.incident(0, priority=2, title="Пожар в жилом доме")
    room.write("update feed set alarmed_at = now() where key = 'police'")
    raise_all(room)
    rows = page.locator("#alarms .alarm")
    expect(rows).to_have_count(2)
    expect(rows.first).to_contain_text("Пожар в жилом доме")
    expect(rows.first).to_contain_text("Confirm that a service is on its way")
    expect(page.locator("#alarms-critical")).to_contain_text("Пожар в жилом доме")
    heard = page.evaluate("() => ikomek.alarmSound.played.map(([name]) => name).sort()")
    assert heard == ["critical", "urgent"], "each has its own tone"
    page.keyboard.press("ArrowDown")
    expect(rows.first).to_be_focused()
    page.wait_for_function("() => ikomek.isSeen('alarms-shown')")
    page.keyboard.press("a")
    state = page.locator('.alarm[data-level="2"] .alarm-state')
    expect(state).to_have_attribute("data-state", "acknowledged")
    expect(state).to_contain_text("duty")
    page.locator('.alarm[data-level="1"] [data-act="shelve"]').click()
    page.locator("#alarms-do").click()
    expect(page.locator("#alarms-form-error")).not_to_be_empty()
    page.locator("#alarms-reason").fill("плановые работы")
    page.locator("#alarms-do").click()
    expect(page.locator(".alarm-shelved")).to_contain_text("плановые работы")
    expect(rows).to_have_count(1)
    page.locator('.alarm-shelved [data-act="unshelve"]').click()
    expect(rows).to_have_count(2)
    page.locator('.alarm[data-level="2"] [data-act="clear"]').click()
    expect(page.locator("#alarms-form")).to_be_visible()
    page.locator("#alarms-reason").fill("учения")
    page.locator("#alarms-do").click()
    expect(rows).to_have_count(1)
    page.goto(f"{room.server.url}/alarms?show=journal")
    expect(page.locator(".alarms-table tbody tr")).to_have_count(2)
    expect(page.locator(".alarms-table")).to_contain_text("Пожар в жилом доме")


def test_a_critical_one_is_shelved_by_those_alone_who_may(room: Room, browser_page: Page) -> None:
    room.incident(0, priority=2)
    room.incident(1, **URGENT)
    raise_all(room)
    for role, offered in (("duty", [1]), ("administrator", [2, 1])):
        open_page(room, browser_page, role=role)
        expect(browser_page.locator("#alarms .alarm")).to_have_count(2)
        rows = browser_page.locator('#alarms .alarm:has([data-act="shelve"])')
        levels = rows.evaluate_all("(all) => all.map((one) => Number(one.dataset.level))")
        assert levels == offered, role


def test_what_is_chosen_stays_chosen_when_another_comes_before_it(room: Room, browser_page: Page) -> None:
    page = browser_page
    room.incident(0, **URGENT)
    raise_all(room)
    open_page(room, page)
    chosen = page.locator("#alarms .alarm[data-chosen]")
    page.keyboard.press("ArrowDown")
    expect(chosen).to_be_focused()
    alarm = chosen.get_attribute("data-alarm")
    room.incident(1, priority=2, title="Взрыв")
    raise_all(room)
    rows = page.locator("#alarms .alarm")
    expect(rows).to_have_count(2)
    expect(rows.first).to_contain_text("Взрыв")
    expect(chosen).to_have_attribute("data-alarm", str(alarm))
    expect(chosen).to_be_focused()
    page.wait_for_function("() => ikomek.isSeen('alarms-shown')")
    page.keyboard.press("a")
    expect(page.locator(f'.alarm[data-alarm="{alarm}"]')).to_have_attribute("data-state", "acknowledged")
    expect(rows.first).to_have_attribute("data-state", "new")


def test_a_flood_is_one_row_that_opens_and_is_acknowledged_at_once(room: Room, browser_page: Page) -> None:
    page = browser_page
    for number in range(FLOOD + 5):
        room.incident(number, **URGENT)
    room.incident(99, priority=2, title="Пожар")
    raise_all(room)
    # one ten minutes of the clock, whenever this runs
    room.write("update alarm set raised_at = to_timestamp(floor(extract(epoch from now()) / 600) * 600)")
    open_page(room, page)
    seen = page.locator("#alarms .alarm:visible")
    expect(seen).to_have_count(1)
    expect(seen).to_contain_text("Пожар")
    page.locator(".alarms-flood summary").click()
    expect(seen).to_have_count(FLOOD + 6)
    page.locator("[data-flood]").click()
    expect(page.locator('.alarm[data-state="acknowledged"]')).to_have_count(FLOOD + 5)
    expect(page.locator('.alarm[data-level="2"]')).to_have_attribute("data-state", "new")
    expect(page.locator("[data-flood]")).to_have_count(0)


def test_a_wrong_file_of_rules_is_told_and_the_alarms_are_there(
    room: Room, browser_page: Page, tmp_path: Path
) -> None:
    room.incident(0, priority=2, title="Пожар")
    raise_all(room)
    file = tmp_path / "rules.toml"
    file.write_text("[[rule]]\nkey = 7\n", encoding="utf-8")
    server = Server(room.settings, **{VARIABLE: str(file)})
    try:
        server.sign_in(browser_page, "duty")
        browser_page.goto(f"{server.url}/alarms")
        expect(browser_page.locator(".alarms-mistake")).to_contain_text("rules.toml, line 2")
        expect(browser_page.locator("#alarms .alarm")).to_contain_text("Пожар")
        browser_page.goto("about:blank")
    finally:
        server.stop()


def test_who_may_only_look_has_no_buttons(room: Room, browser_page: Page) -> None:
    room.incident(0, priority=2)
    raise_all(room)
    open_page(room, browser_page, role="operator")
    expect(browser_page.locator("#alarms .alarm")).to_have_count(1)
    expect(browser_page.locator("#alarms [data-act]")).to_have_count(0)
    with room.server.client("operator") as operator:
        assert operator.post("/api/v1/alarms/1/acknowledge", json={}).status_code == 403
        assert operator.post("/api/v1/alarms/acknowledge", json={"seen": {"1": 1}}).status_code == 403


def test_one_whose_cause_is_gone_is_calm_and_stands_below_all_that_hold(
    room: Room, browser_page: Page
) -> None:
    page = browser_page
    room.incident(0, priority=2, title="Пожар")
    room.incident(1, priority=2, title="Взрыв")
    room.incident(2, **URGENT)
    raise_all(room)
    room.write("update alarm set normal_at = now() where incident_id = (select min(incident_id) from alarm)")
    open_page(room, page)
    rows = page.locator("#alarms .alarm")
    expect(rows).to_have_count(3)
    assert [row.get_attribute("data-gone") for row in rows.all()] == ["no", "no", "yes"]
    expect(rows.last).to_contain_text("Пожар")
    assert rows.last.inner_text().count("Condition gone") == 1
    expect(rows.last.locator('[data-act="acknowledge"]')).to_be_visible()
    background = "(row) => getComputedStyle(row).backgroundColor"
    assert rows.last.evaluate(background) != rows.first.evaluate(background)


def test_the_form_is_about_the_row_that_was_pressed_and_lies_over_none_of_it(
    room: Room, browser_page: Page
) -> None:
    """Rows of one title; meanwhile others take the places of those that were there."""
    page = browser_page
    for number in range(3):
        room.incident(number, title="Наледь", **URGENT)
    room.write("update incident set address = 'ул. ' || source_id || ', 7'")
    raise_all(room)
    open_page(room, page)
    rows, form = page.locator("#alarms .alarm"), page.locator("#alarms-form")
    expect(rows).to_have_count(3)
    for row in (rows.nth(1), rows.last):
        row.locator('[data-act="shelve"]').click()
        expect(row).to_have_attribute("data-chosen", "")
        expect(page.locator("#alarms .alarm[data-chosen]")).to_have_count(1)
        about = row.locator(".alarm-what span").inner_text()
        number = about.split("ул. ")[1].split(",")[0]
        expect(form).to_contain_text(f"Наледь · ул. {number}, 7 · No. {number}")
        one, other = row.bounding_box(), form.bounding_box()
        assert one and other
        assert other["y"] >= one["y"] + one["height"] or other["y"] + other["height"] <= one["y"]
    alarm = str(rows.last.get_attribute("data-alarm"))
    first = str(rows.first.get_attribute("data-alarm"))
    gone = "where id = (select incident_id from alarm where id = :id)"
    room.write(f"update incident set status = 'closed', closed_at = now() {gone}", id=int(first))
    room.write("update alarm set cleared_at = now() where id = :id", id=int(first))
    room.incident(3, title="Наледь", **URGENT)
    raise_all(room)
    expect(page.locator(f'.alarm[data-alarm="{first}"]')).to_have_count(0)
    expect(rows).to_have_count(3)
    expect(page.locator("#alarms .alarm[data-chosen]")).to_have_attribute("data-alarm", alarm)
    page.locator("#alarms-reason").fill("плановые работы")
    page.locator("#alarms-do").click()
    expect(page.locator(".alarm-shelved")).to_have_attribute("data-alarm", alarm)


def test_the_form_of_an_alarm_that_goes_away_is_closed_and_says_so(room: Room, browser_page: Page) -> None:
    page = browser_page
    for number in range(2):
        room.incident(number, title="Наледь", **URGENT)
    raise_all(room)
    open_page(room, page)
    page.locator('#alarms .alarm [data-act="shelve"]').first.click()
    alarm = page.locator("#alarms .alarm[data-chosen]").get_attribute("data-alarm")
    room.write("update alarm set cleared_at = now() where id = :id", id=int(alarm or 0))
    page.evaluate("() => window.dash_clientside.set_props('alarms-pulse', {data: Date.now()})")
    expect(page.locator("#alarms-form")).to_be_hidden()
    expect(page.locator("#alarms-message")).to_contain_text("no longer in the list")


def test_the_sound_is_turned_on_by_its_own_button_alone(room: Room, browser_page: Page) -> None:
    page = browser_page
    open_page(room, page)
    button = page.locator(".alarms-sound")
    expect(button).to_have_attribute("data-state", "blocked")
    page.evaluate("""() => { const { context } = ikomek.alarmSound, resume = context.resume.bind(context);
        window.resumed = 0; context.resume = () => { window.resumed += 1; return resume(); }; }""")
    page.locator("h1").click()
    page.keyboard.press("ArrowDown")
    assert page.evaluate("() => window.resumed") == 0
    button.click()
    expect(button).to_have_attribute("data-state", "on")
    page.reload()
    expect(button).to_have_attribute("data-state", "blocked")
    page.locator("h1").click()
    expect(button).to_have_attribute("data-state", "on")


def test_a_click_whose_answer_is_lost_is_done_once(room: Room, browser: Browser) -> None:
    """A page of its own: the console tells of the answer that is lost."""
    room.incident(0, **URGENT)
    raise_all(room)
    context = browser.new_context(viewport={"width": 1920, "height": 1080})
    page, sent = context.new_page(), []

    def lose(route: Route) -> None:
        sent.append(route.request.post_data_json)
        if len(sent) > 1:
            route.continue_()
            return
        route.fetch()
        route.abort()

    page.route("**/api/v1/alarms/*/acknowledge", lose)
    open_page(room, page)
    page.locator('.alarm [data-act="acknowledge"]').click()
    expect(page.locator('.alarm[data-state="acknowledged"]')).to_have_count(1)
    expect(page.locator("#alarms-message")).to_have_text("Alarm acknowledged")
    assert len(sent) == 2 and sent[0] == sent[1], "the same click"
    context.close()
    assert room.write("select count(*) from alarm_event where what = 'acknowledged'") == [1]


def test_who_shelves_what_another_has_just_shelved_is_told_in_the_form(room: Room, browser: Browser) -> None:
    room.incident(0, **URGENT)
    raise_all(room)
    context = browser.new_context(viewport={"width": 1920, "height": 1080})
    page = context.new_page()
    open_page(room, page)
    page.locator('.alarm [data-act="shelve"]').click()
    alarm = int(page.locator(".alarm").get_attribute("data-alarm") or 0)
    with room.server.client("administrator") as other:
        click = {"key": str(uuid4()), "version": 1, "minutes": 240, "reason": "бригада едет"}
        assert other.post(f"/api/v1/alarms/{alarm}/shelve", json=click).status_code == 200
    page.locator("#alarms-reason").fill("плановые работы")
    page.locator("#alarms-do").click()
    expect(page.locator("#alarms-form-error")).to_contain_text("administrator has shelved it already")
    assert page.locator("#alarms-reason").input_value() == "плановые работы", "what was typed is kept"
    expect(page.locator(".alarm-shelved")).to_contain_text("бригада едет")
    context.close()
