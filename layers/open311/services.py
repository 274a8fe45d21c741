"""Services of Open311: the categories that have no others below them, of the kinds that a key may see."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Engine, text

from geo.errors import InvalidInput, NotFound
from geo.settings import City
from geo.storable import UNSTORABLE
from layers.reading import snapshot

SERVICES = """
    select c.id, c.key as code, c.name_{lang} as name, p.name_{lang} as group_name, c.kind, c.due_hours,
        c.calendar
    from category c left join category p on p.id = c.parent_id
    where c.kind = any(:kinds) and not exists (select from category b where b.parent_id = c.id)"""


def read_services(engine: Engine, city: City, kinds: Sequence[str], lang: str) -> list[dict[str, Any]]:
    """Rows of `SERVICES`, by group and name. Raises `InvalidInput` ("request.language")."""
    with snapshot(engine) as connection:
        rows = connection.execute(
            text(f"{_statement(city, lang)} order by p.name_{lang} nulls first, c.name_{lang}, c.key"),
            {"kinds": list(kinds)},
        )
        return [dict(row) for row in rows.mappings()]


def read_service(engine: Engine, city: City, kinds: Sequence[str], lang: str, code: str) -> dict[str, Any]:
    """Raises `NotFound` ("open311.service"), also for one of a kind that the key may not see."""
    with snapshot(engine) as connection:
        row = (
            connection.execute(
                text(f"{_statement(city, lang)} and c.key = :code"),
                {"kinds": list(kinds), "code": UNSTORABLE.sub("", code)},
            )
            .mappings()
            .first()
        )
    if row is None:
        raise NotFound("open311.service", service=code[:80])
    return dict(row)


def _statement(city: City, lang: str) -> str:
    if lang not in city.languages:
        raise InvalidInput("request.language", language=lang[:10])
    return SERVICES.format(lang=lang)
