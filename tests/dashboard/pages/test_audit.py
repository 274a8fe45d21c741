"""The page /audit: how the chain stands, the rows of a filter, the two saved queries, the file; for its
readers alone, and each look is itself recorded."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import Engine, text

from geo.audit import chain, heads
from geo.audit.callers import Caller, caller
from geo.audit.checks import verify_and_record
from geo.audit.records import record_audit
from geo.database import connect_engine
from geo.privacy.register import read_register
from geo.settings import Settings
from tests.support.connected import engine_as
from tests.support.web import Server

web = engine_as("web")


@pytest.fixture
def recorded(settings: Settings, web: Engine) -> Iterator[Settings]:
    """Anna looked at a card of the police and moved a tag; a stranger tried a route ten times; the chain is
    sealed, signed and verified."""
    seen = {"incident": 7, "kind": "police"}
    acts = (
        ("anna", Caller("person", "10.0.0.7", "/map", "r1"), "incident.seen", seen),
        ("anna", Caller("person", "10.0.0.7", "/buildings", "r2"), "building.tagged", {"building": 3}),
        ("anna", Caller("person", "10.0.0.7", "/sign-out", "r3"), "signed_out", {}),
        ("berik", Caller("person", "10.0.0.8", "/layers/x", "r4"), "refused", {"code": "c", "times": 10}),
    )
    before = caller.get()
    for who, by, what, parameters in acts:
        caller.set(by)
        with web.begin() as connection:
            record_audit(connection, who, what, **parameters)
    caller.set(before)
    sealer = connect_engine(settings, "sealer")
    chain.seal(sealer)
    heads.write_head(settings, sealer)
    sealer.dispose()
    verify_and_record(settings)
    yield settings


def open_page(server: Server, page: Page, role: str = "auditor", query: str = "") -> None:
    server.sign_in(page, role)
    page.goto(f"{server.url}/audit{query}")
    expect(page.locator(".audit-found h2")).to_be_visible()


def test_the_chain_stands_as_four_links_and_the_rows_below_it(
    recorded: Settings, server: Server, browser_page: Page
) -> None:
    open_page(server, browser_page)
    expect(browser_page.locator(".audit-link[data-state=well]")).to_have_count(4)
    expect(browser_page.locator("[data-link=sealed] strong")).to_have_text("4")
    expect(browser_page.locator("[data-link=verified]")).to_contain_text("whole")
    expect(browser_page.locator(".audit-table tr[data-kind=refusal]")).to_contain_text("berik")


def test_what_a_user_saw_and_changed_is_one_question(
    recorded: Settings, server: Server, browser_page: Page
) -> None:
    open_page(server, browser_page)
    form = browser_page.locator("#audit-question-seen")
    form.locator("input[name=who]").fill("anna")
    form.get_by_role("button").click()
    expect(browser_page.locator(".audit-table tbody tr")).to_have_count(2)
    expect(browser_page.locator(".audit-found h2")).to_have_attribute("data-n", "2")
    assert "who=anna" in browser_page.url


def test_who_used_a_route_is_the_other(recorded: Settings, server: Server, browser_page: Page) -> None:
    open_page(server, browser_page)
    form = browser_page.locator("#audit-question-hole")
    form.locator("input[name=page]").fill("/layers/")
    form.get_by_role("button").click()
    rows = browser_page.locator(".audit-table tbody tr")
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text("berik")
    rows.get_by_role("link").first.click()
    expect(browser_page.locator(".audit-table tr[data-kind=refusal]")).to_have_count(1)


def test_a_filter_that_cannot_be_read_is_said_and_the_page_is_there(
    recorded: Settings, server: Server, browser_page: Page
) -> None:
    open_page(server, browser_page, query="?from=yesterday")
    expect(browser_page.locator(".audit-mistake")).to_contain_text("yesterday")


def test_the_register_of_personal_data_is_one_press_away(
    recorded: Settings, server: Server, browser_page: Page
) -> None:
    open_page(server, browser_page)
    browser_page.get_by_role("link", name="Personal data").click()
    rows = browser_page.locator(".audit-table tbody tr")
    expect(rows).to_have_count(len(read_register()))
    callers = browser_page.locator("tr[data-key=callers]")
    expect(callers).to_contain_text("1096 d")
    expect(callers).to_contain_text("nobody on a page")
    callers.locator("summary").click()
    expect(callers).to_contain_text("caller_phone")
    browser_page.get_by_role("link", name="Back to the audit").click()
    expect(browser_page.locator(".audit-found h2")).to_be_visible()


def test_a_phone_shows_the_rows_as_cards(recorded: Settings, server: Server, browser_page: Page) -> None:
    browser_page.set_viewport_size({"width": 390, "height": 844})
    open_page(server, browser_page)
    assert browser_page.evaluate("document.documentElement.scrollWidth") <= 390


def test_the_file_has_the_rows_of_the_filter_and_looks_and_exports_are_recorded(
    recorded: Settings, server: Server, web: Engine
) -> None:
    with server.client("auditor") as client:
        answer = client.get("/api/v1/audit.csv", params={"who": "anna", "kind": "look"})
        assert client.get("/api/v1/audit.csv", params={"kind": "x"}).status_code == 400
    [row] = csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";")
    assert (row["who"], row["act"], row["position"]) == ("anna", "incident.seen", "1")
    with web.connect() as connection:
        exported = connection.execute(
            text("select who, parameters ->> 'rows' from audit where what = 'audit.exported'")
        ).all()
    assert exported == [("auditor", "1")]


def test_the_audit_is_refused_to_those_who_may_not_read_it(server: Server) -> None:
    with server.client("duty") as client:
        assert client.get("/audit").status_code == 403
        assert client.get("/api/v1/audit.csv").status_code == 403
        assert '"href": "/audit"' not in client.get("/_dash-layout").text
