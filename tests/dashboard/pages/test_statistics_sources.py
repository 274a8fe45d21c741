"""/statistics says which of its sources is silent, and since when."""

from __future__ import annotations

from playwright.sync_api import Page, expect
from sqlalchemy import Engine, text

from tests.support.web import Server

ON_TIME = """insert into feed (region, key, layer, kinds, interval_s, polled_at, newest_at) values
    ('71', 'police', 'incidents', '{police}', 60, now(), now()),
    ('71', 'inquiries', 'incidents', '{service}', 60, now(), now())"""
FAILS = "update feed set failed_at = now(), newest_at = '2026-01-05 06:00+00' where key = 'police'"


def test_a_silent_source_is_named_with_its_time(
    browser_page: Page, shared_server: Server, shared_owner: Engine
) -> None:
    with shared_owner.begin() as connection:
        connection.execute(text(ON_TIME))
    shared_server.sign_in(browser_page, "executive")
    browser_page.goto(f"{shared_server.url}/statistics")
    until = browser_page.locator(".statistics-until")
    expect(until).to_have_text("no data yet · sources on time: 2")
    with shared_owner.begin() as connection:
        connection.execute(text(FAILS))
    browser_page.reload()
    expect(until.locator(".statistics-off")).to_have_text("Police: no data since 05.01.2026 11:00")
