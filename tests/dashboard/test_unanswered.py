"""Whatever a server behind us fails with, every route answers 503 (507 for a full disk), in words, with the
time to come again, and never 500."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from typing import Any

import httpx
import psycopg
import psycopg2
import psycopg_pool
import pytest
import redis
import sqlalchemy.exc
from fastapi.routing import APIRoute
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

from dashboard import server as composition
from geo.accounts import sessions
from geo.database import connect_engine
from geo.settings import Settings
from layers.executors import Executors

ERRORS: dict[str, Callable[[], Exception]] = {
    "no connection free in the pool": lambda: sqlalchemy.exc.TimeoutError("QueuePool limit"),
    "no connection": lambda: OperationalError("select 1", {}, psycopg2.OperationalError("refused")),
    "a connection that is closed": lambda: InterfaceError("select 1", {}, psycopg2.InterfaceError("closed")),
    "one that breaks": lambda: DBAPIError("select 1", {}, psycopg2.DatabaseError("server closed")),
    "lost within a transaction": lambda: sqlalchemy.exc.PendingRollbackError("invalid transaction"),
    "a statement that took too long": lambda: OperationalError(
        "select 1", {}, psycopg.errors.QueryCanceled()
    ),
    "a lock": lambda: OperationalError("select 1", {}, psycopg.errors.LockNotAvailable()),
    "a full disk": lambda: OperationalError("select 1", {}, psycopg.errors.DiskFull()),
    "no connection free in the other pool": lambda: psycopg_pool.PoolTimeout("5 s"),
    "no room to wait for one": lambda: psycopg_pool.TooManyRequests("60"),
    "no Redis": lambda: redis.ConnectionError("refused"),
    "a Redis that is slow": lambda: redis.TimeoutError("5 s"),
    "a clock": lambda: TimeoutError(),
}
VALUES = {"form": "csv", "lang": "kk", "name": "districts"}


def routes(app) -> list[tuple[str, str]]:
    """Method and an address of every route of ours that works in a thread."""
    found = []
    for route in app.routes:
        for one in getattr(getattr(route, "original_router", None), "routes", [route]):
            if isinstance(one, APIRoute) and one.endpoint.__module__.startswith(("dashboard", "layers")):
                path = re.sub(r"{(\w+)(:\w+)?}", lambda part: VALUES.get(part.group(1), "1"), one.path)
                found.append((sorted(one.methods - {"HEAD"})[0], path))
    return found


@pytest.fixture
def token(settings: Settings) -> str:
    accounts, web = (connect_engine(settings, role) for role in ("accounts", "web"))
    link = sessions.one_time_link(accounts, name="administrator", role="administrator")
    token = sessions.use_one_time(web, link.split("token=")[1])
    accounts.dispose()
    web.dispose()
    return token


def message_of(body: Any) -> str:
    """The message of an error, as all routes tell it, or as Open311 does, in a list."""
    return body[0]["description"] if isinstance(body, list) else body["message"]


def test_every_route_says_when_to_come_again(
    settings: Settings, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing: list[Exception] = []

    async def run(self: Executors, work: object, function: Callable, *args: object) -> object:
        if getattr(function, "__name__", "") == "note":  # of a refusal, into the audit
            return function(*args)
        raise failing[-1]

    monkeypatch.setattr(Executors, "run", run)

    async def ask() -> dict[str, dict[str, int]]:
        app = composition.create_app(settings)
        answers: dict[str, dict[str, int]] = {}
        async with app.router.lifespan_context(app):
            client = httpx.AsyncClient(
                transport=httpx.ASGITransport(app),
                base_url="http://127.0.0.1",
                cookies={"ikomek_session": token},
                headers={"Sec-Fetch-Site": "same-origin", "Origin": "http://127.0.0.1"},
            )
            for name, make in ERRORS.items():
                failing.append(make())
                answers[name] = {}
                for method, path in routes(app):
                    if path == "/live":
                        continue
                    answer = await client.request(method, path, json={} if method != "GET" else None)
                    answers[name][f"{method} {path}"] = answer.status_code
                    if answer.status_code in (503, 507):
                        assert int(answer.headers["retry-after"]) > 0 and message_of(answer.json())
            await client.aclose()
        return answers

    for name, answers in asyncio.run(ask()).items():
        assert [path for path, status in answers.items() if status == 500] == [], name
        away = [path for path, status in answers.items() if status in (503, 507)]
        assert len(away) >= 12, (name, answers)
