"""Passkeys against the real server: made on /account and options for at sign-in in a real browser, and every
answer refused that is not of this person, this session and this site."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import Engine, text

from geo.accounts import half_sessions, open_sessions, passkeys, second_factor, sessions
from geo.accounts.passkeys import RelyingParty
from geo.accounts.users import add_user
from geo.errors import Conflict, Forbidden, InvalidInput, NotFound, Unauthenticated
from tests.support.authenticator import Authenticator
from tests.support.web import Server

PASSWORD = "correct horse battery"
SITE = RelyingParty("localhost", "http://localhost:8109")


@pytest.fixture
def timur(web: Engine, accounts: Engine, shared_owner: Engine) -> Iterator[str]:
    """A duty officer of that name without any second factor; roles require none afterwards."""
    with shared_owner.begin() as connection:
        for table in ("sign_in_failure", "second_factor", "passkey"):
            connection.execute(text(f"delete from {table}"))
        known = connection.scalar(text("select count(*) from app_user where name = 'timur'"))
    if not known:
        add_user(accounts, "timur", "duty", PASSWORD)
    yield "timur"
    second_factor.require(accounts, "duty", False)


def session_of(web: Engine, name: str) -> str:
    """The id of a session that has just been opened with the password."""
    token = sessions.sign_in(web, name, PASSWORD)
    return sessions.hash_token(token)[: sessions.ID_LENGTH]


def made(web: Engine, name: str, session: str | None = None, label: str = "Laptop") -> Authenticator:
    device, session = Authenticator(), session or session_of(web, name)
    options = passkeys.begin(web, name, session, SITE)
    passkeys.add(web, name, session, SITE, device.make(options, SITE.origin), label)
    return device


def finish(web: Engine, half: str, answer: str, site: RelyingParty = SITE) -> str:
    return half_sessions.finish_with_passkey(web, site, half, answer)[0]


def with_device(page: Page) -> None:
    """Chromium's own authenticator in software: a person is always there and touches it."""
    devices = page.context.new_cdp_session(page)
    devices.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    devices.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def enter(page: Page, url: str, name: str) -> None:
    page.goto(url + "/sign-in?lang=en&next=/account")
    page.fill("[name=name]", name)
    page.fill("[name=password]", PASSWORD)
    page.click("button[type=submit]")


def test_a_passkey_is_made_on_the_page_asked_for_at_sign_in_and_removed(
    shared_server: Server, web: Engine, timur: str, browser_page: Page
) -> None:
    page, url = browser_page, f"http://localhost:{shared_server.port}"
    with_device(page)
    other = sessions.sign_in(web, timur, PASSWORD)
    enter(page, url, timur)
    page.fill("#account-label", "Laptop at work")
    page.fill("#account-passkey", PASSWORD)
    page.get_by_role("button", name="Make a passkey").click()
    expect(page.locator(".account-done")).to_contain_text("The passkey is made")
    expect(page.locator("#account-passkeys .account-session")).to_contain_text("Laptop at work")
    assert sessions.find_principal(web, other) is None, "it was opened without a second factor"
    page.click(".shell-out")
    enter(page, url, timur)
    expect(page).to_have_url(url + "/sign-in/code?next=%2Faccount")
    expect(page.locator("[name=code]")).to_have_count(0)
    page.get_by_role("button", name="Sign in with the passkey").click()
    expect(page.locator(".shell-name")).to_have_text(timur)
    expect(page.locator("#account-passkeys .account-when")).to_contain_text("last used")
    page.get_by_text("Remove the passkey").first.click()
    page.fill("#account-passkeys .account-removal [name=password]", PASSWORD)
    page.get_by_role("button", name="Remove the passkey").click()
    expect(page.locator(".account-done")).to_contain_text("removed")
    assert not half_sessions.is_half(web, sessions.sign_in(web, timur, PASSWORD))
    assert ("signed_in", "passkey") in acts_of(web, timur)
    assert {"passkey.added", "passkey.removed"} <= {what for what, _ in acts_of(web, timur)}


def acts_of(web: Engine, name: str) -> list[tuple[str, str | None]]:
    with web.connect() as connection:
        rows = connection.execute(
            text("select what, parameters ->> 'way' from audit where who = :who"), {"who": name}
        )
        return [(row[0], row[1]) for row in rows]


