"""A city in which requests of 109 come by chance for weeks, at the full rate, and failures are planted: all
in arrays, as the scan and the desk's rule see them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import shapely

from etl.demo.arrivals import pace
from etl.demo.city import SEED, make_city
from etl.demo.facts import yearly
from etl.demo.facts.topics import NEARNESS, TOPIC_SHARES
from etl.demo.history import INQUIRIES_PER_INCIDENT, RHYTHM_OF, value_of
from etl.demo.locations import LocationWeights
from etl.demo.outages import FIRMS, Failure, FailureKind, plant
from etl.demo.scales import find_scale
from etl.demo.topics import leaves
from geo.early_warning.causes import Cause
from geo.early_warning.past import PAST_D, Past, shares_of_owners
from geo.early_warning.scan import LONGEST_MIN, FoundCluster, same_owner, scan, within_of, zones_of
from geo.incidents.mass_events.candidates import Reach, find_groups
from geo.settings import Settings

DAY_MIN = 1440
SCALE = "tenth"
"""The size with all houses of the city. Requests come at the full rate."""
OF_A_DAY_MIN = 24 * 60.0
OTHERS = (100.0, 24.0)
LEAST = 3


@dataclass(frozen=True)
class Reports:
    """A report a row: minutes since the beginning, its place, owner, topic; `incident`: a number;
    `is_new`: it opened that incident; `planted`: it is of a failure."""

    at: np.ndarray
    xy: np.ndarray
    owner: np.ndarray
    topic: np.ndarray
    incident: np.ndarray
    is_new: np.ndarray
    planted: np.ndarray

    def take(self, rows: np.ndarray) -> Reports:
        return Reports(*(getattr(self, name)[rows] for name in self.__dataclass_fields__))

    def between(self, since: float, until: float) -> Reports:
        first, last = np.searchsorted(self.at, [since, until], side="right")
        return self.take(np.arange(first, last))

    def opening(self) -> Reports:
        """Those that opened an incident: the scan looks at no others."""
        return self.take(np.flatnonzero(self.is_new))

    def joined(self, more: Reports) -> Reports:
        both = Reports(
            *(
                np.concatenate([getattr(self, name), getattr(more, name)])
                for name in self.__dataclass_fields__
            )
        )
        return both.take(np.argsort(both.at, kind="stable"))


class QuietCity:
    """`days` of requests after `PAST_D` of them; `begins` is when they begin, by the city's clock."""

    def __init__(self, days: int, begins: datetime, seed: int) -> None:
        self.rng, self.days, self.begins = np.random.default_rng(seed), days, begins
        city = make_city(find_scale(SCALE), Settings.load({}).city.metric_srid)
        houses = city.buildings
        self.voters = houses.voters.astype(float)
        self.xy, self.people = shapely.get_coordinates(houses.point), self.voters + 1.5
        self.weights = LocationWeights(houses.voters, houses.floors, SEED)
        self.firm = self.weights.firms(self.rng, FIRMS)

    @property
    def first_min(self) -> int:
        """From when on it is watched."""
        return PAST_D * DAY_MIN

    @property
    def last_min(self) -> int:
        return (PAST_D + self.days) * DAY_MIN

    def minute_of_day(self, at: float) -> float:
        return at % DAY_MIN

    def background(self, topics: Sequence[str]) -> Reports:
        """The requests about topics, with those at the top of the tree standing for all below them."""
        parts = [self._of_root(root, topics) for root in sorted({topic.split(".")[0] for topic in topics})]
        whole = parts[0]
        for part in parts[1:]:
            whole = whole.joined(part)
        return whole

    def _of_root(self, root: str, topics: Sequence[str]) -> Reports:
        share, leads, season = TOPIC_SHARES[root]
        yearly_n = value_of(yearly.INQUIRIES, self.begins.year) * share * leads
        hours = [self.begins + timedelta(hours=n) for n in range((PAST_D + self.days) * 24)]
        means = [yearly_n / 8766 * pace(hour, season, RHYTHM_OF.get(root, "home")) for hour in hours]
        n = self.rng.poisson(means)
        at = np.sort(np.repeat(np.arange(len(n)) * 60.0, n) + self.rng.uniform(0, 60, n.sum()))
        below = leaves(root)
        weight = np.array([topic.weight or 1.0 for topic in below])
        picked = self.rng.choice(len(below), len(at), p=weight / weight.sum())
        house = np.empty(len(at), int)
        for k, topic in enumerate(below):
            rows = np.flatnonzero(picked == k)
            house[rows] = self.weights.draw(topic.key, len(rows), self.rng)
        keys = np.array([topic.key for topic in below])[picked]
        chosen = np.flatnonzero([key in topics or root in topics for key in keys])
        return self._reports(at[chosen], house[chosen], keys[chosen])

    def _reports(self, at: np.ndarray, house: np.ndarray, topic: np.ndarray) -> Reports:
        """Some are added to an incident of the day before, as the simulator does it."""
        incident, is_new = np.arange(len(at)), np.ones(len(at), bool)
        for row in np.flatnonzero(self.rng.random(len(at)) > 1 / INQUIRIES_PER_INCIDENT):
            first = int(np.searchsorted(at, at[row] - DAY_MIN))
            same = first + np.flatnonzero(topic[first:row] == topic[row])
            if len(same):
                earlier = same[self.rng.integers(len(same))]
                house[row], incident[row], is_new[row] = house[earlier], incident[earlier], False
        nothing = np.zeros(len(at), bool)
        return Reports(at, self.xy[house], self.firm[house], topic, incident, is_new, nothing)

    def failure(self, kind: FailureKind, begins: float) -> Reports:
        found: Failure = plant(kind, self.xy, self.people, self.firm, self.rng)
        incident = np.arange(len(found.at_min)) + 10**9
        for row in np.flatnonzero(~found.is_new):
            same = [
                n
                for n in range(row)
                if found.house[n] == found.house[row] and found.topic[n] == found.topic[row]
            ]
            incident[row] = incident[same[0]]
        return Reports(
            begins + found.at_min,
            self.xy[found.house],
            self.firm[found.house],
            np.array(found.topic),
            incident,
            found.is_new,
            np.ones(len(incident), bool),
        )


