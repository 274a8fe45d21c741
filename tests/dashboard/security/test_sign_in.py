"""Coming and going, against the real server."""

from __future__ import annotations

import time
from dataclasses import replace

import httpx
import pytest
from argon2 import PasswordHasher
from playwright.sync_api import Page, expect
from sqlalchemy import text

from dashboard import words
from dashboard.commands import user as command
from dashboard.security.sign_in import local_path
from geo.accounts import attempts, passwords, sessions
from geo.accounts.users import add_user, kinds_of, set_password
from geo.database import Engine
from geo.errors import NotFound, TooMany, Unauthenticated
from geo.incidents.model import KINDS
from geo.settings import Settings
from layers.scope import Scope
from tests.support.web import Server

PASSWORD = "correct horse battery"


@pytest.fixture
def aigul(web: Engine, accounts: Engine) -> str:
    """A duty officer of that name and `PASSWORD`."""
    with web.begin() as connection:
        connection.execute(text("delete from sign_in_failure"))
        known = connection.scalar(text("select count(*) from app_user where name = 'aigul'"))
    if not known:
        add_user(accounts, "Aigul ", "duty", PASSWORD)
    return "aigul"


def enter(server: Server, name: str, password: str, **form: str) -> httpx.Response:
    with server.client(role=None) as client:
        return client.post(
            "/sign-in", data={"name": name, "password": password, **form}, headers={"Accept-Language": "en"}
        )


def test_a_person_signs_in_and_is_taken_to_the_page_asked_for(
    shared_server: Server, aigul: str, browser_page: Page
) -> None:
    browser_page.goto(shared_server.url + "/feeds?feed=police")
    browser_page.fill("[name=name]", "AIGUL")
    browser_page.fill("[name=password]", PASSWORD)
    browser_page.click("button[type=submit]")
    browser_page.wait_for_selector("#page h1")
    assert browser_page.url == shared_server.url + "/feeds?feed=police"
    expect(browser_page.locator(".shell-name")).to_have_text("aigul")
    browser_page.click(".shell-out")
    browser_page.wait_for_selector("[name=password]")
    browser_page.goto(shared_server.url + "/feeds")
    assert "/sign-in" in browser_page.url


def test_switching_the_language_keeps_the_page(shared_server: Server, browser_page: Page) -> None:
    shared_server.sign_in(browser_page, "duty")
    browser_page.goto(shared_server.url + "/feeds?feed=police&run=4")
    for lang, title in (("kk", "Дереккөздер"), ("en", "Data feeds"), ("ru", "Источники данных")):
        browser_page.click(f".shell-language[lang={lang}]")
        expect(browser_page.locator("h1")).to_have_text(title)
        expect(browser_page.locator("html")).to_have_attribute("lang", lang)
        assert browser_page.url == shared_server.url + "/feeds?feed=police&run=4"
        assert browser_page.title() == f"{title} · iKOMEK109"


def test_the_form_speaks_the_browsers_language_or_the_one_asked_for(shared_server: Server) -> None:
    with shared_server.client(role=None) as client:
        assert "Sign in" in client.get("/sign-in", headers={"Accept-Language": "en-GB,ru;q=0.5"}).text
        assert "Войти" in client.get("/sign-in", headers={"Accept-Language": "xx;q=nonsense, ru"}).text
        assert "Кіру" in client.get("/sign-in?lang=kk").text
        assert "Кіру" in client.get("/sign-in").text


def test_wrong_password_unknown_name_and_disabled_user_get_one_answer(
    shared_server: Server, aigul: str, web: Engine
) -> None:
    known, unknown = (
        enter(shared_server, "aigul", "wrong password"),
        enter(shared_server, "nobody", "wrong password"),
    )
    assert known.status_code == unknown.status_code == 401
    assert known.text.replace("aigul", "nobody") == unknown.text
    assert "Wrong user name or password" in known.text


def test_an_unknown_name_costs_as_much_time(aigul: str, web: Engine) -> None:
    def took(name: str) -> float:
        """Seconds of the processor: those of the clock say more of what else runs."""
        best = float("inf")
        for _ in range(3):
            began = time.process_time()
            with pytest.raises(Exception, match="sign_in.refused"):
                sessions.sign_in(web, name, "wrong password")
            best = min(best, time.process_time() - began)
        return best

    took("warm-up")
    assert 0.5 < took("aigul") / took("nobody") < 2


@pytest.mark.parametrize("name", ["nobody", "aigul"])
def test_too_many_failures_cost_a_wait_whoever_it_is(
    shared_server: Server, aigul: str, name: str, web: Engine
) -> None:
    for _ in range(attempts.FREE["pair"] + 1):
        assert enter(shared_server, name, "wrong password").status_code == 401
    locked = enter(shared_server, name, PASSWORD)
    assert locked.status_code == 429 and "Too many attempts" in locked.text
    sessions.sign_in(web, "aigul", PASSWORD, client="another address")


