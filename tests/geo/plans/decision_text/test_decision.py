"""What a decision on precincts says: that whose text changes, and nothing else."""

from __future__ import annotations

import pytest
from sqlalchemy import Connection, text

from geo.plans.decision_text.decision import compose_decision
from geo.plans.editing.borders import EdgeLine, edit
from geo.plans.editing.draft import Author
from geo.plans.editing.operations import merge, split
from geo.plans.editing.precincts import describe
from geo.plans.stations import StationLocation, set_station
from geo.settings import Settings
from tests.support.plan_town import Town, lon_lat


@pytest.fixture
def town() -> Town:
    return Town(columns=4, rows=2)


def test_a_decision_holds_what_its_text_changes_and_nothing_else(
    connection: Connection, settings: Settings, draft: int
) -> None:
    """A border that moves where no house stands is no change; a station that moves, a house, a number, a new
    and an abolished precinct are."""
    city = settings.city
    assert (compose_decision(connection, city, draft).changed, compose_decision(connection, city, 1).new) == (
        [],
        list(range(1, 9)),
    )
    author = Author(connection, city, draft, "aigerim")
    edge, version = connection.execute(
        text(
            "select id, version from edge where plan_id = :plan and (left_precinct, "
            "right_precinct) in ((7, 8), (8, 7))"
        ),
        {"plan": draft},
    ).one()
    edit(author, [EdgeLine(edge, version, tuple(lon_lat((1205, 600))))])
    set_station(author, 1, StationLocation("Мектеп", "Школа", building=1))
    describe(author, 4, number=44)
    split(author, 3, lon_lat((1000, -30), (1000, 430)))
    merge(author, 5, 6)
    composed = compose_decision(connection, city, draft)
    assert (composed.new, composed.changed, composed.abolished, composed.former) == (
        [44, 45],
        [1, 3, 5],
        [4, 6],
        {44: 4},
    )
    assert {lang: set(texts) for lang, texts in composed.texts.items()} == {
        "kk": {1, 3, 5, 44, 45},
        "ru": {1, 3, 5, 44, 45},
    }
