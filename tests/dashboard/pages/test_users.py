"""The page /users: who may come in and how, and their sessions ended by an administrator."""

from __future__ import annotations

import httpx
import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import Engine, text

from geo.accounts import sessions
from geo.accounts.people import list_people
from geo.accounts.users import add_user, disable_user
from tests.support.connected import engine_as
from tests.support.web import Server

accounts, web = (engine_as(role, of="shared_settings") for role in ("accounts", "web"))
PASSWORD = "correct horse battery"


@pytest.fixture
def dana(accounts: Engine, shared_server: Server) -> str:
    name = "dana-of-users"
    with accounts.connect() as connection:
        known = connection.scalar(text("select true from app_user where name = :name"), {"name": name})
    if not known:
        add_user(accounts, name, "duty", PASSWORD)
        add_user(accounts, "left-of-users", "executive", None)
        disable_user(accounts, "left-of-users")
    return name


def test_everybody_is_listed_with_how_they_come_in(web: Engine, dana: str) -> None:
    sessions.sign_in(web, dana, PASSWORD)
    people = {one.name: one for one in list_people(web)}
    assert people[dana].open >= 1 and people[dana].has_password and not people[dana].has_factor
    left = people["left-of-users"]
    assert left.disabled_at and left.open == 0 and not left.has_password and left.seen_at is None
    states = [one.disabled_at is not None for one in list_people(web)]
    assert states == sorted(states), "those who may come in first"


def test_an_administrator_ends_the_sessions_of_another(
    web: Engine, accounts: Engine, shared_server: Server, dana: str, browser_page: Page
) -> None:
    token = sessions.sign_in(web, dana, PASSWORD)
    shared_server.sign_in(browser_page, "administrator")
    browser_page.goto(f"{shared_server.url}/account")
    browser_page.get_by_role("link", name="Users").click()
    row = browser_page.locator(f"[data-name={dana}]")
    expect(row).to_contain_text("duty officer")
    row.get_by_role("button", name="End the sessions").click()
    expect(browser_page.locator(".account-done")).to_contain_text(dana)
    expect(row.get_by_role("button", name="End the sessions")).to_have_count(0)
    assert sessions.find_principal(web, token) is None
    with accounts.connect() as connection:
        who, name = connection.execute(
            text("select who, parameters ->> 'name' from audit where what = 'session.ended' order by id desc")
        ).first()
    assert name == dana and who != dana


def test_nobody_else_sees_or_ends_anything(web: Engine, shared_server: Server, dana: str) -> None:
    token = sessions.sign_in(web, dana, PASSWORD)
    with shared_server.client("auditor") as auditor:
        assert auditor.get("/users").status_code == 403
        ours = {"Origin": shared_server.url}
        assert auditor.post("/users/end", data={"name": dana}, headers=ours).status_code == 403
        assert "/users" not in auditor.get("/account").text
    assert sessions.find_principal(web, token) is not None


def test_a_name_that_nobody_has_is_said(shared_server: Server, dana: str) -> None:
    with shared_server.client("administrator") as administrator:
        answer = administrator.post(
            "/users/end", data={"name": "ghost"}, headers={"Origin": shared_server.url}
        )
        assert (
            answer.status_code == 303
            and answer.headers["location"] == "/users?mistake=user.unknown&name=ghost"
        )
        assert httpx.get(f"{shared_server.url}/users").status_code == 303, "a stranger signs in first"
