"""/statistics in a browser, on the demo city: every card is drawn, its number is the length of the list that
it leads to, and who does not see a chart has its table."""

from __future__ import annotations

import csv
import io
import re
from datetime import date
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import Page, expect
from sqlalchemy import text

from dashboard import words
from dashboard.pages.statistics import CARDS, hours, years
from dashboard.security.cookies import LANGUAGE_COOKIE
from geo.database import connected
from geo.statistics.counting import midnight
from layers.spreadsheets import harmless
from layers.statistics.requests import StatisticsRequest
from tests.support.web import Server

ADDRESS = "/statistics?from=2025-01-01&to=2025-03-13"


def open_page(page: Page, server: Server, address: str = ADDRESS, role: str = "executive") -> None:
    server.sign_in(page, role)
    page.goto(server.url + address)


def digits(text: str) -> int:
    return int(re.sub(r"\D", "", text))


def drawn(page: Page) -> None:
    """Every chart has its marks; on a telephone some give way to their tables."""
    for key in CARDS:
        expect(page.locator(f'[data-card="{key}"] .js-plotly-plot .main-svg').first).to_be_attached()


def test_every_card_is_drawn_and_its_table_has_its_numbers(browser_page: Page, demo_server: Server) -> None:
    open_page(browser_page, demo_server)
    drawn(browser_page)
    for key in CARDS:
        card = browser_page.locator(f'[data-card="{key}"]')
        assert card.locator("table tbody tr").count() > 0, key
        assert card.locator(".statistics-plot").get_attribute("aria-hidden") == "true"
        assert card.locator(".statistics-formula p").text_content(), key
    expect(browser_page.locator(".statistics-failed")).to_have_count(0)


def test_every_channel_of_the_centre_stands_in_its_chart(browser_page: Page, demo_server: Server) -> None:
    open_page(browser_page, demo_server)
    drawn(browser_page)
    shown = browser_page.locator("[data-card=channels] .annotation-text").all_text_contents()
    named = browser_page.locator("[data-card=channels] tbody th").all_text_contents()
    assert len(named) == 7 and set(named) <= set(shown)


YEARS = range(2020, 2026)


@given(st.lists(st.integers(0, 3_000_000), min_size=6, max_size=6), st.sampled_from(words.LANGUAGES))
def test_the_small_labels_of_the_years_are_in_the_unit_that_the_head_of_the_card_names(
    same: list[int], lang: str
) -> None:
    before = words.language.set(lang)
    try:
        check_years(same, lang)
    finally:
        words.language.reset(before)


def check_years(same: list[int], lang: str) -> None:
    request = StatisticsRequest(date(2025, 1, 1), date(2025, 3, 1))
    about = years._about(request, {year: (3_000_000, n, 0.0) for year, n in zip(YEARS, same)}, YEARS)
    thousand = {"en": "in thousands", "ru": "тыс.", "kk": "мың"}[lang]
    unit = 1000 if thousand in about else 1
    shown = [
        re.sub(r"[^\d.]", "", label["text"].replace(",", "" if lang == "en" else "."))
        for label in years._parts(same, max(same))
    ]
    assert len(shown) == sum(n > 0 for n in same)
    for n, label in zip(filter(None, same), shown):
        assert abs(float(label) * unit - n) <= 0.5 * unit


