"""An officer acts on the card by keys: acknowledges, notes, closes with an outcome, undoes; and loses nothing
of what they typed where another officer was first."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from sqlalchemy import text

from tests.assets.map.test_layers import wait_for
from tests.assets.strain import Way
from tests.support.wall_room import Room, room  # noqa: F401 - `room` is a fixture

MAIN = "#duty-actions > .duty-act-main"


@pytest.fixture
def refused_page(browser: Browser) -> Iterator[Page]:
    """A page that is refused something, which the browser writes to its console."""
    context = browser.new_context(viewport={"width": 1920, "height": 1080})
    yield context.new_page()
    context.close()


def open_card(room: Room, page: Page) -> int:
    incident = room.incident(
        1, kind="service", lon=71.43, lat=51.12, age=timedelta(minutes=3), title="Нет отопления"
    )
    room.server.sign_in(page, "duty")
    page.goto(f"{room.server.url}/map?incident={incident}")
    page.wait_for_function("() => window.ikomek?.live?.loaded")
    expect(page.locator(MAIN)).to_have_attribute("data-verb", "acknowledge")
    return incident


def test_an_incident_is_acknowledged_and_closed_by_keys_in_any_keyboard_layout(
    room: Room, browser_page: Page
) -> None:
    page = browser_page
    incident = open_card(room, page)
    expect(page.locator(".duty-waiting")).to_contain_text("3")
    # A Russian layout: the key that says A gives Ф.
    page.evaluate(
        """() => document.body.dispatchEvent(new KeyboardEvent('keydown',
            { key: 'ф', code: 'KeyA', bubbles: true, cancelable: true }))"""
    )
    expect(page.locator(MAIN)).to_have_attribute("data-verb", "assign")
    expect(page.locator("#duty-undo")).to_be_visible()
    page.keyboard.press("x")
    expect(page.locator('[data-form="close"]')).to_be_visible()
    page.keyboard.press("3")
    reason = page.locator('[data-form="close"] [data-only="refused"] textarea')
    expect(reason).to_be_focused()
    page.keyboard.press("Control+Enter")
    expect(page.locator('[data-form="close"] .duty-form-error')).not_to_be_empty()
    page.keyboard.type("axen")  # letters of actions: silent while a field has the focus
    page.keyboard.press("Control+Enter")
    expect(page.locator('[data-form="close"]')).to_be_hidden()
    expect(page.locator("#duty-card .duty-status")).to_have_text("Closed")
    first = page.locator("#duty-card .duty-timeline li").first
    expect(first).to_have_attribute("data-verb", "close")
    expect(first.locator(".duty-words")).to_have_text("axen")
    page.keyboard.press("z")
    expect(page.locator("#duty-card .duty-status")).to_have_text("Open")
    expect(page.locator("#duty-card .duty-undone")).to_have_count(1)
    verbs = "select verb from incident_action where incident_id = :id and who = 'duty' order by id"
    assert room.write(verbs, id=incident) == ["acknowledge", "close", "undo"]


def test_what_was_typed_stays_where_another_was_first(room: Room, refused_page: Page) -> None:
    page = refused_page
    incident = open_card(room, page)
    page.keyboard.press("n")
    field = page.locator('[data-form="note"] textarea')
    expect(field).to_be_focused()
    page.keyboard.type("бригада выехала")
    seen = int(page.locator("#duty-actions").get_attribute("data-version"))
    body = {"key": str(uuid4()), "version": seen, "wish": {}}
    with room.server.client("administrator") as other:
        assert other.post(f"/api/v1/incidents/{incident}/acknowledge", json=body).status_code == 200
    with page.expect_response(lambda answer: answer.url.endswith("/note")) as answered:
        page.keyboard.press("Control+Enter")
    assert answered.value.status == 409
    expect(page.locator('[data-form="note"] .duty-form-error')).to_contain_text("administrator")
    expect(field).to_have_value("бригада выехала")
    page.keyboard.press("Control+Enter")
    expect(page.locator('[data-form="note"]')).to_be_hidden()
    expect(page.locator("#duty-card .duty-words").first).to_have_text("бригада выехала")


def test_a_form_for_what_another_has_done_goes_and_says_it_once(room: Room, refused_page: Page) -> None:
    page = refused_page
    incident = open_card(room, page)
    page.keyboard.press("x")
    form = page.locator('[data-form="close"]')
    expect(form).to_be_visible()
    seen = int(page.locator("#duty-actions").get_attribute("data-version"))
    body = {"key": str(uuid4()), "version": seen, "wish": {"outcome": "done"}}
    with room.server.client("administrator") as other:
        assert other.post(f"/api/v1/incidents/{incident}/close", json=body).status_code == 200
    if form.is_visible():
        page.keyboard.press("1")
        page.keyboard.press("Control+Enter")
    expect(form).to_be_hidden()
    expect(page.locator("#duty-notice")).not_to_be_empty()
    message = page.locator("#duty-notice").inner_text()
    assert "administrator" in message or "not possible any more" in message
    assert page.locator("#duty-dock").inner_text().count(message) == 1


def test_a_click_that_was_not_answered_is_sent_until_it_is_taken_once(room: Room, refused_page: Page) -> None:
    page = refused_page
    open_card(room, page)
    lost = []

    def lose_the_answer(route) -> None:
        if lost:
            route.continue_()
            return
        lost.append(route.fetch().status)
        route.fulfill(status=503, content_type="application/json", body="{}")

    page.route("**/acknowledge", lose_the_answer)
    page.keyboard.press("a")
    expect(page.locator("#duty-undo")).to_be_visible()
    assert lost == [200]
    assert room.write("select count(*) from incident_action") == [1]


def test_what_was_given_up_does_not_take_what_is_typed_after_it(room: Room, refused_page: Page) -> None:
    page = refused_page
    way = Way(page, "**/acknowledge")  # before there is a page: a request can outrun what is put up later
    open_card(room, page)
    way.refuse(503)
    page.keyboard.press("a")
    expect(page.locator("#duty-give-up")).to_be_visible()
    page.keyboard.press("Escape")  # closes neither form nor card while something is on its way
    before = way.seen
    wait_for(page, lambda: way.seen > before)
    way.hold()
    wait_for(page, lambda: way.held)
    page.locator("#duty-give-up").click()
    page.keyboard.press("n")
    field = page.locator('[data-form="note"] textarea')
    expect(field).to_be_focused()
    page.keyboard.type("бригада выехала")
    with page.expect_response("**/acknowledge"):
        way.release()
    expect(page.locator(MAIN)).to_have_attribute("data-verb", "assign")  # it was done, and the card says so
    expect(field).to_have_value("бригада выехала")
    expect(page.locator('[data-form="note"]')).to_be_visible()


def test_on_a_phone_the_main_action_is_at_the_bottom_and_large(room: Room, browser_page: Page) -> None:
    page = browser_page
    page.set_viewport_size({"width": 390, "height": 844})
    open_card(room, page)
    page.locator("#duty-card").evaluate("(card) => card.scrollTo(0, 0)")
    box, side = page.locator(MAIN).bounding_box(), page.locator(".duty-side").bounding_box()
    assert (
        box["height"] >= 48
        and side["y"] < box["y"]
        and box["y"] + box["height"] <= side["y"] + side["height"]
    )
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 390


def test_the_card_says_what_officers_made_of_it(room: Room, browser_page: Page) -> None:
    page, engine = browser_page, room.engine
    incident = room.incident(1, kind="service", due=timedelta(hours=5))
    until = datetime.now(UTC) + timedelta(hours=2)
    with room.server.client("duty") as duty:
        for verb, wish in (
            ("acknowledge", {}),
            ("escalate", {}),
            ("pause", {"reason": "ждём доступ в теплопункт"}),
            ("shelve", {"until": until.isoformat(), "reason": "бригада в пути"}),
            ("return", {"reason": "не убрано"}),
        ):
            with engine.connect() as connection:
                version = connection.scalar(text("select version from incident"))
            body = {"key": str(uuid4()), "version": version, "wish": wish}
            assert duty.post(f"/api/v1/incidents/{incident}/{verb}", json=body).status_code == 200, verb
    room.server.sign_in(page, "duty")
    page.goto(f"{room.server.url}/map?incident={incident}")
    card = page.locator("#duty-card")
    expect(card.locator(".duty-left")).to_contain_text("4 h")
    expect(card.locator(".duty-clock .duty-words")).to_have_text("ждём доступ в теплопункт")
    expect(card.locator(".duty-steps [aria-current]")).to_contain_text("duty centre")
    for fact in ("duty, ", "Shelved until", "Returned for revision"):
        expect(card.locator(".duty-facts").first).to_contain_text(fact)
    box, side = card.bounding_box(), page.locator(".duty-side").bounding_box()
    assert side["width"] - box["width"] <= 1, "the card is as wide as its column"
    verbs = page.locator("#duty-actions [data-verb]").evaluate_all("(all) => all.map((b) => b.dataset.verb)")
    assert {"resume", "unshelve"} <= set(verbs) and not {"pause", "shelve", "more_time"} & set(verbs)


@pytest.fixture
def other_page(browser: Browser) -> Iterator[Page]:
    """The page of another person, in a browser of their own."""
    context = browser.new_context()
    yield context.new_page()
    context.close()


def meet(room: Room, page: Page, other: Page) -> Locator:
    """Both look at one incident; returns who else does, on the first page."""
    incident = open_card(room, page)
    room.server.sign_in(other, "administrator")
    other.goto(f"{room.server.url}/map?incident={incident}")
    viewers = page.locator("#duty-viewers")
    expect(viewers).to_contain_text("administrator")
    return viewers


def test_who_looks_and_who_writes_is_shown_to_the_other_and_goes_with_them(
    room: Room, browser_page: Page, other_page: Page
) -> None:
    other = other_page
    viewers = meet(room, browser_page, other)
    expect(other.locator("#duty-viewers")).to_contain_text("duty")
    expect(other.locator(MAIN)).to_be_visible()
    other.keyboard.press("n")
    other.keyboard.type("еду")
    expect(viewers).to_contain_text("administrator is writing")
    other.locator("#duty-card-close").click(force=True)
    expect(viewers).to_be_hidden()


def test_a_late_answer_brings_nobody_back_who_has_gone_since(
    room: Room, browser_page: Page, other_page: Page
) -> None:
    page = browser_page
    viewers = meet(room, page, other_page)
    way = Way(page, "**/viewers")
    way.hold_answers()
    page.keyboard.press("n")
    page.keyboard.type("еду")
    wait_for(page, lambda: way.answers)
    assert "administrator" in way.answers[0][1].text()
    other_page.locator("#duty-card-close").click(force=True)
    expect(viewers).to_be_hidden()
    with page.expect_response("**/viewers"):
        way.release()
    page.wait_for_timeout(1500)  # three looks of the card
    expect(viewers).to_be_hidden()


def test_everybody_is_told_and_a_category_is_corrected_from_the_card(room: Room, browser_page: Page) -> None:
    page = browser_page
    room.write(
        """insert into category (id, key, kind, name_kk, name_ru, name_en) overriding system value values
        (1, 'cold', 'service', 'a', 'a', 'Cold'), (2, 'robbery', 'police', 'b', 'b', 'Robbery'),
        (3, 'lift', 'service', 'c', 'c', 'Lift')"""
    )
    incident = open_card(room, page)
    page.keyboard.press("v")
    choice = page.locator('[data-form="classify"] select')
    expect(choice).to_be_focused()
    shown = choice.locator("option:not([disabled])").all_inner_texts()
    assert shown == ["Cold", "Lift"], "of the incident's kind"
    choice.select_option("3")
    page.keyboard.press("Control+Enter")
    expect(page.locator('[data-form="classify"]')).to_be_hidden()
    assert room.write("select category_id from incident where id = :id", id=incident) == [3]
    expect(page.locator("#duty[data-card-late]")).to_have_count(0)
    page.keyboard.press("y")
    form = page.locator('[data-form="alert"]')
    expect(form.locator("textarea")).to_have_count(9)
    page.keyboard.press("Control+Enter")
    expect(form.locator(".duty-form-error")).not_to_be_empty()
    for field in form.locator('textarea:not([data-needed="no"])').all():
        field.fill("Нет тепла до 22:00")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#duty-notice")).to_contain_text("Published for everybody")
    assert room.write("select declared_by from public_alert") == ["duty"]
