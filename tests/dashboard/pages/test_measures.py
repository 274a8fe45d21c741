"""Preventive measures in the view of what returns: proposed at any street, done, and shown with their state;
who may not plan them sees the list alone."""

from __future__ import annotations

from datetime import timedelta

from playwright.sync_api import Page, expect

from geo.settings import Settings
from tests.support.web import Server, serving

ADDRESS = "/statistics?view=returns&from=2022-01-01&to=2025-03-13"


def test_a_measure_is_proposed_and_done(demo_copy: Settings, browser_page: Page) -> None:
    page, due = browser_page, demo_copy.city.today() + timedelta(40)
    with serving(demo_copy) as server:
        server.sign_in(page, "executive")
        page.goto(server.url + ADDRESS)
        page.locator(".returns-add summary").click()
        form = page.locator(".returns-form")
        street = form.locator("select[name=location] option").last
        named = street.text_content() or ""
        form.locator("select[name=location]").select_option(street.get_attribute("value"))
        form.locator("textarea").fill("Replace the pipe")
        form.locator("button[type=submit]").click()
        expect(form.locator(".returns-due input:invalid")).to_be_focused()
        form.locator(".returns-due input").first.fill(f"{due:%d.%m.%Y}")
        form.locator("button[type=submit]").click()
        row = page.locator(".returns-measures tbody tr")
        expect(row).to_have_count(1)
        expect(row).to_contain_text(named)
        expect(row).to_contain_text("Replace the pipe")
        expect(row).to_have_attribute("data-state", "open")
        row.locator("[data-how=done]").click()
        expect(page.locator(".returns-measures tr[data-state=done]")).to_have_count(1)
        expect(row.locator("[data-measure]")).to_have_count(0)
        page.set_viewport_size({"width": 390, "height": 844})
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_who_may_not_plan_has_no_form(demo_server: Server, browser_page: Page) -> None:
    demo_server.sign_in(browser_page, "duty")
    browser_page.goto(demo_server.url + ADDRESS)
    expect(browser_page.locator(".returns-measures")).to_be_visible()
    expect(browser_page.locator(".returns-add, [data-measure]")).to_have_count(0)
