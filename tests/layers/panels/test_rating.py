"""The wall's panel of the rating: the last closed month as it was closed, and whom it names."""

from __future__ import annotations

import pytest
from sqlalchemy import Connection, text

from geo.settings import Settings
from layers.panels.rating import read_rating
from layers.panels.requests import PanelRequest
from layers.scope import Scope
from tests.support.wall_city import CALM


@pytest.mark.parametrize(
    ("names", "first", "last"),
    [("", "Deputy akim, housing and utilities", None), ("people", "Н. Есенов", "Н. Есенов")],
)
def test_a_wall_names_posts_and_nobody_below_the_threshold_unless_it_is_asked_for_people(
    connection: Connection, settings: Settings, names: str, first: str, last: str | None
) -> None:
    """Scores fall by 2.5 from 94.5, give or take 1.2; the threshold is 75: the ninth, 74.5, may be above."""
    connection.execute(text(CALM))
    read = read_rating(connection, PanelRequest(settings.city, Scope(), "en", names=names))
    assert (read["month"], read["threshold"]) == ("2025-01-01", 75)
    rows = read["rows"]
    assert [row["score"] for row in rows] == [97 - 2.5 * n for n in range(1, 12)]
    assert (rows[0]["name"], rows[8]["name"], rows[9]["name"], rows[10]["name"]) == (first, first, last, last)
    assert set(rows[0]) == {"best", "worst", "score", "low", "high", "name"}, (
        "and no key that tells who it is"
    )


def test_a_month_that_nobody_closed_is_not_shown(connection: Connection, settings: Settings) -> None:
    assert read_rating(connection, PanelRequest(settings.city, Scope(), "ru")) == {
        "month": None,
        "threshold": None,
        "rows": [],
    }
