"""The incident card's line of coordinates: where it is, and how a point that nobody sent was found."""

from datetime import UTC, datetime

import pytest

from dashboard.pages.map.card import _coordinates
from dashboard.words import language
from geo.addresses.geocoding import QUALITIES
from layers.incidents.card import Card


def card_text(lang: str, placed_by: str | None, decisions: list[dict] | None = None) -> str:
    incident = {"lon": 71.43, "lat": 51.13, "placed_by": placed_by}
    token = language.set(lang)
    try:
        return str(
            _coordinates(
                Card(incident, None, [], decisions or [], [], [], [], 0, datetime.now(UTC))
            ).to_plotly_json()
        )
    finally:
        language.reset(token)


@pytest.mark.parametrize(
    ("lang", "estimated"), [("en", "estimated"), ("ru", "расчётно"), ("kk", "есептеліп")]
)
def test_a_point_found_by_its_address_says_how(lang: str, estimated: str) -> None:
    assert estimated in card_text(lang, "interpolated") and len(
        {card_text(lang, quality) for quality in QUALITIES}
    ) == len(QUALITIES)


def test_a_point_that_was_sent_or_set_by_a_person_says_nothing_of_it() -> None:
    assert all(
        "duty-placed" not in card_text("en", *given)
        for given in ((None,), ("building", [{"field": "point"}]))
    )
    assert "duty-placed" in card_text("en", "building", [{"field": "status"}])
