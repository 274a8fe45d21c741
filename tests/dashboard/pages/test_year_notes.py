"""A break in a card's series leads to the form of its note; written, the note stands in the list and at its
year, and who may not write it reads it all the same. Every view says when it was read."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import Engine, text

from tests.geo.statistics.test_year_notes import ROWS
from tests.support.connected import engine_as
from tests.support.web import Server

owner = engine_as("owner")
PERIOD = "from=2025-01-01&to=2025-02-26"
READ = re.compile(r"read at \d.*, position [\d,]+")


def test_a_break_is_explained_on_the_page(server: Server, browser_page: Page, owner: Engine) -> None:
    with owner.begin() as connection:
        connection.execute(text(ROWS))
    page = browser_page
    server.sign_in(page, "auditor")
    page.goto(f"{server.url}/statistics?{PERIOD}")
    page.get_by_role("link", name=re.compile("×3")).click()
    form = page.locator("#statistics-note")
    expect(form.locator("select[name=subject]")).to_have_value("police")
    expect(form.locator("select[name=year]")).to_have_value("2024")
    form.locator("textarea[name=ru]").fill("другой учёт")
    form.locator("textarea[name=en]").fill("counted in another way")
    form.locator("button[type=submit]").click()
    expect(page.locator("#statistics-notes")).to_contain_text("counted in another way")
    expect(page.locator("#statistics-notes")).to_contain_text("auditor")
    page.goto(f"{server.url}/statistics?{PERIOD}")
    expect(page.locator("[data-card=police]")).to_contain_text("¹ 2024: counted in another way")
    server.sign_in(page, "executive")
    page.goto(f"{server.url}/statistics?view=notes")
    expect(page.locator("#statistics-notes")).to_contain_text("counted in another way")
    expect(page.locator("#statistics-note")).to_have_count(0)


@pytest.mark.parametrize("view", ["returns", "precincts", "cells", "projects"])
def test_a_view_says_when_it_was_read(demo_server: Server, browser_page: Page, view: str) -> None:
    demo_server.sign_in(browser_page, "executive")
    browser_page.goto(f"{demo_server.url}/statistics?view={view}&from=2025-01-01&to=2025-03-13")
    expect(browser_page.locator("#statistics")).to_contain_text(READ)
