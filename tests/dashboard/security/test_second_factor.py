"""The second factor against the real server: set up on /account, asked for at sign-in, required by role,
reset."""

from __future__ import annotations

import base64
import re
import time
from collections.abc import Iterator

import httpx
import pytest
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from playwright.sync_api import Page, expect
from sqlalchemy import Engine, text

from dashboard.commands import user as command
from geo.accounts import attempts, factor_key, half_sessions, second_factor, sessions
from geo.accounts.factor_key import FactorKey
from geo.accounts.users import add_user
from geo.errors import Forbidden, NotFound, TooMany, Unauthenticated, Unavailable
from geo.settings import Settings
from tests.support.web import Server

PASSWORD = "correct horse battery"


@pytest.fixture
def zarina(web: Engine, accounts: Engine, shared_owner: Engine) -> Iterator[str]:
    """A duty officer of that name without a second factor; roles require none afterwards."""
    with shared_owner.begin() as connection:
        connection.execute(text("delete from sign_in_failure"))
        connection.execute(text("delete from second_factor"))
        known = connection.scalar(text("select count(*) from app_user where name = 'zarina'"))
    if not known:
        add_user(accounts, "zarina", "duty", PASSWORD)
    yield "zarina"
    second_factor.require(accounts, "duty", False)


@pytest.fixture
def key(shared_settings: Settings) -> FactorKey:
    return FactorKey.of(shared_settings)


def code_of(secret: str, ahead: int = 0) -> str:
    """What an app shows now, or so many steps later."""
    at = int(time.time()) + ahead * second_factor.STEP_S
    totp = TOTP(base64.b32decode(secret), 6, SHA1(), second_factor.STEP_S)
    return totp.generate(at).decode()


def set_up(engine: Engine, key: FactorKey, name: str) -> tuple[str, list[str]]:
    """The secret and the recovery codes; the code of the step before this one is used up."""
    second_factor.begin(engine, key, name)
    secret = second_factor.waiting_secret(engine, key, name)
    return secret, second_factor.confirm(engine, key, name, code_of(secret, -1))


def enter(client: httpx.Client, password: str = PASSWORD) -> str:
    answer = client.post("/sign-in", data={"name": "zarina", "password": password, "next": "/feeds"})
    return answer.headers.get("location", str(answer.status_code))


def is_in(client: httpx.Client) -> bool:
    return client.get("/words/en.json").status_code == 200


def test_a_code_is_asked_for_after_the_password_and_opens_once(
    shared_server: Server, web: Engine, key: FactorKey, zarina: str
) -> None:
    secret, recovery = set_up(web, key, zarina)
    code = code_of(secret)
    with shared_server.client(None) as client, shared_server.client(None) as other:
        assert enter(client) == "/sign-in/code?next=%2Ffeeds"
        assert not is_in(client) and "ikomek_session" not in client.cookies
        with shared_server.client(None) as bold:
            bold.cookies.set("ikomek_session", client.cookies["ikomek_half"])
            assert not is_in(bold), "half a session is none"
        done = client.post("/sign-in/code", data={"code": f"{code[:3]} {code[3:]}", "next": "/feeds"})
        assert (done.status_code, done.headers["location"]) == (303, "/feeds") and is_in(client)
        enter(other)
        assert other.post("/sign-in/code", data={"code": code}).status_code == 401, "the code has been used"
        assert other.post("/sign-in/code", data={"code": recovery[0].upper()}).status_code == 303
        assert is_in(other) and second_factor.state_of(web, zarina).codes_left == 9
    with shared_server.client(None) as third:
        enter(third)
        assert third.post("/sign-in/code", data={"code": recovery[0]}).status_code == 401
        assert third.post("/sign-in/code", data={"code": recovery[1]}).status_code == 303
    with web.connect() as connection:
        ways = connection.scalars(
            text("""select parameters ->> 'way' from audit where who = 'zarina' and what = 'signed_in'
                order by id""")
        ).all()
    assert ways[-3:] == ["code", "recovery", "recovery"]


def test_wrong_codes_count_and_a_right_password_between_them_forgives_nothing(
    web: Engine, key: FactorKey, zarina: str
) -> None:
    set_up(web, key, zarina)
    for _ in range(attempts.FREE["pair"] + 1):
        half = sessions.sign_in(web, zarina, PASSWORD, "10.0.0.1")
        with pytest.raises(Unauthenticated, match=r"factor\.code"):
            half_sessions.finish(web, key, half, "000000", "10.0.0.1")
    with pytest.raises(TooMany, match=r"sign_in\.locked"):
        sessions.sign_in(web, zarina, PASSWORD, "10.0.0.1")
    with pytest.raises(TooMany, match=r"sign_in\.locked"):
        half_sessions.finish(web, key, half, "000000", "10.0.0.1")


def test_half_a_session_ends_and_is_used_up(
    web: Engine, shared_owner: Engine, key: FactorKey, zarina: str
) -> None:
    secret, recovery = set_up(web, key, zarina)
    half = sessions.sign_in(web, zarina, PASSWORD)
    assert half_sessions.is_half(web, half) and sessions.find_principal(web, half) is None
    half_sessions.finish(web, key, half, code_of(secret))
    with pytest.raises(Unauthenticated, match=r"sign_in\.half"):
        half_sessions.finish(web, key, half, recovery[0])
    late = sessions.sign_in(web, zarina, PASSWORD)
    with shared_owner.begin() as connection:
        connection.execute(
            text("update user_session set expires_at = now() - interval '1 second' where token_hash = :hash"),
            {"hash": sessions.hash_token(late)},
        )
    with pytest.raises(Unauthenticated, match=r"sign_in\.half"):
        half_sessions.finish(web, key, late, recovery[0])


