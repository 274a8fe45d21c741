"""Incidents as they were at a past moment: the rows of today with every later change taken back, event by
event.

There are two ways to say "as it was". As it was then known: what was recorded after the moment is taken back,
all of it, and what was not yet recorded is not there. As it was, by what is known now: what an incident is
(its kind, category, place, when it was opened) stands as corrected since; what was done with it (status,
priority, performer, deadline, inquiries, the case) is taken back to what had happened by then.

Words are never brought back: a title and what a feed keeps beside it are those of today, and an address that
is none today is none, so that what was taken out of a record stays out. Who may not see an incident today
does not see what it was.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from geo.incidents.cases.fields import FIELDS, OF_CASE
from geo.incidents.model import LASTED
from layers.scope import Scope

CASE_TYPES = dict.fromkeys(OF_CASE, "text") | {
    what: kind
    for kind, names in {
        "timestamptz": ("acknowledged_at", "shelved_until", "paused_at"),
        "smallint": ("escalation",),
        "bigint": ("left_s", "returned", "reopened", "duplicate_of"),
    }.items()
    for what in names
}
DONE = {
    "status": "text",
    "priority": "smallint",
    "performer": "bigint",
    "due_at": "timestamptz",
    "vanished": "timestamptz",
    "inquiries": "bigint",
    "group": "bigint",
}
"""Columns for what was done with an incident, and their types."""
IS = {
    "kind": "text",
    "category": "bigint",
    "opened_at": "timestamptz",
    "opened_precision": "text",
    "closed_at": "timestamptz",
    "district": "bigint",
    "building": "bigint",
    "channel": "text",
    "fine_tenge": "numeric",
}
"""Columns of an incident that are no text, and their types."""
COLUMN = {field.what: field.column for field in FIELDS.values()} | {
    "category": "category_id",
    "district": "district_id",
    "building": "building_id",
    "vanished": "vanished_at",
}
"""The column of a field that has another name in events."""
SAME = (
    "region",
    "id",
    "source",
    "source_id",
    "title",
    "attributes",
    "source_status",
    "source_priority",
)
"""Never restated."""
AHEAD = timedelta(days=1)
"""A source whose clock is ahead may say that something happened after we heard of it: by a day at most."""
AS_KNOWN = "e.recorded_at > :at and e.recorded_at < :last"
AS_HAPPENED = f"""e.happened_at > :at and e.recorded_at > :heard and e.recorded_at < :last
    and e.what in ({", ".join(f"'{what}'" for what in (*DONE, *OF_CASE))})"""
"""`:heard` and `:last` are written out (`event_bounds`), so that the planner leaves out the months before and
the empty months to come: each would be looked into for each incident."""


@dataclass(frozen=True)
class Rows:
    """Whose rows a statement reads as `i`: those of `incident`, or those of a moment."""

    past: str = ""

    @property
    def table(self) -> str:
        return "past_incident" if self.past else "incident"

    def statement(self, query: str, *ctes: str) -> str:
        """`query` with what it reads before it; `ctes` are its own, "name as (...)"."""
        first = [f"past_incident as materialized ({self.past})"] if self.past else []
        parts = [*first, *ctes]
        return f"with {', '.join(parts)} {query}" if parts else query

    def joined(self, joins: str) -> str:
        """Joins that read the case as `k`: a past row has its case with it."""
        return joins.replace(CASE_JOIN, CASE_OF_PAST) if self.past else joins


OPEN_AS_KNOWN = """select distinct s.incident_id as id from incident_span s
    where s.region = :region and tstzrange(s.known_from, s.known_until) @> cast(:at as timestamptz)"""
OPEN_AS_HAPPENED = f"""select i.id from incident i
    where i.region = :region and {LASTED.format(row="i.")} @> cast(:at as timestamptz)"""
OPENED = """select i.id from incident i where i.region = :region and i.opened_at <= :until
    and i.opened_at >= :first"""
REDATED = """ union select e.incident_id from incident_event e where e.region = :region
    and e.what = 'opened_at' and e.recorded_at > :at and e.recorded_at < :last"""
AT_BUILDING = """select i.id from incident i where i.region = :region and i.building_id = :building"""
IN_MASS_EVENT = """select i.id from incident i where i.region = :region and i.group_id = :mass"""
ONE = "select cast(:id as bigint) as id"
CASE_JOIN = "left join incident_case as k on k.region = i.region and k.incident_id = i.id"
CASE_OF_PAST = f"cross join lateral (select {', '.join(f'i.{what}' for what in OF_CASE)}) as k"


def restated(candidates: str, then: bool, scope: Scope) -> tuple[str, dict[str, Any]]:
    """A query over the rows of `incident` as they were, columns named as there, with those of the case; its
    values beside `:region`, those of `event_bounds` and of `candidates`."""
    allowed, scoped = scope.where()
    undone, order = (AS_KNOWN, "e.id") if then else (AS_HAPPENED, "e.happened_at, e.id")
    was_there = "not coalesce(u.was ? 'opened', false)" if then else "i.opened_at <= :at"
    fields = {**DONE, **IS} if then else DONE
    columns = [
        *(f"i.{name}" for name in SAME),
        *(_field(what, kind, "i") for what, kind in fields.items()),
        *(_field(what, kind, "k") for what, kind in CASE_TYPES.items()),
        *(_point() if then else _point_now()),
        *([] if then else _is_now()),
    ]
    sql = f"""with candidate as materialized ({candidates})
        select {", ".join(columns)}, coalesce(u.version - 1, i.version) as version
        from candidate join incident i on i.region = :region and i.id = candidate.id
        left join lateral (select jsonb_object_agg(f.what, f.from_value) as was, min(f.version) as version
            from (select distinct on (e.what) e.what, e.from_value, e.version from incident_event e
                where e.region = :region and e.incident_id = candidate.id and {undone}
                order by e.what, {order}) f) u on true
        left join incident_case k on k.region = i.region and k.incident_id = i.id
        where {allowed} and {was_there}"""
    return sql, scoped


def event_bounds(at: datetime) -> dict[str, datetime]:
    """The values of `:at`, `:heard` and `:last`. No event is recorded later than tomorrow, whoever's clock
    is wrong."""
    return {"at": at, "heard": at - AHEAD, "last": datetime.now(UTC) + AHEAD}


def _field(what: str, kind: str, row: str) -> str:
    """The field's value at the moment: what the first change since then found, else what it is now. An
    incident that arrived closed was open before."""
    column = COLUMN.get(what, what)
    was = f"(u.was ->> '{what}')::{kind}"
    if what == "status":
        was = f"coalesce({was}, 'open')"
    return f"case when u.was ? '{what}' then {was} else {row}.{column} end as {column}"


def _point() -> list[str]:
    lon, lat = (f"split_part(u.was ->> 'point', ' ', {part})::float8" for part in (1, 2))
    point = f"case when u.was ->> 'point' is not null then st_setsrid(st_makepoint({lon}, {lat}), 4326) end"
    moved = "case when u.was ? 'point' then {then} else i.{column} end as {column}"
    return [
        moved.format(then=point, column="point_4326"),
        moved.format(then=f"st_transform({point}, 3857)", column="point_3857"),
        "case when u.was ? 'point' then null else i.placed_by end as placed_by",
        "case when u.was ? 'address' and i.address is not null then u.was ->> 'address' else i.address end "
        "as address",
        _pressing(),
    ]


def _point_now() -> list[str]:
    return [*(f"i.{name}" for name in ("point_4326", "point_3857", "placed_by", "address")), _pressing()]


def _pressing() -> str:
    """When the deadline began to press. It is not known for an earlier deadline; then the last part of the
    period presses."""
    return "case when u.was ?| array['due_at', 'opened_at'] then null else i.presses_at end as presses_at"


def _is_now() -> list[str]:
    """What it is as known now; it had not been closed where it was open."""
    closed = "case when u.was ? 'status' then null else i.closed_at end as closed_at"
    return [closed if what == "closed_at" else f"i.{COLUMN.get(what, what)}" for what in IS]
