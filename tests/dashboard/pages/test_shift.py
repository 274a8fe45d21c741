"""/shift in a browser: an officer reads, writes, signs and hands over, another takes over in a session of his
own; what changes meanwhile must be read again; a killed server loses no signature."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
from playwright.sync_api import Browser, Page, expect

from geo.database import connect_engine
from geo.shifts.post import DutyPost
from layers.shifts import read_own
from tests.support.killable import eventually
from tests.support.wall_room import Room, room  # noqa: F401 - `room` is a fixture

CITY = DutyPost(None, None)
LATE = {"priority": 1, "age": timedelta(hours=5), "due": timedelta(hours=-2)}


def open_page(room: Room, page: Page, name: str, address: str = "/shift") -> None:
    room.server.sign_in(page, "duty", name)
    page.goto(room.server.url + address)
    page.wait_for_function("() => window.ikomek?.live?.tick && document.querySelector('#shift-shown > *')")


def mark_all(page: Page) -> None:
    boxes = page.locator('.shift-box[aria-checked="false"]')
    expect(page.locator('.shift-box[data-empty="yes"]').first).to_have_attribute("aria-checked", "true")
    while boxes.count():
        boxes.first.click()


def test_one_hands_over_and_another_takes_over_each_in_a_session_of_his_own(
    room: Room, browser_page: Page, browser: Browser
) -> None:
    page = browser_page
    room.incident(0, priority=2, title="Пожар в жилом доме")
    room.incident(1, **LATE)
    open_page(room, page, "aidos")
    critical = page.locator('[data-section="critical"]')
    expect(critical).to_contain_text("Пожар в жилом доме")
    expect(page.locator('[data-section="overdue"] h2 strong')).to_have_text("1")
    expect(page.locator('[data-section="overdue"] summary')).to_have_text("1 incident by itself")
    expect(page.locator("#shift-sign")).to_be_disabled()
    page.locator("#shift-notes").fill("Чубары: хомут обещают к 20:30")
    expect(page.locator("#shift-notes-state")).to_have_text("Saved")
    mark_all(page)
    expect(page.locator("#shift-sign")).to_be_enabled()
    room.incident(2, priority=2, title="Взрыв газа")
    expect(critical).to_contain_text("Взрыв газа")
    expect(critical.locator(".shift-box")).to_have_attribute("aria-checked", "false")
    expect(page.locator("#shift-sign")).to_be_disabled()
    critical.locator(".shift-box").click()
    page.locator("#shift-sign").click()
    expect(page.locator(".shift-state")).to_have_attribute("data-state", "waiting")
    expect(page.locator('[data-act="withdraw"]')).to_be_visible()
    expect(page.locator('[data-act="take"]')).to_have_count(0)
    expect(page.locator(".shift-signature strong")).to_have_text(["aidos", "…"])
    with browser.new_context(viewport={"width": 390, "height": 844}) as phone:
        other = phone.new_page()
        open_page(room, other, "nazgul")
        expect(other.locator(".shift-written")).to_have_text("Чубары: хомут обещают к 20:30")
        expect(other.locator(".shift-signature strong")).to_have_text(["aidos", "nazgul"])
        room.incident(3, priority=2, title="Обрыв провода")
        expect(other.locator('[data-section="critical"] .shift-changed')).to_be_visible()
        expect(other.locator('[data-section="critical"]')).not_to_contain_text("Обрыв провода")
        other.locator('[data-act="take"]').click()
        expect(other.locator("#shift-notes")).to_have_value("")
        expect(page.locator("#shift-notes")).to_be_visible()
        open_page(room, other, "nazgul", "/shift?show=kept")
        row = other.locator(".shift-table tbody tr")
        expect(row).to_contain_text("Signed by both")
        row.locator("a").click()
        expect(other.locator(".shift-signature").first).to_contain_text("aidos")
        expect(other.locator(".shift-signature").last).to_contain_text("nazgul")
        expect(other.locator(".shift-state")).to_have_attribute("data-intact", "yes")
        other.locator("#shift-amendment").fill("хомут привезли в 20:10")
        other.locator('[data-act="amend"]').click()
        expect(other.locator(".shift-amendments ol")).to_contain_text("хомут привезли в 20:10")


def test_who_may_only_look_signs_nothing(room: Room, browser_page: Page) -> None:
    room.server.sign_in(browser_page, "auditor")
    browser_page.goto(f"{room.server.url}/shift")
    expect(browser_page.locator(".shift-section")).to_have_count(8)
    expect(browser_page.locator("#shift-sign, #shift-notes, .shift-box")).to_have_count(0)
    with room.server.client("auditor") as auditor:
        assert auditor.post("/api/v1/shift/sign", json={"read": {}, "key": str(uuid4())}).status_code == 403
        assert auditor.post("/api/v1/shift/1/take", json={"digest": ""}).status_code == 403
    with room.server.client("operator") as operator:
        assert operator.get("/shift").status_code == 403


def signed_in(room: Room, name: str) -> httpx.Client:
    cookies = httpx.get(room.server.link("duty", name)).cookies
    headers = {"Sec-Fetch-Site": "same-origin", "Origin": room.server.url}
    return httpx.Client(base_url=room.server.url, cookies=cookies, headers=headers, timeout=30)


def test_a_killed_server_loses_no_signature_and_a_click_that_is_sent_again_signs_once(room: Room) -> None:
    room.incident(0, priority=2)
    reader = connect_engine(room.settings, "reader")
    try:
        marks = read_own(reader, room.settings.city, CITY).contents.marks()
    finally:
        reader.dispose()
    body = {"read": marks, "key": str(uuid4())}
    with signed_in(room, "aidos") as aidos, signed_in(room, "nazgul") as nazgul:
        answered = aidos.post("/api/v1/shift/sign", json=body).raise_for_status().json()["handover"]
        kill(room)
        assert aidos.post("/api/v1/shift/sign", json=body).raise_for_status().json()["handover"] == answered
        [digest] = room.write("select digest from shift_handover")
        address = f"/api/v1/shift/{answered}/take"
        with ThreadPoolExecutor(1) as beside:
            lost = beside.submit(silent, nazgul, address, {"digest": digest})
            kill(room)
            was_answered = lost.result()
        before = room.write("select taken_by from shift_handover")
        assert not was_answered or before == ["nazgul"], "what was answered is kept"
        nazgul.post(address, json={"digest": digest}).raise_for_status()
        assert room.write("select left_by || ' ' || taken_by from shift_handover") == ["aidos nazgul"]
        acts = room.write("select what from audit where what like 'shift.%' order by id")
        assert acts == ["shift.signed", "shift.taken"]


def silent(client: httpx.Client, address: str, body: dict[str, Any]) -> bool:
    """Whether a server that is about to be killed has answered."""
    try:
        return client.post(address, json=body).status_code == 200
    except httpx.TransportError:
        return False


def kill(room: Room) -> None:
    room.server.process.kill()
    room.server.process.join()
    eventually(lambda: not room.server.process.is_alive())
    room.server.start()
