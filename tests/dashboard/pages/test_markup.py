"""Markup in whatever people, feeds and programs write is text on every page that shows it: in a real browser
no element is made of it, nothing of it runs, and no link leads to what it says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect

from geo.accounts import sessions
from geo.accounts.users import add_user
from geo.alarms.rules import read_rules
from geo.alarms.watch import watch
from geo.answers import articles
from geo.answers.content import AnswerContent
from geo.database import connect_engine, transact
from geo.incidents.cases.act import act
from geo.incidents.cases.verbs import VERBS
from tests.support.desk import officer
from tests.support.programs import add_services
from tests.support.wall_room import Room, room  # noqa: F401 - `room` is a fixture

ASSETS = Path(__file__).parents[3] / "assets"
MARK = "<img src=x onerror=planted()>"
PLANTED = f"\"'><b class=planted>{MARK}</b><script>planted()</script>${{7*7}}"
SEEN = "<b class=planted>"
LEADS = "javascript:planted()"
MADE = """() => [...document.querySelectorAll('.planted, [onerror], img[src="x"]')].length
    + [...document.scripts].filter((one) => one.textContent === 'planted()').length
    + [...document.links].filter((one) => /^(javascript|data):/.test(one.href)).length"""
OF_HTML = re.compile(
    r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|createContextualFragment|srcdoc"
    r"|\bhtml: *[`'\"]|bind(Tooltip|Popup)\([`'\"]|setContent\([`'\"]|\beval\(|new Function"
)


def test_no_script_makes_elements_of_text() -> None:
    found = {
        f"{path.relative_to(ASSETS)}: {match[0]}"
        for path in ASSETS.rglob("*.js")
        if "vendor" not in path.parts
        for match in OF_HTML.finditer(path.read_text())
    }
    assert found == set()


@pytest.fixture
def written(room: Room) -> Iterator[int]:
    """The incident; beside it the words of everybody: of feeds, officers, editors, programs, accounts."""
    add_services(room.settings)
    incident = room.incident(0, kind="service", priority=2, title=PLANTED, age=timedelta(minutes=20))
    for table in ("category", "performer", "district"):
        room.write(f"update {table} set name_kk = :words, name_ru = :words, name_en = :words", words=PLANTED)
    room.write("update incident set category_id = 3, address = :words, due_at = now()", words=PLANTED)
    _of_officers(room, incident)
    _of_feeds(room)
    _of_accounts(room)
    yield incident


def _of_officers(room: Room, incident: int) -> None:
    settings, city = room.settings, room.settings.city
    jobs, editor = connect_engine(settings, "jobs"), connect_engine(settings, "editor")
    with jobs.begin() as connection:
        watch(connection, city, read_rules(), datetime.now(UTC))
    note = VERBS["note"].wish(text=PLANTED)
    transact(
        editor,
        lambda connection: act(connection, city, officer("aidos"), incident, "note", note, 1, uuid4()),
    )
    in_all = dict.fromkeys(("kk", "ru", "en"), PLANTED)
    content = AnswerContent("cold", "heat", PLANTED, city.today() + timedelta(30), in_all, in_all)
    with room.engine.begin() as connection:
        articles.add(connection, city, content, PLANTED, PLANTED)
    room.write(
        "update alarm set shelved_by = :w, shelved_reason = :w, shelved_until = now() + interval '1 h'"
        " where id = (select min(id) from alarm)",
        w=PLANTED,
    )
    for engine in (jobs, editor):
        engine.dispose()
    with room.server.client("duty") as client:
        sent: tuple[tuple[str, dict[str, Any]], ...] = (
            ("/api/v1/shift/notes", {"notes": PLANTED, "version": 0}),
            ("/api/v1/views", {"name": PLANTED[:60], "query": "kind=service", "shared": True}),
            ("/api/v1/answers/unanswered", {"question": PLANTED}),
        )
        for address, body in sent:
            assert client.post(address, json=body).status_code == 200, address


def _of_feeds(room: Room) -> None:
    room.write(
        """insert into feed (region, key, interval_s, polled_at, failed_at, alarmed_at, error_code,
            error_parameters, kinds) values ('71', 'own', 60, now(), now(), now(), 'content.ids',
            jsonb_build_object('rows', 1, 'example', cast(:words as text)), '{}')""",
        words=PLANTED,
    )
    room.write(
        """insert into run (region, id, feed, source, state, read_rows, rejected, copy_of, copied_at, mended)
        overriding system value values ('71', 77, 'own', :words, 'done', 1, 1, :words, now(),
            jsonb_build_object(cast(:words as text), 3))""",
        words=PLANTED,
    )
    room.write(
        """insert into reject (region, run_id, row_number, code, field, value, row)
        values ('71', 77, 1, :words, :words, :words, jsonb_build_object(cast(:words as text),
            cast(:words as text)))""",
        words=PLANTED,
    )


def _of_accounts(room: Room) -> None:
    accounts = connect_engine(room.settings, "accounts")
    add_user(accounts, PLANTED[:60], "duty", None, districts=[PLANTED], kinds=[PLANTED])
    sessions.add_device(accounts, "operations", PLANTED, days=3)
    room.write(
        """insert into webhook (region, client, address, secret, kinds, epoch, position, created_by, error,
            failing_since, dead_at) select '71', :words, 'https://1.1.1.1/' || :words, 's', '{}', epoch, 0,
            :words, :words, now(), now() from change_position""",
        words=PLANTED[:60],
    )
    room.write(
        """insert into audit (who, what, parameters, caller_type, origin, page)
        values (:words, :words, jsonb_build_object('code', cast(:words as text)), 'person', :words,
            :words)""",
        words=PLANTED[:60],
    )
    accounts.dispose()


PAGES = {
    "/map?incident={incident}": True,
    "/map?window=dates": True,
    "/alarms": True,
    "/alarms?show=journal": True,
    "/shift": True,
    "/desk": True,
    "/answers": True,
    "/answers?q=onerror": True,
    "/feeds": True,
    "/feeds?feed=own": True,
    "/feeds?feed=own&run=77": True,
    "/audit": True,
    "/users": True,
    "/operations": False,
    "/wall/operations": True,
    "/wall/districts": False,
    "/statistics": False,
    "/rating": False,
    "/vote": False,
    "/buildings": False,
    "/precincts": False,
    "/account": False,
    "/mode": False,
}
"""Page -> whether what was planted stands on it."""
LOADED = "() => window.ikomek && document.querySelector('#page')?.children.length"


def test_markup_is_text_on_every_page(room: Room, written: int, browser_page: Page) -> None:
    page, called = browser_page, list[str]()
    page.expose_function("planted", lambda: called.append(page.url))
    room.server.sign_in(page, "administrator")
    for address, shows in PAGES.items():
        page.goto(room.server.url + address.format(incident=written))
        page.wait_for_function(LOADED)
        if shows:
            expect(page.locator("body"), address).to_contain_text(SEEN)
        page.wait_for_timeout(400)
        assert page.evaluate(MADE) == 0, address
    page.goto("about:blank")
    assert called == []


@pytest.mark.parametrize("words", [PLANTED, LEADS, f"{LEADS}//", "%3Cscript%3Eplanted()%3C/script%3E"])
def test_what_stands_in_an_address_makes_nothing(room: Room, browser_page: Page, words: str) -> None:
    page = browser_page
    page.expose_function("planted", lambda: None)
    room.server.sign_in(page, "administrator")
    given = (
        "/feeds?feed={}",
        "/map?incident=1&area={}",
        "/alarms?show={}&at={}",
        "/answers?q={}",
        "/vote?q={}",
    )
    for address in given:
        page.goto(room.server.url + address.replace("{}", words))
        page.wait_for_function(LOADED)
        assert page.evaluate(MADE) == 0, address
    page.goto("about:blank")


def test_an_account_s_name_is_text_where_it_is_offered(room: Room, written: int, browser_page: Page) -> None:
    """Who signs in under such a name has it in the header of each page."""
    room.server.sign_in(browser_page, "duty", PLANTED[:60].casefold())
    browser_page.goto(room.server.url + "/account")
    browser_page.wait_for_function(LOADED)
    assert browser_page.evaluate(MADE) == 0
    browser_page.goto("about:blank")
