"""The view of kept reports: found, opened, a link made and revoked; on a telephone too."""

from __future__ import annotations

import httpx
import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import Engine

from dashboard import reports
from geo.settings import Settings
from tests.dashboard.api.test_reports import MADE
from tests.support.connected import engine_as
from tests.support.web import Server

editor = engine_as("editor")


@pytest.fixture
def report(editor: Engine, settings: Settings) -> int:
    number = reports.store(editor, settings.city, "aidos", MADE)
    assert number is not None
    return number


def test_a_link_is_made_opened_and_revoked(server: Server, report: int, browser_page: Page) -> None:
    page = browser_page
    server.sign_in(page, "executive")
    page.goto(f"{server.url}/statistics?view=reports")
    row = page.locator(f"[data-report='{report}']")
    expect(row.locator(".reports-papers a")).to_have_count(2)
    assert (
        row.locator(".reports-papers a")
        .first.get_attribute("href")
        .startswith(f"/api/v1/reports/{report}.kk.pdf")
    )
    row.locator("summary").click()
    row.locator("[data-share]").click()
    expect(row.locator(".reports-address")).to_contain_text("/api/v1/reports/shared?token=")
    address = row.locator(".reports-address").inner_text()
    assert httpx.get(address).content in MADE.papers.values()
    page.reload()
    row.locator("summary").click()
    expect(row.locator("[data-revoke]")).to_have_count(1)
    row.locator("[data-revoke]").click()
    expect(row.locator("[data-revoke]")).to_have_count(0)
    assert httpx.get(address).status_code == 404


def test_who_may_not_share_sees_no_links_and_a_telephone_is_wide_enough(
    server: Server, report: int, browser_page: Page
) -> None:
    page = browser_page
    page.set_viewport_size({"width": 390, "height": 844})
    server.sign_in(page, "duty")
    page.goto(f"{server.url}/statistics?view=reports")
    expect(page.locator(f"[data-report='{report}'] .reports-papers a")).to_have_count(2)
    expect(page.locator("[data-share]")).to_have_count(0)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_without_any_it_says_where_they_come_from(server: Server, browser_page: Page) -> None:
    server.sign_in(browser_page, "executive")
    browser_page.goto(f"{server.url}/statistics?view=reports")
    expect(browser_page.locator(".reports")).to_contain_text("./ikomek report morning")
