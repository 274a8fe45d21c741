"""What is described is what is answered: requests made up from the description get no failure of ours, and
each answer has the form that the description gives it.

`./ikomek bench contract` asks longer, by Schemathesis."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as rules
from hypothesis import strategies as st

from tests.support.json_forms import faults
from tests.support.programs import add_services, issue, program
from tests.support.web import Server

PATHS = (
    *("/services.json", "/services/{code}.json", "/requests.json", "/requests/{number}.json"),
    *("/tokens/{token}.json", "/servicerequestupdates.json", "/discovery.json"),
)
WILD = st.one_of(
    st.text(max_size=30),
    st.integers().map(str),
    st.floats().map(str),
    st.sampled_from(
        ("", "0", "-1", "NaN", "1e999", "2026-11-29", "2026-11-29T25:00:00Z", "9999-12-31T23:59:59-23:59")
    ),
    st.sampled_from(("0001-01-01T00:00:00+23:00", "open", "pothole", "1,2", "\x00", "\ud7ff", "%00", "📷")),
)


@pytest.fixture(scope="module")
def described(shared_server: Server) -> dict[str, Any]:
    add_services(shared_server.settings)
    return httpx.get(f"{shared_server.url}/api/open311/v2/openapi.json").json()


@pytest.fixture(scope="module")
def app(shared_server: Server, described: dict[str, Any]) -> Iterator[httpx.Client]:
    key = issue(shared_server.settings, "contract", may_create=True, per_minute=6000)
    with program(shared_server, key) as client:
        yield client


def hold(described: dict[str, Any], path: str, method: str, answer: httpx.Response) -> None:
    """Raises `AssertionError` for a failure of ours, or an answer that is not as it was described."""
    assert answer.status_code < 500, answer.text
    responses = described["paths"][path][method]["responses"]
    if answer.status_code == 429:
        return
    assert str(answer.status_code) in responses, (answer.status_code, answer.text)
    content = responses[str(answer.status_code)]["content"]["application/json"]["schema"]
    assert faults(answer.json(), content) == []


@pytest.mark.parametrize("path", PATHS)
@given(data=st.data())
@rules(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_read_is_answered_as_described(
    described: dict[str, Any], app: httpx.Client, path: str, data: st.DataObject
) -> None:
    parameters = described["paths"][path]["get"].get("parameters", [])
    query = {
        one["name"]: data.draw(WILD)
        for one in parameters
        if one["in"] == "query" and data.draw(st.booleans())
    }
    filled = re.sub(r"{\w+}", lambda _: quote(data.draw(WILD), safe="") or "-", path)
    hold(described, path, "get", app.get(filled, params=query))


@pytest.mark.parametrize("path", ["/requests.json", "/servicerequestupdates.json"])
@given(data=st.data())
@rules(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_write_is_answered_as_described(
    described: dict[str, Any], app: httpx.Client, path: str, data: st.DataObject
) -> None:
    body = described["paths"][path]["post"]["requestBody"]["content"]
    fields = body["application/x-www-form-urlencoded"]["schema"]["properties"]
    likely = {"service_code": "pothole", "lat": "51.13", "long": "71.43", "service_request_id": "1"}
    sent = {
        name: data.draw(st.one_of(WILD, st.just(likely.get(name, "x")), st.just(likely.get(name, "x"))))
        for name in fields
        if data.draw(st.integers(0, 3))
    }
    hold(described, path, "post", app.post(path, data=sent))


def test_the_description_names_every_route(described: dict[str, Any]) -> None:
    from dashboard.api.open311 import reading, sending

    served = {
        route.path.removeprefix("/api/open311/v2").replace("{form}", "json")  # type: ignore[attr-defined]
        for part in (reading, sending)
        for route in part.router.routes
    }
    left_out = {"/openapi.json", "/requests/{number}/media/{action}.json"}
    assert served - left_out == set(described["paths"])


def test_a_fault_of_a_form_is_noticed() -> None:
    schema = {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]}
    assert faults({"a": 1}, schema) and faults({}, schema) and faults([], schema)
    assert faults({"a": "x"}, schema) == [] and faults({"a": None}, schema)