class Watched:
    """What is seen at each report of a cause, by the scan and by the desk's rule."""

    def __init__(self, city: QuietCity, cause: Cause) -> None:
        self.city, self.cause = city, cause
        self.zones = zones_of(cause.reach_m, cause.by == "line")
        self.quiet = city.background(cause.topics)
        self.opening = self.quiet.opening()
        self.pasts: dict[int, tuple[Past, np.ndarray]] = {}
        self.shares: dict[tuple[int, float, float], np.ndarray] = {}

    def past(self, at: float) -> tuple[Past, np.ndarray]:
        """The past as it stood at the last midnight."""
        day = int(at // DAY_MIN)
        if day not in self.pasts:
            until = day * DAY_MIN
            rows = self.opening.between(until - PAST_D * DAY_MIN, until)
            hours = (rows.at % DAY_MIN // 60).astype(int)
            ages_d = (until - rows.at) / DAY_MIN
            past = Past.of(rows.xy, hours, ages_d, self.city.xy, self.city.voters)
            self.pasts[day] = (past, rows.owner)
        return self.pasts[day]

    def cluster(self, reports: Reports, at: float) -> tuple[Reports, FoundCluster | None]:
        """What the scan finds at a moment, of what came up to then."""
        late = reports.between(at - LONGEST_MIN, at).opening()
        past, owners = self.past(at)
        ages, expected = at - late.at, past.expected(self.city.minute_of_day(at))
        if self.cause.by == "performer":
            within, shares = same_owner(late.owner), shares_of_owners(owners, late.owner)
        else:
            within, shares = within_of(late.xy, self.zones), self._shares(late, past, int(at // DAY_MIN))
        _, houses = np.unique(late.xy, axis=0, return_inverse=True)
        return late, scan(within, ages, shares, expected, self.cause.least, houses.ravel())

    def _shares(self, late: Reports, past: Past, day: int) -> np.ndarray:
        """Each circle once a day: the past is that of the last midnight."""
        rows = []
        for xy in late.xy:
            key = (day, float(xy[0]), float(xy[1]))
            if key not in self.shares:
                self.shares[key] = past.shares(xy[None, :], self.zones)[0]
            rows.append(self.shares[key])
        return np.array(rows).reshape(-1, len(self.zones))


def grouped(reports: Reports, at: float) -> bool:
    """Whether the desk's rule suggests a group at a moment most of which is planted."""
    return any(reports.planted[rows].mean() > 0.5 for rows in _suggested(reports, at))


def groups(reports: Reports, at: float) -> list[set[int]]:
    """The incidents of each group that the desk's rule suggests at a moment."""
    return [set(reports.incident[rows].tolist()) for rows in _suggested(reports, at)]


def _suggested(reports: Reports, at: float) -> Iterator[np.ndarray]:
    """The rows of each."""
    for topic in np.unique(reports.topic):
        radius_m, window_h = NEARNESS.get(str(topic).split(".")[0], OTHERS)
        first, last = np.searchsorted(reports.at, [at - window_h * 60, at], side="right")
        late = np.arange(first, last)
        rows = late[(reports.topic[late] == topic) & reports.is_new[late]]
        for group in find_groups(reports.xy[rows], reports.at[rows] / 60, Reach(radius_m, window_h, LEAST)):
            yield rows[group]