def test_a_code_of_long_ago_or_of_the_future_opens_nothing(web: Engine, key: FactorKey, zarina: str) -> None:
    secret, _ = set_up(web, key, zarina)
    half = sessions.sign_in(web, zarina, PASSWORD)
    for ahead in (-4, 3):
        with pytest.raises(Unauthenticated):
            half_sessions.finish(web, key, half, code_of(secret, ahead))
    half_sessions.finish(web, key, half, code_of(secret, 1))


def test_what_is_kept_opens_nothing(
    web: Engine, shared_settings: Settings, key: FactorKey, zarina: str
) -> None:
    secret, recovery = set_up(web, key, zarina)
    with web.connect() as connection:
        user, sealed = connection.execute(text("select user_id, secret from second_factor")).one()
        hashes = connection.scalars(text("select code_hash from recovery_code")).all()
    plain = base64.b32decode(secret)
    assert plain not in bytes(sealed) and key.open(user, bytes(sealed)) == plain
    with pytest.raises(Unavailable, match=r"factor\.sealed"):
        key.open(user + 1, bytes(sealed))
    assert not {code.replace("-", "") for code in recovery} & set(hashes)
    file = shared_settings.data / factor_key.FOLDER / factor_key.FILE
    assert file.stat().st_mode & 0o077 == 0


def test_a_role_that_requires_one_opens_nothing_but_the_account(
    shared_server: Server,
    shared_settings: Settings,
    web: Engine,
    key: FactorKey,
    zarina: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert command.main(shared_settings, ["user", "require-second-factor", "duty"]) == 0
    with shared_server.client(None) as client:
        enter(client)
        assert is_in(client)
        for path in ("/", "/map", "/feeds"):
            assert client.get(path).headers["location"] == "/account"
        assert client.get("/layers/categories.json").status_code == 403
        assert client.get("/account").status_code == 200
        secret, _ = set_up(web, key, zarina)
        with pytest.raises(Forbidden, match=r"factor\.required"):
            second_factor.remove(web, key, zarina, code_of(secret))
    with shared_server.client(None) as client:
        enter(client)
        client.post("/sign-in/code", data={"code": code_of(secret)})
        assert client.get("/feeds").status_code == 200
    assert command.main(shared_settings, ["user", "require-second-factor", "duty", "--off"]) == 0
    with pytest.raises(NotFound, match=r"user\.role"):
        command.main(shared_settings, ["user", "require-second-factor", "nobody"])
    assert "duty" in capsys.readouterr().out


def test_an_administrator_takes_away_what_is_lost(
    shared_settings: Settings, web: Engine, key: FactorKey, zarina: str
) -> None:
    secret, _ = set_up(web, key, zarina)
    half = sessions.sign_in(web, zarina, PASSWORD)
    token, _ = half_sessions.finish(web, key, half, code_of(secret))
    assert command.main(shared_settings, ["user", "reset-second-factor", zarina]) == 0
    assert sessions.find_principal(web, token) is None
    assert sessions.find_principal(web, sessions.sign_in(web, zarina, PASSWORD)) is not None
    with pytest.raises(NotFound, match=r"factor\.none"):
        command.main(shared_settings, ["user", "reset-second-factor", zarina])


def test_it_is_set_up_on_the_page_and_removed_there(
    shared_server: Server, web: Engine, key: FactorKey, zarina: str, browser_page: Page
) -> None:
    page = browser_page
    other = sessions.sign_in(web, zarina, PASSWORD)
    page.goto(shared_server.url + "/sign-in?lang=en&next=/account")
    page.fill("[name=name]", zarina)
    page.fill("[name=password]", PASSWORD)
    page.click("button[type=submit]")
    page.fill("#account-password", "a wrong password")
    page.get_by_role("button", name="Set it up").click()
    expect(page.locator("[role=alert].account-mistake")).to_contain_text("current password is wrong")
    page.fill("#account-password", PASSWORD)
    page.get_by_role("button", name="Set it up").click()
    expect(page.locator(".account-qr")).to_be_visible()
    secret = page.locator("#account-secret").inner_text().replace(" ", "")
    page.fill("#account-code", "000000")
    page.get_by_role("button", name="Confirm").click()
    expect(page.locator("[role=alert].account-mistake")).to_contain_text("The code is wrong")
    page.fill("#account-code", code_of(secret, -1))
    page.get_by_role("button", name="Confirm").click()
    shown = page.locator(".sign-in-codes code")
    expect(shown).to_have_count(second_factor.RECOVERY_CODES)
    assert all(re.fullmatch(r"([a-z2-7]{4}-){5}[a-z2-7]{4}", code) for code in shown.all_inner_texts())
    recovery = shown.first.inner_text()
    assert sessions.find_principal(web, other) is None, "it was opened without a code"
    page.click(".plain-home")
    expect(page.locator("#account-factor")).to_contain_text("10 recovery codes left")
    page.click(".shell-out")
    page.fill("[name=name]", zarina)
    page.fill("[name=password]", PASSWORD)
    page.click("button[type=submit]")
    page.fill("[name=code]", code_of(secret))
    page.click("button[type=submit]")
    expect(page.locator(".shell-name")).to_have_text(zarina)
    page.goto(shared_server.url + "/account")
    page.fill("#account-code", recovery)
    page.get_by_role("button", name="Remove").click()
    expect(page.locator(".account-done")).to_contain_text("removed")
    assert not half_sessions.is_half(web, sessions.sign_in(web, zarina, PASSWORD))