def test_the_wait_doubles_and_ends_at_a_quarter_of_an_hour(aigul: str, web: Engine) -> None:
    waits = []
    for n in range(attempts.FREE["pair"] + 14):
        attempts.record_failure(web, "aigul", "10.0.0.1")
        if n >= attempts.FREE["pair"]:
            with pytest.raises(TooMany) as caught:
                attempts.check(web, "aigul", "10.0.0.1")
            waits.append(caught.value.parameters["retry_s"])
    assert waits[:4] == [2, 4, 8, 16]
    assert max(waits) == attempts.LONGEST_S


def test_strangers_lock_neither_a_person_out_of_their_browser_nor_an_office_behind_one_proxy(
    shared_server: Server, aigul: str, web: Engine
) -> None:
    """Whatever is tried for the name, from the same address, in whatever number: who has signed in here
    before signs in again."""
    known = enter(shared_server, "aigul", PASSWORD).cookies["ikomek_browser"]
    for _ in range(attempts.FREE["name"] + 8):
        attempts.record_failure(web, "aigul", "127.0.0.1")
    for number in range(attempts.FREE["address"]):
        attempts.record_failure(web, f"stranger {number}", "127.0.0.1")
    assert enter(shared_server, "aigul", PASSWORD).status_code == 429
    with shared_server.client(role=None) as client:
        client.cookies.set("ikomek_browser", known)
        assert client.post("/sign-in", data={"name": "aigul", "password": PASSWORD}).status_code == 303
        assert (
            client.post("/sign-in", data={"name": "bolat", "password": PASSWORD}).status_code == 429
        )  # known for one name, not for others


def test_a_known_browser_is_no_way_around_the_wait(aigul: str, web: Engine) -> None:
    known = attempts.remember_browser(web, "aigul", None)
    assert attempts.remember_browser(web, "aigul", known) == known
    assert attempts.remember_browser(web, "aigul", "somebody's own invention") != "somebody's own invention"
    for _ in range(attempts.FREE["browser"] + 1):
        attempts.record_failure(web, "aigul", "10.0.0.1", known)
    with pytest.raises(TooMany):
        attempts.check(web, "aigul", "10.0.0.2", known)
    attempts.check(web, "aigul", "10.0.0.2")


