"""What counts as a server that does not answer now, of all that the drivers, pools and clocks may raise."""

from __future__ import annotations

import asyncio
import inspect
import threading
from dataclasses import replace
from types import ModuleType

import psycopg
import psycopg2
import psycopg_pool
import pytest
import redis
import redis.exceptions
import sqlalchemy.exc
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from geo.database import connect_engine, role_dsn
from geo.errors import Unavailable
from geo.settings import Settings
from layers.unanswered import refusal_of

PASSING = {
    sqlalchemy.exc: {
        "TimeoutError": "database.slow",
        "PendingRollbackError": "database.away",
        "DisconnectionError": "database.away",
        "InvalidatePoolError": "database.away",
    },
    psycopg2: {"OperationalError": "database.away", "InterfaceError": "database.away"},
    psycopg_pool: {
        "PoolClosed": "database.away",
        "PoolTimeout": "database.away",  # it waits for the first connection too
        "TooManyRequests": "server.busy",
    },
    redis.exceptions: dict.fromkeys(
        (
            "AuthenticationError",
            "AuthorizationError",
            "BusyLoadingError",
            "ConnectionError",
            "ExternalAuthProviderError",
            "MaxConnectionsError",
            "OutOfMemoryError",
            "ReadOnlyError",
            "TimeoutError",
        ),
        "redis.away",
    ),
}
"""Module -> its exceptions that pass by themselves -> what is said. Any other is a failure of ours."""


def raised(kind: type[Exception]) -> Exception:
    error = kind.__new__(kind)
    Exception.__init__(error)
    return error


@pytest.mark.parametrize("module", PASSING, ids=lambda module: module.__name__)
def test_every_exception_of_a_driver_or_a_pool_is_known(module: ModuleType) -> None:
    found = {
        name: refusal_of(raised(one))
        for name, one in vars(module).items()
        if inspect.isclass(one)
        and issubclass(one, Exception)
        and one is not getattr(psycopg2, "DatabaseError", None)
    }
    codes = {name: refusal.code for name, refusal in found.items() if refusal is not None}
    assert len(found) > len(codes) or module is psycopg_pool
    assert codes == PASSING[module]


def states() -> list[tuple[str, str]]:
    """Each SQLSTATE that psycopg knows, with what is said."""
    classes = {"08": "database.away", "53": "database.away", "57": "database.away", "58": "database.away"}
    slow = {"40": "database.slow", "55": "database.slow"}
    exact = {"25006": "database.read_only", "53100": "database.full", "57014": "database.slow"}
    known = {getattr(one, "sqlstate", None) for one in vars(psycopg.errors).values()}
    return [
        (state, exact.get(state) or (classes | slow).get(state[:2]) or "")
        for state in sorted(state for state in known if isinstance(state, str))
    ]


def test_a_sqlstate_says_the_same_through_both_drivers() -> None:
    """Psycopg 3 wraps a state by a class of its own, psycopg2 by one that SQLAlchemy wraps again."""

    class Coded(psycopg2.Error):
        pgcode = ""

    known = states()
    assert len(known) > 200
    for state, code in known:
        direct = raised(psycopg.errors.lookup(state))
        coded = type("Coded2", (Coded,), {"pgcode": state})()
        for error in (direct, DBAPIError("select 1", {}, coded)):
            refusal = refusal_of(error)
            assert (refusal.code if refusal else "") == code, (state, error)


def test_a_pool_without_a_free_connection_passes_whichever_pool(settings: Settings) -> None:
    engine = connect_engine(settings, "web", pool_size=1, pool_timeout=0.05)
    with engine.connect() as one, engine.connect() as two, engine.connect() as three:
        assert all((one, two, three))
        with pytest.raises(sqlalchemy.exc.TimeoutError) as seen:
            engine.connect()
    engine.dispose()

    async def wait() -> Exception:
        async with psycopg_pool.AsyncConnectionPool(
            role_dsn(settings, "reader"), min_size=1, max_size=1, timeout=0.05, open=False
        ) as pool:
            await pool.wait(20)
            async with pool.connection():
                with pytest.raises(psycopg_pool.PoolTimeout) as late:
                    async with pool.connection():
                        pass
        return late.value

    codes = [refusal_of(error).code for error in (seen.value, asyncio.run(wait()))]
    assert codes == ["database.slow", "database.away"]


def test_a_lock_a_statement_that_is_ended_and_a_redis_that_is_none(settings: Settings) -> None:
    engine = connect_engine(settings, "web")
    with engine.connect() as connection:
        connection.execute(text("set statement_timeout = '30ms'"))
        with pytest.raises(DBAPIError) as late:
            connection.execute(text("select pg_sleep(20)"))
    with engine.connect() as connection:
        pid = connection.scalar(text("select pg_backend_pid()"))
        owner = connect_engine(settings, "owner")
        with owner.begin() as other:
            ending = threading.Timer(
                0.05, lambda: other.execute(text("select pg_terminate_backend(:pid)"), {"pid": pid})
            )
            ending.start()
            with pytest.raises(DBAPIError) as ended:
                connection.execute(text("select pg_sleep(20)"))
            ending.join()
        owner.dispose()
        connection.invalidate()
    engine.dispose()
    with pytest.raises(redis.RedisError) as nowhere:
        redis.Redis.from_url(replace(settings, redis_url="unix:///nowhere").redis_url).ping()
    codes = [refusal_of(seen.value).code for seen in (late, ended, nowhere)]
    assert codes == ["database.slow", "database.away", "redis.away"]


def test_a_failure_of_ours_is_none_of_them() -> None:
    assert [refusal_of(error) for error in (ValueError(), KeyError(), OSError(), AssertionError())] == [
        None,
        None,
        None,
        None,
    ]
    assert isinstance(refusal_of(TimeoutError()), Unavailable)
