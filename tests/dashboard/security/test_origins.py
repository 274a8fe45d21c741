"""Where a request comes from, with and without a proxy in front, and which bodies and paths pass."""

from __future__ import annotations

import asyncio
import errno
import io
import socket
import ssl
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from sqlalchemy import Engine
from starlette.datastructures import Headers

from dashboard import pages
from dashboard.security.body import read_body, replay, spool
from dashboard.security.origins import Origin, is_ours, is_read_by_ours, read_origin
from dashboard.security.rules import PUBLIC, RULES, find_rule, page_rules, path_pattern
from geo.accounts.sessions import add_device
from geo.errors import InvalidInput, StorageFull, TooLarge
from geo.settings import Settings
from tests.support.certificates import self_signed
from tests.support.web import Server

SCOPE = {"scheme": "http", "client": ("10.0.0.5", 1234)}
FORWARDED = {
    "host": "inner:8109",
    "x-forwarded-proto": "https",
    "x-forwarded-host": "centre.example",
    "x-forwarded-for": "6.6.6.6, 192.0.2.7",
}


def test_forwarded_headers_are_believed_only_when_trusted() -> None:
    assert read_origin(SCOPE, Headers(FORWARDED), trust_proxy=False) == Origin(
        "http", "inner:8109", "10.0.0.5"
    )
    assert read_origin(SCOPE, Headers(FORWARDED), trust_proxy=True) == Origin(
        "https", "centre.example", "192.0.2.7"
    )


@pytest.mark.parametrize(
    ("given", "ours"),
    [
        ({"sec-fetch-site": "same-origin", "origin": "http://a:1"}, True),
        ({"sec-fetch-site": "same-origin"}, True),
        ({"sec-fetch-site": "none"}, True),
        ({"origin": "http://a:1"}, True),
        ({}, False),
        ({"origin": "null"}, False),
        ({"origin": "https://a:1"}, False),
        ({"origin": "http://a:1.evil.example"}, False),
        ({"sec-fetch-site": "same-site", "origin": "http://a:1"}, False),
        ({"sec-fetch-site": "cross-site", "origin": "http://a:1"}, False),
        ({"sec-fetch-site": "same-origin", "origin": "http://b:1"}, False),
    ],
)
def test_a_write_is_accepted_from_our_own_pages_and_programs_only(given: dict[str, str], ours: bool) -> None:
    assert is_ours(Headers(given), Origin("http", "a:1", "")) is ours


@pytest.mark.parametrize(
    ("site", "ours"),
    [("same-origin", True), ("none", True), ("", False), ("same-site", False), ("cross-site", False)],
)
def test_a_read_is_answered_to_our_pages_and_to_a_hand(site: str, ours: bool) -> None:
    assert is_read_by_ours(Headers({"sec-fetch-site": site})) is ours
    assert is_read_by_ours(Headers({})), "a program says nothing"


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/voters/printed.pdf?number=1",
        "/api/v1/voters/notices.pdf",
        "/api/v1/voters/load",
        "/api/v1/audit.csv",
        "/api/v1/incidents/1/proof/1.jpg",
        "/api/v1/statistics/answered.csv",
        "/api/v1/reports/1.ru.pdf",
        "/api/v1/shift/1.pdf",
        "/layers/export/incidents.csv",
        "/layers/export/incidents.pdf",
        "/live",
        "/words/ru.json",
    ],
)
def test_what_is_no_page_is_not_answered_to_another_site(demo_server: Server, path: str) -> None:
    """Nor recorded as a look of whoever only followed a link."""
    with demo_server.client("administrator") as client:
        for site in ("cross-site", "same-site"):
            answer = client.get(path, headers={"Sec-Fetch-Site": site, "Sec-Fetch-Mode": "navigate"})
            assert (answer.status_code, answer.json()["error"]) == (403, "door.foreign_read"), path
        for page in ("/", "/audit", "/voters"):
            followed = client.get(page, headers={"Sec-Fetch-Site": "cross-site"}, follow_redirects=False)
            assert followed.status_code in (200, 303), page


def test_only_pages_and_the_way_to_them_are_linked() -> None:
    assert [one.pattern.pattern for one in RULES if one.linked or one.page] == ["/"]


def test_behind_a_trusted_proxy_cookies_are_secure_and_tls_is_demanded(settings: Settings) -> None:
    server = Server(settings, IKOMEK_TRUST_PROXY="1", IKOMEK_HOSTS="centre.example")
    try:
        answer = httpx.get(
            server.link("duty"), headers={"X-Forwarded-Proto": "https", "X-Forwarded-Host": "centre.example"}
        )
        assert "Secure" in answer.headers["set-cookie"] and answer.headers["strict-transport-security"]
        ours = {
            "Origin": "https://centre.example",
            "X-Forwarded-Proto": "https",
            "X-Forwarded-Host": "centre.example",
            "Cookie": f"__Host-ikomek_session={answer.cookies['__Host-ikomek_session']}",
        }
        assert (
            httpx.post(
                f"{server.url}/language", data={"language": "kk"}, headers=ours | {"Origin": server.url}
            ).status_code
            == 403
        )
        assert httpx.post(f"{server.url}/language", data={"language": "kk"}, headers=ours).status_code == 204
        planted = ours | {"Cookie": ours["Cookie"].removeprefix("__Host-")}
        refused = httpx.post(f"{server.url}/language", data={"language": "kk"}, headers=planted)
        assert refused.status_code == 401, "of a name that a neighbour in the domain can set"
        out = httpx.post(f"{server.url}/sign-out", headers=ours)
        assert out.headers["set-cookie"].startswith('__Host-ikomek_session=""; ')
        assert out.headers["clear-site-data"] == '"cache", "storage"'
    finally:
        server.close()


