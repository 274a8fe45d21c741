"""What a feed keeps of its source: public columns reach the card and every export, no other does."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from zipfile import ZipFile

import pytest
from sqlalchemy import Connection, Engine, text

from dashboard import words
from dashboard.pages.map.card import _kept
from geo.loading.ledger import declare_feed
from geo.settings import Settings
from layers.incidents.card import read_card
from layers.incidents.export import FORMS, discard, export
from layers.incidents.filters import IncidentFilter
from layers.scope import Scope

SECRET = "b7f9 secret"
KEPT = {"Ward": 7, "Note": SECRET, "Lamp": "=12", "Empty": None}
ALL = IncidentFilter(window="dates")


@pytest.fixture
def incident(connection: Connection) -> Iterator[int]:
    """An incident of a feed that keeps four columns and shows three."""
    declare_feed(connection, "71", "own", "incidents", 60, ("Lamp", "Ward", "Empty"))
    found = connection.execute(
        text("""insert into incident (region, source, source_id, kind, status, source_status, priority,
            source_priority, opened_at, attributes)
        values ('71', 'own', '1', 'service', 'open', 'open', 1, 1, now(), cast(:kept as jsonb))
            returning id"""),
        {"kept": json.dumps(KEPT)},
    ).scalar_one()
    connection.commit()
    yield found


def test_the_card_shows_public_columns_in_the_order_of_the_declaration(
    reader: Engine, settings: Settings, incident: int
) -> None:
    card = read_card(reader, settings.city, Scope(), incident, "en")
    assert card.kept == [("Lamp", "=12"), ("Ward", "7")] and SECRET not in repr(card)
    before = words.language.set("en")
    heading, shown = _kept(card)
    words.language.reset(before)
    assert heading.children == "Also from the source" and "Lamp" in str(shown) and SECRET not in str(shown)


def unpacked(path: Path) -> bytes:
    """All that an XLSX holds."""
    with ZipFile(path) as parts:
        return b"".join(map(parts.read, parts.namelist()))


@pytest.mark.parametrize("form", FORMS)
def test_every_export_has_the_public_columns_and_no_other(
    reader: Engine, settings: Settings, incident: int, form: str
) -> None:
    made = export(reader, settings.city, ALL, "en", form)
    body = made.path.read_bytes() if form != "xlsx" else unpacked(made.path)
    discard(made.path)
    assert b"Lamp" in body and b"=12" in body and SECRET.encode() not in body
    if form == "geojson":
        [feature] = json.loads(body)["features"]
        assert feature["properties"]["attributes"] == {"Lamp": "=12", "Ward": 7, "Empty": None}


def test_what_is_no_longer_declared_public_is_no_longer_shown(
    connection: Connection, reader: Engine, settings: Settings, incident: int
) -> None:
    declare_feed(connection, "71", "own", "incidents", 60)
    connection.commit()
    assert read_card(reader, settings.city, Scope(), incident, "en").kept == []
