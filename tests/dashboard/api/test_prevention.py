"""Preventive measures by the page's routes: who may plan them, what is refused, and that each ends once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import Engine, text

from tests.geo.recurrence.test_prevention import MANAGER
from tests.support.connected import engine_as
from tests.support.web import Server

owner = engine_as("owner")
API = "/api/v1/prevention"


@pytest.fixture
def body(server: Server, owner: Engine) -> dict[str, str]:
    with owner.begin() as connection:
        connection.execute(text(MANAGER))
    due = server.settings.city.today() + timedelta(30)
    return {
        "location": "street:улица Кенесары",
        "measure": "заменить трубу",
        "owner": "deputy",
        "due": due.isoformat(),
    }


def test_a_measure_is_proposed_and_ends_once(server: Server, body: dict[str, str], owner: Engine) -> None:
    with server.client("executive") as client:
        made = client.post(API, json=body)
        assert made.status_code == 200, made.text
        number = made.json()["number"]
        assert client.post(f"{API}/{number}/done", json={}).status_code == 200
        again = client.post(f"{API}/{number}/drop", json={})
        assert (again.status_code, again.json()["error"]) == (409, "prevention.ended")
        assert client.post(f"{API}/{number + 1}/drop", json={}).status_code == 404
    with owner.connect() as connection:
        row = connection.execute(text("select * from prevention")).one()
    assert (row.owner, row.made_by, row.done_on) == ("deputy", "executive", server.settings.city.today())


def test_what_is_wrong_is_named(server: Server, body: dict[str, str]) -> None:
    with server.client("administrator") as client:
        for key, value, error in (
            ("location", "house:4", "prevention.location"),
            ("owner", "nobody", "prevention.owner"),
            ("due", "2020-01-01", "prevention.due"),
            ("due", "soon", "prevention.body"),
            ("measure", " ", "prevention.measure"),
            ("topic", "nothing", "prevention.topic"),
        ):
            refused = client.post(API, json=body | {key: value})
            assert refused.status_code in (400, 404) and refused.json()["error"] == error, refused.text


def test_who_may_not_plan_is_refused(server: Server, body: dict[str, str], owner: Engine) -> None:
    with server.client("duty") as client:
        assert client.post(API, json=body).status_code == 403
    with server.client("inspector") as client:
        with owner.begin() as connection:
            connection.execute(text("update app_user set districts = array['esil'] where name = 'inspector'"))
        refused = client.post(API, json=body)
        assert (refused.status_code, refused.json()["error"]) == (403, "prevention.scope")
