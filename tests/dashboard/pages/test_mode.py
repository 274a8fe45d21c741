"""The page /mode: an administrator switches in two presses, every switch is logged, nobody else comes in."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from geo.city import modes
from geo.database import connect_engine
from tests.support.web import Server


def test_an_administrator_switches_in_two_presses(server: Server, browser_page: Page) -> None:
    server.sign_in(browser_page, "administrator")
    browser_page.goto(server.url + "/mode")
    drill = browser_page.locator(".mode-card[data-mode=drill]")
    expect(browser_page.locator(".mode-card[data-mode=normal]")).to_have_attribute("aria-current", "true")
    drill.get_by_role("button").click()
    drill.locator(".button:not(.mode-confirm)").click()
    expect(drill.locator(".mode-confirm")).to_have_count(0)
    drill.get_by_role("button").click()
    drill.locator(".mode-confirm").click()
    expect(drill).to_have_attribute("aria-current", "true")
    expect(browser_page.locator(".shell-banner[data-banner=drill]")).to_be_visible(timeout=15_000)
    expect(browser_page.locator(".mode-history li")).to_have_count(1)
    expect(browser_page.locator(".mode-history li")).to_contain_text(
        re.compile("Normal → Drill.*administrator", re.DOTALL)
    )
    engine = connect_engine(server.settings, "web")
    [switch] = modes.latest_switches(engine)
    assert (switch.who, switch.before, switch.mode) == ("administrator", "normal", "drill")
    modes.set_mode(engine, server.settings.city.region, "normal", "another")
    engine.dispose()
    expect(browser_page.locator(".mode-card[data-mode=normal]")).to_have_attribute("aria-current", "true")
    expect(browser_page.locator(".mode-history li").first).to_contain_text("another")


def test_only_an_administrator_reaches_the_switch(server: Server) -> None:
    with server.client("duty") as client:
        assert client.get("/mode").status_code == 403
        assert '"href": "/mode"' not in client.get("/_dash-layout").text