def test_unlock_lets_a_person_in_who_is_locked_out(
    shared_settings: Settings, aigul: str, web: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    for _ in range(attempts.FREE["name"] + 8):
        attempts.record_failure(web, "aigul", "10.0.0.1")
    with pytest.raises(TooMany):
        sessions.sign_in(web, "aigul", PASSWORD, "10.0.0.1")
    assert command.main(shared_settings, ["user", "unlock", "Aigul"]) == 0
    assert "aigul" in capsys.readouterr().out
    assert sessions.sign_in(web, "aigul", PASSWORD, "10.0.0.1")
    for _ in range(attempts.FREE["pair"] + 1):
        attempts.record_failure(web, "aigul", "10.0.0.9")
    with pytest.raises(TooMany):
        attempts.check(web, "aigul", "10.0.0.9")
    attempts.check(web, "aigul", "10.0.0.1")
    with pytest.raises(NotFound):
        command.main(shared_settings, ["user", "unlock", "nobody"])


def test_a_password_changed_while_the_old_one_is_verified_stays_and_the_old_one_opens_nothing(
    aigul: str, web: Engine, accounts: Engine, owner: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The new password is set between the read of the old hash and its rehash."""
    weak = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    with owner.begin() as connection:
        connection.execute(
            text("update app_user set password_hash = :hash where name = 'aigul'"),
            {"hash": weak.hash(PASSWORD)},
        )
    verified = passwords.is_right

    def slow(*arguments: str) -> bool:
        done = verified(*arguments)
        set_password(accounts, "aigul", "quite another horse")
        return done

    with monkeypatch.context() as slowed:
        slowed.setattr(passwords, "is_right", slow)
        with pytest.raises(Unauthenticated):
            sessions.sign_in(web, "aigul", PASSWORD)
    assert sessions.sign_in(web, "aigul", "quite another horse")
    set_password(accounts, "aigul", PASSWORD)


def test_a_hash_of_an_older_setting_is_renewed_at_sign_in(aigul: str, web: Engine, owner: Engine) -> None:
    with owner.begin() as connection:
        connection.execute(
            text("update app_user set password_hash = :hash where name = 'aigul'"),
            {"hash": PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)},
        )
    assert sessions.sign_in(web, "aigul", PASSWORD) and sessions.sign_in(web, "aigul", PASSWORD)
    with web.connect() as connection:
        assert "m=65536" in connection.scalar(text("select password_hash from app_user where name = 'aigul'"))


@pytest.mark.parametrize(
    ("role", "kinds", "seen"),
    [
        ("performer", None, set()),
        ("electoral_editor", None, {"service", "emergency"}),
        ("electoral_approver", None, {"service", "emergency"}),
        ("performer", ["police"], {"police"}),
        ("duty", None, set(KINDS)),
        ("duty", ["service"], {"service"}),
    ],
)
def test_electoral_staff_see_no_police_and_a_contractor_nothing_unless_it_is_given(
    web: Engine, accounts: Engine, role: str, kinds: list[str] | None, seen: set[str]
) -> None:
    name = f"{role} {kinds}"
    add_user(accounts, name, role, PASSWORD, kinds=kinds)
    scope = Scope.of(sessions.find_principal(web, sessions.sign_in(web, name, PASSWORD)))
    assert {kind for kind in KINDS if scope.sees(kind, None)} == seen
    assert kinds_of("performer", None, "heat") == ("service", "emergency")


def test_a_link_signs_in_once(shared_server: Server) -> None:
    link = shared_server.link("duty")
    assert httpx.get(link).cookies.get("ikomek_session")
    again = httpx.get(link, headers={"Accept-Language": "en"})
    assert (
        again.status_code == 401 and "has been used" in again.text and not again.cookies.get("ikomek_session")
    )


def test_signing_in_ends_what_was_open_in_the_same_browser(shared_server: Server, web: Engine) -> None:
    before = httpx.get(shared_server.link("duty")).cookies
    token = before["ikomek_session"]
    assert sessions.find_principal(web, token)
    after = httpx.get(shared_server.link("executive"), cookies=before).cookies["ikomek_session"]
    assert sessions.find_principal(web, token) is None and sessions.find_principal(web, after)


def test_a_link_ends_after_a_quarter_of_an_hour(shared_server: Server, shared_owner: Engine) -> None:
    link = shared_server.link("duty")
    with shared_owner.begin() as connection:
        connection.execute(
            text("update user_session set expires_at = now() - interval '1 second' where type = 'one_time'")
        )
    assert httpx.get(link).status_code == 401


def test_a_new_password_ends_the_open_sessions(web: Engine, aigul: str, accounts: Engine) -> None:
    token = sessions.sign_in(web, "aigul", PASSWORD)
    assert sessions.find_principal(web, token).name == "aigul"
    set_password(accounts, "aigul", PASSWORD)
    assert sessions.find_principal(web, token) is None


def test_a_session_ends_when_it_is_idle_and_when_it_is_old(
    web: Engine, shared_owner: Engine, aigul: str
) -> None:
    for column, past in (("seen_at", sessions.IDLE), ("expires_at", sessions.ABSOLUTE)):
        token = sessions.sign_in(web, "aigul", PASSWORD)
        with shared_owner.begin() as connection:
            connection.execute(
                text(
                    f"update user_session set created_at = now() - cast(:past as interval), "
                    f"{column} = now() - cast(:past as interval) "
                    "where token_hash = :hash"
                ),
                {"past": past, "hash": sessions.hash_token(token)},
            )
        assert sessions.find_principal(web, token) is None


def test_the_cookie_lives_as_long_as_the_session(web: Engine, shared_owner: Engine, aigul: str) -> None:
    """The database sets the end of the session, the web server that of the cookie."""
    token = sessions.sign_in(web, "aigul", PASSWORD)
    with shared_owner.connect() as connection:
        term = connection.execute(
            text("select expires_at - created_at from user_session where token_hash = :hash"),
            {"hash": sessions.hash_token(token)},
        ).scalar_one()
    assert term == sessions.ABSOLUTE


def test_what_is_kept_of_a_password_and_a_token_opens_nothing(web: Engine, aigul: str) -> None:
    token = sessions.sign_in(web, "aigul", PASSWORD)
    with web.connect() as connection:
        assert connection.scalar(text("select password_hash from app_user where name = 'aigul'")).startswith(
            "$argon2id$"
        )
        kept = connection.scalars(text("select token_hash from user_session")).all()
    assert token not in kept and sessions.hash_token(token) in kept
    assert sessions.find_principal(web, sessions.hash_token(token)) is None


@pytest.mark.parametrize(
    "address",
    ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)", "", "/a\nb"],
)
def test_after_sign_in_nobody_is_led_to_another_site(address: str) -> None:
    assert local_path(address) == "/"


def test_what_is_typed_into_the_form_is_shown_as_text_never_as_markup(shared_server: Server) -> None:
    page = enter(shared_server, '"><script>alert(1)</script>', "wrong password", next='/"><script>').text
    assert "<script>" not in page


def test_signing_in_while_the_database_is_away_says_so(shared_settings: Settings) -> None:
    server = Server(replace(shared_settings, database_url="postgresql+psycopg2://x@/x?host=/nowhere"))
    try:
        with server.client(None) as visitor:
            answer = visitor.post("/sign-in", data={"name": "anybody", "password": "whatever it is"})
        assert answer.status_code == 503 and words.word("error.database.away", "kk") in answer.text
        assert "Traceback" not in server.logged()
    finally:
        server.close()
