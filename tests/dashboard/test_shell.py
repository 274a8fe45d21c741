"""The frame around a page: sections by role, the clock, the banners, the keyboard."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import text

from dashboard.words import word
from geo.accounts import sessions
from geo.city import modes
from geo.database import Engine, connect_engine
from geo.errors import InvalidInput
from geo.recovery.read_only import read_only
from tests.support.web import Server


@pytest.fixture
def page(shared_server: Server, browser_page: Page) -> Page:
    """/feeds as a duty officer sees it, in English."""
    browser_page.context.set_extra_http_headers({"Accept-Language": "en"})
    shared_server.sign_in(browser_page, "duty")
    browser_page.goto(shared_server.url + "/feeds")
    browser_page.wait_for_selector("#shell-clock time")
    return browser_page


def test_sections_are_those_of_the_role(shared_server: Server) -> None:
    def sections(role: str) -> list[str]:
        with shared_server.client(role) as client:
            words = json.dumps(client.get("/_dash-layout").json())
            return [path for path in ("/wall/operations", "/map", "/feeds") if f'"href": "{path}"' in words]

    assert sections("duty") == ["/wall/operations", "/map", "/feeds"]
    assert sections("performer") == ["/map"]


FIRST = {
    "operator": "/map",
    "duty": "/map",
    "administrator": "/map",
    "inspector": "/desk",
    "performer": "/desk",
    "electoral_editor": "/precincts",
    "electoral_approver": "/precincts",
    "executive": "/statistics",
    "auditor": "/audit",
    "answers_editor": "/answers",
    "wall": "/wall/operations",
}
NOWHERE = ("push", "monitor")


@pytest.mark.parametrize("role", FIRST)
def test_the_first_page_is_where_the_work_of_the_role_begins(shared_server: Server, role: str) -> None:
    with shared_server.client(role) as client:
        assert client.get("/").headers["location"] == FIRST[role]
        assert client.get(FIRST[role]).status_code == 200


def test_every_role_has_a_first_page_or_none(shared_server: Server, shared_owner: Engine) -> None:
    with shared_owner.connect() as connection:
        assert set(connection.scalars(text("select key from user_role"))) == {*FIRST, *NOWHERE}
    for role in NOWHERE:
        with shared_server.client(role) as client:
            assert client.get("/", headers={"Accept": "text/html"}).status_code == 403, role


def test_the_clock_is_the_citys(page: Page) -> None:
    before = datetime.now(ZoneInfo("Asia/Almaty"))
    shown = page.locator("#shell-clock time").inner_text()
    after = datetime.now(ZoneInfo("Asia/Almaty"))
    assert shown in {before.strftime("%H:%M"), after.strftime("%H:%M")}
    assert str(before.year) in page.locator("#shell-clock span").inner_text()
    expect(page.locator(".shell-link[aria-current=page]")).to_have_text("Feeds")


def test_a_telephone_shows_the_section_that_is_open(shared_server: Server, browser_page: Page) -> None:
    browser_page.set_viewport_size({"width": 390, "height": 844})
    shared_server.sign_in(browser_page)
    browser_page.goto(shared_server.url + "/mode")  # the last of fifteen
    expect(browser_page.locator(".shell-link[aria-current=page]")).to_be_in_viewport(ratio=1)


def test_clock_and_banners_come_with_the_header(
    shared_server: Server, web: Engine, shared_owner: Engine
) -> None:
    """What scripts put above a page later would push the page down, on a busy machine under a hand that
    reaches for something."""
    with shared_owner.begin() as connection:
        connection.execute(text("insert into setting (key, value) values ('demo', 'true')"))
    modes.set_mode(web, "71", "drill", who="test")
    with shared_server.client("duty") as client:
        client.cookies.set("ikomek_language", "kk")
        layout = client.get("/_dash-layout").text
        document = client.get("/feeds", headers={"Accept": "text/html"}).text
    modes.set_mode(web, "71", "normal", who="test")
    with shared_owner.begin() as connection:
        connection.execute(text("delete from setting where key = 'demo'"))
    come = {part["props"].get("id"): part["props"] for part in parts(json.loads(layout))}
    drill, demo = come["shell-banners"]["children"]
    assert [one["props"]["children"] for one in (drill, demo)] == [
        word(f"shell.banner.{name}", "kk") for name in ("drill", "demo")
    ]
    day, time = (one["props"]["children"] for one in come["shell-clock"]["children"])
    assert re.fullmatch(r"\w+, 20\d\d жылғы \d+ \w+", day) and re.fullmatch(r"\d\d:\d\d", time)
    assert document.count('rel="preload" as="font"') == 3


def parts(layout: dict) -> Iterator[dict]:
    """A component, and all components and elements within it."""
    yield layout
    for name in ("children", "tree"):
        inside = layout["props"].get(name)
        for child in inside if isinstance(inside, list) else [inside]:
            if isinstance(child, dict) and "props" in child:
                yield from parts(child)


def test_a_mode_is_announced_on_every_page_without_a_reload(page: Page, web: Engine) -> None:
    expect(page.locator(".shell-banner")).to_have_count(0)
    modes.set_mode(web, "71", "drill", who="test")
    expect(page.locator(".shell-banner[data-banner=drill]")).to_have_text(
        "DRILL — this is an exercise", timeout=15_000
    )
    modes.set_mode(web, "71", "hotline", who="test")
    expect(page.locator(".shell-banner[data-banner=hotline]")).to_be_visible(timeout=15_000)
    expect(page.locator(".shell-banner[data-banner=drill]")).to_have_count(0)
    modes.set_mode(web, "71", "normal", who="test")
    expect(page.locator(".shell-banner")).to_have_count(0, timeout=15_000)


def test_a_walls_screen_shows_the_banners_and_no_header(
    shared_server: Server, browser_page: Page, shared_owner: Engine, accounts: Engine
) -> None:
    with shared_owner.begin() as connection:
        connection.execute(text("insert into setting (key, value) values ('demo', 'true')"))
    browser_page.goto(
        f"{shared_server.url}/wall/operations?token={sessions.add_device(accounts, 'operations')}"
    )
    browser_page.wait_for_selector(".shell-banner[data-banner=demo]")
    assert browser_page.url == f"{shared_server.url}/wall/operations"
    assert browser_page.locator(".shell-header").count() == 0
    with shared_owner.begin() as connection:
        connection.execute(text("delete from setting where key = 'demo'"))


def test_the_mode_is_logged(web: Engine, shared_owner: Engine) -> None:
    modes.set_mode(web, "71", "drill", who="aigul")
    modes.set_mode(web, "71", "normal", who="aigul")
    with shared_owner.connect() as connection:
        logged = connection.execute(
            text("select who, what, parameters from audit where what = 'mode.set' order by id desc limit 2")
        ).all()
        announced = connection.scalars(
            text("select payload from change where noun = 'mode' order by id desc limit 2")
        ).all()
    assert [tuple(row) for row in logged] == [
        ("aigul", "mode.set", {"before": "drill", "mode": "normal"}),
        ("aigul", "mode.set", {"before": "normal", "mode": "drill"}),
    ]
    assert announced == [{"mode": "normal", "demo": False}, {"mode": "drill", "demo": False}]
    with pytest.raises(InvalidInput, match="mode.unknown"):
        modes.set_mode(web, "71", "panic", who="aigul")


def test_the_header_works_by_keyboard(page: Page) -> None:
    page.keyboard.press("Tab")
    expect(page.locator(".shell-skip")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#page")).to_be_focused()
    page.keyboard.press("Shift+Tab")
    expect(page.locator(".shell-out")).to_be_focused()
    assert page.locator(".shell-out").evaluate("e => getComputedStyle(e).outlineStyle") == "solid"
    assert [page.locator(landmark).count() for landmark in ("header.shell-header", "nav", "main")] == [
        1,
        1,
        1,
    ]


def test_words_reach_scripts_with_their_plural_forms(page: Page) -> None:
    words = page.evaluate(
        "[window.ikomek.word('time.days', {n: 1}), window.ikomek.word('time.days', {n: 3}), "
        "window.ikomek.word('no.such.key')]"
    )
    assert words == ["1 day", "3 days", "no.such.key"]
    assert page.evaluate("[window.ikomek.number(1711), window.ikomek.number(2.44, 1)]") == ["1,711", "2.4"]
    page.click(".shell-language[lang=ru]")
    page.wait_for_selector("html[lang=ru] #shell-clock time")
    words = page.evaluate("[1, 3, 5, 11, 21].map((n) => window.ikomek.word('time.days', {n}))")
    assert words == ["1 день", "3 дня", "5 дней", "11 дней", "21 день"]
    assert page.evaluate("[window.ikomek.number(1711), window.ikomek.number(2.44, 1)]") == [
        "1\u2009711",
        "2,4",
    ]


def test_a_lost_connection_is_said_and_taken_back(server: Server, browser: Browser) -> None:
    context = browser.new_context()
    page = context.new_page()
    server.sign_in(page, "duty")
    page.goto(server.url + "/feeds")
    page.wait_for_selector("#shell-clock time")
    server.stop()
    expect(page.locator(".shell-banner[data-banner=lost]")).to_be_visible(timeout=30_000)
    server.start()
    expect(page.locator(".shell-banner[data-banner=lost]")).to_have_count(0, timeout=30_000)
    context.close()


def test_a_restore_is_said_on_every_screen_until_it_is_done(server: Server, browser: Browser) -> None:
    """On a page and a wall that stand open, and on a page opened meanwhile; what is refused meanwhile is
    refused for the same reason."""
    people = connect_engine(server.settings, "accounts")
    desk, room = browser.new_context(), browser.new_context()
    page, wall = desk.new_page(), room.new_page()
    server.sign_in(page, "duty")
    page.goto(server.url + "/feeds")
    wall.goto(f"{server.url}/wall/operations?token={sessions.add_device(people, 'operations')}")
    for screen in (page, wall):
        screen.wait_for_function("() => window.ikomek?.live?.tick")
    with server.client("duty") as client:
        with read_only(server.settings):
            for screen in (page, wall):
                expect(screen.locator(".shell-banner")).to_have_text(restoring(screen))
            expect(wall.locator(".wall-mode")).to_have_text(restoring(wall, "wall"))
            late = desk.new_page()
            late.goto(server.url + "/map")
            expect(late.locator(".shell-banner")).to_have_text(restoring(late))
            refused = client.post("/language", data={"language": "ru"})
        for screen in (page, wall, late):
            expect(screen.locator(".shell-banner")).to_have_count(0)
    assert (refused.status_code, refused.json()["error"]) == (503, "database.read_only")
    for context in (desk, room):
        context.close()
    people.dispose()


def restoring(screen: Page, whose: str = "shell") -> str:
    """The words for it in the screen's language."""
    return word(f"{whose}.banner.restoring", screen.locator("html").get_attribute("lang"))


def test_words_are_given_to_those_who_signed_in_only(shared_server: Server) -> None:
    assert httpx.get(f"{shared_server.url}/words/ru.json").status_code == 401
    with shared_server.client() as client:
        assert client.get("/words/kk.json").json()["plural"] == ["one", "other"]
        assert client.get("/words/xx.json").status_code == 404
