"""The look-ups of sessions: one question for many tiles, none for a few seconds, and what happens while
the database is away."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import event

from dashboard.security import streams
from dashboard.security.sessions import SessionCache
from geo.accounts import sessions
from geo.accounts.users import Principal
from geo.database import Engine, connect_engine
from geo.errors import Unavailable
from geo.settings import Settings


@pytest.fixture
def statements_sent(web: Engine) -> Iterator[list[str]]:
    """The statements that the web role sent since the test began."""
    statements: list[str] = []

    def note(connection, cursor, statement, parameters, context, many) -> None:
        statements.append(statement)

    event.listen(web, "before_cursor_execute", note)
    yield statements
    event.remove(web, "before_cursor_execute", note)


def test_many_tiles_read_their_session_once(
    web: Engine, statements_sent: list[str], accounts: Engine
) -> None:
    async def ask() -> list[Principal | None]:
        cache = SessionCache(web)
        token = sessions.add_device(accounts, "operations")
        statements_sent.clear()
        found = await asyncio.gather(*(cache.find(token) for _ in range(200)))
        found.append(await cache.find(token))
        cache.close()
        return found

    found = asyncio.run(ask())
    assert {principal.scene for principal in found} == {"operations"} and len(statements_sent) == 1


def test_a_session_is_read_again_when_its_time_is_over_or_it_was_forgotten(
    web: Engine, statements_sent: list[str]
) -> None:
    async def ask() -> None:
        cache = SessionCache(web, lifetime_s=0.05)
        for _ in range(2):
            assert await cache.find("nonsense") is None
        await asyncio.sleep(0.06)
        await cache.find("nonsense")
        cache.forget("nonsense")
        await cache.find("nonsense")
        cache.close()

    asyncio.run(ask())
    assert len(statements_sent) == 3


def test_what_was_asked_for_before_a_session_was_forgotten_is_not_kept(
    web: Engine, statements_sent: list[str]
) -> None:
    """The answer that is on its way when a session ends is an old one: who asks later asks anew."""

    async def ask() -> list[int]:
        cache = SessionCache(web)
        early = asyncio.ensure_future(cache.find("nonsense"))
        for _ in range(3):
            await asyncio.sleep(0)  # it has been handed to its thread
        cache.forget("nonsense")
        await asyncio.gather(early, cache.find("nonsense"))
        counts = [len(statements_sent)]
        await cache.find("nonsense")
        cache.close()
        return [*counts, len(statements_sent)]

    assert asyncio.run(ask()) == [2, 2]


def test_a_database_that_is_away_is_unavailable(shared_settings: Settings) -> None:
    nowhere = connect_engine(
        replace(shared_settings, database_url="postgresql+psycopg2://x@/x?host=/nowhere"), "web"
    )

    async def ask() -> None:
        cache = SessionCache(nowhere)
        try:
            for _ in range(2):
                with pytest.raises(Unavailable, match="database.away"):
                    await cache.find("nonsense")
        finally:
            cache.close()

    asyncio.run(ask())
    nowhere.dispose()


@pytest.mark.parametrize(
    ("answers", "ended"),
    [([True, True, False], True), ([True, Unavailable("database.away"), True, None], False)],
)
def test_a_stream_ends_with_its_session_and_not_with_the_database(
    monkeypatch: pytest.MonkeyPatch, answers: list, ended: bool
) -> None:
    monkeypatch.setattr(streams, "LIFETIME_S", 0.01)
    sent: list[dict] = []

    async def still_in() -> Principal | None:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return Principal("aigul", "duty", frozenset()) if answer else None

    async def app(scope, receive, send) -> None:
        await send({"type": "http.response.body", "body": b"first", "more_body": True})
        while len(answers) > (0 if ended else 1):
            await asyncio.sleep(0.001)
        if ended:
            await asyncio.sleep(10)
        await send({"type": "http.response.body", "body": b"last", "more_body": False})

    async def send(message: dict) -> None:
        sent.append(message)

    asyncio.run(streams.run(app, {"path": "/live"}, None, send, still_in))
    assert [message["body"] for message in sent] == [b"first", b"" if ended else b"last"]
    assert sent[-1]["more_body"] is False
