"""Questions that an executive asks most, each answered from any page in two clicks at most."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.support.web import Server

NAVIGATION = ".shell-nav a[href='{}']"
STATISTICS = NAVIGATION.format("/statistics")
VIEW = ".views a[href$='view={}']"
QUESTIONS = {
    "how many inquiries this year, and against a year ago": (
        [STATISTICS],
        "[data-card=inquiries]",
        r"\d[\s\S]*%",
    ),
    "what people write about, and what has grown": ([STATISTICS], "[data-card=directions]", r"\d[\s\S]*%"),
    "who keeps the terms": ([STATISTICS, VIEW.format("levels")], "#statistics-card-performers", r"\d %|\d%"),
}
MOST = 2


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_question_is_answered_in_two_clicks(question: str, demo_server: Server, browser_page: Page) -> None:
    clicks, area, answer = QUESTIONS[question]
    assert len(clicks) <= MOST
    demo_server.sign_in(browser_page, "executive")
    browser_page.goto(demo_server.url + "/rating")
    for selector in clicks:
        browser_page.locator(selector).first.click()
    expect(browser_page.locator(area)).to_contain_text(re.compile(answer))
