"""Open311 read by a program: services, definitions, lists and their filters, in both forms; and what a key
does not open."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree

import httpx
import pytest
from sqlalchemy import Engine, text

from geo.exchange.keys import list_keys, revoke_key
from geo.settings import Settings
from tests.support.programs import add_services, issue, program
from tests.support.web import Server

INCIDENT = """
    insert into incident (region, id, source, source_id, kind, category_id, title, source_status, status,
        opened_at, due_at, closed_at, address, point_4326, point_3857)
    overriding system value
    select '71', :id, 'inquiries', 'x' || :id, :kind, :category, :title, 'open', cast(:status as text),
        :opened, cast(:opened as timestamptz) + interval '4 hours',
        case when cast(:status as text) = 'closed' then cast(:opened as timestamptz) + interval '1 hour' end,
        'Сарайшық 7', p, st_transform(p, 3857) from st_point(:lon, 51.13, 4326) p"""
NOON = datetime(2026, 11, 20, 7, tzinfo=UTC)
LIST = {"start_date": "2026-11-01T00:00:00Z", "end_date": "2026-11-30T00:00:00Z"}


@pytest.fixture(scope="module", autouse=True)
def city(shared_server: Server) -> None:
    from geo.database import connect_engine

    settings = shared_server.settings
    add_services(settings)
    given = [
        (1, "service", 2, 'Яма\x0b <глубокая> & "старая"', "open", 71.43, 0),
        (2, "service", 3, "Холодно", "closed", 71.44, 1),
        (3, "police", 4, "Кража", "open", 71.43, 2),
        (4, "service", 3, None, "in_progress", 71.53, 3),
        (5, "service", 3, "Старое", "open", 71.43, -24 * 400),
    ]
    owner = connect_engine(settings, "owner")
    with owner.begin() as connection:
        for id_, kind, category, title, status, lon, hours in given:
            bound = {"id": id_, "kind": kind, "category": category, "title": title, "status": status}
            opened = NOON + timedelta(hours=hours)
            connection.execute(text(INCIDENT), bound | {"lon": lon, "opened": opened})
    owner.dispose()


@pytest.fixture(scope="module")
def key(shared_settings: Settings, city: None) -> str:
    return issue(shared_settings, per_minute=5000)


@pytest.fixture
def app(shared_server: Server, key: str) -> Iterator[httpx.Client]:
    with program(shared_server, key) as client:
        yield client


def ids(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [row["service_request_id"] for row in answer.json()]


def test_services_are_the_leaves_of_the_kinds_of_the_key(app: httpx.Client) -> None:
    found = app.get("/services.json").json()
    assert [(row["service_code"], row["service_name"], row["group"]) for row in found] == [
        ("heat", "Heating", None),
        ("pothole", "Pothole", "Roads"),
    ]
    assert found[0]["description"] == "Within 4 hours, around the clock" and found[0]["type"] == "realtime"
    assert app.get("/services.json", headers={"Accept-Language": "kk"}).json()[1]["service_name"] == "Шұңқыр"
    root = ElementTree.fromstring(app.get("/services.xml").content)
    assert root.tag == "services" and [part.findtext("service_code") for part in root.iter("service")] == [
        "heat",
        "pothole",
    ]


def test_a_definition_names_what_may_be_said_beside_the_fields(app: httpx.Client) -> None:
    found = app.get("/services/heat.json").json()
    assert [part["code"] for part in found["attributes"]] == ["channel", "landmark"]
    root = ElementTree.fromstring(app.get("/services/heat.xml").content)
    values = [part.findtext("key") for part in root.iter("value")]
    assert root.findtext("service_code") == "heat" and "telegram" in values
    assert app.get("/services/theft.json").status_code == 404
    assert app.get("/services/roads.json").status_code == 404


def test_a_list_holds_the_kinds_of_the_key_newest_first(app: httpx.Client) -> None:
    found = app.get("/requests.json", params=LIST).json()
    assert [row["service_request_id"] for row in found] == ["4", "2", "1"]
    assert found[0]["status"] == "open" and found[0]["description"] is None
    assert found[1]["status"] == "closed" and found[1]["closed_datetime"] == "2026-11-20T09:00:00Z"
    assert found[2]["expected_datetime"] == "2026-11-20T11:00:00Z"
    assert (found[2]["lat"], found[2]["long"], found[2]["address"]) == (51.13, 71.43, "Сарайшық 7")
    assert not {"phone", "first_name", "email"} & set(found[0])


def test_xml_says_the_same_and_leaves_out_what_it_cannot_hold(app: httpx.Client) -> None:
    answer = app.get("/requests.xml", params=LIST)
    assert answer.headers["content-type"].startswith("application/xml")
    parts = list(ElementTree.fromstring(answer.content).iter("request"))
    assert [part.findtext("service_request_id") for part in parts] == ["4", "2", "1"]
    assert parts[2].findtext("description") == 'Яма <глубокая> & "старая"'
    assert parts[0].find("description") is not None and parts[0].findtext("description") == ""


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"status": "open"}, ["4", "1"]),
        ({"status": "closed"}, ["2"]),
        ({"status": "open,closed"}, ["4", "2", "1"]),
        ({"service_code": "pothole"}, ["1"]),
        ({"service_code": "pothole,heat"}, ["4", "2", "1"]),
        ({"service_code": "nothing"}, []),
        ({"service_request_id": "1,5,3"}, ["1", "5"]),
        ({"bbox": "71.42,51.12,71.45,51.14"}, ["2", "1"]),
        ({"lat": "51.13", "long": "71.43", "radius": "300"}, ["1"]),
        ({"lat": "51.13", "long": "71.43", "radius": "710"}, ["2", "1"]),
        ({"start_date": "2026-11-20T12:30:00+05:00", "end_date": "2026-11-20T13:30:00+05:00"}, ["2"]),
        ({"updated_after": "2026-11-20T00:00:00Z"}, []),
        ({"updated_before": "2026-11-20T00:00:00Z"}, []),
        ({"page_size": "2"}, ["4", "2"]),
        ({"page_size": "2", "page": "2"}, ["1"]),
        ({"page": "9"}, []),
        ({"jurisdiction_id": "astana"}, ["4", "2", "1"]),
    ],
)
def test_filters(app: httpx.Client, query: dict[str, str], expected: list[str]) -> None:
    assert ids(app.get("/requests.json", params=LIST | query)) == expected


@pytest.mark.parametrize(
    "query",
    [
        {"status": "lost"},
        {"start_date": "yesterday"},
        {"start_date": "0001-01-01T00:00:00Z"},
        {"start_date": "2026-11-01", "end_date": "2026-10-01"},
        {"page": "0"},
        {"page": "²"},
        {"page_size": "100000"},
        {"bbox": "1,2,3"},
        {"bbox": "nan,1,2,3"},
        {"lat": "51"},
        {"lat": "51", "long": "71", "radius": "-1"},
        {"service_request_id": "x"},
        {"service_request_id": "9" * 30},
    ],
)
def test_a_filter_that_cannot_be_read_is_told_in_the_form_of_the_question(
    app: httpx.Client, query: dict[str, str]
) -> None:
    answer = app.get("/requests.json", params=LIST | query)
    [error] = answer.json()
    assert answer.status_code == 400 and error["code"] == 400 and list(query)[0] in error["description"]
    root = ElementTree.fromstring(app.get("/requests.xml", params=LIST | query).content)
    assert root.tag == "errors" and root.findtext("error/code") == "400"


def test_one_request(app: httpx.Client) -> None:
    assert ids(app.get("/requests/1.json")) == ["1"]
    for number in ("3", "812", str(2**63 - 1)):
        assert app.get(f"/requests/{number}.json").status_code == 404
    assert app.get(f"/requests/{2**70}.json").status_code == 400


def test_who_shows_no_key_learns_where_to_get_one_and_nothing_else(shared_server: Server) -> None:
    with program(shared_server) as stranger:
        found = stranger.get("/discovery.json").json()
        assert found["endpoints"][0]["url"] == f"{shared_server.url}/api/open311/v2"
        assert ElementTree.fromstring(stranger.get("/discovery.xml").content).findtext(
            "endpoints/endpoint/formats/format"
        )
        for path in ("/services.json", "/services/heat.json", "/requests.json", "/requests/1.json"):
            answer = stranger.get(path)
            assert answer.status_code == 403 and answer.json()[0]["code"] == 403
        assert stranger.get("/services.json", params={"api_key": "ik_wrong"}).status_code == 403
        assert stranger.get("/nothing").status_code in (403, 404)


def test_a_signed_in_browser_is_nobody_here(shared_server: Server) -> None:
    with shared_server.client("administrator") as person:
        assert person.get("/api/open311/v2/requests.json").status_code == 403


def test_a_form_or_a_city_that_is_none(app: httpx.Client) -> None:
    assert app.get("/services.yaml").status_code == 404
    answer = app.get("/services.xml", params={"jurisdiction_id": "paris"})
    assert answer.status_code == 404 and b"astana" in answer.content


def test_a_key_of_the_police_sees_what_its_issuer_named(
    shared_server: Server, shared_settings: Settings
) -> None:
    key = issue(shared_settings, "dispatch", kinds=("police",))
    with program(shared_server, Authorization=f"Bearer {key}") as dispatch:
        assert ids(dispatch.get("/requests.json", params=LIST)) == ["3"]
        assert [row["service_code"] for row in dispatch.get("/services.json").json()] == ["theft"]


def test_a_key_that_was_revoked_or_is_over_its_time_is_refused(
    shared_server: Server, shared_settings: Settings, accounts: Engine, shared_owner: Engine
) -> None:
    revoked, over = issue(shared_settings, "gone"), issue(shared_settings, "over")
    numbers = {key.client: key.id for key in list_keys(accounts)}
    with program(shared_server, revoked) as first, program(shared_server, over) as second:
        assert first.get("/services.json").status_code == second.get("/services.json").status_code == 200
        revoke_key(accounts, "test", numbers["gone"])
        with shared_owner.begin() as connection:
            connection.execute(
                text("update api_key set expires_at = now() where id = :id"), {"id": numbers["over"]}
            )
        assert first.get("/services.json").status_code == second.get("/services.json").status_code == 403


def test_who_asks_too_often_is_told_when_to_come_again(
    shared_server: Server, shared_settings: Settings
) -> None:
    with program(shared_server, issue(shared_settings, "busy", per_minute=3)) as busy:
        answers = [busy.get("/services.xml") for _ in range(9)]
    refused = [answer for answer in answers if answer.status_code == 429]
    assert len(refused) >= 3, "at most two minutes were begun"
    assert 0 < int(refused[0].headers["retry-after"]) <= 61
    assert ElementTree.fromstring(refused[0].content).findtext("error/code") == "429"
