"""The page /account: one's own sessions listed and ended, the password changed, and what that ends."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import Engine, text

from dashboard import words
from dashboard.commands import user as command
from dashboard.security.whence import browser_of, network_of
from geo.accounts import attempts, open_sessions, passwords, sessions
from geo.accounts.users import add_user, set_password
from geo.errors import InvalidInput, NotFound, Unauthenticated
from geo.settings import Settings
from tests.support.web import Server

OLD, NEW = "correct horse battery", "quite another horse"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:150.0) Gecko/20100101 Firefox/150.0"
PHONE = "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile"


@pytest.fixture
def dana(web: Engine, accounts: Engine) -> str:
    """A duty officer of that name with the password `OLD` and no session."""
    with web.begin() as connection:
        connection.execute(text("delete from sign_in_failure"))
        known = connection.scalar(text("select count(*) from app_user where name = 'dana'"))
    if known:
        set_password(accounts, "dana", OLD)
    else:
        add_user(accounts, "dana", "duty", OLD)
    return "dana"


@pytest.fixture
def clients(shared_server: Server, dana: str) -> Iterator[list[httpx.Client]]:
    """Dana in two browsers."""
    with shared_server.client(None) as first, shared_server.client(None) as second:
        for client, agent in ((first, FIREFOX), (second, PHONE)):
            client.headers["User-Agent"] = agent
            assert client.post("/sign-in", data={"name": dana, "password": OLD}).status_code == 303
        yield [first, second]


def is_in(client: httpx.Client) -> bool:
    return client.get("/words/en.json").status_code == 200


def led(answer: httpx.Response) -> str:
    assert answer.status_code == 303
    return answer.headers["location"]


def change(client: httpx.Client, old: str, new: str, again: str | None = None) -> str:
    return led(client.post("/account/password", data={"old": old, "new": new, "again": again or new}))


def test_a_session_is_ended_by_its_owner_and_refused_from_the_next_request_on(
    clients: list[httpx.Client], web: Engine, dana: str
) -> None:
    first, second = clients
    phone, desk = open_sessions.list_sessions(web, dana)
    assert (desk.browser, desk.network) == ("Firefox, Windows", "own")
    assert (phone.browser, phone.network) == ("Chrome, Android", "own")
    assert is_in(first) and is_in(second)
    assert led(first.post(f"/account/sessions/{phone.id}/end")) == "/account?done=ended"
    assert is_in(first) and not is_in(second)
    assert led(first.post(f"/account/sessions/{phone.id}/end")) == "/account?mistake=user.session"
    second.post("/sign-in", data={"name": dana, "password": OLD})
    assert is_in(second)
    assert led(first.post("/account/sessions/end")) == "/account?done=ended"
    assert is_in(first) and not is_in(second)
    assert len(open_sessions.list_sessions(web, dana)) == 1


def test_nobody_ends_the_session_of_another(
    clients: list[httpx.Client], shared_server: Server, web: Engine, dana: str
) -> None:
    session = open_sessions.list_sessions(web, dana)[0].id
    with shared_server.client("administrator") as other:
        assert led(other.post(f"/account/sessions/{session}/end")) == "/account?mistake=user.session"
    assert is_in(clients[0]) and is_in(clients[1])


def test_a_new_password_ends_every_other_session_at_once(
    clients: list[httpx.Client], web: Engine, accounts: Engine, dana: str
) -> None:
    first, second = clients
    add_user(accounts, "sender", "push", None)
    token = sessions.add_token(accounts, "sender")
    assert is_in(first) and is_in(second)
    assert change(first, OLD, NEW) == "/account?done=password"
    assert is_in(first) and not is_in(second)
    assert sessions.find_principal(web, token) is not None, "another user's token"
    with pytest.raises(Unauthenticated):
        sessions.sign_in(web, dana, OLD)
    assert sessions.sign_in(web, dana, NEW)
    with web.connect() as connection:
        who, what = connection.execute(
            text("select who, what from audit where what = 'user.password' order by id desc limit 1")
        ).one()
    assert (who, what) == (dana, "user.password")


def test_a_password_is_changed_only_with_the_old_one_and_to_a_good_one(
    clients: list[httpx.Client], web: Engine, dana: str
) -> None:
    first, second = clients
    for old, new, again, code in (
        (OLD, NEW, "quite another house", "user.password_differs"),
        (OLD, OLD, None, "account.same_password"),
        (OLD, "short", None, "user.password"),
        (OLD, "qwertyuiop1", None, "user.password_common"),
        (OLD, "dana-dana-dana", None, "user.password_common"),
        ("wrong one", NEW, None, "account.old_password"),
    ):
        assert change(first, old, new, again) == f"/account?mistake={code}"
    assert is_in(second) and sessions.sign_in(web, dana, OLD)
    for _ in range(attempts.FREE["pair"] + 1):
        last = change(first, "wrong one", NEW)
    assert last == "/account?mistake=account.locked"
    assert change(first, OLD, NEW) == "/account?mistake=account.locked"


@pytest.mark.parametrize(
    "password", ["password123", "aigul12345", "Passw0rd2024", "йцукенгшщз", "пароль12345", "x" * 40]
)
def test_a_password_that_is_easy_to_guess_is_refused(accounts: Engine, password: str) -> None:
    with pytest.raises(InvalidInput, match=r"user\.password_common"):
        add_user(accounts, "aigul", "duty", password)
    assert not passwords.is_easy("correct horse battery", "aigul")


def test_an_administrator_lists_and_ends_the_sessions_of_another(
    shared_settings: Settings, clients: list[httpx.Client], web: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    before = words.language.set("en")
    try:
        assert command.main(shared_settings, ["user", "sessions", "dana"]) == 0
        listed = capsys.readouterr().out
        assert "Firefox, Windows" in listed and "Chrome, Android" in listed
        one = open_sessions.list_sessions(web, "dana")[0]
        assert command.main(shared_settings, ["user", "end", "dana", one.id]) == 0
        assert one.id not in {other.id for other in open_sessions.list_sessions(web, "dana")}
        assert command.main(shared_settings, ["user", "end", "dana"]) == 0
        assert "dana: 1 session ended." in capsys.readouterr().out
        assert open_sessions.list_sessions(web, "dana") == []
        with pytest.raises(NotFound, match=r"user\.session"):
            command.main(shared_settings, ["user", "end", "dana", "0" * 12])
    finally:
        words.language.reset(before)


def test_a_screen_has_no_account(shared_server: Server, accounts: Engine) -> None:
    with shared_server.client(None) as screen:
        screen.cookies.set("ikomek_device", sessions.add_device(accounts, "operations"))
        assert screen.get("/account").status_code == 403
        assert screen.post("/account/sessions/end").status_code == 403


def test_the_page_says_what_is_open_and_changes_the_password(
    shared_server: Server, clients: list[httpx.Client], browser_page: Page
) -> None:
    page = browser_page
    page.goto(shared_server.url + "/sign-in?lang=en&next=/feeds")
    page.fill("[name=name]", "dana")
    page.fill("[name=password]", OLD)
    page.click("button[type=submit]")
    page.click(".shell-account")
    rows = page.locator(".account-session")
    expect(rows).to_have_count(3)
    expect(page.locator(".account-session[data-own=true]")).to_contain_text("this browser")
    rows.filter(has_text="Firefox, Windows").get_by_role("button").click()
    expect(page.locator(".account-done")).to_be_visible()
    expect(rows).to_have_count(2)
    page.fill("#account-old", OLD)
    for field in ("new", "again"):
        page.fill(f"#account-{field}", "qwertyuiop1")
    page.get_by_role("button", name="Change the password").click()
    expect(page.locator(".account-mistake")).to_contain_text("easy to guess")
    page.fill("#account-old", OLD)
    for field in ("new", "again"):
        page.fill(f"#account-{field}", NEW)
    page.get_by_role("button", name="Change the password").click()
    expect(page.locator(".account-done")).to_contain_text("The password is changed")
    expect(rows).to_have_count(1)
    assert not any(is_in(client) for client in clients)


@pytest.mark.parametrize(
    ("agent", "message"),
    [(FIREFOX, "Firefox, Windows"), (PHONE, "Chrome, Android"), ("curl/8", None), ("", None)],
)
def test_a_browser_is_named_in_words(agent: str, message: str | None) -> None:
    assert browser_of(agent) == message


@pytest.mark.parametrize(
    ("client", "message"),
    [
        *(("127.0.0.1", "own"), ("::1", "own"), ("10.1.2.3", "inside"), ("::ffff:10.1.2.3", "inside")),
        *(("8.8.8.8", "outside"), ("nonsense", None)),
    ],
)
def test_of_an_address_its_kind_is_kept(client: str, message: str | None) -> None:
    assert network_of(client) == message
