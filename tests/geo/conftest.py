"""A small town with a plan in force and a draft of it, for the tests of plans."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, Engine

from geo.database import connect_engine
from geo.plans.lifecycle import draft_from
from geo.settings import Settings
from tests.support.plan_town import Town


@pytest.fixture
def engine(settings: Settings) -> Iterator[Engine]:
    """Connections with the editor's rights."""
    engine = connect_engine(settings, "editor")
    yield engine
    engine.dispose()


@pytest.fixture
def town() -> Town:
    """Six precincts of four blocks with sixteen houses each; a test module may have another."""
    return Town()


@pytest.fixture
def draft(connection: Connection, settings: Settings, town: Town) -> int:
    """A draft by "aigerim" of the town's plan in force."""
    plan = draft_from(connection, settings.city, town.build(connection, settings.city), "draft", "aigerim")
    connection.commit()
    return plan
