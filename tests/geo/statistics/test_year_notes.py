"""A note to a year: the last one stands, an empty one takes it away, and the card says it at its year, below
and in its table."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import Connection, text

from dashboard.pages.statistics import years
from geo.errors import InvalidInput, NotFound
from geo.settings import Settings
from geo.statistics.year_notes import LONGEST, write_year_note, year_notes
from layers.statistics.requests import StatisticsRequest

TEXTS = {"kk": "басқаша", "ru": "иначе", "en": "counted in another way"}
ROWS = """insert into incident (region, id, source, source_id, kind, source_status, status, opened_at)
    select '71', g, 't', g::text, 'police', 'open', 'open',
        case when g <= 20 then timestamptz '2023-02-01 12:00+05' else timestamptz '2024-02-01 12:00+05' end
    from generate_series(1, 80) g"""
"""20 in 2023, 60 in 2024: a break."""
REQUEST = StatisticsRequest(date(2025, 1, 1), date(2025, 2, 26))


def note(connection: Connection, settings: Settings, texts: dict[str, str], year: int = 2024) -> None:
    write_year_note(connection, settings.city, "police", year, texts, "dana")


def test_the_last_note_of_a_year_stands(connection: Connection, settings: Settings) -> None:
    note(connection, settings, dict.fromkeys(TEXTS, "first"))
    note(connection, settings, TEXTS)
    assert year_notes(connection, settings.city, "police", "kk") == {2024: "басқаша"}
    assert year_notes(connection, settings.city, "emergency", "kk") == {}
    note(connection, settings, dict.fromkeys(TEXTS, " "))
    assert year_notes(connection, settings.city, "police", "kk") == {}
    acts = connection.scalars(text("select what from audit where what = 'figure.noted'")).all()
    assert len(acts) == 3


def test_what_cannot_be_noted(connection: Connection, settings: Settings) -> None:
    with pytest.raises(NotFound, match="statistics.subject"):
        write_year_note(connection, settings.city, "polise", 2024, TEXTS, "dana")
    with pytest.raises(InvalidInput, match="statistics.note_year"):
        note(connection, settings, TEXTS, 24)
    with pytest.raises(InvalidInput, match="statistics.note_length"):
        note(connection, settings, {**TEXTS, "kk": "x" * (LONGEST + 1)})


def test_a_break_with_a_note_has_its_reason(connection: Connection, settings: Settings) -> None:
    connection.execute(text(ROWS))
    before = years.police(connection, settings.city, REQUEST, "ru")
    assert "×3" in str(before.after) and len(before.table.columns) == 3
    note(connection, settings, TEXTS)
    card = years.police(connection, settings.city, REQUEST, "ru")
    assert "×3" not in str(card.after) and card.after[1] == "¹ 2024: иначе"
    assert card.chart is not None and "2024¹" in card.chart["layout"]["xaxis"]["ticktext"]
    assert [row for row in card.table.rows if row[-1]] == [["2024¹", "60", "60", "иначе"]]
