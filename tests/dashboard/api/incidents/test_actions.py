"""The routes of the duty desk: who may act, what a body must hold, what a refusal says, what a killed server
leaves."""

from __future__ import annotations

import threading
from uuid import uuid4

import httpx
import pytest

from tests.support.desk import Desk
from tests.support.killable import eventually
from tests.support.web import Server

API = "/api/v1/incidents"


def click(version: int = 1, **wish: object) -> dict:
    return {"key": str(uuid4()), "version": version, "wish": wish}


def test_an_officer_acts_and_undoes_and_a_second_is_told_who_and_what(server: Server, desk: Desk) -> None:
    incident = desk.incidents[0]
    with server.client("duty") as duty, server.client("administrator") as other:
        body = click(1, outcome="refused", reason="вне города")
        done = duty.post(f"{API}/{incident}/close", json=body).json()
        assert (done["incident"], done["version"], done["undo_s"]) == (incident, 2, 30)
        assert duty.post(f"{API}/{incident}/close", json=body).json()["action"] == done["action"]
        english = {"accept-language": "en"}
        refused = other.post(f"{API}/{incident}/note", json=click(1, text="еду"), headers=english)
        answer = refused.json()
        assert (refused.status_code, answer["error"]) == (409, "incident.stale")
        assert "duty" in answer["message"] and "Closed" in answer["message"]
        undone = duty.post(f"{API}/actions/{done['action']}/undo", json={"key": str(uuid4())}).json()
        assert (undone["verb"], undone["undo_s"]) == ("undo", 0)
    assert desk.incident()["status"] == "open"


def test_a_selection_is_previewed_done_and_undone(server: Server, desk: Desk) -> None:
    seen, key = {str(incident): 1 for incident in desk.incidents}, str(uuid4())
    desk.execute("update incident set status = 'closed' where id = :id", id=desk.incidents[0])
    body = {"key": key, "seen": seen, "wish": {"priority": 2}}
    with server.client("duty") as duty:
        preview = duty.post(f"{API}/selection/priority", json=body | {"preview": True}).json()
        assert preview["ready"] == desk.incidents[1:] and preview["done"] == []
        assert [refusal["error"] for refusal in preview["refused"]] == ["incident.closed"]
        done = duty.post(f"{API}/selection/priority", json=body).json()
        assert [action["incident"] for action in done["done"]] == preview["ready"]
        undone = duty.post(f"{API}/selection/{key}/undo", json={"key": str(uuid4())}).json()
        assert len(undone["done"]) == 2
    assert desk.rows("select distinct priority from incident") == [(0,)]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"key": "x", "version": 1},
        click(1) | {"wish": {"outcome": "gone"}},
        click(1) | {"wish": {"outcome": "done", "more": 1}},
        click(1) | {"wish": {"outcome": "refused", "reason": "x" * 2001}},
        click(1) | {"wish": {"outcome": "refused", "reason": "  "}},
        click(-1, outcome="done"),
    ],
)
def test_a_body_that_cannot_be_read_is_refused_by_its_field(server: Server, desk: Desk, body: dict) -> None:
    with server.client("duty") as duty:
        answer = duty.post(f"{API}/{desk.incidents[0]}/close", json=body)
        assert (answer.status_code, answer.json()["error"]) == (400, "incident.body"), answer.text
    assert desk.version() == 1


@pytest.mark.parametrize(
    ("verb", "wish"),
    [
        ("note", {"text": "\u200b"}),
        ("note", {"text": " \u3164 "}),
        ("priority", {"priority": 1.0}),
        ("priority", {"priority": True}),
        ("priority", {"priority": "1"}),
        ("assign", {"performer": True}),
        ("assign", {"performer": 2.0}),
        ("assign", {"performer": "2"}),
    ],
)
def test_what_shows_nothing_is_no_text_and_what_is_no_number_is_none(
    server: Server, desk: Desk, verb: str, wish: dict
) -> None:
    with server.client("duty") as duty:
        answer = duty.post(f"{API}/{desk.incidents[0]}/{verb}", json=click(1) | {"wish": wish})
        assert (answer.status_code, answer.json()["error"]) == (400, "incident.body"), answer.text
        assert "_" not in answer.json()["message"], "said in words"
        for version in (True, 1.0, "1"):
            body = click(1) | {"version": version, "wish": {"text": "едем"}}
            assert duty.post(f"{API}/{desk.incidents[0]}/note", json=body).status_code == 400, version
    assert desk.version() == 1


def test_an_incident_is_named_once_in_a_selection_and_a_view_has_a_name(server: Server, desk: Desk) -> None:
    incident = desk.incidents[0]
    with server.client("duty") as duty:
        for seen in ({str(incident): 1, f"0{incident}": 1}, {f"0{incident}": 1}, {f"+{incident}": 1}):
            body = {"key": str(uuid4()), "seen": seen, "wish": {}}
            answer = duty.post(f"{API}/selection/acknowledge", json=body)
            assert (answer.status_code, answer.json()["error"]) == (400, "incident.body"), seen
        for name in ("", "  ", "\u200b", "\u00a0\t"):
            answer = duty.post("/api/v1/views", json={"name": name, "query": ""})
            assert (answer.status_code, answer.json()["error"]) == (400, "view.body"), name
    assert desk.version() == 1


def test_a_version_that_is_not_yet_is_refused_and_the_newest_told(server: Server, desk: Desk) -> None:
    with server.client("duty") as duty:
        answer = duty.post(f"{API}/{desk.incidents[0]}/note", json=click(2**63 - 1, text="едем"))
        assert (answer.status_code, answer.json()["error"]) == (400, "request.version_ahead")
        assert answer.json()["parameters"]["version"] == 1
    assert desk.version() == 1


def test_who_may_not_decide_is_refused_and_so_is_a_foreign_page(server: Server, desk: Desk) -> None:
    address = f"{API}/{desk.incidents[0]}/acknowledge"
    for role in ("operator", "inspector", "performer", "executive", "auditor"):
        with server.client(role) as client:
            assert client.post(address, json=click()).status_code == 403, role
    with server.client("duty") as duty:
        foreign = {"Origin": "https://elsewhere.example", "Sec-Fetch-Site": "cross-site"}
        assert duty.post(address, json=click(), headers=foreign).status_code == 403
    assert desk.version() == 1


def test_a_killed_server_loses_no_action_that_it_answered(server: Server, desk: Desk) -> None:
    """An officer notes without a pause, the server is killed under it, and each unanswered click is sent
    again with its key once it is back: every one is done, and none twice."""
    clicks = [(incident, str(uuid4())) for incident in desk.incidents for _ in range(12)]
    answered: dict[str, int] = {}
    with server.client("duty") as duty:

        def send(incident: int, key: str) -> None:
            body = {"key": key, "version": desk.version(incident), "wish": {"text": key}}
            try:
                answer = duty.post(f"{API}/{incident}/note", json=body)
            except httpx.TransportError:
                return
            if answer.status_code == 200:
                answered[key] = answer.json()["action"]

        def work() -> None:
            for incident, key in clicks:
                send(incident, key)

        working = threading.Thread(target=work)
        working.start()
        eventually(lambda: len(answered) > 5)
        server.process.kill()
        server.process.join()
        working.join()
        before = dict(answered)
        assert before and len(before) < len(clicks)
        server.start()
        work()
    assert len(answered) == len(clicks) and {key: answered[key] for key in before} == before
    assert desk.rows("select count(*), count(distinct key) from incident_action") == [
        (len(clicks), len(clicks))
    ]
    assert desk.rows("select count(*) from incident_event where what = 'note'") == [(len(clicks),)]
