"""/rating in a browser: places with intervals, what moved them, and a manager whose every number leads to its
cases."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import Engine, bindparam, text
from sqlalchemy.dialects.postgresql import JSONB

from dashboard.security.cookies import LANGUAGE_COOKIE
from geo.audit.keys import open_signer
from geo.rating import months, versions
from geo.rating.strategy import strategy_of
from geo.settings import Settings
from geo.toml import TomlFile
from tests.support import rating_town as town
from tests.support.connected import engine_as
from tests.support.web import Server

DECEMBER = """
insert into incident (region, id, source, source_id, kind, category_id, source_status, status, opened_at,
    due_at, closed_at, performer_id, building_id)
    select region, id + 50000, source, source_id || 'd', kind, category_id, source_status, status,
        opened_at - interval '31 days', due_at - interval '31 days', closed_at - interval '31 days',
        case performer_id when 1 then 2 when 2 then 1 else performer_id end, building_id from incident"""
"""A month before in which the first two had each other's cases."""


ADJUSTED = town.STRATEGY.replace(
    'figure = "on_time"', 'figure = "on_time"\nadjusted_by = ["kind"]', 1
).replace('figure = "returned"', 'figure = "returned"\nassign_weight = [5, 40]\nassign_plan = [0.0, 0.1]', 1)
READ = re.compile(
    r"^Period 01\.01\.2026 to 31\.01\.2026 · counted from .* 05\.03\.2026.* · read at \d.*, position [\d,]+$"
)
owner = engine_as("owner", of="shared_settings", scope="module")


@pytest.fixture(scope="module")
def rated(
    shared_server: Server, shared_settings: Settings, owner: Engine, tmp_path_factory: pytest.TempPathFactory
) -> Server:
    """Two closed months, for all tests of the module."""
    strategy = strategy_of(TomlFile(Path("s.toml"), ADJUSTED, tomllib.loads(ADJUSTED)))
    signer = open_signer(tmp_path_factory.mktemp("rated") / "keys-of-months")
    with owner.begin() as connection:
        town.build(connection)
        connection.execute(text(DECEMBER))
        versions.adopt(connection, shared_settings.city, strategy, "aigerim")
        for month, as_of in (
            (date(2025, 12, 1), datetime(2026, 1, 5, tzinfo=UTC)),
            (town.MONTH, town.AS_OF),
        ):
            counted = months.count_month(connection, shared_settings.city, strategy, month, as_of)
            for who in ("aigerim", "bolat"):
                months.close_month(connection, shared_settings.city, month, counted, who, signer)
    return shared_server


def open_page(page: Page, server: Server, query: str = "", role: str = "executive") -> None:
    server.sign_in(page, role)
    page.goto(f"{server.url}/rating{query}")
    expect(page.locator("#rating")).to_be_visible()


def test_places_intervals_and_what_moved(browser_page: Page, rated: Server) -> None:
    open_page(browser_page, rated)
    expect(browser_page.locator(".rating-closed")).to_contain_text("aigerim")
    rows = browser_page.locator(".rating-ranks tbody tr")
    expect(rows).to_have_count(8)
    assert rows.nth(0).get_attribute("data-manager") == "m1"
    expect(rows.nth(0).locator(".rating-change")).to_have_text("▲ 1")
    expect(rows.nth(1).locator(".rating-change")).to_have_text("▼ 1")
    expect(rows.nth(2).locator(".rating-change")).to_have_text("–")
    expect(rows.nth(0).locator(".rating-moved")).to_contain_text("▲")
    expect(rows.nth(0).locator(".rating-score")).to_contain_text("±")
    assert rows.locator(".rating-bracket").count() > 0, "neighbours are tied"


def test_the_adjusted_share_stands_beside_the_plain_one_with_its_formula(
    browser_page: Page, rated: Server
) -> None:
    """All cases are of one kind, so the adjusted share is the plain one."""
    open_page(browser_page, rated, "?month=2026-01&manager=m5")
    row = browser_page.locator(".rating-indicators tbody tr", has=browser_page.locator(".rating-adjusted"))
    expect(row).to_have_count(1)
    expect(row.locator(".rating-adjusted")).to_have_text("adjusted 80.0%")
    expect(row.locator("th")).to_have_attribute("title", re.compile(r"adjusted .*\(kind\)", re.I))
    expect(row.locator(".rating-adjusted")).to_have_attribute("title", re.compile("164"))


