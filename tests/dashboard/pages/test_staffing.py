"""The views of operators by hour and of what returns, on the demo city: every hour in picture and table,
every place with a way to its requests, on a telephone too."""

from __future__ import annotations

from datetime import timedelta

from playwright.sync_api import Page, expect
from sqlalchemy import text

from geo.database import connect_engine
from geo.settings import Settings
from layers.statistics.staffing import SHOWN_H
from tests.conftest import DEMO_UNTIL
from tests.support.web import Server

PERIOD = "from=2024-09-01&to=2025-03-13"


def fits(page: Page) -> bool:
    page.set_viewport_size({"width": 390, "height": 844})
    return page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_each_hour_has_who_is_needed_and_who_is_on_duty(demo_copy: Settings, browser_page: Page) -> None:
    owner, days = connect_engine(demo_copy, "owner"), (demo_copy.city.today() - DEMO_UNTIL.date()).days
    with owner.begin() as connection:
        connection.execute(
            text("delete from calls where hour < :since"), {"since": DEMO_UNTIL - timedelta(days=150)}
        )
        # Whole weeks: who is on duty goes by the weekday.
        connection.execute(
            text("update calls set hour = hour + :days * interval '1 day'"), {"days": days // 7 * 7}
        )
    owner.dispose()
    server, page = Server(demo_copy), browser_page
    try:
        server.sign_in(page, "executive")
        page.goto(f"{server.url}/statistics?view=staffing")
        expect(page.locator(".staffing tbody tr")).to_have_count(SHOWN_H)
        expect(page.locator(".staffing-picture > div")).to_have_count(SHOWN_H)
        expect(page.locator(".staffing-about").last).to_contain_text("position")
        short = page.locator(".staffing tbody tr[data-short='true']").count()
        expect(page.locator(".staffing-picture > div[data-short='true']")).to_have_count(short)
        assert fits(page)
    finally:
        server.close()


def test_a_telephony_that_is_silent_is_said(demo_server: Server, browser_page: Page) -> None:
    demo_server.sign_in(browser_page, "executive")
    browser_page.goto(f"{demo_server.url}/statistics?view=staffing")
    expect(browser_page.locator(".staffing")).to_contain_text("14.03.2025")


def test_places_lead_to_their_requests(demo_server: Server, browser_page: Page) -> None:
    page = browser_page
    demo_server.sign_in(page, "executive")
    page.goto(f"{demo_server.url}/statistics?view=returns&{PERIOD}")
    expect(page.locator(".returns-lists section")).to_have_count(3)
    expect(page.locator(".returns-graph .main-svg").first).to_be_attached()
    expect(page.locator(".returns-repeats tbody tr")).to_have_count(3)
    assert fits(page)
    expect(page.locator(".returns")).not_to_contain_text("cell:")
    page.select_option(".returns-topic select", "heating")
    page.locator(".returns-topic button").click()
    page.wait_for_url("**topic=heating**")
    expect(page.locator(".returns-head > span")).to_contain_text("2024")
