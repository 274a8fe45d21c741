"""What the tables tell now, written down as early warnings. A report is an incident: who calls about one that
is known already, of this hour or of yesterday, tells of no other house.

One process at a time looks (`geo.alarms.watch` runs beside it); what it holds of the past is read anew each
hour.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import numpy as np
from sqlalchemy import Connection, TextClause, text

from geo.crs import to_metric
from geo.database import AnyRow
from geo.early_warning.causes import Cause, current_causes
from geo.early_warning.past import PAST_D, Past, shares_of_owners
from geo.early_warning.scan import (
    LONGEST_MIN,
    FoundCluster,
    same_owner,
    scan,
    within_of,
    zones_of,
)
from geo.settings import City

EVERY = timedelta(seconds=30)
PAST_EVERY = timedelta(hours=1)
SAME = timedelta(minutes=60)
"""So long after it was found last a warning near by is the same."""
MOST = 400
"""Reports of a cause that are compared with one another; of a catastrophe the newest are."""
DAY_S, MINUTE_S = 86_400, 60
ONE_AT_A_TIME = text("select pg_try_advisory_xact_lock(hashtextextended('early_warning/' || :region, 0))")
TOPICS = text("""
    with recursive below as (select id, key as top from category where key = any(:keys)
        union all select c.id, b.top from category c join below b on c.parent_id = b.id)
    select distinct id from below""")
HOUSES = text("""select st_x(point_4326) as lon, st_y(point_4326) as lat, voters from building
    where region = :region and point_4326 is not null""")
REPORTS = """
    select i.id as incident, i.category_id as category, i.district_id as district,
        coalesce(i.performer_id, c.performer_id, -1) as performer,
        coalesce(i.building_id, -i.id) as house, st_x(i.point_4326) as lon,
        st_y(i.point_4326) as lat, extract(epoch from i.opened_at)::float8 as at,
        extract(hour from i.opened_at at time zone :zone)::int as hour
    from incident i join category c on c.id = i.category_id
    where i.region = :region and i.opened_at > :since and i.opened_at <= :until
        and i.point_4326 is not null and i.category_id = any(:topics) and {more}
    order by i.opened_at, i.id"""
NEW = text(REPORTS.format(more="i.vanished_at is null and i.group_id is null"))
"""What is part of a mass event is known already."""
OLD = text(REPORTS.format(more="true"))
STANDING = text("""select id, lon, lat, radius_m, performer_id from early_warning
    where region = :region and cause = :cause and seen_at > :since""")
AGAIN = text("""update early_warning set seen_at = :now, minutes = :minutes, n = :n, expected = :expected,
        surprise = :surprise, incidents = :incidents where region = :region and id = :id""")
WRITE = text("""insert into early_warning (region, cause, category_id, district, lon, lat, radius_m,
        performer_id, found_at, seen_at, minutes, n, expected, surprise, incidents)
    values (:region, :cause, :category, (select key from district where region = :region and id = :district),
        :lon, :lat, :radius_m, :performer, :now, :now, :minutes, :n, :expected, :surprise, :incidents)""")


@dataclass(frozen=True)
class _Known:
    """The ids of a cause's topics, its past, and the owners of the past reports."""

    topics: list[int]
    past: Past
    owners: np.ndarray


