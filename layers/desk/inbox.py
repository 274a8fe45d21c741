"""The cases of a performer's own organisation: those that are open, the latest first, and those that were
closed lately. Whose they are is a condition of the statement (`geo.desk.organisation.OWN`)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, text

from geo.accounts.users import Principal
from geo.desk.organisation import OWN
from geo.errors import NotFound
from geo.incidents.pressing import read_clocks
from geo.settings import City
from layers.desk.waiting import read_extension
from layers.incidents.card import Card, read_card
from layers.incidents.columns import JOINS, columns, warnings
from layers.reading import snapshot
from layers.scope import Scope

MOST_ROWS = 200
SHOWN = {
    "open": "i.status <> 'closed' and i.vanished_at is null",
    "closed": """i.status = 'closed' and i.vanished_at is null
        and i.closed_at >= now() - interval '7 days'""",
}
ORDER = {
    "open": "coalesce(i.due_at, 'infinity'::timestamptz), i.priority desc, i.id",
    "closed": "i.closed_at desc, i.id desc",
}
NAME = "select name_{lang} from performer where key = :organisation"


@dataclass(frozen=True)
class OwnCases:
    """`organisation`: its name; none = the account works for none. `counts`: open and closed. `rows`: with
    `warnings`, `returned`, `waits` (more time was asked for and is not decided) and `proofs`."""

    organisation: str | None
    counts: dict[str, int]
    rows: list[dict[str, Any]]
    read_at: datetime


def read_inbox(engine: Engine, city: City, principal: Principal, lang: str, show: str) -> OwnCases:
    shown = show if show in SHOWN else "open"
    allowed, scoped = Scope.of(principal).where()
    bound = {"region": city.region, "organisation": principal.organisation, **scoped}
    own = f"i.region = :region and {OWN} and {allowed}"
    with snapshot(engine) as connection:
        now = connection.execute(text("select now()")).scalar_one()
        name = connection.execute(text(NAME.format(lang=lang)), bound).scalar()
        if name is None:
            return OwnCases(None, dict.fromkeys(SHOWN, 0), [], now)
        counts = {
            key: connection.execute(
                text(f"select count(*) from incident as i where {own} and {condition}"), bound
            ).scalar_one()
            for key, condition in SHOWN.items()
        }
        found = connection.execute(
            text(f"""
            select {columns(city, lang)}, coalesce(k.returned, 0) as returned, k.acknowledged_at,
                exists (select from time_extension x where x.region = i.region and x.incident_id = i.id
                    and x.decided_at is null) as waits
            from incident as i {JOINS} where {own} and {SHOWN[shown]}
            order by {ORDER[shown]} limit {MOST_ROWS}"""),
            bound,
        )
        rows = [dict(row) for row in found.mappings()]
        clocks = read_clocks(connection, city, [row["id"] for row in rows]) if shown == "open" else {}
        for row in rows:
            row["warnings"] = warnings(clocks.get(row["id"]))
        return OwnCases(name, counts, rows, now)


def read_own_card(
    engine: Engine, city: City, principal: Principal, incident: int, lang: str
) -> tuple[Card, dict[str, Any] | None]:
    """One of them, with the last time that more was asked for. Raises `NotFound` ("incident.unknown") also
    for one that is another organisation's."""
    bound = {"region": city.region, "organisation": principal.organisation, "incident": incident}
    with snapshot(engine) as connection:
        own = connection.execute(
            text(f"select {OWN} from incident i where i.region = :region and i.id = :incident"), bound
        ).scalar()
        extension = read_extension(connection, city, incident)
    if not own:
        raise NotFound("incident.unknown", incident=incident)
    return read_card(engine, city, Scope.of(principal), incident, lang), extension
