"""The names under which the server is reached: any other is refused in words before anything is done, and
stands in no link; a screen, a program and a person by an address of the machine come in."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from dashboard.security.hosts import Hosts, certificate_names
from dashboard.security.origins import Origin
from geo.accounts.sessions import add_device
from geo.database import connect_engine
from geo.errors import Misdirected
from geo.settings import Settings
from tests.support.certificates import self_signed
from tests.support.web import NOBODY, Server

MACHINE = "192.0.2.7"
FOREIGN = ["evil.example", "evil.example:8109", "127.0.0.1.evil.example", "localhost.evil.example"]
NO_HOST = ["a b", "evil@127.0.0.1", "127.0.0.1/x", "127.0.0.1:x", "[::1", "é", "a" * 300, "<b>", "::1"]


def admits(hosts: Hosts, host: str, reached: str = MACHINE) -> bool:
    try:
        hosts.check(Origin("http", host, ""), reached)
    except Misdirected as error:
        assert error.code == "door.host" and len(error.parameters["host"]) <= 100
        return False
    return True


@pytest.mark.parametrize(
    ("host", "known"),
    [
        *(
            (host, True)
            for host in ("localhost", "LOCALHOST:8109", "localhost.", "127.0.0.1:1", "[::1]:8109")
        ),
        *((host, True) for host in (MACHINE, f"{MACHINE}:8109", socket.gethostname(), "centre.kz")),
        *((host, True) for host in ("Wall.Centre.kz:443", "a.halls.kz")),
        *((host, False) for host in ("a.b.halls.kz", "halls.kz", "192.0.2.8", "0.0.0.0:8109", "8.8.8.8")),
        *((host, False) for host in (*FOREIGN, *NO_HOST)),
    ],
)
def test_a_name_is_one_of_ours_or_none(monkeypatch: pytest.MonkeyPatch, host: str, known: bool) -> None:
    monkeypatch.setenv("IKOMEK_HOSTS", "centre.kz, wall.centre.kz  *.halls.kz")
    assert admits(Hosts.of("0.0.0.0"), host) is known


@pytest.mark.parametrize(
    ("host", "reached"),
    [("192.0.2.7", "::ffff:192.0.2.7"), ("[2001:db8::1]:8109", "2001:db8::1"), ("[fe80::1]", "fe80::1%eth0")],
)
def test_the_address_that_the_connection_leads_to_is_ours(host: str, reached: str) -> None:
    assert admits(Hosts.of(), host, reached)
    assert not admits(Hosts.of(), host, "192.0.2.8")


def test_the_names_of_the_certificate_are_ours(tmp_path: Path) -> None:
    certificate, _ = self_signed(tmp_path)
    names = list(certificate_names(certificate))
    assert names and all(admits(Hosts.of(*names), name) for name in names)


@pytest.fixture(scope="module")
def named(shared_settings: Settings) -> Iterator[Server]:
    server = Server(shared_settings, IKOMEK_HOSTS="centre.example")
    yield server
    server.close()


@pytest.fixture(scope="module")
def screen(shared_settings: Settings) -> str:
    engine = connect_engine(shared_settings, "accounts")
    token = add_device(engine, "operations", "hall")
    engine.dispose()
    return token


PATHS = [
    "/healthz",
    "/",
    "/map",
    "/sign-in",
    "/assets/tokens.css",
    "/api/cap/v1/alerts.atom",
    "/api/open311/v2/discovery.json",
    "/api/features/v1",
    "/api/v1/reports/shared?token=x",
    "/live",
    "/nowhere",
]


@pytest.mark.parametrize("path", PATHS)
def test_whoever_asks_for_another_name_is_refused_in_words(named: Server, path: str) -> None:
    for client in (named.client(None), named.client("administrator")):
        with client:
            answer = client.get(path, headers={"Host": "evil.example", "Accept-Language": "en"})
    assert answer.status_code == 421 and "not reached under the name" in answer.text
    assert "http://evil.example" not in answer.text and "set-cookie" not in answer.headers


def test_a_cookie_does_nothing_for_a_page_of_another_name(named: Server) -> None:
    theirs = {"Host": "evil.example", "Origin": "http://evil.example", "Sec-Fetch-Site": "same-origin"}
    with named.client("duty") as client:
        refused = client.post("/language", data={"language": "kk"}, headers=theirs)
        assert (refused.status_code, refused.json()["error"]) == (421, "door.host")
        assert client.post("/language", data={"language": "kk"}).status_code == 204


def test_known_names_come_in_and_stand_in_links(named: Server) -> None:
    with named.client(None) as client:
        for host in (f"127.0.0.1:{named.port}", f"localhost:{named.port}", "centre.example"):
            feed = client.get("/api/cap/v1/alerts.atom", headers={"Host": host}).text
            assert f'href="http://{host}/api/cap/v1/alerts.atom"' in feed
            assert "<id>urn:ikomek:alerts:71</id>" in feed, "one feed under every name"


def test_a_screen_is_let_in_by_each_of_its_names(named: Server, screen: str) -> None:
    for host, status in ((f"127.0.0.1:{named.port}", 303), ("centre.example", 303), ("evil.example", 421)):
        address = f"{named.url}/wall/operations?token={screen}"
        answer = httpx.get(address, headers={"Host": host}, verify=NOBODY)
        assert answer.status_code == status, answer.text
        assert ("set-cookie" in answer.headers) is (status == 303)


def test_who_names_no_host_means_the_address_that_they_came_to(named: Server) -> None:
    with socket.create_connection(("127.0.0.1", named.port)) as line:
        line.sendall(b"GET /api/cap/v1/alerts.atom HTTP/1.0\r\n\r\n")
        answer = b"".join(iter(lambda: line.recv(4096), b"")).decode()
    assert " 200 " in answer.splitlines()[0] and f'href="http://127.0.0.1:{named.port}/' in answer
