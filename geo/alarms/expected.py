"""How many incidents of each category an hour is expected to bring, in the city and in each district: written
each hour for the hours to come, from the same forecast as the page of statistics shows
(`geo.statistics.forecast`)."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta

import numpy as np
from sqlalchemy import Connection, text

from geo.settings import City
from geo.statistics.day_kinds import hour_kinds
from geo.statistics.forecast import needed, upper_ends

WEEK_H = 168
AHEAD_H = 3
"""One more than is needed, so that a job that is late leaves no hour without."""
LEAST = 60
"""Incidents of a series in the weeks before (about one in two days): of rarer ones no hour says anything."""
WHOLE_CITY = 0
UPPER = {"most_90": 0.95, "most_99": 0.995}
"""The upper end of an interval that leaves as much on either side."""
CAME = text("""
    select category_id, coalesce(district_id, -1) as district_id,
        cast(floor(extract(epoch from cast(:until as timestamptz) - opened_at) / 3600) as int) as ago,
        count(*) as n
    from incident where region = :region and opened_at > :since and opened_at <= :until
        and category_id is not null and vanished_at is null
    group by 1, 2, 3""")
FORGET = text(
    "delete from expected_hour where region = :region and (hour < :until - interval '3 hours' "
    "or hour >= :until)"
)
WRITE = text("""
    insert into expected_hour (region, category_id, district_id, hour, mean, most_90, most_99)
    select :region, x.category_id, x.district_id, x.hour, x.mean, x.most_90, x.most_99
    from unnest(cast(:categories as bigint[]), cast(:districts as bigint[]), cast(:hours as timestamptz[]),
        cast(:means as float8[]), cast(:most_90 as bigint[]), cast(:most_99 as bigint[]))
        x (category_id, district_id, hour, mean, most_90, most_99)""")
Series = tuple[int, int]
"""Category and district."""


def write_expectations(connection: Connection, city: City, now: datetime) -> int:
    """From the hour of `now` on; how many series have enough of a past."""
    until = now.replace(minute=0, second=0, microsecond=0)
    length = needed(WEEK_H)
    kinds = hour_kinds(connection, city, until - timedelta(hours=length), length + AHEAD_H)
    found = {
        series: upper_ends(counts, WEEK_H, AHEAD_H, list(UPPER.values()), kinds)
        for series, counts in _series(connection, city, until).items()
    }
    connection.execute(FORGET, {"region": city.region, "until": until})
    rows = [
        (*series, until + timedelta(hours=n), mean, *most)
        for series, ends in found.items()
        for n, (mean, most) in enumerate(ends)
    ]
    if rows:
        names = ("categories", "districts", "hours", "means", *UPPER)
        columns = {name: list(values) for name, values in zip(names, zip(*rows))}
        connection.execute(WRITE, {"region": city.region, **columns})
    return len(found)


def _series(connection: Connection, city: City, until: datetime) -> dict[Series, np.ndarray]:
    """Counts of each hour up to `until`, the oldest first; empty for a city whose past is too short."""
    length = needed(WEEK_H)
    since = until - timedelta(hours=length)
    rows = connection.execute(CAME, {"region": city.region, "since": since, "until": until}).all()
    if max((row.ago for row in rows), default=0) < length - WEEK_H:
        return {}
    counts: defaultdict[Series, np.ndarray] = defaultdict(lambda: np.zeros(length))
    for row in rows:
        at = length - 1 - min(row.ago, length - 1)
        counts[row.category_id, WHOLE_CITY][at] += row.n
        if row.district_id > 0:
            counts[row.category_id, row.district_id][at] += row.n
    return {series: hours for series, hours in counts.items() if hours.sum() >= LEAST}