@pytest.mark.parametrize(
    ("first", "last", "today", "label"),
    [
        (date(2025, 1, 1), date(2025, 12, 31), date(2026, 3, 1), None),
        (date(2024, 1, 1), date(2024, 12, 31), date(2024, 12, 31), None),
        (date(2025, 1, 1), date(2025, 6, 30), date(2025, 7, 1), "year so far"),
        (date(2025, 1, 1), date(2025, 6, 30), date(2026, 3, 1), "to 30 Jun"),
    ],
)
def test_only_a_year_that_runs_is_in_progress(
    first: date, last: date, today: date, label: str | None
) -> None:
    request = StatisticsRequest(first, last)
    shown = range(last.year - years.SHOWN_YEARS + 1, last.year + 1)
    found = {year: (9000 - year, 2000, 0.0) for year in shown}
    token = words.language.set("en")
    try:
        chart = years._chart(found, shown, request, True, {year: str(year) for year in shown}, today)
    finally:
        words.language.reset(token)
    texts = [note["text"] for note in chart["layout"]["annotations"]]
    assert [text for text in texts if text in ("year so far", "to 30 Jun")] == [label] * (label is not None)
    assert len(chart["layout"]["shapes"]) == (label is not None)
    assert len(chart["data"]) == 1 + (label is not None)
    assert (f"{9000 - last.year:,}" in texts) == (label is None)


def test_the_number_of_a_card_is_the_length_of_its_list(browser_page: Page, demo_server: Server) -> None:
    open_page(browser_page, demo_server)
    links = {}
    for key in ("inquiries", "calendar", "waiting"):
        link = browser_page.locator(f'[data-card="{key}"] .statistics-rows')
        links[link.get_attribute("href")] = digits(link.text_content())
    assert len(set(links.values())) == len(links)
    for address, n in links.items():
        browser_page.goto(demo_server.url + address)
        expect(browser_page.locator("#statistics-total")).to_have_attribute("data-n", str(n))
        assert n > 0
        expect(browser_page.locator(".statistics-list-rows tbody tr")).to_have_count(min(n, 100))


def test_cards_show_answers_assignments_weeks_and_months(browser_page: Page, demo_server: Server) -> None:
    """Each is a press away, stays with another period, and its list is of that many rows."""
    open_page(browser_page, demo_server)
    for card, name, key in (
        ("waiting", "Assignment", "wait=assigned"),
        ("waiting", "Answer", "wait=answer"),
        ("calendar", "Months", "step=month"),
        ("calendar", "Weeks", "step=week"),
    ):
        shown = browser_page.locator(f'[data-card="{card}"]')
        shown.get_by_role("link", name=name, exact=True).click()
        expect(shown.locator(".views [aria-current]")).to_have_text(name)
        assert key in browser_page.url
        expect(shown.locator(".js-plotly-plot .main-svg").first).to_be_attached()
        assert digits(shown.locator(".statistics-rows").text_content() or "") > 0
    browser_page.locator(".statistics-show").click()
    expect(browser_page.locator('[data-card="calendar"] .views [aria-current]')).to_have_text("Weeks")


def test_keys_open_formula_table_and_list(browser_page: Page, demo_server: Server) -> None:
    open_page(browser_page, demo_server)
    drawn(browser_page)
    card = browser_page.locator('[data-card="hours"]')
    card.focus()
    browser_page.keyboard.press("f")
    expect(card.locator(".statistics-formula")).to_be_visible()
    browser_page.keyboard.press("t")
    expect(card.locator(".statistics-table")).not_to_have_class(re.compile("unseen"))
    browser_page.keyboard.press("Escape")
    expect(card.locator(".statistics-formula")).to_be_hidden()
    expect(card.locator(".statistics-table")).to_have_class(re.compile("unseen"))
    browser_page.keyboard.press("p")
    expect(browser_page.locator("#statistics-from")).to_be_focused()
    card.focus()
    browser_page.keyboard.press("Enter")
    expect(browser_page.locator("#statistics-total")).to_be_visible()


def test_arrows_go_from_mark_to_mark_and_enter_opens_one(browser_page: Page, demo_server: Server) -> None:
    open_page(browser_page, demo_server)
    drawn(browser_page)
    card = browser_page.locator('[data-card="hours"]')
    expect(card.locator(".js-plotly-plot[data-listens]")).to_be_visible()
    card.focus()
    browser_page.keyboard.press("ArrowRight")
    spoken = card.locator(".statistics-spoken")
    expect(spoken).not_to_be_empty()
    first = spoken.text_content()
    browser_page.keyboard.press("ArrowRight")
    expect(spoken).not_to_have_text(first)
    browser_page.keyboard.press("ArrowLeft")
    expect(spoken).to_have_text(first)
    browser_page.keyboard.press("ArrowDown")
    browser_page.keyboard.press("Enter")
    expect(browser_page.locator("#statistics-total")).to_be_visible()
    query = parse_qs(urlsplit(browser_page.url).query)
    assert query["hour"] == ["0"] and query["weekday"] in (["1"], ["2"])


