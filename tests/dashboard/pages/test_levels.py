"""The view of three levels in a browser, on the demo city: every figure stands against its goal, and its
number of cases is the length of the list that it leads to."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from playwright.sync_api import Page, expect

from dashboard.pages.statistics.spread import ValueScale
from geo.statistics.definitions import LEVELS, Figure
from tests.support.web import Server

ADDRESS = "/statistics?view=levels&from=2025-02-12&to=2025-03-13"


def open_page(page: Page, server: Server, role: str = "executive") -> None:
    server.sign_in(page, role)
    page.goto(server.url + ADDRESS)
    for key in LEVELS:
        expect(page.locator(f'[data-card="{key}"] tbody tr')).to_have_count(len(LEVELS[key]))


def test_each_figure_has_its_goal_its_weeks_and_leads_to_its_cases(
    browser_page: Page, demo_server: Server
) -> None:
    open_page(browser_page, demo_server)
    assert browser_page.locator(".statistics-failed").count() == 0
    definitions = [figure for of in LEVELS.values() for figure in of]
    for figure in definitions:
        row = browser_page.locator(f'[data-figure="{figure.key}"]')
        expect(row.locator(".statistics-trend, .statistics-about").first).to_be_visible()
        missed = row.evaluate("(row) => row.classList.contains('statistics-missed')")
        assert (row.locator(".statistics-level-value b").count() == 1) == missed, figure.key
    for key in ("one_take", "on_time"):
        link = browser_page.locator(f'[data-figure="{key}"] .statistics-level-cases a')
        n = re.sub(r"\D", "", link.text_content())
        browser_page.goto(demo_server.url + link.get_attribute("href"))
        expect(browser_page.locator("#statistics-total")).to_have_attribute("data-n", n)
        browser_page.locator(".statistics-list header a").click()
        expect(browser_page.locator('[data-figure="on_time"]')).to_be_visible()


def test_each_band_says_of_how_many_and_waiting_has_its_goal_and_its_limit(
    browser_page: Page, demo_server: Server
) -> None:
    open_page(browser_page, demo_server)
    for key, words in (
        ("operators", "inquiries: "),
        ("inspectors", "109 requests: "),
        ("performers", "cases with a term: "),
    ):
        expect(browser_page.locator(f'[data-card="{key}"] header')).to_contain_text(re.compile(words + r"\d"))
    waiting = browser_page.locator('[data-figure="answer"]')
    expect(waiting.locator(".statistics-level-value")).to_contain_text("target ≤ 15 s, limit 20 s")
    expect(waiting.locator(".statistics-trend .statistics-goal")).to_have_count(2)
    expect(browser_page.locator('[data-figure="one_take"] .statistics-trend .statistics-goal')).to_have_count(
        1
    )


def test_arrows_go_by_figures_and_escape_leads_back(browser_page: Page, demo_server: Server) -> None:
    open_page(browser_page, demo_server)
    browser_page.keyboard.press("ArrowDown")
    expect(browser_page.locator('[data-figure="one_take"]')).to_be_focused()
    browser_page.keyboard.press("ArrowDown")
    expect(browser_page.locator('[data-figure="lost_calls"]')).to_be_focused()
    browser_page.keyboard.press("ArrowUp")
    browser_page.keyboard.press("ArrowRight")
    expect(browser_page.locator("#statistics-total")).to_be_visible()
    assert "figure=one_take" in browser_page.url
    browser_page.keyboard.press("Escape")
    expect(browser_page.locator('[data-figure="one_take"]')).to_be_visible()


WITH_GOAL = [figure for of in LEVELS.values() for figure in of if figure.goal]


@given(st.sampled_from(WITH_GOAL), st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_better_stands_further_right_and_the_goal_between_who_reaches_it_and_who_does_not(
    figure: Figure, parts: list[float]
) -> None:
    goal = figure.goal
    assert goal is not None
    values = [60 * part for part in parts] if figure.unit == "seconds" else parts
    scale = ValueScale.of(figure, values)
    line = scale.across(goal.value)
    assert 0 <= line <= 1
    for value in values:
        at = scale.across(value)
        assert 0 <= at <= 1
        assert at >= line if goal.lacks(value) == 0 else at <= line
    worst_first = sorted(values, reverse=not goal.at_least)
    positions = [scale.across(value) for value in worst_first]
    assert positions == sorted(positions)


def test_on_a_phone_a_circle_stays_one(browser_page: Page, demo_server: Server) -> None:
    browser_page.set_viewport_size({"width": 390, "height": 844})
    open_page(browser_page, demo_server)
    sizes = browser_page.locator(".statistics-team").evaluate_all(
        "(all) => all.map((one) => [one.offsetWidth, one.offsetHeight])"
    )
    assert sizes and all(width > 0 and abs(width - height) < 0.5 for width, height in sizes), sizes


def test_each_band_says_when_it_was_read(browser_page: Page, demo_server: Server) -> None:
    demo_server.sign_in(browser_page, "executive")
    browser_page.goto(f"{demo_server.url}/statistics?view=levels&from=2025-01-01&to=2025-03-13")
    for level in ("operators", "inspectors", "performers"):
        foot = browser_page.locator(f"#statistics-card-{level} .levels-read")
        expect(foot).to_contain_text(re.compile(r"13 Mar 2025 · read at .*, position"))
        expect(foot.locator("a")).to_have_text(["CSV", "XLSX"])


def test_the_view_is_saved_as_a_picture(browser_page: Page, demo_server: Server) -> None:
    """What stands in it is painted: the picture has letters, lines and the colours of the page."""
    open_page(browser_page, demo_server)
    browser_page.locator("[data-picture] .statistics-png").first.wait_for()
    with browser_page.expect_download() as download:
        browser_page.locator("[data-picture] .statistics-png").first.click()
    assert download.value.suggested_filename == "levels-2025-03-13.png"
    picture = Image.open(download.value.path()).convert("RGB")
    width = browser_page.locator("[data-picture]").evaluate("view => view.getBoundingClientRect().width")
    assert picture.width == pytest.approx(2 * (width + 24), abs=2)
    assert len(picture.getcolors(picture.width * picture.height) or []) > 50


def test_every_circle_is_a_line_of_the_list_that_leads_to_its_cases(
    browser_page: Page, demo_server: Server
) -> None:
    open_page(browser_page, demo_server)
    row = browser_page.locator('[data-figure="on_time"]')
    lines = row.locator(".statistics-teams li a")
    titles = row.locator(".statistics-team").evaluate_all("(all) => all.map((one) => one.title)")
    assert len(titles) > 1 and sorted(lines.all_text_contents()) == sorted(titles)
    expect(lines.first).to_be_hidden()
    row.locator("summary").click()
    lines.first.click()
    total = browser_page.locator("#statistics-total")
    expect(total).to_be_visible()
    assert int(total.get_attribute("data-n")) > 0