def test_numbers_open_their_formula_period_moment_and_position(browser_page: Page, rated: Server) -> None:
    open_page(browser_page, rated, "?month=2026-01&manager=m5")
    for part, words in ((".rating-all", "drawn towards the mean"), (".rating-one", "select")):
        opened = browser_page.locator(f"{part} .rating-method")
        expect(opened.locator(".rating-read")).to_be_hidden()
        opened.locator("summary").click()
        expect(opened).to_contain_text(words)
        expect(opened.locator(".rating-read")).to_have_text(READ)
    browser_page.locator(".rating-indicators a").first.click()
    expect(browser_page.locator(".rating-list .rating-read")).to_have_text(READ)


def test_an_indicator_is_proposed_on_the_page_and_accepted_by_another(
    browser_page: Page, rated: Server
) -> None:
    """From the last month that can be chosen; the closed one that is shown stays as it is."""
    address = "?month=2026-01&manager=m6"
    open_page(browser_page, rated, address)
    section = browser_page.locator("#rating-assignments")
    section.locator("summary").click()
    since = section.locator("[name=since]")
    last = since.locator("option").last
    month = last.inner_text()
    since.select_option(last.get_attribute("value"))
    section.locator("[name=weight]").fill("30")
    section.locator("[name=plan]").fill("2,5")
    section.locator("[name=reason]").fill("supervises them")
    section.locator("button[type=submit]").click()
    item = section.locator("li")
    expect(item).to_contain_text("proposed")
    expect(item).to_contain_text(f"weight 30, from {month}")
    expect(item).to_contain_text("plan 2.5%")
    expect(item.locator("form")).to_have_count(0)
    open_page(browser_page, rated, address, "administrator")
    item.locator("[name=reason]").fill("agreed")
    item.get_by_role("button", name="Accept").click()
    expect(item.locator("em")).to_have_text("accepted")
    expect(item).to_contain_text("administrator · agreed")
    expect(item).to_contain_text("Counts from a later month.")
    open_page(browser_page, rated, address, "auditor")
    expect(item).to_have_count(1)
    expect(section.locator("form")).to_have_count(0)


def test_an_objection_is_made_on_the_page_and_decided_by_another(browser_page: Page, rated: Server) -> None:
    """The closed month that is shown stays as it is, and says so."""
    address = "?month=2026-01&manager=m5"
    open_page(browser_page, rated, f"{address}&view=cases")
    case = browser_page.locator(".rating-rows tbody tr").first.locator("td, th").first.inner_text()
    open_page(browser_page, rated, address)
    section = browser_page.locator("#rating-objections")
    section.locator("summary").click()
    expect(section.locator("form")).to_contain_text("This month is signed")
    section.locator("[name=case]").fill(case)
    section.locator("[name=reason]").fill("not theirs")
    section.locator("button[type=submit]").click()
    item = section.locator("li")
    expect(item).to_contain_text(case)
    expect(item.locator("em")).to_have_text("open")
    expect(item.locator("form")).to_have_count(0)
    open_page(browser_page, rated, address, "administrator")
    expect(item.locator("[name=performer]")).to_have_value("")
    item.locator("[name=reason]").fill("so it is")
    item.get_by_role("button", name="Accept").click()
    expect(item.locator("[name=performer]:invalid")).to_have_count(1)
    expect(item.locator("em")).to_have_text("open")
    item.locator("[name=performer]").select_option(index=2)
    given = item.locator("[name=performer] option:checked").inner_text()
    item.get_by_role("button", name="Accept").click()
    expect(item.locator("em")).to_have_text("accepted")
    expect(item).to_contain_text("administrator · so it is")
    expect(item).to_contain_text(given)
    expect(item).to_contain_text("it does not change the month")
    open_page(browser_page, rated, address, "auditor")
    expect(item).to_have_count(1)
    expect(section.locator("form")).to_have_count(0)


