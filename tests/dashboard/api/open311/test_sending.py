"""Open311 written to by a program: what it sends is an incident once it is answered, with its deadline, its
picture and no word of who called."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from uuid import UUID
from xml.etree import ElementTree

import httpx
import pytest
from sqlalchemy import Engine

from geo.settings import Settings
from tests.support.photos import SECRET, photo
from tests.support.programs import add_services, issue, program, rows
from tests.support.web import Server

POTHOLE = {"service_code": "pothole", "lat": "51.13", "long": "71.43", "description": "Яма у дома"}


@pytest.fixture(scope="module")
def keys(shared_server: Server) -> dict[str, str]:
    settings = shared_server.settings
    add_services(settings)
    return {
        "app": issue(settings, may_create=True, per_minute=5000),
        "other": issue(settings, "other", may_create=True),
        "reader": issue(settings, "reader"),
    }


@pytest.fixture
def app(shared_server: Server, keys: dict[str, str]) -> Iterator[httpx.Client]:
    with program(shared_server, keys["app"]) as client:
        yield client


@pytest.fixture
def other(shared_server: Server, keys: dict[str, str]) -> Iterator[httpx.Client]:
    with program(shared_server, keys["other"]) as client:
        yield client


def created(answer: httpx.Response) -> tuple[int, str]:
    assert answer.status_code == 201, answer.text
    [row] = answer.json()
    return int(row["service_request_id"]), row["token"]


def test_what_was_sent_is_an_incident_with_its_deadline(app: httpx.Client, shared_owner: Engine) -> None:
    answer = app.post("/requests.json", data=POTHOLE | {"attribute[channel]": "telegram"})
    number, token = created(answer)
    [row] = rows(
        shared_owner,
        "select source, kind, title, channel, round(st_x(point_4326)::numeric, 2)::float8, "
        "extract(epoch from due_at - opened_at)::int / 3600, status from incident where id = :id",
        id=number,
    )
    assert row == ("open311", "service", "Яма у дома", "telegram", 71.43, 72, "open")
    [found] = app.get(f"/requests/{number}.json").json()
    since = app.get("/requests.json", params={"updated_after": found["updated_datetime"]}).json()
    assert str(number) in [row["service_request_id"] for row in since]
    assert found["expected_datetime"] == answer.json()[0]["expected_datetime"] is not None
    assert app.get(f"/tokens/{token}.json").json() == [{"token": token, "service_request_id": str(number)}]
    assert app.get("/tokens/00000000-0000-0000-0000-000000000000.json").status_code == 404
    assert app.get("/tokens/x.xml").status_code == 404
    assert rows(
        shared_owner,
        "select who, caller_type from audit where what = 'incident.create' "
        "and (parameters ->> 'incident')::bigint = :id",
        id=number,
    ) == [("api:app", "token")]
    assert rows(
        shared_owner,
        "select payload ->> 'status' from change where noun = 'incident' and noun_id = :id",
        id=number,
    )[0] == ("open",)


def test_the_same_key_is_the_same_request(
    app: httpx.Client, other: httpx.Client, shared_owner: Engine
) -> None:
    again = {"Idempotency-Key": "phone-17/1"}
    first = created(app.post("/requests.json", data=POTHOLE, headers=again))
    assert created(app.post("/requests.json", data=POTHOLE, headers=again)) == first
    answer = app.post("/requests.json", data=POTHOLE | {"lat": "51.14"}, headers=again)
    assert answer.status_code == 409 and answer.json()[0]["code"] == 409
    theirs = created(other.post("/requests.json", data=POTHOLE, headers=again))
    assert theirs[0] != first[0] and theirs[1] != first[1], "another client's key is another key"
    assert other.get(f"/tokens/{first[1]}.json").status_code == 404
    assert UUID(first[1])


def test_xml_and_a_key_in_the_form(shared_server: Server, keys: dict[str, str]) -> None:
    with program(shared_server) as stranger:
        answer = stranger.post("/requests.xml", data=POTHOLE | {"api_key": keys["app"]})
        assert answer.status_code == 201
        root = ElementTree.fromstring(answer.content)
        assert root.tag == "service_requests" and root.findtext("request/service_request_id")
        refused = stranger.post("/requests.xml", data=POTHOLE)
        assert refused.status_code == 403 and ElementTree.fromstring(refused.content).tag == "errors"
        reader = stranger.post("/requests.json", data=POTHOLE | {"api_key": keys["reader"]})
        assert reader.status_code == 403 and "reader" in reader.json()[0]["description"]


def test_who_called_is_not_kept(app: httpx.Client, shared_owner: Engine) -> None:
    caller = {"first_name": "Айгүл", "phone": "+7 701 555 44 33", "email": "a@example.kz"}
    words = "Звоните +7 (701) 555-44-33 или a.b@example.kz, квартира 12, с 2026 года. " + "Яма. " * 60
    number, _ = created(app.post("/requests.json", data=POTHOLE | caller | {"description": words}))
    kept = rows(
        shared_owner,
        "select title from incident where id = :id union all "
        "select to_value from incident_event where incident_id = :id union all "
        "select parameters::text from incident_action where incident_id = :id",
        id=number,
    )
    everything = "\n".join(str(one) for (one,) in kept)
    assert (
        "850417300122" not in everything
        and "555" not in everything
        and "example.kz" not in everything
        and "Айгүл" not in everything
    )
    assert "квартира 12, с 2026 года" in everything
    assert everything.count("Яма. ") > 60, "long words are kept whole, as a note"


def test_an_address_alone_places_it_or_leaves_it_without_a_point(
    app: httpx.Client, shared_owner: Engine
) -> None:
    given = {"service_code": "heat", "address_string": "улица, которой нет, 5"}
    number, _ = created(app.post("/requests.json", data=given))
    assert rows(
        shared_owner, "select address, point_4326 is null, title from incident where id = :id", id=number
    ) == [("улица, которой нет, 5", True, "Отопление")]


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"service_code": ""}, 400),
        ({"lat": "٥١"}, 400),
        ({"lat": "5_1.13", "long": "7_1.4_3"}, 400),
        ({"lat": "infinity"}, 400),
        ({"description": "\x00"}, 400),
        ({"attribute[landmark]": "a\x00b"}, 400),
        ({"service_code": "theft"}, 404),
        ({"service_code": "roads"}, 404),
        ({"lat": ""}, 400),
        ({"lat": "x"}, 400),
        ({"lat": "10"}, 400),
        ({"long": "inf"}, 400),
        ({"lat": "", "long": ""}, 400),
        ({"description": "я" * 4001}, 400),
        ({"attribute[channel]": "pigeon"}, 400),
        ({"jurisdiction_id": "paris"}, 404),
        ({"media_url": "http://127.0.0.1/x.jpg"}, 400),
        ({"media_url": "http://["}, 400),
    ],
)
def test_what_cannot_be_taken_is_refused_and_nothing_is_left(
    app: httpx.Client, shared_owner: Engine, change: dict[str, str], status: int
) -> None:
    count = "select count(*) from incident"
    before = rows(shared_owner, count)
    answer = app.post("/requests.json", data=POTHOLE | change)
    assert answer.status_code == status and answer.json()[0]["code"] == status, answer.text
    assert rows(shared_owner, count) == before


def test_a_picture_is_made_anew_and_shown_to_its_sender_alone(
    app: httpx.Client, other: httpx.Client, shared_owner: Engine
) -> None:
    number, _ = created(
        app.post("/requests.json", data=POTHOLE, files={"media": ("a.jpg", photo(), "image/jpeg")})
    )
    [found] = app.get(f"/requests/{number}.json").json()
    shown = app.get(found["media_url"])
    assert shown.status_code == 200 and shown.headers["content-type"] == "image/jpeg"
    assert SECRET not in shown.content
    assert other.get(found["media_url"]).status_code == 404
    assert other.get(f"/requests/{number}.json").json()[0]["media_url"] is None
    answer = app.post("/requests.json", data=POTHOLE, files={"media": ("a.jpg", b"no picture", "image/jpeg")})
    assert answer.status_code == 400


def test_updates_tell_what_became_of_it_and_take_notes_of_its_sender(
    app: httpx.Client, other: httpx.Client, shared_owner: Engine
) -> None:
    number, _ = created(app.post("/requests.json", data=POTHOLE))
    note = {
        "service_request_id": str(number),
        "update_id": "u1",
        "description": "Стало хуже",
        "status": "OPEN",
    }
    first = app.post("/servicerequestupdates.json", data=note)
    assert first.status_code == 201
    assert app.post("/servicerequestupdates.json", data=note).json() == first.json()
    assert other.post("/servicerequestupdates.json", data=note).status_code == 404
    assert app.post("/servicerequestupdates.xml", data=note | {"description": ""}).status_code == 400
    listed = app.get("/servicerequestupdates.json", params={"service_request_id": str(number)}).json()
    assert [row["status"] for row in listed] == ["open"], "a note is the officers' to read"
    root = ElementTree.fromstring(app.get("/servicerequestupdates.xml").content)
    assert root.tag == "service_request_updates" and root.findtext("request_update/update_id")


def test_a_body_that_is_none(app: httpx.Client) -> None:
    broken = {"Content-Type": "multipart/form-data; boundary=x"}
    assert app.post("/requests.json", content=b"--y", headers=broken).status_code == 400
    assert app.post("/requests.json", content=b"\xff" * 100).status_code == 400
    assert app.post("/requests.json", content=b"x" * 21_000_000).status_code == 413


def test_a_foreign_page_can_make_no_browser_send(shared_server: Server, shared_settings: Settings) -> None:
    with shared_server.client("administrator") as person:
        answer = person.post("/api/open311/v2/requests.json", data=POTHOLE)
    assert answer.status_code == 403


def test_a_wrong_key_is_refused_before_its_body_comes(
    shared_server: Server, keys: dict[str, str], app: httpx.Client
) -> None:
    """Twenty megabytes are announced and none is sent: the answer is there all the same. Without a key beside
    the body no more is read than words need."""
    for header, status in (("X-API-Key: nobody\r\n", 403), ("", 413)):
        with socket.create_connection(("127.0.0.1", shared_server.port), timeout=10) as line:
            line.sendall(
                f"POST /api/open311/v2/requests.json HTTP/1.1\r\nHost: 127.0.0.1\r\n{header}"
                "Content-Type: application/x-www-form-urlencoded\r\n"
                "Content-Length: 19000000\r\n\r\n".encode()
            )
            assert f" {status} ".encode() in line.recv(200).split(b"\r\n")[0], header
    with httpx.Client(base_url=app.base_url) as plain:
        assert created(plain.post("/requests.json", data=POTHOLE | {"api_key": keys["app"]}))
