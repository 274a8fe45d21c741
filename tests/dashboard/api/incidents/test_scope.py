"""Every command and picture that is named by an id, asked for by somebody who may not see what the id stands
for: the answer is that of an id that nobody has, and names nobody."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import httpx
import pytest
from fastapi.routing import APIRoute

from dashboard.server import create_app
from geo.database import transact
from geo.incidents.cases.act import act_on_selection
from geo.incidents.cases.verbs import VERBS
from tests.support.desk import officer
from tests.support.mass_desk import MassDesk
from tests.support.route_description import routes_of
from tests.support.web import Server

OURS = ("/api/v1/incidents/", "/api/v1/desk/")
NOBODYS = 10**12
SOON = "2100-01-01T10:00:00Z"
ALERT_TEXTS = {f"{part}_{lang}": "x" for part in ("headline", "description") for lang in ("kk", "ru", "en")}
WISHES: dict[str, dict[str, Any]] = {
    "note": {"text": "едем"},
    "priority": {"priority": 1},
    "status": {"status": "in_progress"},
    "assign": {"performer": 2},
    "classify": {"category": 1},
    "outcome": {"outcome": "done", "reason": "x"},
    "more_time": {"until": SOON, "reason": "x"},
    "extension": {"until": SOON, "reason": "x"},
    "shelve": {"until": SOON, "reason": "x"},
    "pause": {"reason": "x"},
    "reopen": {"reason": "x"},
    "return": {"reason": "x"},
    "close": {"outcome": "done"},
    "settle": {"field": "status", "take": "source"},
    "answer": {"text": "x"},
    "alert": {"severity": "Severe", "urgency": "Expected", "certainty": "Observed", "valid_h": 6}
    | ALERT_TEXTS,
    **dict.fromkeys(("join", "leave", "split"), {"incidents": [NOBODYS]}),
}
BESIDE: dict[str, dict[str, Any]] = {
    "agree": {"queue": "new"},
    "correct": {"queue": "new"},
    "decide": {"granted": True},
    "mark": {"mark": 3},
}
"""What a body has beside key, version and wish."""


@pytest.fixture
def mass(server: Server) -> Iterator[MassDesk]:
    made = MassDesk(server.settings)
    yield made
    made.close()


def hidden_things(desk: MassDesk) -> dict[str, Any]:
    """An emergency with an action, a batch, a mass event and its step, all of "asel"; nobody else's."""
    incidents = desk.opened(0, 10, 20)
    event = desk.confirm(incidents, "asel")
    key = uuid4()
    seen = {incident: desk.version(incident) for incident in incidents}
    transact(
        desk.editor,
        lambda connection: act_on_selection(
            connection, desk.city, officer("asel"), "note", VERBS["note"].wish(text="едем"), seen, key
        ),
    )
    note = desk.act("asel", "note", incidents[0], text="едем")
    step = desk.step(event.event, "answer", "asel", text="Устраняем")
    desk.execute("update incident set kind = 'emergency'")
    desk.execute("update mass_event set kind = 'emergency'")
    ids = {"incident": incidents[0], "event": event.event, "action": note.action}
    return ids | {"step": step.step, "batch": str(key)}


def sent(client: httpx.Client, route: APIRoute, ids: dict[str, Any]) -> httpx.Response:
    path = re.sub(r"\{(\w+)\}", lambda hit: str(ids[hit[1]]), route.path)
    if "GET" in route.methods:
        return client.get(path)
    parts = route.path.split("/")
    last = parts[-1]
    body: dict[str, Any] = {"key": str(uuid4()), "version": 1, "wish": WISHES.get(last, {})}
    for part in parts:
        body |= BESIDE.get(part, {})
    if last in ("undo", "viewers", "agree", "decide", "mark"):
        del body["wish"]
    if last in ("undo", "viewers", "mark"):
        del body["version"]
    if last == "viewers":
        del body["key"]
    return client.post(path, json=body)


def test_what_the_caller_may_not_see_answers_like_what_is_not_there(server: Server, mass: MassDesk) -> None:
    ids = hidden_things(mass)
    nobodys = dict.fromkeys(ids, NOBODYS) | {"batch": str(uuid4())}
    with server.client("administrator") as client:
        mass.execute("update app_user set kinds = '{service}' where name = 'administrator'")
        mass.execute(
            "update user_role set permissions = permissions || '{case.work}' where key = :role",
            role="administrator",
        )
        app = create_app(server.settings)
        routes = [one for one in routes_of(app) if one.path.startswith(OURS) and "{" in one.path]
        walked = [route for route in routes if not route.path.endswith("/attach")]
        assert len(walked) > 40
        for route in walked:
            there, nowhere = sent(client, route, ids), sent(client, route, nobodys)
            content, other = there.json(), nowhere.json()
            assert there.status_code == nowhere.status_code, (route.path, content, other)
            assert there.status_code == 404, (route.path, content)
            assert content["error"] == other["error"], (route.path, content, other)
            assert "asel" not in there.text and "M-" not in there.text, (route.path, content)
            assert content["parameters"].keys() == other["parameters"].keys(), (route.path, content, other)