def test_what_moved_a_score_leads_to_the_sum_that_it_is(browser_page: Page, rated: Server) -> None:
    open_page(browser_page, rated)
    first = browser_page.locator(".rating-ranks tbody tr").first
    first.locator(".rating-moved a").first.click()
    moves = browser_page.locator("#rating-moves")
    expect(moves).to_be_visible()
    assert browser_page.url.endswith("manager=m1#rating-moves")
    total, *parts = (float(n) for n in re.findall(r"[+-]\d+\.\d", signs(moves.inner_text())))
    assert parts and total == pytest.approx(sum(parts)) and total > 0
    was = signs(browser_page.locator(".rating-one header").inner_text())
    now, before = float(was.splitlines()[-3]), float(re.findall(r"was ([\d.]+)", was)[0])
    assert now - before == pytest.approx(total)


def signs(text: str) -> str:
    return text.replace("\u2212", "-")


def test_the_share_of_the_closed_stands_beside_the_strict_one(browser_page: Page, rated: Server) -> None:
    open_page(browser_page, rated, "?month=2026-01&manager=m5")
    expect(browser_page.locator(".rating-loose")).to_have_text(
        "of the closed 80.0% on time: no part of the score"
    )


def test_the_strategy_of_the_month_opens_its_method(browser_page: Page, rated: Server) -> None:
    open_page(browser_page, rated)
    opened = browser_page.locator("#rating-method .rating-read")
    expect(opened).to_be_hidden()
    browser_page.locator(".rating-papers a", has_text="Strategy").click()
    expect(opened).to_be_visible()
    expect(browser_page.locator("#rating-method")).to_be_in_viewport()


def test_the_key_o_leads_to_the_objections(browser_page: Page, rated: Server) -> None:
    open_page(browser_page, rated, "?month=2026-01&manager=m5")
    browser_page.keyboard.press("o")
    expect(browser_page.locator("#rating-objections")).to_be_focused()
    expect(browser_page.locator("#rating-objections")).to_be_in_viewport()


def test_a_proposed_closing_says_who_proposed_it_and_what_is_to_be_done(
    browser_page: Page, rated: Server, shared_settings: Settings, owner: Engine, tmp_path: Path
) -> None:
    city, month = shared_settings.city, date(2026, 2, 1)
    with owner.begin() as connection:
        strategy = versions.strategy_in_force(connection, city, month)
        counted = months.count_month(connection, city, strategy, month, datetime(2026, 3, 5, tzinfo=UTC))
        months.close_month(connection, city, month, counted, "aigerim", open_signer(tmp_path / "keys"))
    open_page(browser_page, rated, "?month=2026-02")
    state = browser_page.locator(".rating-state")
    expect(state).to_contain_text("closing proposed by aigerim, ")
    expect(state).to_contain_text("another person closes it: ./ikomek rating close 2026-02")


def test_an_executive_finds_a_managers_place_and_what_made_it_in_two_clicks(
    browser_page: Page, rated: Server
) -> None:
    rated.sign_in(browser_page, "executive")
    browser_page.goto(rated.url + "/")
    browser_page.locator(".shell-nav a[href='/rating']").click()
    browser_page.locator(".rating-name a", has_text="Manager 5").click()
    one = browser_page.locator("#rating-manager")
    expect(one.locator("h2")).to_have_text("Manager 5")
    expect(one.locator("header")).to_contain_text(re.compile(r"place \d"))
    assert one.locator(".rating-indicators tbody tr").count() > 1


def test_every_number_of_a_manager_leads_to_its_cases(browser_page: Page, rated: Server) -> None:
    open_page(browser_page, rated, "?month=2026-01&manager=m5")
    one = browser_page.locator("#rating-manager")
    expect(one.locator("h2")).to_have_text("Manager 5")
    total = one.locator("tfoot strong").inner_text()
    assert total == one.locator("header > strong").inner_text()
    links = {}
    for link in one.locator(".rating-indicators th a").all():
        links[link.get_attribute("href")] = int(re.sub(r"\D", "", link.inner_text()))
    assert sorted(links.values()) == [0, 0, 160, 200, 200, 200]
    for href, n in links.items():
        browser_page.goto(rated.url + href)
        expect(browser_page.locator("#rating-total")).to_have_attribute("data-n", str(n))
        expect(browser_page.locator(".rating-rows tbody tr")).to_have_count(min(n, 100))
    browser_page.goto(f"{rated.url}/rating?month=2026-01&view=cases&manager=m5")
    first = browser_page.locator(".rating-rows tbody a").first
    expect(first).to_have_attribute("href", re.compile(r"^/map\?window=dates&incident=\d+$"))
    browser_page.get_by_role("link", name="More").click()
    expect(browser_page.locator(".rating-rows tbody tr")).to_have_count(100)
    expect(browser_page.locator("#rating-total")).to_have_attribute("data-n", "200")