def test_a_browser_without_a_passkey_says_so_and_the_code_still_opens(
    shared_server: Server, web: Engine, timur: str, browser_page: Page
) -> None:
    page, url = browser_page, f"http://localhost:{shared_server.port}"
    made(web, timur)
    enter(page, url, timur)
    page.evaluate(
        """() => {
            navigator.credentials.get = async () => { throw new DOMException("", "NotAllowedError"); };
        }"""
    )
    page.get_by_role("button", name="Sign in with the passkey").click()
    expect(page.locator("[data-trouble]")).to_contain_text("No passkey was given")
    page.goto(f"http://127.0.0.1:{shared_server.port}/sign-in/code")
    expect(page.locator("form[data-passkey]")).to_have_count(0)


def test_only_what_was_signed_for_this_session_and_site_opens(web: Engine, timur: str) -> None:
    device = made(web, timur)
    half = sessions.sign_in(web, timur, PASSWORD)
    other = sessions.sign_in(web, timur, PASSWORD)
    stranger = Authenticator()
    stranger.id = device.id
    old = passkeys.ask(web, half, SITE)
    options = passkeys.ask(web, half, SITE)
    elsewhere = passkeys.ask(web, other, SITE)
    for answer in (
        device.sign(options, "https://evil.example"),
        device.sign(options, SITE.origin, host="evil.example"),
        device.sign(old, SITE.origin),
        device.sign(elsewhere, SITE.origin),
        stranger.sign(options, SITE.origin),
        "{}",
        "no JSON",
        '{"id": 1, "rawId": [], "response": null, "type": "public-key"}',
        "",
    ):
        with pytest.raises(Unauthenticated, match=r"passkey\.refused"):
            finish(web, half, answer)
        with web.begin() as connection:
            connection.execute(text("delete from sign_in_failure"))
    good = device.sign(options, SITE.origin)
    assert sessions.find_principal(web, finish(web, half, good)) is not None
    with pytest.raises(Unauthenticated, match=r"sign_in\.half"):
        finish(web, half, good)
    with pytest.raises(Unauthenticated, match=r"passkey\.refused"):
        finish(web, other, good)


def test_a_copied_device_is_noticed_by_its_count(web: Engine, timur: str) -> None:
    device = made(web, timur)
    device.count = 5
    half = sessions.sign_in(web, timur, PASSWORD)
    finish(web, half, device.sign(passkeys.ask(web, half, SITE), SITE.origin))
    device.count = 2
    half = sessions.sign_in(web, timur, PASSWORD)
    with pytest.raises(Unauthenticated, match=r"passkey\.refused"):
        finish(web, half, device.sign(passkeys.ask(web, half, SITE), SITE.origin))


def test_a_passkey_of_another_person_opens_nothing(web: Engine, accounts: Engine, timur: str) -> None:
    if not any(user["name"] == "rustam" for user in list_names(web)):
        add_user(accounts, "rustam", "duty", PASSWORD)
    theirs = made(web, "rustam")
    made(web, timur)
    half = sessions.sign_in(web, timur, PASSWORD)
    with pytest.raises(Unauthenticated, match=r"passkey\.refused"):
        finish(web, half, theirs.sign(passkeys.ask(web, half, SITE), SITE.origin))


def list_names(web: Engine) -> list[dict[str, str]]:
    with web.connect() as connection:
        return [dict(row) for row in connection.execute(text("select name from app_user")).mappings()]


def test_a_challenge_is_for_five_minutes_and_for_one_answer(
    web: Engine, shared_owner: Engine, timur: str
) -> None:
    session, device = session_of(web, timur), Authenticator()
    options = passkeys.begin(web, timur, session, SITE)
    answer = device.make(options, SITE.origin)
    with pytest.raises(InvalidInput, match=r"passkey\.not_made"):
        passkeys.add(web, timur, session_of(web, timur), SITE, answer, "of another session")
    with shared_owner.begin() as connection:
        connection.execute(text("update passkey_challenge set created_at = now() - interval '301 seconds'"))
    with pytest.raises(InvalidInput, match=r"passkey\.not_made"):
        passkeys.add(web, timur, session, SITE, answer, "too late")
    answer = device.make(passkeys.begin(web, timur, session, SITE), SITE.origin)
    assert passkeys.add(web, timur, session, SITE, answer, "in time") is True
    with pytest.raises(InvalidInput, match=r"passkey\.not_made"):
        passkeys.add(web, timur, session, SITE, answer, "twice")
    again = device.make(passkeys.begin(web, timur, session, SITE), SITE.origin)
    with pytest.raises(Conflict, match=r"passkey\.known"):
        passkeys.add(web, timur, session, SITE, again, "the same device")


