"""OGC API Features as GDAL opens it, and by role: nobody reads there what they may not see elsewhere."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator

import httpx
import pytest
from sqlalchemy import text

from geo.accounts import sessions
from geo.accounts.users import add_user
from geo.database import Engine, connect_engine
from geo.errors import Conflict
from tests.support.programs import add_services
from tests.support.web import Server

PATH = "/api/features/v1"
ITEMS = f"{PATH}/collections/incidents/items"
OPENED = """
import json, sys
import pyogrio
address = sys.argv[1]
frame = pyogrio.read_dataframe(address, layer="incidents", PAGE_SIZE="10")
near = pyogrio.read_dataframe(address, layer="incidents", bbox=(71.41, 51.12, 71.43, 51.14))
districts = pyogrio.read_dataframe(address, layer="districts").sort_values("key")
print(json.dumps({
    "layers": [name for name, _ in pyogrio.list_layers(address)],
    "incidents": len(frame),
    "status": sorted(set(frame["status"])),
    "epsg": frame.crs.to_epsg(),
    "without_point": int(frame.geometry.isna().sum()),
    "near": len(near),
    "districts": [list(row) for row in zip(districts["key"], districts.geom_type)],
}))
"""
ROWS = """
    insert into district (region, id, key, name_kk, name_ru, name_en, valid_from, geom_4326, geom_3857)
    overriding system value
    select '71', n, key, key, key, key, date '2000-01-01', g, st_transform(g, 3857)
    from (values (1, 'west', 71.40, 71.45), (2, 'east', 71.45, 71.50)) d (n, key, a, b),
        lateral (select st_multi(st_makeenvelope(a, 51.1, b, 51.2, 4326)) as g) s"""
INCIDENTS = """
    insert into incident (region, id, source, source_id, kind, category_id, title, source_status, status,
        opened_at, district_id, point_4326, point_3857)
    overriding system value
    select '71', n, 'x', 'x' || n, case when n % 4 = 0 then 'police' else 'service' end, 3, 'T' || n, 'open',
        case when n % 3 = 0 then 'closed' else 'open' end, timestamptz '2026-11-20 07:00Z'
        + n * interval '1 h', 1 + n % 2, p, st_transform(p, 3857)
    from generate_series(1, 24) n, lateral (select case when n <> 24 then
        st_point(71.42 + (n % 2) * 0.05, 51.13, 4326) end as p) s"""


@pytest.fixture(scope="module", autouse=True)
def city(shared_server: Server) -> None:
    add_services(shared_server.settings)
    owner = connect_engine(shared_server.settings, "owner")
    with owner.begin() as connection:
        connection.execute(text(ROWS))
        connection.execute(text(INCIDENTS))
    owner.dispose()


@pytest.fixture
def officer(shared_server: Server) -> Iterator[httpx.Client]:
    with shared_server.client("duty") as client:
        yield client


def token(accounts: Engine, name: str, role: str = "duty", **scope: list[str]) -> str:
    try:
        add_user(accounts, name, role, None, **scope)
    except Conflict:
        pass
    return sessions.add_token(accounts, name)


def ids(answer: httpx.Response) -> list[int]:
    assert answer.status_code == 200, answer.text
    return [feature["id"] for feature in answer.json()["features"]]


def test_gdal_opens_it_with_a_token_and_pages(shared_server: Server, accounts: Engine) -> None:
    """In a process of its own: in ours GDAL has no driver that goes to an address (`geo.gdal`)."""
    headers = {"GDAL_HTTP_AUTH": "BEARER", "GDAL_HTTP_BEARER": token(accounts, "gis")}
    clean = {name: value for name, value in os.environ.items() if name != "GDAL_SKIP"}
    done = subprocess.run(
        [sys.executable, "-c", OPENED, f"OAPIF:{shared_server.url}{PATH}"],
        env=clean | headers,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert set(found["layers"]) == {"incidents", "buildings", "districts"}
    assert found["incidents"] == 24 and found["status"] == ["closed", "open"]
    assert found["epsg"] == 4326 and found["without_point"] == 1
    assert found["near"] == 11 and found["districts"] == [["east", "MultiPolygon"], ["west", "MultiPolygon"]]


@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        ({}, set(range(1, 25))),
        ({"kinds": ["service"]}, {n for n in range(1, 25) if n % 4}),
        ({"districts": ["east"]}, {n for n in range(1, 25) if n % 2}),
        ({"kinds": ["police"], "districts": ["east"]}, set()),
    ],
)
def test_a_scope_holds_for_lists_and_for_each(
    shared_server: Server, accounts: Engine, scope: dict[str, list[str]], expected: set[int]
) -> None:
    shown = token(accounts, "scoped-" + "-".join(sum(scope.values(), [])), **scope)
    with httpx.Client(base_url=shared_server.url, headers={"Authorization": f"Bearer {shown}"}) as program:
        assert set(ids(program.get(ITEMS))) == expected
        for number in range(1, 25):
            answer = program.get(f"{ITEMS}/{number}")
            assert answer.status_code == (200 if number in expected else 404)


@pytest.mark.parametrize("role", ["performer", "operator", "electoral_editor", "auditor", "executive"])
def test_a_role_sees_what_its_export_holds(shared_server: Server, role: str) -> None:
    with shared_server.client(role) as client:
        answer = client.get(ITEMS)
        exported = client.get("/layers/export/incidents.geojson?window=dates")
        if answer.status_code != 200:
            assert answer.status_code == exported.status_code == 403
            return
        assert len(ids(answer)) == len(exported.json()["features"])


def test_a_stranger_and_a_token_of_a_feed_come_not_in(shared_server: Server, accounts: Engine) -> None:
    assert httpx.get(shared_server.url + ITEMS).status_code == 401
    pushing = token(accounts, "pusher", "push")
    shown = {"Authorization": f"Bearer {pushing}"}
    assert httpx.get(shared_server.url + ITEMS, headers=shown).status_code == 403
    duty = {"Authorization": f"Bearer {token(accounts, 'gis')}"}
    for path in ("/map", "/layers/incidents.geojson", "/api/v1/ingest/police/1"):
        assert httpx.get(shared_server.url + path, headers=duty).status_code in (303, 401, 403)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"limit": "2"}, [1, 2]),
        ({"limit": "2", "after": "22"}, [23, 24]),
        ({"limit": "100000", "status": "closed", "kind": "police"}, [12, 24]),
        ({"datetime": "2026-11-20T08:00:00Z"}, [1]),
        ({"datetime": "../2026-11-20T09:00:00Z"}, [1, 2]),
        ({"datetime": "2026-11-21T06:00:00Z/.."}, [23, 24]),
        ({"bbox": "71.41,51.12,0,71.43,51.14,10", "limit": "1"}, [2]),
        ({"category": "none\x00"}, []),
    ],
)
def test_filters(officer: httpx.Client, query: dict[str, str], expected: list[int]) -> None:
    assert ids(officer.get(ITEMS, params=query)) == expected


@pytest.mark.parametrize(
    "query",
    [
        {"limit": "0"},
        {"limit": "x"},
        {"bbox": "1,2,3"},
        {"bbox": "inf,0,1,1"},
        {"datetime": "soon"},
        {"datetime": "2026-02-01/2026-01-01"},
        {"bbox-crs": "http://www.opengis.net/def/crs/EPSG/0/3857"},
        {"voter": "x"},
        {"after": "9" * 30},
    ],
)
def test_what_cannot_be_read_is_refused(officer: httpx.Client, query: dict[str, str]) -> None:
    assert officer.get(ITEMS, params=query).status_code == 400


def test_pages_follow_their_links_to_the_end(officer: httpx.Client) -> None:
    found, address = [], f"{ITEMS}?limit=7&kind=service"
    while address:
        answer = officer.get(address)
        found += ids(answer)
        links = {one["rel"]: one["href"] for one in answer.json()["links"]}
        address = links.get("next", "")
    assert found == [n for n in range(1, 25) if n % 4]


def test_what_is_there_is_described(officer: httpx.Client) -> None:
    landing = officer.get(f"{PATH}/").json()
    for one in landing["links"]:
        assert officer.get(one["href"]).status_code == 200
    collections = officer.get(f"{PATH}/collections").json()["collections"]
    assert {one["id"] for one in collections} == {"incidents", "buildings", "districts"}
    assert officer.get(f"{PATH}/collections/voters").status_code == 404
    assert officer.get(f"{PATH}/collections/voters/items").status_code == 404


def test_what_leaves_is_in_the_audit(officer: httpx.Client, shared_owner: Engine) -> None:
    officer.get(ITEMS, params={"limit": "3"})
    with shared_owner.connect() as connection:
        found = connection.execute(
            text(
                "select who, parameters ->> 'rows' from audit where what = 'incident.exported' "
                "and parameters ->> 'form' = 'ogc' order by id desc limit 1"
            )
        ).one()
    assert tuple(found) == ("duty", "3")