TAKEN_BACK = """with gone as (delete from rating_month where month = '2026-01-01' returning *)
    select to_jsonb(gone) from gone"""
GIVEN_BACK = "insert into rating_month select * from jsonb_populate_record(null::rating_month, :row)"


@pytest.fixture
def opened(rated: Server, owner: Engine) -> Iterator[Server]:
    """Its last month is closed no longer, and closed again for the tests after this one."""
    with owner.begin() as connection:
        connection.execute(text("alter table rating_month disable trigger keep_closed"))
        row = connection.execute(text(TAKEN_BACK)).scalar_one()
    yield rated
    with owner.begin() as connection:
        connection.execute(text(GIVEN_BACK).bindparams(bindparam("row", type_=JSONB)), {"row": row})
        connection.execute(text("alter table rating_month enable trigger keep_closed"))


def test_a_month_that_is_not_closed_has_no_places(browser_page: Page, opened: Server) -> None:
    open_page(browser_page, opened, "?month=2026-01")
    expect(browser_page.locator(".rating-state")).to_contain_text("preliminary")
    expect(browser_page.locator(".rating-ranks .rating-rank").first).to_have_text("–")
    expect(browser_page.locator(".rating-ranks tbody tr")).to_have_count(8)


def test_a_month_that_is_none_and_a_list_that_is_none_are_said(browser_page: Page, rated: Server) -> None:
    open_page(browser_page, rated, "?month=2025-99")
    expect(browser_page.locator(".rating-mistake")).to_contain_text("2025-99")
    expect(browser_page.locator(".rating-ranks tbody tr")).to_have_count(8)
    open_page(browser_page, rated, "?month=2026-01&view=cases&manager=nobody")
    expect(browser_page.locator(".rating-list [role=alert]")).to_be_visible()
    open_page(browser_page, rated, "?month=2019-01")
    expect(browser_page.locator(".rating-empty")).to_contain_text("ikomek rating adopt")


@pytest.mark.parametrize(("width", "lang"), [(1920, "kk"), (1024, "ru"), (390, "ru")])
def test_nothing_is_wider_than_the_screen(browser_page: Page, rated: Server, width: int, lang: str) -> None:
    browser_page.set_viewport_size({"width": width, "height": 1080})
    browser_page.context.add_cookies([{"name": LANGUAGE_COOKIE, "value": lang, "url": rated.url}])
    for query in ("?month=2026-01", "?month=2026-01&manager=m5", "?month=2026-01&view=cases&manager=m5"):
        open_page(browser_page, rated, query)
        assert browser_page.evaluate("document.documentElement.scrollWidth") <= width, query


def test_it_is_closed_to_who_may_not_see_it(rated: Server) -> None:
    for role, status in (("executive", 200), ("auditor", 200), ("performer", 403), ("operator", 403)):
        with rated.client(role) as client:
            assert client.get("/rating").status_code == status, role


def test_a_month_that_has_not_begun_says_so(browser_page: Page, rated: Server) -> None:
    """What is no month at all is told beside the newest one."""
    open_page(browser_page, rated, "?month=2199-11")
    expect(browser_page.locator(".rating-empty")).to_have_text("2199-11 has not begun yet.")
    expect(browser_page.locator(".rating-ranks")).to_have_count(0)
    for month in ("0000-01", "9999-12", "\u0662\u0660\u0662\u0666-01"):
        open_page(browser_page, rated, f"?month={month}")
        expect(browser_page.locator(".rating-mistake")).to_contain_text("is no month")
        expect(browser_page.locator(".rating-ranks")).to_have_count(1)
