"""Fixtures for runs of feeds: files written by the tests themselves, and the rows that came of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, text

from etl.readers import Source
from etl.registry import FEEDS, Feed, find
from etl.runs import engine
from geo.database import connect_engine
from geo.settings import Settings

NOW = datetime(2025, 6, 1, 12, 0, tzinfo=UTC)


@pytest.fixture
def load(settings: Settings) -> Callable[..., engine.RunResult]:
    """Run a feed over the text of a file."""

    def run(feed: str | Feed, body: str | bytes, form: str = "csv", **more: object) -> engine.RunResult:
        data = body.encode() if isinstance(body, str) else body
        declared = find(FEEDS, feed) if isinstance(feed, str) else feed
        return engine.run(
            settings, declared, [Source(f"test.{form}", body=data, format=form)], now=NOW, **more
        )

    return run


@pytest.fixture
def database(settings: Settings) -> Iterator[Engine]:
    """What a watcher works with."""
    made = connect_engine(settings, "etl", pool_size=4)
    yield made
    made.dispose()


@pytest.fixture
def rows(connection: Connection) -> Callable[..., list]:
    """Rows of a query, as they are now."""

    def query(statement: str, **bound: object) -> list:
        found = connection.execute(text(statement), bound).all()
        connection.rollback()
        return found

    return query


@pytest.fixture
def change(connection: Connection) -> Callable[..., None]:
    """Write something as the owner, and commit it."""

    def execute(statement: str, **bound: object) -> None:
        connection.execute(text(statement), bound)
        connection.commit()

    return execute


@pytest.fixture
def file(tmp_path: Path) -> Callable[[str, str | bytes], Path]:
    def write(name: str, body: str | bytes) -> Path:
        path = tmp_path / name
        path.write_bytes(body.encode() if isinstance(body, str) else body)
        return path

    return write
