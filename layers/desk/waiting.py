"""What waits for an inspector: how many in each queue, and the first of one of them; why one waits there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, text

from geo.desk.model import QUEUES
from geo.desk.queues import SINCE, WAITS, bounds
from geo.settings import City
from geo.statistics.counting import midnight
from layers.incidents.columns import JOINS, columns
from layers.reading import snapshot
from layers.scope import Scope

MOST_ROWS = 100
ORDER = "order by i.priority desc, since, i.id"
CASE = "left join incident_case k on k.region = i.region and k.incident_id = i.id"
TODAY = text("""
    select count(*) as checks, count(*) filter (where s.field is not null) as corrected,
        count(*) filter (where s.who = :who) as own from case_check s
    where s.region = :region and s.recorded_at >= :since""")
EXTENSION = text("""
    select id, until, reason, requested_by, requested_at, granted, answer, decided_by from time_extension
    where region = :region and incident_id = :incident order by id desc limit 1""")
CHECKS = text("""select queue, field, who, recorded_at from case_check
    where region = :region and incident_id = :incident order by id""")


@dataclass(frozen=True)
class WaitingCases:
    """`counts`: queue -> how many wait there. `rows`: the first `MOST_ROWS` of `queue`, with `since`.
    `today`: checks, corrected, own."""

    queue: str
    counts: dict[str, int]
    rows: list[dict[str, Any]]
    today: dict[str, int]


def read_waiting(
    engine: Engine, city: City, scope: Scope, lang: str, who: str, queue: str | None
) -> WaitingCases:
    """`queue` none = the most urgent one in which anything waits."""
    allowed, scoped = scope.where()
    bound = {"region": city.region, **scoped, **bounds(city)}
    with snapshot(engine) as connection:
        counts = {key: _count(connection, key, allowed, bound) for key in QUEUES}
        shown = queue if queue in QUEUES else next((key for key in QUEUES if counts[key]), QUEUES[-2])
        rows = connection.execute(
            text(f"""
            select {columns(city, lang)}, extract(epoch from {SINCE[shown]})::float8 as since
            from incident as i {JOINS}
            where i.region = :region and {WAITS[shown]} and {allowed} {ORDER} limit {MOST_ROWS}"""),
            bound,
        )
        found = [dict(row) for row in rows.mappings()]
        since = midnight(city, city.today())
        today = connection.execute(TODAY, {"region": city.region, "who": who, "since": since}).mappings()
        return WaitingCases(shown, counts, found, dict(today.one()))


def read_extension(connection: Connection, city: City, incident: int) -> dict[str, Any] | None:
    """The last time that more was asked for."""
    row = connection.execute(EXTENSION, {"region": city.region, "incident": incident}).mappings().first()
    return None if row is None else dict(row)


def read_checks(engine: Engine, city: City, incident: int) -> tuple[dict[str, Any] | None, list[dict]]:
    """The last time that more was asked for, and who has checked it."""
    with snapshot(engine) as connection:
        checks = connection.execute(CHECKS, {"region": city.region, "incident": incident}).mappings()
        return read_extension(connection, city, incident), [dict(row) for row in checks]


def _count(connection: Connection, queue: str, allowed: str, bound: dict[str, Any]) -> int:
    statement = f"""select count(*) from incident as i {CASE}
        where i.region = :region and {WAITS[queue]} and {allowed}"""
    return connection.execute(text(statement), bound).scalar_one()