def test_a_table_is_taken_as_a_file(browser_page: Page, demo_server: Server) -> None:
    open_page(browser_page, demo_server)
    drawn(browser_page)
    card = browser_page.locator('[data-card="hours"]')
    card.focus()
    browser_page.keyboard.press("t")
    with browser_page.expect_download() as download:
        card.locator(".statistics-files a").first.click()
    assert download.value.suggested_filename == "hours-2025-03-13.csv"


def test_a_press_on_an_hour_leads_to_its_rows(browser_page: Page, demo_server: Server) -> None:
    open_page(browser_page, demo_server)
    drawn(browser_page)
    plot = browser_page.locator('[data-card="hours"] .js-plotly-plot[data-listens]')
    expect(plot).to_be_visible()
    box = plot.locator(".nsewdrag").bounding_box()
    browser_page.mouse.click(box["x"] + box["width"] * 10.5 / 24, box["y"] + box["height"] * 0.5 / 7)
    expect(browser_page.locator("#statistics-total")).to_be_visible()
    query = parse_qs(urlsplit(browser_page.url).query)
    assert (query["weekday"], query["hour"]) == (["1"], ["10"])


@pytest.mark.parametrize(
    ("step", "columns", "begun", "ended", "period"),
    [
        ("day", 53, (40, 1), (42, 6), ("2024-12-17", "2025-01-05")),
        ("day", 53, (42, 6), (40, 1), ("2024-12-17", "2025-01-05")),
        ("week", 53, (40, 3), (42, 3), ("2024-12-16", "2025-01-05")),
        ("month", 25, (20, 3), (22, 3), ("2024-11-01", "2025-01-31")),
    ],
)
def test_days_that_are_dragged_over_become_the_period(
    browser_page: Page,
    demo_server: Server,
    step: str,
    columns: int,
    begun: tuple[int, int],
    ended: tuple[int, int],
    period: tuple[str, str],
) -> None:
    """From the column and the weekday of one day to those of another, either way; of bars the row is any."""
    open_page(browser_page, demo_server, f"{ADDRESS}&district=esil&step={step}")
    plot = browser_page.locator('[data-card="calendar"] .js-plotly-plot[data-listens]')
    expect(plot).to_be_visible()
    box = plot.locator(".nsewdrag").bounding_box()
    first, last = (
        (box["x"] + box["width"] * (column + 0.5) / columns, box["y"] + box["height"] * (row + 0.5) / 7)
        for column, row in (begun, ended)
    )
    browser_page.mouse.move(*first)
    browser_page.mouse.down()
    browser_page.mouse.move(*last, steps=5)
    expect(browser_page.locator(".statistics-dragged")).to_contain_text("–")
    browser_page.mouse.up()
    browser_page.wait_for_url(re.compile(f"from={period[0]}&to={period[1]}"))
    assert "district=esil" in browser_page.url and "view=rows" not in browser_page.url


