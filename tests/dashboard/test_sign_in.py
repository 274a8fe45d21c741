"""Coming and going, against the real server."""
from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from dashboard.sign_in import local_path
from geo.database import connect_engine
from geo.users import add_user
from tests.web import Server

PASSWORD = "correct horse battery"


@pytest.fixture
def aigul(server: Server) -> Server:
    engine = connect_engine(server.settings, "web")
    add_user(engine, "Aigul", "duty", PASSWORD)
    engine.dispose()
    return server


def test_a_person_signs_in_and_is_taken_to_the_page_asked_for(aigul: Server, browser_page: Page) -> None:
    browser_page.goto(aigul.url + "/feeds")
    browser_page.fill("[name=name]", "aigul")
    browser_page.fill("[name=password]", PASSWORD)
    browser_page.click("button[type=submit]")
    browser_page.wait_for_selector("#page h1")
    assert browser_page.url == aigul.url + "/feeds"
    expect(browser_page.locator(".shell-name")).to_have_text("aigul")


@pytest.mark.parametrize("address", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)", "", "/a\nb"])
def test_next_leads_nowhere_else(address: str) -> None:
    assert local_path(address) == "/"
