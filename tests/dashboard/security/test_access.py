"""People are told of sign-ins that may not be theirs and of changes of their access, on their page and by
mail; what weighs most asks for a sign-in of late; a link for a new password tells an administrator none."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import httpx
import pytest
from sqlalchemy import Engine, text

from dashboard import access_mails
from dashboard.commands import user as command
from dashboard.security import sessions as sessions_cached
from dashboard.security.violations import Violations, kind_of
from dashboard.words import word
from geo.accounts import attempts, mail_addresses, notices, resets, second_factor, sessions
from geo.accounts.factor_key import FactorKey
from geo.accounts.notices import CODES
from geo.accounts.sessions import FRESH, Whence
from geo.accounts.users import add_user, disable_user, set_password
from geo.errors import InvalidInput, NotFound, Unauthenticated
from geo.settings import Settings
from geo.work import retention
from tests.dashboard.security.test_second_factor import code_of, set_up
from tests.support.connected import engine_as
from tests.support.listeners import MailServer, listening
from tests.support.web import Server

jobs = engine_as("jobs", of="shared_settings")
PASSWORD, NEW = "correct horse battery", "quite another horse"
FIREFOX = Whence("Firefox, Windows", "inside", "the cookie of the desk")
ELSEWHERE = Whence("Chrome, Android", "outside", None)


@pytest.fixture
def user_name(accounts: Engine, shared_owner: Engine, shared_server: Server) -> str:
    """A duty officer with a password, of whom nothing has happened yet."""
    name = "told"
    with shared_owner.begin() as connection:
        known = connection.scalar(text("select id from app_user where name = :name"), {"name": name})
    if known:
        set_password(accounts, name, PASSWORD)
    else:
        add_user(accounts, name, "duty", PASSWORD)
    with shared_owner.begin() as connection:
        for table in ("sign_in_failure", "access_notice", "known_browser", "second_factor"):
            connection.execute(text(f"delete from {table}"))
        connection.execute(text("update app_user set mail = null, language = null"))
    return name


def codes(web: Engine, name: str) -> list[str]:
    return [one.what for one in notices.list_notices(web, name)]


def enter(web: Engine, name: str, whence: Whence, password: str = PASSWORD) -> str:
    return sessions.sign_in(web, name, password, "10.0.0.9", whence.known, whence)


def grow_old(owner: Engine, name: str) -> None:
    with owner.begin() as connection:
        connection.execute(
            text("""update user_session set created_at = now() - cast(:fresh as interval) from app_user u
                where u.id = user_id and u.name = :name"""),
            {"fresh": FRESH, "name": name},
        )


def test_a_sign_in_that_may_not_be_theirs_is_told(web: Engine, shared_owner: Engine, user_name: str) -> None:
    enter(web, user_name, FIREFOX)
    assert codes(web, user_name) == [], "the first of all"
    desk = attempts.remember_browser(web, user_name, None)
    enter(web, user_name, Whence("Firefox, Windows", "inside", desk))
    assert codes(web, user_name) == []
    enter(web, user_name, ELSEWHERE)
    enter(web, user_name, ELSEWHERE)
    (one,) = notices.list_notices(web, user_name)
    assert (one.what, one.parameters) == ("new_browser", {"browser": "Chrome, Android", "network": "outside"})
    with shared_owner.begin() as connection:
        connection.execute(text("update known_browser set seen_at = now() - interval '61 days'"))
    enter(web, user_name, Whence("Firefox, Windows", "inside", desk))
    assert codes(web, user_name) == ["after_pause", "new_browser"]


def test_a_sign_in_after_wrong_passwords_is_told(web: Engine, user_name: str) -> None:
    for n in range(attempts.FREE["pair"]):
        with pytest.raises(Unauthenticated):
            sessions.sign_in(web, user_name, "wrong", f"10.0.1.{n}")
    enter(web, user_name, ELSEWHERE)
    assert codes(web, user_name) == ["after_failures"]


def test_a_right_password_without_the_factor_is_told_once_an_hour(
    web: Engine, shared_server: Server, shared_settings: Settings, user_name: str
) -> None:
    key = FactorKey.of(shared_settings)
    set_up(web, key, user_name)
    assert codes(web, user_name) == ["factor_confirmed"]
    with shared_server.client(None) as thief:
        thief.post("/sign-in", data={"name": user_name, "password": PASSWORD})
        for _ in range(3):
            assert thief.post("/sign-in/code", data={"code": "000000"}).status_code == 401
    assert codes(web, user_name) == ["half_refused", "factor_confirmed"]


def test_every_change_of_access_is_told(
    web: Engine, accounts: Engine, shared_server: Server, shared_settings: Settings, user_name: str
) -> None:
    key = FactorKey.of(shared_settings)
    secret, _ = set_up(web, key, user_name)
    second_factor.remove(web, key, user_name, code_of(secret))
    mail_addresses.set_mail(accounts, user_name, "told@example.org")
    with shared_server.client(None) as client:
        client.post("/sign-in", data={"name": user_name, "password": PASSWORD})
        changed = client.post("/account/password", data={"old": PASSWORD, "new": NEW, "again": NEW})
        assert changed.headers["location"] == "/account?done=password"
        page = client.get("/_dash-layout")
        assert page.status_code == 200
    assert codes(web, user_name) == ["password", "mail", "factor_removed", "factor_confirmed"]
    set_password(accounts, user_name, PASSWORD)
    assert codes(web, user_name)[0] == "password"


def test_each_notice_has_its_words() -> None:
    for code in CODES:
        for lang in ("kk", "ru", "en"):
            assert word(f"access.notice.{code}", lang) != f"access.notice.{code}"


def test_it_goes_by_mail_in_their_language_and_is_tried_again(
    web: Engine,
    accounts: Engine,
    jobs: Engine,
    shared_owner: Engine,
    shared_settings: Settings,
    user_name: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    mail_addresses.set_mail(accounts, user_name, "told@example.org")
    with shared_owner.begin() as connection:
        connection.execute(
            text("update app_user set language = 'ru' where name = :name"), {"name": user_name}
        )
    with listening(MailServer()) as server:
        monkeypatch.setenv("IKOMEK_SMTP_URL", f"smtp://127.0.0.1:{server.server_address[1]}")
        monkeypatch.setenv("IKOMEK_MAIL_FROM", "ikomek@example.org")
        assert access_mails.deliver(jobs, shared_settings.city) == 0, "of who had no address yet nothing"
        attempts.remember_browser(web, user_name, None)
        enter(web, user_name, ELSEWHERE)
        server.refuses = True
        assert access_mails.deliver(jobs, shared_settings.city) == 0
        with shared_owner.begin() as connection:
            connection.execute(text("update access_notice set next_at = now() where next_at is not null"))
        server.refuses = False
        assert access_mails.deliver(jobs, shared_settings.city) == 1
        assert access_mails.deliver(jobs, shared_settings.city) == 0
        (message,) = server.heard
    assert message["To"] == "told@example.org"
    assert message["Subject"] == "Ваш доступ: Вход из незнакомого браузера"
    assert "Chrome, Android" in message.get_content()


@pytest.mark.parametrize(
    "mail", ["told", "told@example.org\nBcc: all@example.org", "a@b c", "<told@example.org>"]
)
def test_what_is_no_address_is_refused(accounts: Engine, user_name: str, mail: str) -> None:
    with pytest.raises(InvalidInput, match=r"user\.mail"):
        mail_addresses.set_mail(accounts, user_name, mail)


def test_notices_go_after_their_time(jobs: Engine, web: Engine, shared_owner: Engine, user_name: str) -> None:
    with shared_owner.begin() as connection:
        connection.execute(
            text("""insert into access_notice (user_id, what, parameters, at)
                select id, 'password', '{}', now() - interval '91 days' from app_user where name = :name"""),
            {"name": user_name},
        )
    (rule,) = (rule for rule in retention.RULES if rule.key == "access_notices")
    before = datetime.now(UTC).replace(microsecond=0)
    with jobs.begin() as connection:
        gone = connection.execute(text(rule.statement), {"before": before, "most": 10}).rowcount
    assert gone == 1


def test_ending_sessions_asks_for_a_sign_in_of_late(
    shared_server: Server, shared_owner: Engine, web: Engine, user_name: str
) -> None:
    with shared_server.client(None) as client:
        client.post("/sign-in", data={"name": user_name, "password": PASSWORD})
        grow_old(shared_owner, user_name)
        time.sleep(sessions_cached.LIFETIME_S)  # until the server asks about this session again
        other = enter(web, user_name, FIREFOX)
        answer = client.post("/account/sessions/end")
        assert answer.headers["location"] == "/sign-in?again=1&next=%2Faccount"
        assert sessions.find_principal(web, other) is not None
        shown = client.get(answer.headers["location"])
        assert shown.status_code == 200 and f'value="{user_name}"' in shown.text
        before = client.cookies["ikomek_session"]
        again = client.post("/sign-in", data={"name": user_name, "password": PASSWORD, "next": "/account"})
        assert again.headers["location"] == "/account" and client.cookies["ikomek_session"] != before
        assert sessions.find_principal(web, before) is None, "another session in its place"
        assert client.post("/account/sessions/end").headers["location"] == "/account?done=ended"
    assert sessions.find_principal(web, other) is None


def test_an_administrator_makes_a_link_and_learns_no_password(
    shared_server: Server, web: Engine, user_name: str
) -> None:
    open_one = enter(web, user_name, FIREFOX)
    with shared_server.client("administrator") as administrator:
        shown = administrator.post("/users/reset", data={"name": user_name})
        assert shown.status_code == 200 and shown.headers["cache-control"] == "no-store"
        link = shown.text.split('<code class="sign-in-link">')[1].split("<")[0]
        assert link.startswith(f"{shared_server.url}/sign-in/reset?token=")
        unknown = administrator.post("/users/reset", data={"name": "nobody-of-this-name"})
        assert unknown.headers["location"].startswith("/users?mistake=user.unknown")
    token = link.partition("token=")[2]
    assert sessions.find_principal(web, token) is None, "it opens nothing else"
    with shared_server.client(None) as client:
        assert user_name in client.get(link).text
        for given, status in (((NEW, PASSWORD), 400), (("short", "short"), 400), ((NEW, NEW), 303)):
            new, again = given
            answer = client.post("/sign-in/reset", data={"token": token, "new": new, "again": again})
            assert answer.status_code == status, given
        assert answer.headers["location"] == "/sign-in" and "ikomek_session" not in client.cookies
        once_more = client.post("/sign-in/reset", data={"token": token, "new": PASSWORD, "again": PASSWORD})
        assert once_more.status_code == 401 and client.get(link).status_code == 401
    assert sessions.find_principal(web, open_one) is None
    assert enter(web, user_name, FIREFOX, NEW)
    assert codes(web, user_name) == ["password", "reset_link"]
    with web.connect() as connection:
        rows = connection.execute(
            text("""select who, what, parameters ->> 'name' as name from audit
                where what in ('reset.added', 'user.password') order by id desc limit 2""")
        ).all()
    assert [(row.who, row.what, row.name) for row in rows] == [
        (user_name, "user.password", user_name),
        ("administrator", "reset.added", user_name),
    ]


def test_a_link_does_not_go_round_the_second_factor_and_ends(
    web: Engine,
    accounts: Engine,
    shared_owner: Engine,
    shared_server: Server,
    shared_settings: Settings,
    user_name: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    set_up(web, FactorKey.of(shared_settings), user_name)
    command.main(shared_settings, ["user", "reset-link", user_name])
    first = capsys.readouterr().out.strip().partition("token=")[2]
    second = resets.reset_link(accounts, user_name, "command").partition("token=")[2]
    with pytest.raises(Unauthenticated, match=r"reset\.link"):
        resets.reset_password(web, first, NEW)
    resets.reset_password(web, second, NEW)
    with shared_server.client(None) as client:
        entered = client.post("/sign-in", data={"name": user_name, "password": NEW})
        assert entered.headers["location"].startswith("/sign-in/code")
    late = resets.reset_link(accounts, user_name, "command").partition("token=")[2]
    with shared_owner.begin() as connection:
        lasts = connection.scalar(
            text(
                "select max(expires_at) - now() from user_session where type = 'reset' and revoked_at is null"
            )
        )
        connection.execute(text("update user_session set expires_at = now() where type = 'reset'"))
    assert 1.9 < lasts.total_seconds() / 3600 <= resets.LASTS_H
    with pytest.raises(Unauthenticated, match=r"reset\.link"):
        resets.whose(web, late)


def test_nobody_who_is_disabled_gets_a_link(accounts: Engine, shared_server: Server) -> None:
    add_user(accounts, "gone-for-links", "duty", None)
    link = resets.reset_link(accounts, "gone-for-links", "command").partition("token=")[2]
    disable_user(accounts, "gone-for-links")
    with pytest.raises(NotFound):
        resets.reset_link(accounts, "gone-for-links", "command")
    with pytest.raises(Unauthenticated):
        resets.reset_password(accounts, link, NEW)


def test_a_browser_without_protections_is_warned(shared_server: Server) -> None:
    weak, bare = word("sign_in.weak", "en"), word("sign_in.unencrypted", "en")
    with httpx.Client(base_url=shared_server.url, headers={"Accept-Language": "en"}) as client:
        assert weak in client.get("/sign-in").text
        shown = client.get("/sign-in", headers={"Sec-Fetch-Site": "none"}).text
        assert weak not in shown and bare not in shown


def test_a_violation_of_the_policy_is_told_once_without_its_query(
    shared_server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    body = (
        b'{"csp-report": {"effective-directive": "script-src-elem", "blocked-uri": "https://evil.example/a.js?n=1",'
        b' "document-uri": "http://127.0.0.1:8109/map?who=1\\n2026 forged line"}}'
    )
    violations = Violations()
    for _ in range(3):
        violations.take(body, 1.0)
    violations.take(b"[" * 100_000, 1.0)
    violations.take(b'{"csp-report": 7}', 1.0)
    (record,) = caplog.records
    assert record.getMessage() == (
        "the content policy kept a browser from script-src-elem of evil.example/a.js on 127.0.0.1:8109/map"
    )
    for n in range(1000):
        violations.take(body.replace(b"evil", b"e%d" % n), 1.0)
    assert len(caplog.records) == 200, "whoever makes up more is not written down"
    assert kind_of(body.replace(b"?who=1", b"")) == (
        "script-src-elem",
        "evil.example/a.js",
        "127.0.0.1:8109/map2026 forged line",
    )
    with shared_server.client(None) as stranger:
        assert stranger.post("/violations", content=body).status_code in (303, 401)
    with shared_server.client() as client:
        kind = {"content-type": "application/csp-report"}
        assert client.post("/violations", content=body, headers=kind).status_code == 204
