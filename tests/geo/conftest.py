"""A small town with a plan in force and a draft of it, for the tests of plans."""

from __future__ import annotations

import pytest
from sqlalchemy import Connection

from geo.plans.lifecycle import draft_from
from geo.settings import Settings
from tests.support.connected import engine_as
from tests.support.plan_town import Town

engine = engine_as("editor", "engine")
"""Connections with the editor's rights."""


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
