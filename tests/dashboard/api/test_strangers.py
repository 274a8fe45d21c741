"""A telephone, an address and an IIN in a title: every way out that strangers read has them cut, and the duty
officer reads the title as it was written."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from dashboard.webhooks import compose
from geo.accounts import sessions
from geo.accounts.users import add_user
from geo.database import connect_engine
from geo.exchange.alerts import Notice, declare
from tests.support.programs import add_services, issue, program
from tests.support.wall_room import Room, room  # noqa: F401 - `room` is a fixture
from tests.support.web import NOBODY

SECRETS = ("87015554433", "a.b@example.kz", "850417300122")
TITLE = f"Прорыв, звонить {SECRETS[0]} или {SECRETS[1]}, ИИН {SECRETS[2]}"
CUT = "Прорыв, звонить ••• или •••, ИИН •••"


@pytest.fixture
def incident(room: Room) -> int:
    add_services(room.settings)
    made = room.incident(0, kind="service", title=TITLE, priority=2)
    room.write("update incident set category_id = 3")
    return made


@pytest.fixture
def screen(room: Room, incident: int) -> Iterator[httpx.Client]:
    accounts = connect_engine(room.settings, "accounts")
    token = sessions.add_device(accounts, "operations", "hall")
    accounts.dispose()
    headers = {"Referer": f"{room.server.url}/wall/operations", "sec-fetch-site": "same-origin"}
    with httpx.Client(base_url=room.server.url, verify=NOBODY, headers=headers) as client:
        assert client.get(f"/wall/operations?token={token}").status_code == 303
        yield client


def is_cut(body: str) -> None:
    assert not [secret for secret in SECRETS if secret in body], body
    assert CUT in body


def test_requests_of_open311(room: Room, incident: int) -> None:
    with program(room.server, issue(room.settings)) as app:
        for path in ("/requests.json", f"/requests/{incident}.json", f"/requests/{incident}.xml"):
            is_cut(app.get(path).text)


def test_alerts(room: Room, incident: int) -> None:
    texts = {lang: {"headline": TITLE, "description": TITLE} for lang in room.settings.city.languages}
    notice = Notice("Severe", "Immediate", "Observed", 6, texts)
    editor = connect_engine(room.settings, "editor")
    with editor.begin() as connection:
        declared = declare(connection, room.settings.city, "duty", str(incident), notice, datetime.now(UTC))
    editor.dispose()
    for path in ("alerts.atom", f"alerts/{declared.identifier}.xml"):
        is_cut(httpx.get(f"{room.server.url}/api/cap/v1/{path}", verify=NOBODY).text)


def test_features(room: Room, incident: int) -> None:
    accounts = connect_engine(room.settings, "accounts")
    add_user(accounts, "mapper", "executive", None)
    token = sessions.add_token(accounts, "mapper", None)
    accounts.dispose()
    with httpx.Client(base_url=room.server.url, headers={"Authorization": f"Bearer {token}"}) as client:
        for path in ("items", f"items/{incident}"):
            is_cut(client.get(f"/api/features/v1/collections/incidents/{path}").text)


def test_webhooks(room: Room, incident: int) -> None:
    [payload] = room.write("select payload from change where noun = 'incident' order by id limit 1")
    row = {"noun": "incident", "payload": payload, "recorded_at": datetime.now(UTC), "category": "heat"}
    is_cut(compose(room.settings.city, row).decode())


def test_a_screen_is_told_less_than_an_officer(room: Room, incident: int, screen: httpx.Client) -> None:
    snapshot = screen.get("/layers/incidents.geojson")
    is_cut(snapshot.text)
    assert json.loads(snapshot.text)["features"][0]["id"] == incident
    with room.server.client("duty") as officer:
        assert TITLE in officer.get("/layers/incidents.geojson").text
        for client, shown in ((screen, CUT), (officer, TITLE)):
            assert shown in heard(room, client, incident)


def heard(room: Room, client: httpx.Client, incident: int) -> str:
    """The change of an incident, as the stream says it."""
    with client.stream("GET", "/live", timeout=20) as answer:
        assert answer.status_code == 200
        lines = answer.iter_lines()
        next(line for line in lines if line.startswith("data:"))
        room.change(incident, "inquiries = inquiries + 1")
        return next(line for line in lines if f'"id": {incident}, "version"' in line and TITLE[:6] in line)


def test_a_title_without_any_is_as_it_was(room: Room, incident: int, screen: httpx.Client) -> None:
    odd = 'Ящик "title": "x" \\ 7 раз'
    room.incident(1, title=odd, priority=2, age=timedelta(minutes=1))
    titles = {
        one["properties"]["title"] for one in screen.get("/layers/incidents.geojson").json()["features"]
    }
    assert titles == {CUT, odd}
