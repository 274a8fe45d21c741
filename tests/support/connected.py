"""Fixtures that connect to a test's database as one of its roles."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Literal

import pytest
from sqlalchemy import Connection, Engine

from geo.database import connect_engine

Span = Literal["function", "module"]


def engine_as(
    role: str, name: str | None = None, of: str = "settings", scope: Span = "function"
) -> Callable[..., Iterator[Engine]]:
    """A fixture: the role's engine on the database that the fixture `of` has the settings of. `name`: its
    own; none = the role's."""

    @pytest.fixture(name=name or role, scope=scope)
    def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
        connected = connect_engine(request.getfixturevalue(of), role)
        yield connected
        connected.dispose()

    return engine


def connection_as(
    role: str, name: str | None = None, of: str = "settings", scope: Span = "function"
) -> Callable[..., Iterator[Connection]]:
    """A fixture: an open connection, alike. A test commits what others shall see."""

    @pytest.fixture(name=name or role, scope=scope)
    def connection(request: pytest.FixtureRequest) -> Iterator[Connection]:
        engine = connect_engine(request.getfixturevalue(of), role)
        with engine.connect() as opened:
            yield opened
        engine.dispose()

    return connection
