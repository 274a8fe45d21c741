"""Public alerts as everybody may read them: the messages of the last days, and one by its identifier."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine, RowMapping, text

from geo.contacts import without_contacts
from geo.errors import NotFound
from geo.settings import City
from geo.storable import UNSTORABLE
from layers.reading import snapshot

LISTED_DAYS = 7
MOST = 200
COLUMNS = """
    select a.id, a.identifier, a.kind, a.message, a.sent_at, a.expires_at, a.severity, a.urgency,
        a.certainty, a.texts, a.area, a.refers_to, c.name_kk, c.name_ru, c.name_en
    from public_alert a left join category c on c.id = a.category_id where a.region = :region"""
LIST = text(f"{COLUMNS} and (a.sent_at > :since or a.expires_at > :now) order by a.id desc limit :most")
ONE = text(f"{COLUMNS} and a.identifier = :identifier")


def list_alerts(engine: Engine, city: City, now: datetime) -> list[dict[str, Any]]:
    """The newest first; cancellations and what has ended stay listed for `LISTED_DAYS`."""
    bound = {"region": city.region, "now": now, "since": now - timedelta(days=LISTED_DAYS), "most": MOST}
    with snapshot(engine) as connection:
        return [_shown(row) for row in connection.execute(LIST, bound).mappings()]


def read_alert(engine: Engine, city: City, identifier: str) -> dict[str, Any]:
    """Raises `NotFound` ("alert.no_document")."""
    with snapshot(engine) as connection:
        bound = {"region": city.region, "identifier": UNSTORABLE.sub("", identifier)}
        row = connection.execute(ONE, bound).mappings().first()
    if row is None:
        raise NotFound("alert.no_document", identifier=identifier[:120])
    return _shown(row)


def _shown(row: RowMapping) -> dict[str, Any]:
    """The texts without what leads to a person: an officer may have taken them over from a title."""
    texts = {
        lang: {part: without_contacts(words) for part, words in parts.items()}
        for lang, parts in row["texts"].items()
    }
    return {**row, "texts": texts}
