"""Signing in with OpenID Connect, against a real provider in a process of its own: who comes in, and that
nobody does by an answer that is not whole, not for us, not of now, or not for this browser."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import Engine, text

from dashboard.commands import user as command
from dashboard.security.oidc_providers import is_safe_address, read_providers
from geo.accounts import second_factor
from geo.accounts.factor_key import FactorKey
from geo.accounts.users import add_user, disable_user
from geo.errors import InvalidInput, NotFound
from geo.settings import Settings
from tests.dashboard.security.test_second_factor import code_of, set_up
from tests.support.oidc_provider import MISCHIEF, Provider, providing
from tests.support.web import Server

FILE = """
[[provider]]
key = "city"
name = "City ID"
issuer = "http://127.0.0.1:{port}"
client = "ikomek"
secret = "a secret between the two"

[[provider]]
key = "away"
name = "Nobody there"
issuer = "http://127.0.0.1:9"
client = "ikomek"

[[provider]]
key = "staff"
name = "Staff ID"
issuer = "http://127.0.0.1:{port}"
client = "ikomek"
secret = "a secret between the two"
roles = {{ "ikomek-duty" = "duty", "ikomek-chiefs" = "executive" }}
"""


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with providing(port) as provider:
        yield provider


@pytest.fixture(scope="module")
def oidc_server(
    shared_settings: Settings, provider: Provider, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    file = tmp_path_factory.mktemp("oidc") / "oidc.toml"
    file.write_text(FILE.format(port=urlsplit(provider.url).port))
    server = Server(shared_settings, IKOMEK_OIDC=str(file))
    yield server
    server.close()


@pytest.fixture
def aigerim(web: Engine, accounts: Engine, shared_owner: Engine, provider: Provider) -> str:
    """A duty officer of that name whom nobody at the provider is linked to, and who comes from there next."""
    with shared_owner.begin() as connection:
        connection.execute(text("delete from linked_login"))
        connection.execute(text("delete from second_factor"))
        known = connection.scalar(text("select count(*) from app_user where name = 'aigerim'"))
    if not known:
        add_user(accounts, "aigerim", "duty", None)
    provider.next("1", "Aigerim")
    return "aigerim"


@contextmanager
def stranger(server: Server) -> Iterator[httpx.Client]:
    """A browser of a stranger who reads English."""
    with server.client(None) as client:
        client.headers["Accept-Language"] = "en"
        yield client


@pytest.fixture
def client(oidc_server: Server) -> Iterator[httpx.Client]:
    with stranger(oidc_server) as client:
        yield client


def answer_of(client: httpx.Client, path: str = "/feeds", provider: str = "city") -> str:
    """The address that the provider sends the browser back to."""
    there = client.get(f"/sign-in/with/{provider}", params={"next": path})
    assert there.status_code == 303, there.text
    back = httpx.get(there.headers["location"])
    assert back.status_code == 302, back.text
    return back.headers["location"]


def come_back(client: httpx.Client, address: str) -> httpx.Response:
    return client.get(address, headers={"Sec-Fetch-Site": "cross-site"})


def come(client: httpx.Client) -> httpx.Response:
    return come_back(client, answer_of(client))


def is_in(client: httpx.Client) -> bool:
    return client.get("/words/en.json").status_code == 200


def refused(client: httpx.Client, answer: httpx.Response, words: str) -> None:
    assert answer.status_code == 401 and words in answer.text, answer.text
    assert not is_in(client)


def last_acts(web: Engine, count: int) -> list[tuple[str, str, str | None]]:
    with web.connect() as connection:
        rows = connection.execute(
            text("""select who, what, coalesce(parameters ->> 'way', parameters ->> 'code')
                from audit order by id desc limit :count"""),
            {"count": count},
        ).all()
    return [(row[0], row[1], row[2]) for row in reversed(rows)]


def test_a_person_comes_in_by_the_button_and_goes_where_they_wanted(
    oidc_server: Server, web: Engine, aigerim: str, browser_page: Page
) -> None:
    page = browser_page
    page.goto(oidc_server.url + "/sign-in?lang=en&next=/account")
    page.get_by_role("link", name="Sign in with City ID").click()
    expect(page.locator(".shell-name")).to_have_text(aigerim)
    assert page.url == oidc_server.url + "/account"
    cookies = {cookie["name"]: cookie for cookie in page.context.cookies()}
    assert "ikomek_oidc" not in cookies and cookies["ikomek_session"]["httpOnly"]


def test_whom_the_provider_names_is_linked_once_and_stays_the_same_user(
    client: httpx.Client, oidc_server: Server, web: Engine, provider: Provider, aigerim: str
) -> None:
    answer = come(client)
    assert (answer.status_code, answer.headers["location"]) == (303, "/feeds") and is_in(client)
    assert last_acts(web, 2) == [(aigerim, "login.linked", None), (aigerim, "signed_in", "oidc")]
    provider.next("1", "renamed")
    with stranger(oidc_server) as again:
        assert come(again).status_code == 303 and is_in(again)
    assert last_acts(web, 1) == [(aigerim, "signed_in", "oidc")]
    provider.next("2", "aigerim")
    with stranger(oidc_server) as other:
        refused(other, come(other), "linked to the account of another person")


def test_nobody_is_made_a_user_and_a_disabled_one_stays_out(
    client: httpx.Client, web: Engine, accounts: Engine, provider: Provider, aigerim: str
) -> None:
    for login in ("nobody-here", "", "administrator\x00"):
        provider.next("7", login)
        answer = come(client)
        assert answer.status_code == 401 and not is_in(client)
    with web.connect() as connection:
        assert not connection.scalar(text("select count(*) from app_user where name = 'nobody-here'"))
        assert not connection.scalar(text("select count(*) from linked_login"))
    add_user(accounts, "gone", "duty", None)
    provider.next("8", "gone")
    assert come(client).status_code == 303
    disable_user(accounts, "gone")
    client.cookies.clear()
    refused(client, come(client), "has no access here")


def test_who_is_in_no_group_that_gives_their_role_stays_out(
    oidc_server: Server, web: Engine, provider: Provider, aigerim: str
) -> None:
    """And nobody becomes by a group what they are not here."""
    for groups in (None, ["others"], ["ikomek-chiefs"], "ikomek-duty", [{"ikomek-duty": 1}]):
        provider.next("1", aigerim, groups=groups)
        with stranger(oidc_server) as client:
            refused(client, come_back(client, answer_of(client, provider="staff")), "no group of yours")
        assert last_acts(web, 1) == [("stranger", "refused", "oidc.group")]
    with web.connect() as connection:
        assert not connection.scalar(text("select count(*) from linked_login"))
    provider.next("1", aigerim, groups=["others", "ikomek-duty"])
    with stranger(oidc_server) as client:
        assert come_back(client, answer_of(client, provider="staff")).status_code == 303 and is_in(client)
    with web.connect() as connection:
        assert connection.scalar(text("select role from app_user where name = 'aigerim'")) == "duty"
    provider.next("1", aigerim)
    with stranger(oidc_server) as client:
        refused(client, come_back(client, answer_of(client, provider="staff")), "no group of yours")


@pytest.mark.parametrize("wrong", MISCHIEF)
def test_an_answer_that_cannot_be_believed_lets_nobody_in(
    client: httpx.Client, web: Engine, provider: Provider, aigerim: str, wrong: str
) -> None:
    provider.next("1", aigerim, wrong)
    answer = come(client)
    code = "oidc.claim" if wrong == "no_claim" else "oidc.token"
    refused(client, answer, "did not give your name" if wrong == "no_claim" else "did not pass the checks")
    with web.connect() as connection:
        noted = connection.scalar(
            text("select count(*) from audit where what = 'refused' and parameters ->> 'code' = :code"),
            {"code": code},
        )
        assert noted and not connection.scalar(text("select count(*) from linked_login"))


def test_an_answer_counts_once_and_in_the_browser_that_began(
    client: httpx.Client, oidc_server: Server, aigerim: str
) -> None:
    stolen = answer_of(client)
    with stranger(oidc_server) as other:
        refused(other, come_back(other, stolen), "not begun in this browser")
        answer_of(other)
        refused(other, come_back(other, stolen), "not begun in this browser")
    kept = client.cookies["ikomek_oidc"]
    assert come_back(client, stolen).status_code == 303 and is_in(client)
    with stranger(oidc_server) as late:
        late.cookies.set("ikomek_oidc", kept)
        refused(late, come_back(late, stolen), "refused the sign-in")
        for value in ("nonsense", "e30=", "bnVsbA=="):
            late.cookies.set("ikomek_oidc", value)
            refused(late, come_back(late, stolen), "not begun in this browser")


def test_a_code_is_worth_nothing_without_the_verifier(client: httpx.Client, aigerim: str) -> None:
    there = client.get("/sign-in/with/city")
    query = parse_qs(urlsplit(there.headers["location"]).query)
    assert query["code_challenge_method"] == ["S256"] and query["response_type"] == ["code"]
    address = httpx.get(there.headers["location"]).headers["location"]
    code = parse_qs(urlsplit(address).query)["code"][0]
    url = urlsplit(there.headers["location"])
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": query["redirect_uri"][0],
        "code_verifier": "x" * 64,
    }
    login = ("ikomek", "a secret between the two")
    assert httpx.post(f"http://{url.netloc}/token", data=form, auth=login).status_code == 400


def test_what_the_provider_refuses_is_said(client: httpx.Client, aigerim: str) -> None:
    answer = answer_of(client)
    state = parse_qs(urlsplit(answer).query)["state"][0]
    denied = f"/sign-in/with/city/return?error=access_denied&state={state}"
    refused(client, come_back(client, denied), "City ID refused the sign-in")


def test_a_second_factor_is_asked_for_here_too(
    client: httpx.Client, web: Engine, shared_settings: Settings, aigerim: str
) -> None:
    secret, _ = set_up(web, FactorKey.of(shared_settings), aigerim)
    answer = come(client)
    assert answer.headers["location"] == "/sign-in/code?next=%2Ffeeds" and not is_in(client)
    assert client.post("/sign-in/code", data={"code": code_of(secret)}).status_code == 303
    assert is_in(client) and second_factor.state_of(web, aigerim).confirmed_at


def test_a_provider_that_is_away_leaves_the_form(client: httpx.Client) -> None:
    answer = client.get("/sign-in/with/away")
    assert answer.status_code == 503 and "Nobody there does not answer" in answer.text
    assert 'name="password"' in answer.text
    assert client.get("/sign-in/with/unknown", headers={"Accept": "text/html"}).status_code == 404


def test_where_to_go_is_a_path_of_ours(client: httpx.Client, aigerim: str) -> None:
    back = come_back(client, answer_of(client, "https://evil.example/"))
    assert back.headers["location"] == "/"


def test_an_administrator_takes_the_link_away(
    client: httpx.Client,
    shared_settings: Settings,
    provider: Provider,
    aigerim: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    come(client)
    assert (
        command.main(shared_settings, ["user", "unlink", aigerim]) == 0 and aigerim in capsys.readouterr().out
    )
    with pytest.raises(NotFound, match=r"oidc\.no_link"):
        command.main(shared_settings, ["user", "unlink", aigerim])
    provider.next("2", aigerim)
    client.cookies.clear()
    assert come(client).status_code == 303


@pytest.mark.parametrize(
    ("before", "after", "line", "key"),
    [
        ('issuer = "http://127.0.0.1:1"', 'issuer = "http://id.example.kz"', 5, "issuer"),
        ('client = "ikomek"', 'client = ""', 6, "client"),
        ('key = "city"', 'key = "City!"', 3, "key"),
        ('client = "ikomek"', 'client = "ikomek"\nscope = "profile"', 7, "scope"),
        ('client = "ikomek"', 'client = "ikomek"\nroles = "all"', 7, "roles"),
        ('client = "ikomek"', 'client = "ikomek"\nroles = { x = 1 }', 7, "roles"),
        ('client = "ikomek"', 'client = "ikomek"\nrights = "all"', 7, "rights"),
    ],
)
def test_a_mistake_in_the_file_is_told_by_its_line(
    tmp_path: Path, before: str, after: str, line: int, key: str
) -> None:
    file = tmp_path / "oidc.toml"
    good = FILE.format(port=1)
    file.write_text(good)
    providers = read_providers(file)
    assert providers["away"].settings.secret is None and "between" not in repr(providers["city"].settings)
    file.write_text(good.replace(before, after, 1))
    with pytest.raises(InvalidInput, match=r"oidc\.settings") as raised:
        read_providers(file)
    assert (raised.value.parameters["line"], raised.value.parameters["key"]) == (line, key)


@pytest.mark.parametrize(
    ("address", "safe"),
    [
        *(("https://id.example.kz/realms/city", True), ("http://localhost:8080", True)),
        *(("http://[::1]:80", True), ("http://10.0.0.1", False), ("https://", False)),
        *(("ftp://localhost", False), ("http://[", False), (None, False)),
    ],
)
def test_only_what_nobody_can_read_on_the_way_is_asked(address: object, safe: bool) -> None:
    assert is_safe_address(address) is safe
