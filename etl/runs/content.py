"""Whether what a feed brings is what it usually brings: a run may succeed, and the feed not be well.

Looked at when a run ends: everything rejected, or a larger share than usual; coordinates that the declaration
reads wrongly; more rows than usual without a point; no rows where there are always many, or below a first
header; a column that is gone or new; days without an event where there are many a day. What would do harm is
held before it is done: a list that lacks more than its share, ids that begin anew and would write over what
they named before. Each is a finding (`geo.intake.findings`) until a run no longer has it or a
person has accepted it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import date, timedelta
from math import sqrt

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Connection

from etl.clean.coordinates import CoordinateReading, ReadingCounts, is_missing
from etl.registry import Feed
from etl.runs.cleaned import Cleaned
from geo.errors import InvalidInput
from geo.loading import findings
from geo.loading.deliveries import Copy
from geo.loading.findings import Usual
from geo.loading.ledger import RunCounts
from geo.settings import City

Found = tuple[str, dict]
PREFIX = "content."
"""How the codes of findings begin."""
FEW = 20
"""Rows below which a share says nothing, and the fewest rows that every earlier run must have had for an
empty run to be suspicious."""
MARGIN, FIRST_SHARE = 0.05, 0.5
"""A share of rejects this much above the usual is strange, if it is also beyond three standard deviations;
without a usual one, half of all."""
LEAST_RUNS = 5
EXPECTED = 20
"""Events that should have been in days without any: by chance there are none once in half a billion times."""
OWN_NAMES = ("open311", "osm", "geojson")
"""Formats whose rows carry their own names: which columns there are is chance."""
LEAST_VANISHING = 10
"""Fewer may always vanish from a list."""
COORDINATES = ("content.coordinates", "content.coordinates_read")
OF_PUSHES = ("content.rejected", "content.rejects", "content.points", *COORDINATES, "content.ids")
JUDGED = (
    *OF_PUSHES,
    "content.empty",
    "content.header_only",
    "content.columns",
    "content.shrunk",
    "content.old_list",
)
"""Findings that are over with the next run that is without them. Days that are missing stay missing until a
person has seen it."""


@dataclass
class Content:
    """What a run has brought so far: its columns, and the local days of its events that are newer than
    what the feed had."""

    columns: set[str] = field(default_factory=set)
    loose: bool = False
    days: set[date] = field(default_factory=set)
    placed: int = 0
    """Rows with two coordinates, usable or not."""
    unusable: int = 0
    """Those of them that are no point in or near the city, as they are declared."""
    keys: dict[str, object] | None = None
    """What a declaration must say for most of the unusable ones to be points; empty: nothing would help."""

    def add(self, cleaned: Cleaned) -> None:
        self.add_coordinates(cleaned)
        self.columns |= {name for name in cleaned.chunk.table.column_names if name != cleaned.chunk.geometry}
        self.loose |= cleaned.chunk.loose or cleaned.feed.format in OWN_NAMES
        if cleaned.entity.newest is not None:
            times = cleaned.shaping.columns[cleaned.entity.newest].filter(
                pa.array(cleaned.shaping.faults.good)
            )
            local = pc.cast(times, pa.timestamp("us", cleaned.shaping.city.time_zone.key))
            self.days |= set(
                pc.unique(pc.local_timestamp(local).cast(pa.date32(), safe=False)).drop_null().to_pylist()
            )

    def add_coordinates(self, cleaned: Cleaned) -> None:
        shaping = cleaned.shaping
        if shaping.coordinates is None or shaping.no_point is None:
            return
        first, second, crs = shaping.coordinates
        given = ~is_missing(first, second) & shaping.faults.good
        unusable = given & shaping.no_point
        self.placed, self.unusable = self.placed + int(given.sum()), self.unusable + int(unusable.sum())
        if self.keys is None and unusable.sum() >= max(FEW, FIRST_SHARE * given.sum()):
            self.keys = cure(cleaned, first[unusable], second[unusable], crs)


def cure(cleaned: Cleaned, first: np.ndarray, second: np.ndarray, crs: str | None) -> dict[str, object]:
    declared = CoordinateReading(crs, cleaned.feed.swapped, cleaned.feed.scale)
    counts = ReadingCounts(cleaned.shaping.city, declared)
    counts.add(first, second)
    return counts.best.keys(declared) if counts.inside[counts.best] >= FIRST_SHARE * counts.rows else {}


def judge(
    connection: Connection,
    city: City,
    feed: Feed,
    run_id: int,
    counts: RunCounts,
    content: Content,
    pushed: bool,
) -> list[Found]:
    """What is wrong with the content of a run that has loaded all of it, in the transaction that ends it,
    before the feed's newest event moves on."""
    usual = findings.usual(connection, city.region, feed.key, run_id, pushed)
    found = rejects(counts, usual, pushed, feed.rejects_percent)
    found += misread(feed, content) or without_points(feed, counts, usual, pushed)
    if pushed:
        return found
    newest, columns = findings.state(connection, city.region, feed.key)
    found += emptiness(counts, usual, content)
    if counts.read:
        found += changed_columns(connection, city, feed, content, columns)
    if newest is not None and content.days:
        last = newest.astimezone(city.time_zone).date()
        if missing := longest_gap(last, content.days):
            rate = findings.rows_a_day(connection, city.region, feed.key, feed.noun, newest)
            found += gap(missing, rate)
    return found