def test_on_a_telephone_the_choices_fold_and_the_year_goes_down(
    browser_page: Page, demo_server: Server
) -> None:
    browser_page.set_viewport_size({"width": 390, "height": 844})
    open_page(browser_page, demo_server)
    drawn(browser_page)
    form, line = browser_page.locator(".statistics-choice"), browser_page.locator(".statistics-folds")
    expect(form).to_be_hidden()
    expect(line).to_contain_text("13 Mar 2025")
    line.click()
    expect(form).to_be_visible()
    rows = browser_page.locator('[data-card="directions"] tbody tr')
    expect(rows.nth(4)).to_be_visible()
    expect(rows.nth(5)).to_be_hidden()
    browser_page.locator('[data-card="directions"] [aria-controls^="statistics-table"]').click()
    expect(rows.nth(5)).to_be_visible()
    plot = browser_page.locator('[data-card="calendar"] .js-plotly-plot')
    assert plot.evaluate("({ data }) => [data[0].z.length, data[0].z[0].length]") == [53, 7]
    assert plot.evaluate("({ data }) => data[0].customdata[52][3]") == "2025-03-13"


LYING = """() => {
    const boxes = [...document.querySelectorAll('[data-card=districts] .annotation')]
        .map((one) => one.getBoundingClientRect());
    return boxes.length < 6 || boxes.some((a, i) => boxes.slice(i + 1).some((b) =>
        a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom));
}"""


@pytest.mark.parametrize("width", [1920, 390])
def test_no_name_on_the_map_lies_on_another(browser_page: Page, demo_server: Server, width: int) -> None:
    browser_page.set_viewport_size({"width": width, "height": 1080})
    open_page(browser_page, demo_server)
    drawn(browser_page)
    browser_page.wait_for_function(f"!({LYING})()")


def test_a_picture_is_saved(browser_page: Page, demo_server: Server) -> None:
    open_page(browser_page, demo_server)
    drawn(browser_page)
    with browser_page.expect_download() as download:
        browser_page.locator('[data-card="inquiries"] .statistics-png').click()
    assert download.value.suggested_filename == "inquiries-2025-03-13.png"
    assert download.value.path().read_bytes().startswith(b"\x89PNG")


def test_the_form_writes_the_address_and_a_period_without_records_says_so(
    browser_page: Page, demo_server: Server
) -> None:
    open_page(browser_page, demo_server)
    browser_page.locator("#statistics-from").fill("01.01.2019")
    browser_page.locator("#statistics-to").fill("05.01.2019")
    browser_page.locator("select[name=district]").select_option("esil")
    browser_page.locator(".statistics-show").click()
    expect(browser_page.locator('[data-card="directions"] .statistics-empty')).to_be_visible()
    query = parse_qs(urlsplit(browser_page.url).query)
    assert query["district"] == ["esil"] and query["from"] == ["01.01.2019"]
    expect(browser_page.locator(".statistics-failed")).to_have_count(0)
    expect(browser_page.locator(".statistics-until")).to_contain_text("no data yet")
    browser_page.locator('[data-card="directions"] .statistics-empty a').click()
    expect(browser_page.locator('[data-card="directions"] .js-plotly-plot .main-svg').first).to_be_attached()
    assert "district=esil" in browser_page.url


def test_a_period_that_is_none_is_said(browser_page: Page, demo_server: Server) -> None:
    open_page(browser_page, demo_server, "/statistics?from=2025-02-30")
    expect(browser_page.locator(".statistics-mistake")).to_contain_text("2025-02-30")
    expect(browser_page.locator('[data-card="calendar"] footer')).to_be_visible()
    expect(browser_page.locator(".statistics-failed")).to_have_count(0)


@pytest.mark.parametrize(("width", "lang"), [(1920, "kk"), (390, "ru")])
def test_nothing_is_wider_than_the_screen(
    browser_page: Page, demo_server: Server, width: int, lang: str
) -> None:
    browser_page.set_viewport_size({"width": width, "height": 1080})
    browser_page.context.add_cookies([{"name": LANGUAGE_COOKIE, "value": lang, "url": demo_server.url}])
    open_page(browser_page, demo_server)
    drawn(browser_page)
    assert browser_page.evaluate("document.documentElement.lang") == lang
    assert browser_page.evaluate("document.documentElement.scrollWidth") <= width


