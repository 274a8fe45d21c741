"""Each door is proven by a request that must be refused, against the real server."""

from __future__ import annotations

import re
import time

import httpx
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as rules
from hypothesis import strategies as st
from sqlalchemy import text
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from geo.accounts import sessions
from geo.accounts.sessions import one_time_link
from geo.accounts.users import add_user, disable_user
from geo.database import Engine
from tests.support.web import Server

ROUTE = {
    "output": "page.children",
    "outputs": {"id": "page", "property": "children"},
    "changedPropIds": ["address.pathname"],
    "inputs": [{"id": "address", "property": "pathname", "value": "/feeds"}],
    "state": [{"id": "address", "property": "search", "value": ""}],
}


@pytest.fixture
def server(shared_server: Server) -> Server:
    return shared_server


@pytest.fixture
def stranger(server: Server) -> httpx.Client:
    with server.client(role=None) as client:
        yield client


@pytest.fixture
def officer(server: Server) -> httpx.Client:
    with server.client("duty") as client:
        yield client


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/feeds",
        "/wall/operations",
        "/_dash-layout",
        "/_dash-dependencies",
        "/_dash-component-suites/dash/deps/react@18.v18_3_1.min.js",
        "/_reload-hash",
        "/_favicon.ico",
        "/docs",
        "/redoc",
        "/openapi.json",
        "/_mcp",
        "/live",
        "/tiles/density/10/715/340.mvt",
        "/layers/incidents.geojson",
        "/words/ru.json",
        "/assets/shell.js",
        "/assets/../pyproject.toml",
        "/readyz",
        "/metrics",
        "/api/v1/ingest/police/1",
        "/no-such-page",
    ],
)
def test_a_stranger_gets_nothing_but_the_way_to_sign_in(stranger: httpx.Client, path: str) -> None:
    answer = stranger.get(path)
    assert answer.status_code in (303, 401), answer.text
    if answer.status_code == 303:
        assert answer.headers["location"].startswith("/sign-in?next=%2F")


def test_a_stranger_calls_no_callback(stranger: httpx.Client) -> None:
    assert stranger.post("/_dash-update-component", json=ROUTE).status_code == 401


@pytest.mark.parametrize(
    "path",
    [
        "/healthz",
        "/sign-in",
        "/assets/tokens.css",
        "/assets/base.css",
        "/assets/shell.css",
        "/assets/sign_in.css",
        "/assets/favicon.svg",
    ],
)
def test_what_the_sign_in_page_needs_is_open(stranger: httpx.Client, path: str) -> None:
    assert stranger.get(path).status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/docs",
        "/redoc",
        "/openapi.json",
        "/_mcp",
        "/_reload-hash",
        "/_favicon.ico",
        "/no-such-page",
        "/assets/../pyproject.toml",
        "/layers/no-such.json",
        "/tiles/incidents/1/1/1.pbf",
        "/words/",
    ],
)
def test_what_no_rule_or_no_route_names_is_there_for_nobody(officer: httpx.Client, path: str) -> None:
    assert officer.get(path).status_code == 404


def test_a_callback_from_a_foreign_page_is_refused(officer: httpx.Client) -> None:
    assert officer.post("/_dash-update-component", json=ROUTE).status_code == 200
    assert (
        officer.post(
            "/_dash-update-component", json=ROUTE, headers={"Sec-Fetch-Site": "cross-site"}
        ).status_code
        == 403
    )
    assert (
        officer.post(
            "/_dash-update-component", json=ROUTE, headers={"Origin": "https://evil.example"}
        ).status_code
        == 403
    )
    assert officer.post("/_dash-update-component", json=ROUTE, headers={"Origin": "null"}).status_code == 403


def test_a_write_that_says_nothing_of_its_origin_is_refused(server: Server, officer: httpx.Client) -> None:
    with httpx.Client(base_url=server.url, cookies=officer.cookies) as silent:
        assert silent.post("/sign-out").status_code == 403