def rejects(
    counts: RunCounts, usual: Usual, pushed: bool, declared_percent: int | None = None
) -> list[Found]:
    """The usual share is the larger of that of the latest runs and the declared one."""
    if not counts.rejected or counts.read < FEW and (pushed or counts.rejected < counts.read):
        return []
    if counts.rejected == counts.read:
        return [("content.rejected", {"rejected": counts.rejected})]
    known = [
        share
        for share in (usual.rejected_share, declared_percent and declared_percent / 100)
        if share is not None
    ]
    share, before = counts.rejected / counts.read, max(known, default=None)
    limit = FIRST_SHARE if before is None else limit_of(before, counts.read)
    if share <= limit:
        return []
    return [
        (
            "content.rejects",
            {"percent": round(100 * share), "usual": round(100 * before) if before is not None else 0},
        )
    ]


def limit_of(before: float, rows: int) -> float:
    """The share beyond which so many rows are strange."""
    return before + max(MARGIN, 3 * sqrt(before * (1 - before) / rows))


def misread(feed: Feed, content: Content) -> list[Found]:
    """Whatever earlier runs had: what a first one read wrongly the next one does too."""
    if content.placed < FEW or content.unusable < FIRST_SHARE * content.placed:
        return []
    about = {"unusable": content.unusable, "given": content.placed, "feed": feed.key}
    if not content.keys:
        return [("content.coordinates", about)]
    declaration = ", ".join(f"{name} = {json.dumps(value)}" for name, value in content.keys.items())
    return [("content.coordinates_read", {**about, "keys": declaration})]


def without_points(feed: Feed, counts: RunCounts, usual: Usual, pushed: bool) -> list[Found]:
    """Only where earlier runs had points: a feed may have none at all."""
    before, whole = usual.no_points_share, counts.no_coordinates == counts.read
    if before is None or not counts.no_coordinates or counts.read < FEW and (pushed or not whole):
        return []
    share = counts.no_coordinates / counts.read
    if share <= limit_of(before, max(FEW, counts.read)):
        return []
    return [
        (
            "content.points",
            {"percent": round(100 * share), "usual": round(100 * before), "feed": feed.key},
        )
    ]


def emptiness(counts: RunCounts, usual: Usual, content: Content) -> list[Found]:
    """No row where there are always many; or none below a header, and none has ever come."""
    if not counts.read and content.columns and not any(usual.reads):
        return [("content.header_only", {})]
    if counts.read or len(usual.reads) < LEAST_RUNS or min(usual.reads) < FEW:
        return []
    return [("content.empty", {"usual": sorted(usual.reads)[len(usual.reads) // 2]})]


def changed_columns(
    connection: Connection, city: City, feed: Feed, content: Content, usual: list[str] | None
) -> list[Found]:
    """The columns that appeared or disappeared. For rows that carry their own names (JSON) only columns that
    the feed reads count: the others come and go."""
    if usual is None:
        findings.keep_columns(connection, city.region, feed.key, sorted(content.columns))
        return []
    gone, new = set(usual) - content.columns, content.columns - set(usual)
    if content.loose:
        gone, new = gone & read_columns(feed), set()
    if not gone and not new:
        return []
    return [
        (
            "content.columns",
            {
                "gone": ", ".join(sorted(gone)) or "–",
                "new": ", ".join(sorted(new)) or "–",
                "found": sorted(content.columns),
            },
        )
    ]


def read_columns(feed: Feed) -> set[str]:
    return {
        part for column in feed.fields.values() for part in ((column,) if isinstance(column, str) else column)
    }


def longest_gap(last: date, days: set[date]) -> tuple[date, date] | None:
    """The first and last of the longest stretch of whole days without an event between `last` and the
    newest day; none where no day is missing.

    >>> longest_gap(date(2026, 3, 1), {date(2026, 2, 1), date(2026, 3, 2), date(2026, 3, 5)})
    (datetime.date(2026, 3, 3), datetime.date(2026, 3, 4))
    """
    news = [last, *sorted(day for day in days if day > last)]
    stretches = [
        (before + timedelta(1), after - timedelta(1))
        for before, after in zip(news, news[1:])
        if after - before > timedelta(1)
    ]
    return max(stretches, key=lambda stretch: stretch[1] - stretch[0], default=None)


def gap(missing: tuple[date, date], rows_a_day: float) -> list[Found]:
    days = (missing[1] - missing[0]).days + 1
    if rows_a_day * days < EXPECTED:
        return []
    return [
        (
            "content.gap",
            {"first": missing[0].isoformat(), "last": missing[1].isoformat(), "usual": round(rows_a_day)},
        )
    ]


def may_be_old(connection: Connection, city: City, feed: Feed, copy: Copy | None) -> None:
    """Raises `InvalidInput` ("content.old_list") for a list that has come before, with another one after it,
    unless somebody has accepted that it is the state of now again."""
    if copy is None or findings.accepted(connection, city.region, feed.key, "content.old_list") is not None:
        return
    at = copy.at.astimezone(city.time_zone).strftime("%Y-%m-%d %H:%M")
    raise InvalidInput("content.old_list", earlier=copy.source or "–", at=at)


def may_vanish(connection: Connection, city: City, feed: Feed, gone: int, listed: int) -> None:
    """Raises `InvalidInput` ("content.shrunk") where more than its share of a list would vanish, and
    nobody has accepted that."""
    if gone <= LEAST_VANISHING or gone * 100 <= feed.vanish_percent * (gone + listed):
        return
    accepted = findings.accepted(connection, city.region, feed.key, "content.shrunk")
    if accepted is None or accepted["vanishing"] < gone:
        raise InvalidInput(
            "content.shrunk", vanishing=gone, before=gone + listed, percent=feed.vanish_percent
        )
