"""Incidents from police, emergency and offence systems, or anybody's own file: fields and shaping. Merged
by `geo.loading.incidents`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from etl.clean.numbers import mask
from etl.clean.words import PRIORITIES, STATUSES, look_up
from etl.entities.entity import LONGEST_ADDRESS, LONGEST_TITLE, Entity, Field
from etl.entities.points import located_points
from etl.entities.references import category_ids, district_ids, due_times, performer_ids
from etl.entities.shaping import Shaping
from geo.incidents.model import KINDS
from geo.loading import incidents

MOST_TENGE = 1e12 - 1
"""A number of fourteen digits, two of them behind the point."""
FIELDS = (
    Field("source_id", required=True, code=True),
    Field("kind", required=True),
    Field("opened_at", "time", required=True),
    Field("closed_at", "time"),
    Field("due_at", "time"),
    Field("status"),
    Field("priority"),
    Field("category"),
    Field("title", longest=LONGEST_TITLE),
    Field("address", code=True, longest=LONGEST_ADDRESS),
    Field("performer"),
    Field("fine_tenge", "number", least=0, most=MOST_TENGE),
    Field("district"),
    Field("lon", "coordinate"),
    Field("lat", "coordinate"),
)
CLOCK_SKEW = timedelta(minutes=10)
"""A source's clock may run this far ahead of ours."""
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
"""Earlier times were not recorded by any system: such values (1900, 1970) stand for "none"."""
LATEST = datetime(2100, 1, 1, tzinfo=UTC)
"""A later deadline (9999) means none."""


def shape(s: Shaping) -> dict[str, pa.Array]:
    check_times(s, "opened_at")
    category = category_ids(s, "category")
    found = located_points(s)
    status = statuses(s)
    return {
        "source_id": s.column("source_id"),
        "kind": kinds(s),
        "category_id": category,
        "title": s.column("title"),
        "source_status": status,
        "source_priority": priorities(s),
        "opened_at": s.columns["opened_at"],
        "opened_precision": precisions(s, "opened_at"),
        "due_at": due_times(s, category, s.columns["opened_at"]),
        **closings(s, status),
        "address": s.column("address"),
        "performer_id": performer_ids(s, category),
        "fine_tenge": s.column("fine_tenge", pa.float64()),
        "attributes": s.column("attributes"),
        "named_district": district_ids(s),
        **found,
    }


def check_times(s: Shaping, opening: str) -> None:
    """Faults of the field `opening`: in the future, before any system; and of `closed_at`: before it. A
    closing or due time that stands for none (1900, 9999) is dropped, and counted."""
    opened = s.columns[opening]
    ends = {"closed_at": s.now + CLOCK_SKEW, "due_at": LATEST}
    for name, last in {opening: s.now + CLOCK_SKEW, **ends}.items():
        times = s.column(name, opened.type)
        late, early = (
            mask(pc.greater(times, pa.scalar(last, opened.type))),
            mask(pc.less(times, pa.scalar(EARLIEST, opened.type))),
        )
        if name == opening:
            s.faults.mark(late, "time.future", name)
            s.faults.mark(early, "time.past", name)
        elif name in s.columns:
            s.columns[name] = pc.if_else(pa.array(late | early), pa.scalar(None, opened.type), times)
            s.corrections.add("time.dropped", late | early)
    close_within_day(s, opened)
    s.faults.mark(
        mask(pc.less(s.column("closed_at", opened.type), opened)), "time.closed_before_opened", "closed_at"
    )


def close_within_day(s: Shaping, opened: pa.Array) -> None:
    """A closing before the opening, at the midnight with which that day began, names the day alone, whatever
    a spreadsheet wrote behind it: it was later on that day. It stands at the opening, and is counted."""
    if "closed_at" not in s.columns:
        return
    local = pa.timestamp("us", s.feed.time_zone or s.city.time_zone.key)
    midnight = pc.floor_temporal(pc.cast(opened, local), unit="day").cast(opened.type)
    closed = s.column("closed_at", opened.type)
    that_day = pc.and_(pc.equal(closed, midnight), pc.less(closed, opened))
    s.columns["closed_at"] = pc.if_else(pc.fill_null(that_day, False), opened, closed)
    s.corrections.add("time.closing_day", mask(that_day))


def precisions(s: Shaping, name: str) -> pa.Array:
    """ "month" where a time names no day."""
    return pc.if_else(
        pa.array(s.months.get(name, np.zeros(len(s), dtype=bool))),
        pa.scalar("month"),
        pa.scalar(None, pa.string()),
    )


def closings(s: Shaping, status: pa.Array) -> dict[str, pa.Array]:
    """When each was closed. Where the source says only when it changed last, that of closed ones, marked
    as seen (`geo.loading.incidents`)."""
    closed_at = s.column("closed_at", pa.timestamp("us", "UTC"))
    if s.feed.closing == "said":
        return {"closed_at": closed_at}
    closed = pc.equal(status, "closed")
    return {
        "closed_at": pc.if_else(closed, closed_at, pa.scalar(None, closed_at.type)),
        "seen_closed": closed,
    }


def kinds(s: Shaping) -> pa.Array:
    values, bad = look_up(s.column("kind"), {kind: kind for kind in KINDS}, pa.string())
    s.faults.mark(bad, "kind.unknown", "kind")
    return values


def statuses(s: Shaping) -> pa.Array:
    """A source without a status says by its closing time whether the incident is closed."""
    values, bad = look_up(s.column("status"), STATUSES, pa.string())
    s.faults.mark(bad, "status.unknown", "status")
    by_time = pc.if_else(pc.is_valid(s.column("closed_at", pa.timestamp("us", "UTC"))), "closed", "open")
    return pc.coalesce(values, by_time)


def priorities(s: Shaping) -> pa.Array:
    values, bad = look_up(s.column("priority"), PRIORITIES, pa.int16())
    s.faults.mark(bad, "priority.unknown", "priority")
    return pc.coalesce(values, pa.array(np.zeros(len(s), dtype=np.int16)))


ENTITY = Entity(
    "incident",
    FIELDS,
    shape,
    incidents.load,
    incidents.prepare,
    incidents.vanish,
    newest="opened_at",
    several=True,
)
