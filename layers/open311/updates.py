"""What became of requests, as FixMyStreet's extension of Open311 asks for it: opening, each change of status,
each new deadline; never an officer's own words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine, text

from geo.exchange.keys import ApiClient
from geo.settings import City
from layers.open311.filters import LONGEST, MOST_A_PAGE, read_moment, refused
from layers.reading import snapshot
from layers.scope import Scope

SHOWN = ("opened", "status", "due_at")
DEFAULT_SPAN = timedelta(days=1)
UPDATES = """
    select e.id, e.incident_id, e.what, e.to_value, e.recorded_at, k.outcome
    from incident_event e join incident i on i.region = e.region and i.id = e.incident_id
        left join incident_case k on k.region = i.region and k.incident_id = i.id
    where e.region = :region and e.recorded_at >= :begins and e.recorded_at <= :ends
        and e.what = any(:shown) and i.vanished_at is null and (cast(:id as bigint) is null or i.id = :id)
        and {allowed} order by e.recorded_at, e.id limit :limit"""


def read_span(query: Mapping[str, str], now: datetime) -> tuple[datetime, datetime]:
    """The span of the query: at most `LONGEST`, by default the last day. Raises `InvalidInput`
    ("open311.parameter")."""
    begins, ends = read_moment(query, "start_date"), read_moment(query, "end_date")
    if ends is None:
        ends = now if begins is None else min(begins + LONGEST, max(begins, now))
    if begins is None:
        begins = ends - DEFAULT_SPAN
    if not timedelta() <= ends - begins <= LONGEST:
        raise refused("start_date", begins.isoformat(), f"{LONGEST.days} d")
    return begins, ends


def list_updates(
    engine: Engine, city: City, client: ApiClient, span: tuple[datetime, datetime], incident: int | None
) -> list[dict[str, Any]]:
    """Rows of `UPDATES`, oldest first, at most `MOST_A_PAGE`: the next question begins with the last one's
    time."""
    allowed, scoped = Scope.of(client.principal).where()
    begins, ends = span
    bound = {"region": city.region, "begins": begins, "ends": ends, "shown": list(SHOWN), "id": incident}
    with snapshot(engine) as connection:
        rows = connection.execute(
            text(UPDATES.format(allowed=allowed)), {**bound, **scoped, "limit": MOST_A_PAGE}
        )
        return [dict(row) for row in rows.mappings()]
