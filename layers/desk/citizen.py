"""What a citizen hears of a case: each message with when and by which channel it was told, the mark that they
gave, until when it can be reopened; and the city's median time from an inquiry to its answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, text

from geo.desk.messages import ABOUT, MESSAGE
from geo.desk.rules import DeskRules
from geo.incidents.numbers import BY_NUMBER, NUMBER, as_own
from geo.settings import City
from geo.statistics.counting import LAST_30_DAYS, Population, quantiles
from geo.statistics.definitions import WAITED
from layers.incidents.columns import JOINS, columns
from layers.reading import snapshot
from layers.scope import Scope

MOST_FOUND = 20
FOUND = """{by_number}
    select {columns}, k.outcome, coalesce(k.reopened, 0) as reopened, i.closed_at as ended_at
    from hit join incident as i on i.region = :region and i.id = hit.id {joins}
    where {allowed} order by i.opened_at desc limit {most}"""
OF_INQUIRY = """with recursive source(name) as (
        (select source from inquiry where region = :region order by source limit 1)
        union all
        select (select source from inquiry where region = :region and source > s.name
            order by source limit 1) from source as s where s.name is not null),
    hit as (select q.incident_id as id from source as s join inquiry q on q.region = :region
        and q.source = s.name and q.source_id = :number where q.incident_id is not null)"""
"""Sources are few: each is looked up in the index by its name, as those of incidents are."""
MESSAGES_OF = f"""
    select m.message, e.happened_at, {ABOUT} as about from incident_event e
    cross join lateral (select {MESSAGE} as message) m
    join incident i on i.region = e.region and i.id = e.incident_id
    where e.region = :region and e.incident_id = :incident and m.message is not null
    order by e.happened_at, e.id"""
SENT = """select message, channel, happened_at, sent_at, next_at, error from citizen_notice
    where region = :region and incident_id = :incident order by id"""
INQUIRIES = """select source_id, channel, received_at from inquiry
    where region = :region and incident_id = :incident order by received_at"""
MARKED = """select mark, at from citizen_mark where region = :region and incident_id = :incident
    order by id desc limit 1"""


@dataclass(frozen=True)
class CitizenCase:
    """`messages`: what is told, with `sent`: of each channel that sends by itself when it was, or why not.
    `reopen_until`: none = it is open, or it is too late."""

    incident: dict[str, Any]
    inquiries: list[dict[str, Any]]
    messages: list[dict[str, Any]]
    mark: int | None
    reopen_until: datetime | None
    reopen_days: int


def read_citizen(engine: Engine, city: City, scope: Scope, lang: str, spoken: str) -> list[CitizenCase]:
    """The cases that a number names: an incident's, or an inquiry's of its channel. The newest first."""
    number = NUMBER.match(spoken.strip())
    allowed, scoped = scope.where()
    plain = number[1] if number else spoken.strip()
    bound = {"region": city.region, "number": plain, "own": as_own(plain), **scoped}
    shape = {"columns": columns(city, lang), "joins": JOINS, "allowed": allowed, "most": MOST_FOUND}
    with snapshot(engine) as connection:
        found: dict[int, dict[str, Any]] = {}
        for by in (BY_NUMBER, OF_INQUIRY):
            rows = connection.execute(text(FOUND.format(by_number=by, **shape)), bound)
            found |= {row["id"]: dict(row) for row in rows.mappings()}
        return [_case(connection, city, incident) for incident in found.values()]


def read_median(engine: Engine, city: City) -> float | None:
    """From an inquiry to its answer, of what was opened in 30 days, in seconds; none = nothing was."""
    with snapshot(engine) as connection:
        found = quantiles(connection, WAITED, Population(city.region), LAST_30_DAYS, (0.5,))
    return found[0] if found else None


def _case(connection: Connection, city: City, incident: dict[str, Any]) -> CitizenCase:
    bound = {"region": city.region, "incident": incident["id"]}

    def rows(statement: str) -> list[dict[str, Any]]:
        return [dict(row) for row in connection.execute(text(statement), bound).mappings()]

    sent = rows(SENT)
    messages = [
        row
        | {
            "sent": [
                one
                for one in sent
                if (one["message"], one["happened_at"]) == (row["message"], row["happened_at"])
            ]
        }
        for row in rows(MESSAGES_OF)
    ]
    marked = rows(MARKED)
    days = DeskRules.of(city).reopen_days
    ended = incident["ended_at"]
    until = ended + timedelta(days=days) if incident["status"] == "closed" and ended else None
    return CitizenCase(
        incident, rows(INQUIRIES), messages, marked[0]["mark"] if marked else None, until, days
    )
