"""A part that is away is named in the language of the screen, on a desk and on a wall, and the sentence goes
when it answers."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from dashboard.words import LANGUAGES, word
from geo.accounts import sessions
from geo.database import connect_engine
from geo.settings import Settings
from tests.support.faulty_link import WELL, Fault, FaultyLink, database_through
from tests.support.wall_room import Room
from tests.support.web import Server, stamping

PATIENCE_MS = 40_000


@pytest.fixture
def screens(browser: Browser, settings: Settings, tmp_path: Path) -> object:
    """A desk in each language and a wall in Russian, of a server whose way to the database is `link`."""
    behind, link = database_through(settings, tmp_path)
    contexts: list[BrowserContext] = []
    with link, stamping(settings):
        server = Server(behind)
        server.settings = settings  # who signs in does so beside the link
        try:
            desks = {language: desk(browser, contexts, server, language) for language in LANGUAGES}
            yield link, desks, wall(browser, contexts, server)
        finally:
            link.fault = WELL
            for context in contexts:
                context.close()
            server.close()


def desk(browser: Browser, contexts: list[BrowserContext], server: Server, language: str) -> Page:
    contexts.append(context := browser.new_context())
    context.add_cookies([{"name": "ikomek_language", "value": language, "url": server.url}])
    page = context.new_page()
    server.sign_in(page, "duty")
    page.goto(server.url + "/map")
    page.wait_for_function("() => window.ikomek?.live?.tick && ikomek.live.loaded")
    return page


def wall(browser: Browser, contexts: list[BrowserContext], server: Server) -> Page:
    contexts.append(context := browser.new_context())
    accounts = connect_engine(server.settings, "accounts")
    token = sessions.add_device(accounts, "operations")
    accounts.dispose()
    page = context.new_page()
    page.goto(f"{server.url}/wall/operations?lang=ru&token={token}")
    page.wait_for_function("() => window.ikomek?.live?.tick && ikomek.live.loaded")
    return page


def expect_lost(page: Page, part: str, language: str) -> None:
    banner = page.locator(".shell-banner[data-banner=lost]")
    expect(banner).to_have_text(word(f"shell.banner.lost.{part}", language), timeout=PATIENCE_MS)


def test_a_database_that_hangs_is_named_on_desks_and_walls(
    screens: tuple[FaultyLink, dict[str, Page], Page],
) -> None:
    link, desks, room = screens
    link.fault = Fault(hung=True)
    for language, page in desks.items():
        expect_lost(page, "database", language)
    expect(room.locator("#wall-lost .long")).to_contain_text("База данных не отвечает с ")
    expect(room.locator("#wall-lost .short")).to_contain_text("Нет базы ")
    link.fault = WELL
    for page in desks.values():
        expect(page.locator(".shell-banner[data-banner=lost]")).to_have_count(0, timeout=PATIENCE_MS)
    expect(room.locator("#wall-lost")).to_be_empty()


def test_a_relay_that_stands_still_is_named(browser: Browser, settings: Settings) -> None:
    contexts: list[BrowserContext] = []
    server = Server(settings)
    room = Room(server, settings)
    try:
        page = desk(browser, contexts, server, "ru")
        room.incident(1)
        expect_lost(page, "changes", "ru")
        with stamping(settings):
            expect(page.locator(".shell-banner[data-banner=lost]")).to_have_count(0, timeout=PATIENCE_MS)
    finally:
        for context in contexts:
            context.close()
        room.engine.dispose()
        server.close()
