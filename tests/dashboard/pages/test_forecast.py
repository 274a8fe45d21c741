"""The view of this hour and the next: rows with their intervals, how good such forecasts were; without enough
weeks it says so."""

from __future__ import annotations

from datetime import datetime, timedelta

from playwright.sync_api import Page, expect
from sqlalchemy import text

from dashboard.pages.statistics.forecast import _row
from geo.database import connect_engine
from geo.settings import Settings
from geo.statistics.forecast import Expected
from layers.statistics.forecast import AHEAD_H, BEFORE_H, ForecastHour
from tests.conftest import DEMO_UNTIL
from tests.support.web import Server

SHIFT = """update statistic_day set day = day + :days where facet = 'hour';
    update statistic_delta set at = at + :days * interval '1 day'"""
"""What is counted ahead of time, folded or not."""


def test_the_hours_around_now_and_how_good_such_forecasts_were(
    demo_copy: Settings, browser_page: Page
) -> None:
    owner, days = connect_engine(demo_copy, "owner"), (demo_copy.city.today() - DEMO_UNTIL.date()).days
    with owner.begin() as connection:
        connection.execute(text(SHIFT), {"days": days})
    owner.dispose()
    server, page = Server(demo_copy), browser_page
    try:
        server.sign_in(page, "executive")
        page.goto(f"{server.url}/statistics?view=forecast")
        expect(page.locator(".forecast tbody tr")).to_have_count(BEFORE_H + AHEAD_H)
        expect(page.locator(".forecast tr[data-now='true']")).to_have_count(1)
        expect(page.locator(".forecast-tested")).to_contain_text("672")
        expect(page.locator(".forecast-about").first).to_contain_text("position")
        page.locator("select[name=topic]").select_option(index=1)
        topic = page.locator("select[name=topic] option").nth(1).inner_text()
        page.locator(".returns-topic button").click()
        expect(page.locator(".forecast")).to_contain_text(topic)
        expect(page.locator("select[name=topic]")).not_to_have_value("")
        page.set_viewport_size({"width": 390, "height": 844})
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    finally:
        server.close()


def test_too_few_weeks_are_said(demo_server: Server, browser_page: Page) -> None:
    demo_server.sign_in(browser_page, "executive")
    browser_page.goto(f"{demo_server.url}/statistics?view=forecast")
    expect(browser_page.locator(".forecast")).to_contain_text("too few data")


def test_more_than_expected_is_marked_in_words() -> None:
    at = datetime(2025, 3, 12, 15)
    rows = [
        _row(ForecastHour(at + timedelta(hours=n), Expected(5.0, 2, 9), came), 20, now=False)
        for n, came in enumerate((9, 10, None))
    ]
    assert [row.to_plotly_json()["props"]["data-off"] for row in rows] == ["false", "true", "false"]
    assert "10" in rows[1].children[3].children != rows[0].children[3].children
    assert rows[2].children[3].children == ""
