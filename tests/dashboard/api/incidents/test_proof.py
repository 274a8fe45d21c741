"""The route of proof: who may attach and look, what a refusal says, and what a browser hears of a picture."""

from __future__ import annotations

import json
from io import BytesIO
from typing import Any
from uuid import uuid4

import httpx
import pytest
from PIL import Image

from tests.support.desk import Desk
from tests.support.photos import SECRET, bomb, photo
from tests.support.web import Server

API = "/api/v1/incidents"
STREET = ("front-door.jpg", photo(), "image/jpeg")


def send(
    client: httpx.Client, incident: int, file: tuple[str, bytes, str] = STREET, **wish: Any
) -> httpx.Response:
    action = {"key": str(uuid4()), "version": 1, "wish": {"stage": "before", **wish}}
    return client.post(
        f"{API}/{incident}/attach", data={"action": json.dumps(action)}, files={"picture": file}
    )


def test_it_is_attached_recorded_and_shown_as_nothing_but_a_picture(server: Server, desk: Desk) -> None:
    incident = desk.incidents[0]
    desk.execute("update incident set kind = 'police'")
    with server.client("duty") as duty, server.client("operator") as operator:
        answer = send(duty, incident, keep_metadata=True)
        assert answer.status_code == 200, answer.text
        done = answer.json()
        assert (done["verb"], done["version"], done["undo_s"]) == ("attach", 2, 30)
        address = f"{API}/{incident}/proof/{done['action']}"
        for path in (f"{address}.jpg", f"{address}/thumbnail.jpg"):
            shown = operator.get(path)
            assert shown.status_code == 200
            assert shown.headers["content-type"] == "image/jpeg"
            assert shown.headers["x-content-type-options"] == "nosniff"
            assert shown.headers["content-disposition"].startswith("inline; filename=")
            assert "sandbox" in shown.headers["content-security-policy"]
            assert "no-store" in shown.headers["cache-control"]
            assert SECRET not in shown.content and Image.open(BytesIO(shown.content)).format == "JPEG"
        duty.post(f"{API}/actions/{done['action']}/undo", json={"key": str(uuid4())})
        assert operator.get(f"{address}.jpg").status_code == 404
    acts = desk.rows("select who, what from audit where what ~ 'attach|proof|undo' order by id")
    assert acts == [
        ("duty", "incident.attach"),
        ("operator", "incident.proof_seen"),
        ("duty", "incident.undo"),
    ]


def test_who_may_not_decide_attaches_nothing_and_strangers_see_nothing(server: Server, desk: Desk) -> None:
    with server.client("operator") as operator, server.client("duty") as duty:
        assert send(operator, desk.incidents[0]).status_code == 403
        assert send(duty, 999).status_code == 404
        done = send(duty, desk.incidents[0]).json()
    with httpx.Client(base_url=server.url) as stranger:
        refused = stranger.get(f"{API}/{desk.incidents[0]}/proof/{done['action']}.jpg")
        assert refused.status_code in (302, 303, 401)
    assert desk.rows("select count(*) from incident_proof") == [(1,)]


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("a.jpg", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "picture.format"),
        ("b.png", bomb(), "picture.pixels"),
        ("c.jpg", photo() + b"<script>alert(1)</script>", "picture.mixed"),
        ("d.jpg", photo()[:900], "picture.damaged"),
    ],
)
def test_what_is_no_photo_is_refused_in_words_and_leaves_nothing(
    server: Server, desk: Desk, name: str, content: bytes, code: str
) -> None:
    with server.client("duty") as duty:
        answer = send(duty, desk.incidents[0], (name, content, "image/jpeg"))
        assert (answer.status_code, answer.json()["error"]) == (400, code)
        assert code not in answer.json()["message"]
    assert desk.version() == 1


def test_a_body_that_is_no_form_of_ours_is_refused(server: Server, desk: Desk) -> None:
    address = f"{API}/{desk.incidents[0]}/attach"
    with server.client("duty") as duty:
        for body in (
            {"json": {"key": str(uuid4())}},
            {"files": {"picture": STREET}},
            {"data": {"action": "{}"}, "files": {"picture": STREET}},
            {"content": b"--x\r\nbroken", "headers": {"content-type": "multipart/form-data; boundary=x"}},
            {"files": {"picture": STREET, "more": STREET}, "data": {"action": "{}"}},
        ):
            answer = duty.post(address, **body)
            assert (answer.status_code, answer.json()["error"]) == (400, "incident.body"), body
        large = duty.post(address, files={"picture": ("a.jpg", bytes(17_000_000), "image/jpeg")})
        assert large.status_code == 413
    assert desk.version() == 1
