"""Preventive measures in the view of what returns: who may not plan them sees the list alone."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.support.web import Server

ADDRESS = "/statistics?view=returns&from=2022-01-01&to=2025-03-13"


def test_who_may_not_plan_has_no_form(demo_server: Server, browser_page: Page) -> None:
    browser_page.goto(demo_server.link("duty"))
    browser_page.goto(demo_server.url + ADDRESS)
    expect(browser_page.locator(".returns-measures")).to_be_visible()
    expect(browser_page.locator(".returns-add, [data-measure]")).to_have_count(0)