def test_all_topics_are_in_the_table_and_the_file_in_the_order_that_is_chosen(
    browser_page: Page, demo_server: Server
) -> None:
    open_page(browser_page, demo_server)
    drawn(browser_page)
    card = browser_page.locator('[data-card="directions"]')
    rows = card.locator(".statistics-table tbody tr")
    n = [digits(text) for text in rows.locator("td:nth-child(2)").all_text_contents()]
    assert len(n) > 10 and n == sorted(n, reverse=True)
    card.locator(".statistics-switch a").last.click()
    grown = browser_page.locator('[data-card="directions"]')
    expect(grown.locator(".statistics-switch a").last).to_have_attribute("aria-current", "true")
    expect(grown.locator(".statistics-table tbody tr")).to_have_count(len(n))
    other = [digits(text) for text in grown.locator("tbody td:nth-child(2)").all_text_contents()]
    assert sorted(other) == sorted(n) and other != n
    assert "topics=grown" in (grown.locator(".statistics-files a").first.get_attribute("href") or "")


@pytest.mark.parametrize("hour", range(24))
def test_an_hour_in_a_file_stays_a_text(hour: int) -> None:
    assert harmless(hours._span(hour)) == hours._span(hour)


def test_it_is_closed_to_who_may_not_see_it(demo_server: Server) -> None:
    for role, status in (
        ("executive", 200),
        ("inspector", 200),
        ("performer", 403),
        ("electoral_editor", 403),
    ):
        with demo_server.client(role) as client:
            assert client.get("/statistics").status_code == status, role


def test_the_card_of_districts_leads_to_map_and_list_by_precinct(
    browser_page: Page, demo_server: Server
) -> None:
    open_page(browser_page, demo_server, ADDRESS + "&subject=police")
    browser_page.locator("[data-card=districts] a[href*='view=precincts']").click()
    expect(browser_page.locator(".precincts-graph .main-svg").first).to_be_attached()
    expect(browser_page.locator("select[name=subject]")).to_have_value("police")
    with browser_page.expect_download() as waiting:
        browser_page.locator(".returns-files .statistics-png").click()
    assert waiting.value.suggested_filename == "precincts-2025-03-13.png"
    files = browser_page.locator(".returns-files a")
    expect(files).to_have_text(["CSV", "XLSX"])
    rows = browser_page.locator(".precincts-list tbody tr")
    most = rows.first
    link = parse_qs(urlsplit(most.locator("a").get_attribute("href") or "").query)
    assert (link["kind"], link["from"], link["to"]) == (["police"], ["2025-01-01"], ["2025-03-13"])
    n = digits(most.locator("td").first.inner_text())
    most.locator("a").click()
    expect(browser_page.locator("#duty-area-total")).to_have_text(str(n))


@pytest.mark.parametrize("subject", ["service", "police", "emergency", "offence"])
def test_the_city_is_its_districts_and_what_has_none(demo_server: Server, subject: str) -> None:
    """The row of the city is everything that the list behind the card has."""
    with demo_server.client("executive") as client:
        address = f"/api/v1/statistics/districts.csv?from=2025-03-01&to=2025-03-13&subject={subject}"
        written = client.get(address).text.lstrip("\ufeff")
    mark = ";" if ";" in written.partition("\n")[0] else ","
    rows = list(csv.reader(io.StringIO(written), delimiter=mark))[1:]
    *counts, city = (int(row[1]) for row in rows)
    assert city == sum(counts) > 0, rows
    with connected(demo_server.settings, "reader") as connection:
        nowhere, total = connection.execute(
            text("""select count(*) filter (where district_id is null), count(*) from incident
                where kind = :kind and vanished_at is null and opened_at >= :since and opened_at < :until"""),
            {
                "kind": subject,
                "since": midnight(demo_server.settings.city, date(2025, 3, 1)),
                "until": midnight(demo_server.settings.city, date(2025, 3, 14)),
            },
        ).one()
    assert total == city and (not nowhere or counts[-1] == nowhere), (rows, nowhere, total)
