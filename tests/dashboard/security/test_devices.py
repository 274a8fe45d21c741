"""A wall's screen: in by its address, for its scene alone, until revoked."""

from __future__ import annotations

import time

import httpx
import pytest

from geo.accounts import sessions
from geo.database import Engine
from tests.support.web import Server


@pytest.fixture
def token(accounts: Engine) -> str:
    return sessions.add_device(accounts, "operations", "hall, left")


@pytest.fixture
def screen(shared_server: Server, token: str) -> httpx.Client:
    cookies = httpx.get(f"{shared_server.url}/wall/operations?token={token}").cookies
    with httpx.Client(
        base_url=shared_server.url,
        cookies=cookies,
        headers={"Sec-Fetch-Site": "same-origin", "Origin": shared_server.url},
    ) as client:
        yield client


def test_the_address_signs_the_screen_in_and_leads_to_the_clean_one(
    shared_server: Server, token: str
) -> None:
    for _ in range(2):  # a kiosk opens the same address after every restart
        answer = httpx.get(f"{shared_server.url}/wall/operations?screen=2x3:1,2&token={token}")
        assert answer.status_code == 303
        assert answer.headers["location"] == "/wall/operations?screen=2x3%3A1%2C2"
        assert (
            "Max-Age=34560000" in answer.headers["set-cookie"] and "HttpOnly" in answer.headers["set-cookie"]
        )


def test_a_screens_cookie_works_after_a_restart_of_the_server(
    shared_server: Server, screen: httpx.Client
) -> None:
    shared_server.stop()
    shared_server.start()
    assert screen.get("/wall/operations").status_code == 200


def test_the_cookie_is_renewed_with_the_page(screen: httpx.Client) -> None:
    assert "ikomek_device=" in screen.get("/wall/operations").headers["set-cookie"]


def test_the_screen_reads_what_a_wall_needs(screen: httpx.Client) -> None:
    for path in (
        "/wall/operations",
        "/_dash-layout",
        "/words/kk.json",
        "/layers/districts.geojson",
        "/tiles/buildings/15/22888/10886.mvt",
    ):
        assert screen.get(path).status_code in (200, 204), path
    assert screen.get("/").headers["location"] == "/wall/operations"


@pytest.mark.parametrize(
    "path",
    [
        "/map",
        "/feeds",
        "/wall/another",
        "/layers/export/incidents.csv",
        "/layers/incidents/812",
        "/layers/search",
        "/metrics",
        "/readyz",
        "/api/v1/ingest/police/1",
    ],
)
def test_the_screen_reads_nothing_else(screen: httpx.Client, path: str) -> None:
    assert screen.get(path).status_code in (403, 401, 404)


def test_the_screen_has_no_header_and_no_way_out(screen: httpx.Client) -> None:
    assert "shell-header" not in screen.get("/_dash-layout").text


def test_a_token_opens_no_other_scene(shared_server: Server, token: str) -> None:
    assert httpx.get(f"{shared_server.url}/wall/police?token={token}").status_code == 403


@pytest.mark.parametrize(("scene", "status"), [("operations", 200), ("electoral", 403), ("safety", 403)])
def test_the_screen_reads_the_figures_of_its_scene_alone(
    screen: httpx.Client, scene: str, status: int
) -> None:
    call = {
        "output": "wall-picture.data",
        "outputs": {"id": "wall-picture", "property": "data"},
        "changedPropIds": ["wall-refresh.n_intervals"],
        "inputs": [{"id": "wall-refresh", "property": "n_intervals", "value": 1}],
        "state": [{"id": "wall-scene", "property": "data", "value": {"key": scene, "lang": "ru"}}],
    }
    answer = screen.post("/_dash-update-component", json=call)
    assert ('"scene"' in answer.text and "panels" in answer.text) == (status == 200), answer.text


def test_a_person_may_sign_in_where_a_screen_once_was(screen: httpx.Client) -> None:
    shown = screen.get("/sign-in")
    assert shown.status_code == 200
    assert 'name="password"' in shown.text


def test_on_its_scene_the_screen_decides_whoever_signs_in_beside_it(
    shared_server: Server, screen: httpx.Client
) -> None:
    """The page, what it asks for, and the stream of its worker; elsewhere the person does."""
    screen.cookies.update(httpx.get(shared_server.link("duty")).cookies)
    assert "ikomek_device=" in screen.get("/wall/operations").headers["set-cookie"]
    for path, page, status in (
        ("/layers/points/incidents.json", "/wall/operations", 403),
        ("/layers/points/incidents.json", "/map", 200),
        ("/map", "", 200),
        ("/layers/points/incidents.json", "/wall/another", 200),
    ):
        assert (
            screen.get(path, headers={"Referer": shared_server.url + page} if page else {}).status_code
            == status
        ), (path, page)


def test_a_revoked_screen_is_told_so_and_never_sees_the_sign_in_page(
    shared_server: Server, screen: httpx.Client, token: str, accounts: Engine
) -> None:
    device = next(
        device
        for device in sessions.list_devices(accounts)
        if sessions.hash_token(token).startswith(device.id)
    )
    assert (device.scene, device.label) == ("operations", "hall, left")
    assert screen.get("/wall/operations").status_code == 200
    sessions.revoke_device(accounts, device.id)
    time.sleep(5)
    answer = screen.get("/wall/operations?lang=en", headers={"Accept-Language": "kk"})
    assert answer.status_code == 401
    assert (
        "this screen has been revoked" in answer.text
        and 'http-equiv="refresh"' in answer.text
        and "password" not in answer.text
    )
    assert screen.get("/layers/districts.geojson").status_code == 401
    assert httpx.get(f"{shared_server.url}/wall/operations?token={token}").status_code == 401


def test_a_persons_token_is_no_screens(shared_server: Server, web: Engine) -> None:
    link = httpx.get(shared_server.link("duty"))
    assert (
        httpx.get(f"{shared_server.url}/wall/operations?token={link.cookies['ikomek_session']}").status_code
        == 401
    )