@pytest.mark.parametrize("path", ["/_dash-update-component", "/sign-in", "/language"])
def test_a_big_body_is_refused(officer: httpx.Client, path: str) -> None:
    assert officer.post(path, content=b"x" * 1_000_001).status_code == 413


def test_a_big_body_without_a_length_is_refused(officer: httpx.Client) -> None:
    assert (
        officer.post("/_dash-update-component", content=(b"x" * 100_000 for _ in range(11))).status_code
        == 413
    )


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"output": 1}', b"\xff", b"nonsense", b"[" * 100_000])
def test_a_callback_that_cannot_be_read_is_refused(officer: httpx.Client, body: bytes) -> None:
    assert officer.post("/_dash-update-component", content=body).status_code in (400, 403)


SPOILT = st.sampled_from(
    ([], {}, None, 1, "x", [1], [{}], [{"id": 1}], [[{}]], {"id": {"a": 1}, "property": 2})
)


@given(
    name=st.sampled_from(("outputs", "inputs", "state", "changedPropIds")),
    value=SPOILT,
    missing=st.booleans(),
)
@rules(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_callback_of_any_shape_is_no_failure_of_ours(
    officer: httpx.Client, name: str, value: object, missing: bool
) -> None:
    call = {key: kept for key, kept in ROUTE.items() if not missing or key != name} | (
        {} if missing else {name: value}
    )
    assert officer.post("/_dash-update-component", json=call).status_code in (200, 204, 400)


@pytest.mark.parametrize(
    "path", ["os/x.js", "dash/nope.js", "dash_leaflet/../../x.js", "dash/deps/x.v1m2.js"]
)
def test_a_script_that_is_none_is_not_found(officer: httpx.Client, path: str) -> None:
    assert officer.get(f"/_dash-component-suites/{path}").status_code == 404


@pytest.mark.parametrize("bbox", ["0,0,1e308,1e308", "nan,0,1,1", "inf,0,1,1", "1,1,0,0", "1,2,3", "x", ""])
@pytest.mark.parametrize(
    "path", ["/layers/plans/streets.json", "/layers/incidents.geojson", "/layers/buildings.geojson"]
)
def test_a_box_that_is_none_is_refused(server: Server, path: str, bbox: str) -> None:
    with server.client() as administrator:
        assert administrator.get(path, params={"bbox": bbox}).status_code == 400


def test_a_callback_that_no_page_registered_is_refused(officer: httpx.Client) -> None:
    assert (
        officer.post("/_dash-update-component", json=ROUTE | {"output": "other.children"}).status_code == 403
    )


def test_a_callback_needs_the_permission_of_its_page(server: Server) -> None:
    call = ROUTE | {
        "output": "feeds-table.children",
        "outputs": {"id": "feeds-table", "property": "children"},
        "inputs": [
            {"id": "address", "property": "search", "value": ""},
            {"id": "feeds-pulse", "property": "data", "value": 1},
        ],
        "state": [],
        "changedPropIds": ["feeds-pulse.data"],
    }
    with server.client("duty") as officer, server.client("performer") as performer:
        assert officer.post("/_dash-update-component", json=call).status_code == 200
        assert performer.post("/_dash-update-component", json=call).status_code == 403
        assert performer.get("/feeds").status_code == 403
        assert "feeds-table" not in performer.post("/_dash-update-component", json=ROUTE).text


def test_websockets_are_closed(server: Server, officer: httpx.Client) -> None:
    cookies = "; ".join(f"{name}={value}" for name, value in officer.cookies.items())
    with (
        pytest.raises(InvalidStatus),
        connect(
            f"{server.url.replace('http', 'ws')}/_dash-ws-callback",
            origin=server.url,
            additional_headers={"Cookie": cookies},
            proxy=None,
        ),
    ):
        pass


def test_every_answer_has_the_headers(stranger: httpx.Client, officer: httpx.Client) -> None:
    for answer in (
        stranger.get("/feeds"),
        stranger.get("/healthz"),
        officer.get("/feeds"),
        officer.get("/no-such-page"),
        officer.get("/assets/shell.js"),
    ):
        policy = answer.headers["content-security-policy"]
        for nothing in ("default-src", "object-src", "base-uri", "frame-ancestors"):
            assert f"{nothing} 'none'" in policy
        assert "unsafe-eval" not in policy
        assert "'unsafe-inline'" not in policy.split("style-src")[0]
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "same-origin"
        assert answer.headers["cross-origin-opener-policy"] == "same-origin"
        assert "geolocation=()" in answer.headers["permissions-policy"]
        assert "server" not in answer.headers


def test_a_method_that_no_route_has_is_refused(officer: httpx.Client) -> None:
    ours = {"Origin": str(officer.base_url).rstrip("/")}
    for method, path in (
        ("TRACE", "/feeds"),
        ("TRACE", "/healthz"),
        ("DELETE", "/sign-in"),
        ("PUT", "/live"),
    ):
        assert officer.request(method, path, headers=ours).status_code == 405, (method, path)


def test_the_id_of_a_request_is_that_of_its_line_in_the_audit(
    officer: httpx.Client, accounts: Engine
) -> None:
    """What a browser says of it counts for nothing: it could be that of another request."""
    refused = officer.get("/audit", headers={"X-Request-Id": "0123456789abcdef"})
    given = refused.headers["x-request-id"]
    assert re.fullmatch("[0-9a-f]{16}", given) and given != "0123456789abcdef"
    with accounts.connect() as connection:
        line = text("select request_id from audit where what = 'refused' order by id desc limit 1")
        assert connection.scalar(line) == given
    assert officer.get("/feeds").headers["x-request-id"] != given


def test_what_only_a_caller_may_see_is_kept_in_no_shared_cache(officer: httpx.Client) -> None:
    for path in ("/feeds", "/_dash-layout", "/assets/shell.js", "/words/ru.json"):
        answered = officer.get(path).headers
        assert "public" not in answered["cache-control"] and "Cookie" in answered["vary"]


def test_the_cookie_is_out_of_reach_of_scripts(server: Server) -> None:
    cookie = httpx.get(server.link("duty")).headers["set-cookie"]
    assert "HttpOnly" in cookie and "SameSite=lax" in cookie and "Path=/" in cookie and "Secure" not in cookie


def test_signing_out_counts_at_once(server: Server, officer: httpx.Client) -> None:
    token = officer.cookies["ikomek_session"]
    assert officer.get("/feeds").status_code == 200
    assert officer.post("/sign-out").status_code == 303
    assert httpx.get(f"{server.url}/feeds", cookies={"ikomek_session": token}).status_code == 303


def test_a_disabled_user_is_out_within_five_seconds_and_so_is_the_stream(
    server: Server, officer: httpx.Client, accounts: Engine
) -> None:
    add_user(accounts, "leaver", "duty", None)
    officer.cookies.clear()
    officer.get(one_time_link(accounts, "leaver"))
    with officer.stream("GET", "/live") as stream:
        assert stream.status_code == 200
        disable_user(accounts, "leaver")
        began = time.monotonic()
        for _ in stream.iter_bytes():
            assert time.monotonic() - began < 10
    assert time.monotonic() - began < 9
    assert officer.get("/feeds").status_code == 303


def test_a_malformed_cookie_is_no_cookie(stranger: httpx.Client) -> None:
    for cookie in ("ikomek_session", "=;;=", 'ikomek_session="', "a b c", "ikomek_session=" + "x" * 5000):
        assert stranger.get("/feeds", headers={"Cookie": cookie}).status_code == 303


def test_a_token_of_a_program_opens_no_page(server: Server, stranger: httpx.Client, accounts: Engine) -> None:
    add_user(accounts, "pusher", "push", None)
    token = sessions.add_token(accounts, "pusher")
    assert stranger.get("/feeds", headers={"Authorization": f"Bearer {token}"}).status_code == 303
    assert stranger.get("/feeds", headers={"Cookie": f"ikomek_session={token}"}).status_code == 303
    assert stranger.get("/feeds", headers={"Cookie": f"ikomek_device={token}"}).status_code == 401
    assert stranger.get("/metrics", headers={"Authorization": f"Bearer {token}"}).status_code == 403