@dataclass
class EarlyLook:
    """Remembers the past between looks."""

    city: City
    known: dict[str, _Known] = field(default_factory=dict)
    read_at: datetime | None = None
    looked_at: datetime | None = None

    def look(self, connection: Connection, now: datetime) -> int:
        """In the caller's transaction; how many new warnings. Nothing while another process looks, or sooner
        than `EVERY` after the last look. Raises `InvalidInput` ("warning.causes", "warning.file")."""
        if self.looked_at is not None and now - self.looked_at < EVERY:
            return 0
        if not connection.execute(ONE_AT_A_TIME, {"region": self.city.region}).scalar_one():
            return 0
        self.looked_at, causes = now, current_causes()
        is_old = self.read_at is None or now - self.read_at >= PAST_EVERY
        if is_old or {*self.known} != {cause.key for cause in causes}:
            self._read_past(connection, causes, now)
        return sum(self._look_for(connection, cause, now) for cause in causes)

    def _read_past(self, connection: Connection, causes: Sequence[Cause], now: datetime) -> None:
        rows = connection.execute(HOUSES, {"region": self.city.region}).all()
        houses, voters = self._metric(rows), np.array([row.voters for row in rows], float)
        until = now - timedelta(minutes=LONGEST_MIN)
        self.known, self.read_at = {}, now
        for cause in causes:
            topics = list(connection.scalars(TOPICS, {"keys": list(cause.topics)}))
            rows = self._reports(connection, topics, until - timedelta(days=PAST_D), until, OLD)
            ages_d = np.array([(until.timestamp() - row.at) / DAY_S for row in rows])
            hours = np.array([row.hour for row in rows], int)
            owners = np.array([row.performer for row in rows], int)
            past = Past.of(self._metric(rows), hours, ages_d, houses, voters)
            self.known[cause.key] = _Known(topics, past, owners)

    def _look_for(self, connection: Connection, cause: Cause, now: datetime) -> int:
        known = self.known[cause.key]
        since = now - timedelta(minutes=LONGEST_MIN)
        rows = self._reports(connection, known.topics, since, now, NEW)[-MOST:]
        if len(rows) < cause.least:
            return 0
        cluster = self._scan(cause, known, rows, now)
        if cluster is None or cluster.surprise < cause.surprise:
            return 0
        inside, centre = [rows[at] for at in cluster.rows], rows[cluster.centre]
        return self._write(connection, cause, inside, centre, cluster, now)

    def _scan(
        self, cause: Cause, known: _Known, rows: Sequence[AnyRow], now: datetime
    ) -> FoundCluster | None:
        ages = np.array([(now.timestamp() - row.at) / MINUTE_S for row in rows])
        houses = np.array([row.house for row in rows], int)
        local = now.astimezone(self.city.time_zone)
        expected = known.past.expected(local.hour * 60 + local.minute + local.second / 60)
        if cause.by == "performer":
            owners = np.array([row.performer for row in rows], int)
            shares = shares_of_owners(known.owners, owners)
            return scan(same_owner(owners), ages, shares, expected, cause.least, houses)
        xy, zones = self._metric(rows), zones_of(cause.reach_m, cause.by == "line")
        shares = known.past.shares(xy, zones)
        return scan(within_of(xy, zones), ages, shares, expected, cause.least, houses)

    def _write(
        self,
        connection: Connection,
        cause: Cause,
        inside: Sequence[AnyRow],
        centre: AnyRow,
        cluster: FoundCluster,
        now: datetime,
    ) -> int:
        """1 where it is new."""
        zones = zones_of(cause.reach_m, cause.by == "line")
        is_local = cause.by != "performer"
        found = {
            "region": self.city.region,
            "now": now,
            "minutes": cluster.minutes,
            "n": cluster.n,
            "expected": cluster.expected,
            "surprise": cluster.surprise,
            "incidents": sorted({row.incident for row in inside}),
        }
        area = {
            "lon": centre.lon,
            "lat": centre.lat,
            "radius_m": zones[cluster.zone].length_m if is_local else None,
            "performer": None if is_local else centre.performer,
        }
        for standing in connection.execute(
            STANDING, {"region": self.city.region, "cause": cause.key, "since": now - SAME}
        ).all():
            if self._is_same(standing, area):
                connection.execute(AGAIN, {**found, "id": standing.id})
                return 0
        [(category, _)] = Counter(row.category for row in inside).most_common(1)
        what = {"cause": cause.key, "category": category, "district": centre.district}
        connection.execute(WRITE, {**found, **area, **what})
        return 1

    def _is_same(self, standing: AnyRow, area: dict[str, float | None]) -> bool:
        if standing.radius_m is None or area["radius_m"] is None:
            return bool(standing.performer_id == area["performer"])
        ends = to_metric(
            self.city.metric_srid,
            np.array([(standing.lon, standing.lat), (area["lon"], area["lat"])], float),
        )
        return bool(np.hypot(*(ends[0] - ends[1])) <= standing.radius_m + area["radius_m"])

    def _reports(
        self,
        connection: Connection,
        topics: list[int],
        since: datetime,
        until: datetime,
        statement: TextClause,
    ) -> Sequence[AnyRow]:
        bound = {"region": self.city.region, "topics": topics, "since": since, "until": until}
        return connection.execute(statement, {**bound, "zone": self.city.time_zone.key}).all()

    def _metric(self, rows: Sequence[AnyRow]) -> np.ndarray:
        points = np.array([(row.lon, row.lat) for row in rows], float).reshape(-1, 2)
        return to_metric(self.city.metric_srid, points)
