"""One slow part does not take the others: real locks in the database hold one class of work, and
everything else answers."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import httpx
import pytest
from fastapi import APIRouter
from fastapi.routing import APIRoute
from sqlalchemy import text

from dashboard import server as composition
from geo.database import connect_engine
from geo.settings import Settings
from tests.support.live_client import Listener
from tests.support.web import Server

SOON_S = 3.0
"""An answer on a busy machine; what waits for a lock takes longer than any test."""


@contextmanager
def locked(settings: Settings, table: str) -> Iterator[None]:
    """Whoever reads it waits."""
    engine = connect_engine(settings, "owner")
    with engine.begin() as connection:
        connection.execute(text(f"lock table {table} in access exclusive mode"))
        yield
    engine.dispose()


class Crowd:
    """Asks all of it at once, in threads that nobody waits for before the end; `statuses` so far, 0 for
    none."""

    def __init__(self, client: httpx.Client) -> None:
        self.client, self.statuses = client, []
        self.threads = ThreadPoolExecutor(24)

    def __enter__(self) -> Crowd:
        return self

    def __exit__(self, *_: object) -> None:
        self.threads.shutdown()

    def ask(self, calls: list[tuple]) -> None:
        for call in calls:
            self.threads.submit(self._one, *call)
        time.sleep(0.5)

    def _one(self, method: str, path: str, body: object = None) -> None:
        try:
            self.statuses.append(self.client.request(method, path, json=body).status_code)
        except httpx.HTTPError:
            self.statuses.append(0)


def callback(page: str, search: str = "") -> tuple:
    return (
        "POST",
        "/_dash-update-component",
        {
            "output": "page.children",
            "outputs": {"id": "page", "property": "children"},
            "changedPropIds": ["address.pathname"],
            "inputs": [{"id": "address", "property": "pathname", "value": page}],
            "state": [{"id": "address", "property": "search", "value": search}],
        },
    )


def timed(client: httpx.Client, method: str, path: str, body: object = None) -> tuple[int, float]:
    began = time.perf_counter()
    answer = client.request(method, path, json=body)
    return answer.status_code, time.perf_counter() - began


@pytest.fixture
def cookie(server: Server) -> str:
    with server.client("duty") as client:
        return "; ".join(f"{name}={value}" for name, value in client.cookies.items())


def test_tiles_behind_a_lock_leave_the_heartbeat_the_basemap_and_the_versions_alone(
    server: Server, settings: Settings, cookie: str
) -> None:
    filtered = [("GET", f"/tiles/density/12/{2860 + n}/1400.mvt?status=open") for n in range(18)]
    with server.client() as client, Listener(server.url, Cookie=cookie) as listener, Crowd(client) as crowd:
        with locked(settings, "incident"):
            crowd.ask(filtered)
            began = time.monotonic()
            ticks = 0
            while time.monotonic() - began < 6.5:
                assert timed(client, "GET", "/tiles/basemap/12/2860/1400.mvt")[0] in (200, 304)
                while not listener.events.empty():
                    ticks += listener.events.get()[0] == "tick"
                time.sleep(0.2)
            assert ticks >= 1
    assert set(crowd.statuses) <= {200, 503} and len(crowd.statuses) == 18


def test_slow_lists_and_exports_leave_pages_sign_in_readiness_and_snapshot_alone(
    server: Server, settings: Settings
) -> None:
    slow = [callback("/map")] * 8 + [("GET", "/layers/export/incidents.csv?window=dates")] * 12
    with server.client() as client, Crowd(client) as crowd, locked(settings, "performer"):
        crowd.ask(slow)
        answers = {
            path: timed(client, "GET", path)
            for path in ("/readyz", "/sign-in", "/layers/incidents.geojson", "/words/kk.json")
        }
        answers["layout"] = timed(client, *callback("/wall/operations"))
        assert {path: status for path, (status, _) in answers.items() if status not in (200, 303, 503)} == {}
        assert {path: seconds for path, (_, seconds) in answers.items() if seconds > SOON_S} == {}
        # What finds the queue of its class full is refused, and told when to come again.
        assert crowd.statuses.count(503) >= 8
        refused = client.get("/layers/export/incidents.csv?window=dates")
        assert (refused.status_code, refused.json()["error"]) == (503, "server.busy") and int(
            refused.headers["retry-after"]
        ) > 0


def test_every_route_answers_on_the_loop_or_names_its_class() -> None:
    """A plain function would run in threads that all routes share."""
    app = composition.create_app(Settings.load({}))
    routers = [getattr(route, "original_router", None) for route in app.routes]
    routes = [
        *app.routes,
        *(route for router in routers if isinstance(router, APIRouter) for route in router.routes),
    ]
    ours = [
        route
        for route in routes
        if isinstance(route, APIRoute) and route.endpoint.__module__.split(".")[0] in ("dashboard", "layers")
    ]
    assert len(ours) > 40
    assert [route.path for route in ours if not asyncio.iscoroutinefunction(route.endpoint)] == []


def test_many_who_ask_for_one_snapshot_share_one_failure(server: Server, settings: Settings) -> None:
    """After a reset all screens ask at once: they may not fail one after the other."""
    with server.client() as client, locked(settings, "incident"), ThreadPoolExecutor(12) as threads:
        began = time.perf_counter()
        answers = list(
            threads.map(lambda _: client.get("/layers/incidents.geojson", timeout=60).status_code, range(12))
        )
        assert (set(answers), time.perf_counter() - began < 25) == ({503}, True)
