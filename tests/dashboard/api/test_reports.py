"""A kept report by its address: for who may see the whole city; a link for those inside the network."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from sqlalchemy import Connection, Engine, text

from dashboard import reports
from dashboard.api.reports import VARIABLE, is_inside
from geo.reports import keep
from geo.reports.links import open_links
from geo.settings import Settings
from tests.support.connected import engine_as
from tests.support.web import Server

editor, owner = engine_as("editor"), engine_as("owner")
MADE = reports.MadeReport(
    {"kind": "morning", "first": "2025-02-26", "last": "2025-02-26", "read_at": "2025-02-27T07:00:00+05:00"},
    {"ru": b"%PDF-of-a-morning", "kk": b"%PDF-tangy"},
)


@pytest.fixture
def report(editor: Engine, settings: Settings) -> int:
    number = reports.store(editor, settings.city, "aidos", MADE)
    assert number is not None
    return number


@pytest.fixture
def stranger(server: Server) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.url) as client:
        yield client


def test_a_paper_comes_by_its_address(server: Server, report: int) -> None:
    with server.client("executive") as client:
        found = client.get(f"/api/v1/reports/{report}.ru.pdf")
        assert found.status_code == 200 and found.content == MADE.papers["ru"]
        assert found.headers["content-type"] == "application/pdf"
        assert "ikomek-morning-2025-02-26-ru.pdf" in found.headers["content-disposition"]
        assert client.get(f"/api/v1/reports/{report}.en.pdf").status_code == 404
        assert client.get(f"/api/v1/reports/{report + 9}.ru.pdf").status_code == 404
    with server.client("performer") as client:
        assert client.get(f"/api/v1/reports/{report}.ru.pdf").status_code == 403


def test_who_sees_one_district_opens_no_report_of_the_city(
    server: Server, report: int, owner: Engine
) -> None:
    with server.client("executive") as client:
        with owner.begin() as connection:
            connection.execute(text("update app_user set districts = array['esil'] where name = 'executive'"))
        refused = client.get(f"/api/v1/reports/{report}.ru.pdf")
        assert (refused.status_code, refused.json()["error"]) == (403, "report.scope")
        shared = client.post(f"/api/v1/reports/{report}/share", json={"language": "ru", "days": 1})
        assert shared.status_code == 403


def test_a_link_opens_without_an_account_until_it_is_revoked(
    server: Server, stranger: httpx.Client, report: int, owner: Engine
) -> None:
    with server.client("executive") as client:
        made = client.post(f"/api/v1/reports/{report}/share", json={"language": "kk", "days": 7})
        address = made.json()["address"]
        found = stranger.get(address)
        assert found.status_code == 200 and found.content == MADE.papers["kk"]
        assert "no-store" in found.headers["cache-control"]
        with owner.connect() as connection:
            [link] = keep_links(connection)
        assert client.post(f"/api/v1/reports/links/{link}/revoke", json={}).status_code == 200
        gone = stranger.get(address, headers={"accept": "text/html"})
        assert gone.status_code == 404
    with server.client("duty") as client:
        refused = client.post(f"/api/v1/reports/{report}/share", json={"language": "ru", "days": 7})
        assert refused.status_code == 403
    assert stranger.get(f"/api/v1/reports/{report}.ru.pdf").status_code == 401


def keep_links(connection: Connection) -> list[int]:
    return [one.id for one in open_links(connection, "71")]


@pytest.mark.parametrize(
    ("client", "named", "inside"),
    [
        ("10.3.4.5", "", True),
        ("127.0.0.1", "", True),
        ("::ffff:192.168.1.4", "", True),
        ("fd00::1", "", True),
        ("95.56.1.2", "", False),
        ("", "", False),
        ("10.3.4.5", "10.1.0.0/16, 95.56.0.0/16", False),
        ("95.56.1.2", "10.1.0.0/16, 95.56.0.0/16", True),
    ],
)
def test_inside_is_the_network_that_is_named(
    client: str, named: str, inside: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, named)
    assert is_inside(client) is inside


def test_from_outside_a_link_opens_nothing(settings: Settings, report: int) -> None:
    server = Server(settings, **{VARIABLE: "10.1.0.0/16"})
    try:
        with server.client("executive") as client:
            made = client.post(f"/api/v1/reports/{report}/share", json={"language": "ru", "days": 1}).json()
        refused = httpx.get(server.url + made["address"])
        assert (refused.status_code, refused.json()["error"]) == (403, "report.outside")
    finally:
        server.close()


def test_what_cannot_be_a_link_is_refused(server: Server, report: int) -> None:
    with server.client("administrator") as client:
        for body in ({"language": "ru", "days": 0}, {"language": "ru"}, {"language": "ru", "days": 99}):
            refused = client.post(f"/api/v1/reports/{report}/share", json=body)
            assert (refused.status_code, refused.json()["error"]) == (400, "report.body")
        no_paper = client.post(f"/api/v1/reports/{report}/share", json={"language": "en", "days": 1})
        assert no_paper.status_code == 404


def test_what_is_kept_stays_what_it_was(editor: Engine, report: int) -> None:
    with editor.connect() as connection:
        assert keep.find_report(connection, "71", report).content == MADE.content
