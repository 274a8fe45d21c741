"""Programs that are told of changes, below the table of feeds: which fail, which are dead and what to do;
and tokens that end soon."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import Engine, text

from geo.accounts.sessions import add_device
from geo.exchange.webhooks import add_webhook
from tests.support.connected import engine_as
from tests.support.web import Server

accounts = engine_as("accounts")


@pytest.fixture
def receivers(server: Server, accounts: Engine, owner: Engine) -> None:
    for client in ("app", "dispatch", "press"):
        add_webhook(accounts, "71", "test", client, f"https://{client}.example.kz/hook?token=s3cr3tpart")
    with owner.begin() as connection:
        connection.execute(
            text("""update webhook set failing_since = now() - interval '2 hours', error = '503 from it'
                where client = 'dispatch'""")
        )
        connection.execute(
            text("""update webhook set dead_at = now(), next_at = null, error = '410 from it'
                where client = 'press'""")
        )


def test_the_dead_and_the_failing_stand_first_and_no_secret_is_shown(
    server: Server, receivers: None, browser_page: Page
) -> None:
    server.sign_in(browser_page)
    browser_page.goto(f"{server.url}/feeds")
    rows = browser_page.locator(".feeds-table-receivers tbody tr")
    expect(rows).to_have_count(3)
    expect(rows.nth(0)).to_contain_text("press.example.kz")
    expect(rows.nth(0)).to_contain_text("./ikomek api webhook revive 3")
    expect(rows.nth(1)).to_contain_text("503 from it")
    expect(rows.nth(2)).to_contain_text("app")
    assert "s3cr3tpart" not in browser_page.content() and "whsec" not in browser_page.content()


def test_a_token_that_ends_soon_stands_there_with_what_renews_it(
    server: Server, accounts: Engine, browser_page: Page
) -> None:
    add_device(accounts, "operations", "Hall", days=20)
    add_device(accounts, "operations", "Lobby")
    browser_page.goto(server.link())
    browser_page.goto(f"{server.url}/feeds")
    rows = browser_page.locator(".feeds-table-tokens tbody tr")
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text("Screen: Hall")
    expect(rows).to_contain_text("./ikomek wall renew ")


def test_nothing_stands_there_where_nobody_is_told(server: Server, browser_page: Page) -> None:
    server.sign_in(browser_page)
    browser_page.goto(f"{server.url}/feeds")
    expect(browser_page.locator("#feeds-table")).to_be_visible()
    expect(browser_page.locator(".feeds-receivers")).to_have_count(0)
    expect(browser_page.locator(".feeds-table-tokens")).to_have_count(0)