def test_a_server_with_certificate_files_speaks_tls(
    settings: Settings, owner: Engine, tmp_path: Path
) -> None:
    certificate, key = self_signed(tmp_path)
    server = Server(settings, certificate=certificate, key=key)
    try:
        answer = httpx.get(server.link("duty"), verify=server.verify)
        assert answer.headers["strict-transport-security"] == "max-age=31536000; includeSubDomains"
        cookie = answer.headers["set-cookie"]
        assert cookie.startswith("__Host-ikomek_session=") and "Path=/" in cookie and "Secure" in cookie
        assert "Domain" not in cookie
        screen = {"Cookie": f"ikomek_device={add_device(owner, 'operations')}"}
        page = httpx.get(f"{server.url}/wall/operations", headers=screen, verify=server.verify)
        assert page.status_code == 200, "a screen whose cookie is from before"
        assert page.headers["set-cookie"].startswith("__Host-ikomek_device=")
        for of_today in ("ECDHE+AESGCM", "ECDHE+CHACHA20"):
            assert _agreed(server.url, of_today) == "TLSv1.2"
        for old in ("AES128-SHA256", "ECDHE+SHA256+AES:!AESGCM", "DHE+AESGCM"):
            with pytest.raises(ssl.SSLError):
                _agreed(server.url, old)
    finally:
        server.close()


def _agreed(url: str, ciphers: str) -> str | None:
    """The version of TLS that a client agrees on who knows TLS 1.2 and these ciphers alone."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(ciphers)
    parts = urlsplit(url)
    with (
        socket.create_connection((parts.hostname or "", parts.port or 0), timeout=10) as plain,
        context.wrap_socket(plain) as wrapped,
    ):
        return wrapped.version()


def receiver(*chunks: bytes):
    """A `receive` that gives the chunks, then says that the client has gone."""
    messages = [
        {"type": "http.request", "body": chunk, "more_body": i + 1 < len(chunks)}
        for i, chunk in enumerate(chunks)
    ]

    async def receive() -> dict:
        return messages.pop(0) if messages else {"type": "http.disconnect"}

    return receive


def test_a_body_is_read_up_to_its_limit_and_given_once_more() -> None:
    async def both() -> tuple[bytes, dict, dict]:
        receive, body = receiver(b"ab", b"cd"), io.BytesIO()
        again = replay(body, await read_body(receive, Headers(), 4, body), receive)
        return body.getvalue(), await again(), await again()

    body, first, second = asyncio.run(both())
    assert (
        body == b"abcd"
        and first["body"] == b"abcd"
        and not first["more_body"]
        and second["type"] == "http.disconnect"
    )


def test_a_large_body_is_kept_in_a_file_and_given_again_in_pieces(tmp_path) -> None:
    async def pieces(body) -> list[bytes]:
        receive = receiver(*[bytes([n]) * 700_000 for n in range(4)])
        again, found = replay(body, await read_body(receive, Headers(), 3_000_000, body), receive), []
        while (message := await again())["type"] == "http.request":
            found.append(message["body"])
        return found

    with spool(tmp_path) as body:
        found = asyncio.run(pieces(body))
        assert max(map(len, found)) <= 1_000_000 and b"".join(found) == b"".join(
            bytes([n]) * 700_000 for n in range(4)
        )
        assert not list(tmp_path.iterdir())  # it has no name: nothing is left by whoever is killed


def test_a_body_that_finds_the_disk_full_is_told_so() -> None:
    class Full(io.BytesIO):
        def write(self, piece: bytes) -> int:
            raise OSError(errno.ENOSPC, "no space")

    with pytest.raises(StorageFull):
        asyncio.run(read_body(receiver(b"ab"), Headers(), 4, Full()))


@pytest.mark.parametrize(
    ("headers", "chunks"),
    [({"content-length": "5"}, (b"",)), ({"content-length": "x"}, (b"",)), ({}, (b"abc", b"de"))],
)
def test_a_longer_body_is_refused(headers: dict[str, str], chunks: tuple[bytes, ...]) -> None:
    with pytest.raises(TooLarge):
        asyncio.run(read_body(receiver(*chunks), Headers(headers), 4, io.BytesIO()))


def test_a_client_that_hangs_up_is_no_body() -> None:
    with pytest.raises(InvalidInput):
        asyncio.run(read_body(receiver(), Headers(), 4, io.BytesIO()))


def test_what_is_public_is_this_and_nothing_more() -> None:
    assert [rule.pattern.pattern for rule in RULES if rule.permission == PUBLIC] == [
        r"/healthz",
        r"/sign-in(/once|/code|/reset|/passkey(/options)?)?",
        r"/sign-in/with/[a-z][a-z0-9]*(/return)?",
        r"/assets/passkeys\.js",
        r"/assets/(tokens|base|shell|sign_in)\.css",
        r"/assets/favicon\.svg",
        r"/assets/([\w.@-]+/)*[\w.@-]+\.woff2",
        r"/api/v1/reports/shared",
    ]


def test_every_page_has_a_rule_of_its_own() -> None:
    rules = (*RULES, *page_rules(pages.PAGES))
    for page in pages.PAGES:
        found = find_rule(rules, page.PATH.replace("<scene>", "operations"))
        assert found is not None and found.permission == page.PERMISSION and found.page
    assert find_rule(rules, "/no-such-page") is None
    assert path_pattern("/wall/<scene>") == r"/wall/(?P<scene>[\w-]+)"