def test_what_cannot_be_one_is_refused_in_words(web: Engine, timur: str) -> None:
    session = session_of(web, timur)
    for host in ("127.0.0.1", "[::1]"):
        with pytest.raises(InvalidInput, match=r"passkey\.host"):
            passkeys.begin(web, timur, session, RelyingParty(host, f"http://{host}"))
    for label in ("", "  ", "x" * 61, "a\nb"):
        with pytest.raises(InvalidInput, match=r"passkey\.label"):
            passkeys.add(web, timur, session, SITE, "{}", label)
    for number in range(passkeys.MOST):
        made(web, timur, session, f"key {number}")
    with pytest.raises(Conflict, match=r"passkey\.many"):
        passkeys.begin(web, timur, session, SITE)


def test_the_last_one_stays_where_the_role_requires_a_second_factor(
    web: Engine, accounts: Engine, timur: str
) -> None:
    second_factor.require(accounts, "duty", True)
    token = sessions.sign_in(web, timur, PASSWORD)
    assert sessions.find_principal(web, token).needs_factor
    session = sessions.hash_token(token)[: sessions.ID_LENGTH]
    made(web, timur, session)
    assert not sessions.find_principal(web, token).needs_factor, "it is one"
    made(web, timur, session, "Stick")
    laptop, stick = passkeys.list_passkeys(web, timur)
    passkeys.remove(web, timur, laptop.id)
    with pytest.raises(NotFound, match=r"passkey\.unknown"):
        passkeys.remove(web, timur, laptop.id)
    with pytest.raises(Forbidden, match=r"factor\.required"):
        passkeys.remove(web, timur, stick.id)
    assert [one.label for one in passkeys.list_passkeys(web, timur)] == ["Stick"]
    second_factor.reset(accounts, timur)
    assert not passkeys.list_passkeys(web, timur) and not open_sessions.list_sessions(web, timur)


def test_a_passkey_for_another_host_is_named(web: Engine, timur: str) -> None:
    made(web, timur)
    half = sessions.sign_in(web, timur, PASSWORD)
    assert half_sessions.ways_of(web, half, "localhost") == half_sessions.Ways(False, True)
    assert half_sessions.ways_of(web, half, "city.kz") == half_sessions.Ways(False, False, ("localhost",))
    with pytest.raises(NotFound, match=r"passkey\.none"):
        passkeys.ask(web, half, RelyingParty("city.kz", "https://city.kz"))
    with pytest.raises(Unauthenticated, match=r"sign_in\.half"):
        passkeys.ask(web, "no such token", SITE)


def test_over_http_it_takes_the_password_and_a_page_of_ours(
    shared_server: Server, web: Engine, timur: str
) -> None:
    with shared_server.client(None) as client:
        client.headers["Host"] = f"localhost:{shared_server.port}"
        client.headers["Origin"] = origin = f"http://localhost:{shared_server.port}"
        client.post("/sign-in", data={"name": timur, "password": PASSWORD})
        wrong = client.post("/account/passkeys/options", data={"password": "a wrong password"})
        assert (wrong.status_code, wrong.json()["error"]) == (401, "account.old_password")
        foreign = client.post(
            "/account/passkeys/options", data={"password": PASSWORD}, headers={"Origin": "http://evil.kz"}
        )
        assert foreign.status_code == 403
        options = client.post("/account/passkeys/options", data={"password": PASSWORD})
        assert options.headers["cache-control"] == "no-store"
        answer = Authenticator().make(options.text, origin)
        done = client.post("/account/passkeys", data={"credential": answer, "label": "Stick"})
        assert led(done) == "/account?done=passkey"
        number = passkeys.list_passkeys(web, timur)[0].id
        gone = client.post(f"/account/passkeys/{number}/remove", data={"password": "a wrong password"})
        assert led(gone) == "/account?mistake=account.old_password"
    with shared_server.client("administrator") as other:
        assert led(other.post(f"/account/passkeys/{number}/remove")) == "/account?mistake=passkey.unknown"
    with shared_server.client(None) as stranger:
        assert stranger.post("/account/passkeys/options").status_code == 401
        assert stranger.post("/sign-in/passkey/options").json()["error"] == "sign_in.half"
        assert stranger.post("/sign-in/passkey", data={"credential": "{}"}).status_code == 401


def led(answer: httpx.Response) -> str:
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]
