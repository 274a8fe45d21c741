"""/desk in a browser: an inspector goes through the queue by keys and corrects, a performer works on a phone
and asks for more time, an operator sees what a citizen was told, gives their mark and reopens; nobody else
does."""

from __future__ import annotations

import json
from collections.abc import Iterator
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import text

from geo.database import connect_engine
from geo.settings import Settings
from tests.support.levels_desk import LevelsDesk, performer
from tests.support.photos import photo
from tests.support.web import Server

PHONE = {"width": 390, "height": 844}


@pytest.fixture
def desk(settings: Settings) -> Iterator[LevelsDesk]:
    made = LevelsDesk(settings)
    yield made
    made.close()


def open_page(server: Server, page: Page, role: str, address: str, organisation: str | None = None) -> None:
    server.sign_in(page, role)
    if organisation:
        owner = connect_engine(server.settings, "owner")
        with owner.begin() as connection:
            connection.execute(text("update app_user set organisation = :key"), {"key": organisation})
        owner.dispose()
    page.goto(server.url + address)
    page.wait_for_function("() => window.ikomek?.live?.tick && document.querySelector('#desk-shown > *')")


def press(page: Page, key: str) -> None:
    page.wait_for_function("() => ikomek.isSeen('desk-actions')")
    page.keyboard.press(key)


def test_an_inspector_goes_through_the_queue_by_keys(
    server: Server, desk: LevelsDesk, browser_page: Page
) -> None:
    page = browser_page
    open_page(server, page, "inspector", "/desk")
    tab = page.locator('.desk-queues [aria-current="page"]')
    expect(tab).to_contain_text("3")
    expect(page.locator("#desk-actions")).to_have_attribute("data-case", str(desk.incidents[0]))
    press(page, "a")
    expect(tab).to_contain_text("2")
    expect(page.locator("#desk-actions")).to_have_attribute("data-case", str(desk.incidents[1]))
    press(page, "c")
    page.locator('#desk-form [data-name="category"]').select_option("2")
    page.keyboard.press("Control+Enter")
    expect(tab).to_contain_text("1")
    expect(page.locator(".desk-today")).to_contain_text("1 corrected")
    expect(page.locator("#desk-actions")).to_have_attribute("data-case", str(desk.incidents[2]))
    page.keyboard.press("j")
    press(page, "a")
    expect(page.locator(".desk-none").first).to_contain_text("All new incidents are checked")
    assert desk.rows("select field from case_check order by id") == [(None,), ("category",), (None,)]


def test_a_performer_works_on_a_phone_and_an_inspector_decides(
    server: Server, desk: LevelsDesk, browser_page: Page
) -> None:
    page = browser_page
    page.set_viewport_size(PHONE)
    open_page(server, page, "performer", "/desk", organisation="heat")
    expect(page.locator(".desk-row")).to_have_count(2)
    page.locator(".desk-row").first.click()
    expect(page.locator(".desk-card h2")).to_be_visible()
    expect(page.locator(".desk-list")).to_be_hidden()
    expect(page.locator(".desk-warnings li")).to_have_count(4)
    page.locator('[data-act="acknowledge"]').click()
    expect(page.locator('[data-act="acknowledge"]')).to_have_count(0)
    expect(page.locator("#desk[aria-busy]")).to_have_count(0)
    page.locator('[data-act="attach"]').click()
    camera = page.locator("#desk-picture input")
    expect(camera).to_have_attribute("capture", "environment")
    camera.set_input_files({"name": "after.jpg", "mimeType": "image/jpeg", "buffer": photo()})
    page.locator("#desk-form-do").click()
    expect(page.locator(".desk-pictures img")).to_be_visible()
    page.locator('[data-act="extension"]').click()
    page.locator("#desk-form-do").click()
    expect(page.locator("#desk-form-error")).not_to_be_empty()
    page.locator("#desk-words").fill("нет деталей")
    page.locator("#desk-form-do").click()
    expect(page.locator(".desk-why")).to_contain_text("the inspector decides")
    assert page.evaluate("() => document.documentElement.scrollWidth") <= PHONE["width"]
    small = page.evaluate(
        """() => [...document.querySelectorAll('#desk :is(a, button)')].filter((one) => one.checkVisibility())
        .map((one) => one.getBoundingClientRect().height).filter((height) => height < 44)"""
    )
    assert not small
    with server.client("inspector") as inspector:
        body = {"key": str(uuid4()), "version": desk.version(), "granted": True}
        answer = inspector.post(f"/api/v1/desk/{desk.incidents[0]}/decide", json=body)
        assert answer.status_code == 200, answer.text
    expect(page.locator(".desk-why")).to_contain_text("Granted")
    page.locator('[data-act="done"]').click()
    page.locator("#desk-words").fill("заменён хомут")
    page.locator("#desk-form-do").click()
    expect(page.locator("#desk-actions")).to_have_attribute("data-case", str(desk.incidents[1]))
    assert desk.incident()["status"] == "closed"


def test_an_operator_sees_what_the_citizen_was_told_and_reopens(
    server: Server, desk: LevelsDesk, browser_page: Page
) -> None:
    page = browser_page
    desk.work(performer("heat"), "acknowledge")
    desk.work(performer("heat"), "done")
    open_page(server, page, "operator", "/desk")
    page.locator("#desk-number-field").fill("i1")
    page.keyboard.press("Enter")
    messages = page.locator(".desk-messages > li")
    expect(messages).to_have_count(2)
    expect(messages.last).to_contain_text("Your request i1 is done")
    messages.last.locator("summary").click()
    expect(messages.last.locator('[lang="kk"]')).to_contain_text("орындалды")
    page.locator('[data-mark="4"]').click()
    expect(page.locator('[data-mark="4"]')).to_have_attribute("aria-pressed", "true")
    page.locator('[data-act="reopen"]').click()
    page.locator("#desk-words").fill("холодно")
    page.locator("#desk-form-do").click()
    expect(messages).to_have_count(3)
    expect(page.locator(".desk-citizen")).to_contain_text("reopened 1 time")


def test_who_may_not_is_refused_and_sees_no_button(server: Server, desk: LevelsDesk) -> None:
    incident, about = desk.incidents[0], {"key": str(uuid4()), "version": 1}
    closed_to = {
        "agree": ("performer", "operator", "executive"),
        "correct/classify": ("performer", "operator", "auditor"),
        "decide": ("performer", "operator"),
        "act/done": ("inspector", "operator", "duty"),
        "extension": ("inspector", "operator"),
        "mark": ("performer", "auditor"),
        "reopen": ("performer", "auditor"),
    }
    for address, roles in closed_to.items():
        for role in roles:
            with server.client(role) as client:
                answer = client.post(f"/api/v1/desk/{incident}/{address}", json=about)
                assert answer.status_code == 403, (address, role)
    with server.client("performer") as client:  # works for nobody
        answer = client.post(f"/api/v1/desk/{incident}/act/done", json=about | {"wish": {}})
        assert (answer.status_code, answer.json()["error"]) == (404, "incident.unknown")
        files = {"picture": ("a.jpg", photo(), "image/jpeg")}
        wish = {"key": str(uuid4()), "version": 1, "wish": {"stage": "after"}}
        action = json.dumps(wish)
        answer = client.post(f"/api/v1/incidents/{incident}/attach", data={"action": action}, files=files)
        assert (answer.status_code, answer.json()["error"]) == (404, "incident.unknown")
    assert desk.version() == 1
