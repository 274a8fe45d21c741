"""One local year of the centre's work as arrays: how many inquiries of 109, incidents that they lead to, and
incidents of police, emergencies and offences, and in which season each kind comes.

Times are microseconds since 1970 (UTC), 0 = none; buildings are places in the city's list, -1 = no
coordinates.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import date

import numpy as np

from etl.demo.channels import channels_of, channels_to_date
from etl.demo.facts import yearly
from etl.demo.facts.organisations import PACE
from etl.demo.facts.topics import SEASONS, TOPIC_SHARES
from etl.demo.houses import exact_sum
from etl.demo.locations import LocationWeights
from etl.demo.operators import answer_seconds
from etl.demo.rhythm import HOUR_US, SECOND_US, Clock, day_weights, draw_instants
from etl.demo.scales import Scale
from etl.demo.to_date import to_date
from etl.demo.topics import Topic, leaves

KINDS = ("service", "police", "emergency", "offence")
TABLES = {"police": yearly.POLICE, "emergency": yearly.EMERGENCIES, "offence": yearly.OFFENCES}
INQUIRIES_PER_INCIDENT = 1.3
WITHOUT_POINT = 0.03
RHYTHM_OF = {
    "health": "desk",
    "education": "desk",
    "payment": "desk",
    "social": "desk",
    "housing": "desk",
    "information": "desk",
    "order": "night",
}


@dataclass
class Incidents:
    """A row an incident. `kind` indexes KINDS, `category` is an id, `fine` in tenge (0 = none)."""

    kind: np.ndarray
    category: np.ndarray
    opened: np.ndarray
    due: np.ndarray
    closed: np.ndarray
    building: np.ndarray
    offset: np.ndarray
    inquiries: np.ndarray
    fine: np.ndarray

    def __len__(self) -> int:
        return len(self.kind)

    def take(self, index: np.ndarray | slice) -> Incidents:
        return Incidents(*(getattr(self, field.name)[index] for field in fields(self)))


@dataclass
class Inquiries:
    """A row an inquiry. `topic` is a category id, `incident` a row of the year's incidents or -1: then it
    was resolved in one take."""

    channel: np.ndarray
    topic: np.ndarray
    received: np.ndarray
    incident: np.ndarray
    answer_s: np.ndarray


@dataclass(frozen=True)
class Year:
    incidents: Incidents
    inquiries: Inquiries


def years(
    scale: Scale, clock: Clock, location_weights: LocationWeights, seed: int
) -> Iterator[tuple[int, Year]]:
    """Year by year up to `clock.until`: memory holds one."""
    for year in range(min(yearly.INQUIRIES), clock.local_year() + 1):
        yield year, make_year(year, scale, clock, location_weights, np.random.default_rng([seed, year]))


def make_year(
    year: int, scale: Scale, clock: Clock, location_weights: LocationWeights, rng: np.random.Generator
) -> Year:
    service, inquiries = _service_year(year, scale, clock, location_weights, rng)
    others = [make_kind(kind, year, scale, clock, location_weights, rng) for kind in TABLES]
    together = joined([service, *others])
    order = np.argsort(together.opened, kind="stable")
    position = np.empty(len(order) + 1, dtype=np.int64)
    position[order], position[-1] = np.arange(len(order)), -1
    inquiries.incident = position[inquiries.incident]
    by_time = np.argsort(inquiries.received, kind="stable")
    inquiries = Inquiries(*(getattr(inquiries, field.name)[by_time] for field in fields(Inquiries)))
    return Year(together.take(order), inquiries)


def value_of(table: dict[int, int], year: int) -> int:
    """The year's figure; a year after the table has that of its last one, a year before it none."""
    return table.get(year, table[max(table)] if year > max(table) else 0)


def year_totals(table: dict[int, int], year: int, scale: Scale, clock: Clock) -> tuple[int, float]:
    """How many rows of a year are made, and how many the city had of it. A year that has just begun is
    made with what its last days need at the full rate."""
    value = value_of(table, year)
    full = value * clock.year_passed(year)
    recent = (
        value / 365 * (scale.full_rate_days + 2) * 1.25 * scale.now if year == clock.local_year() else 0.0
    )
    return max(scale.of(full), round(min(full * scale.now, recent))), full


def link_weights(weights: np.ndarray, consulted: np.ndarray, linked: np.ndarray) -> np.ndarray:
    """`weights` (a row a topic, a column a day) for the inquiries that lead to incidents, so that every
    day has the same share of consultations. Topics that are mostly consultations rest at weekends: by
    their own weights a Sunday would have 76 % where the year has 82 %."""
    share = weights / weights.sum(axis=1, keepdims=True)
    wanted = consulted @ share * (linked.sum() / max(consulted.sum(), 1))
    for _ in range(4):
        drawn = linked @ share
        share = share * np.divide(wanted, drawn, out=np.zeros_like(wanted), where=drawn > 0)
        share /= share.sum(axis=1, keepdims=True)
    return share


def topic_counts(year: int, total: int, scale: Scale) -> np.ndarray:
    """Inquiries by topic, in the order of TOPIC_SHARES, that sum to `total`; those published for 2024
    exactly (at the scale)."""
    shares = np.array([share for share, _, _ in TOPIC_SHARES.values()])
    fixed = {key: scale.of(n) for key, n in yearly.TOPICS_2024.items()} if year == 2024 else {}
    free = np.array([key not in fixed for key in TOPIC_SHARES])
    out = np.array([fixed.get(key, 0) for key in TOPIC_SHARES], dtype=np.int64)
    out[free] = exact_sum(shares[free], total - int(out.sum()))
    return out


def incident_counts(counts: np.ndarray) -> np.ndarray:
    """How many inquiries of each topic lead to an incident; in all, exactly those that are not resolved in
    one take."""
    total = int(counts.sum()) - int(counts.sum() * yearly.ONE_TAKE + 0.5)
    weight = counts * np.array([rate for _, rate, _ in TOPIC_SHARES.values()])
    return np.minimum(exact_sum(weight, total), counts)


@dataclass(frozen=True)
class YearDraw:
    """Draws when the inquiries and incidents of a year came. `ratio`: of a whole year to the part of it that
    has passed."""

    year: int
    scale: Scale
    clock: Clock
    ratio: float
    rng: np.random.Generator

    def draw(self, count: int, weights: np.ndarray, rhythm: str) -> np.ndarray:
        return draw_instants(
            self.clock,
            self.year,
            count,
            round(count * self.ratio),
            weights,
            rhythm,
            self.scale.full_rate_days,
            self.rng,
        )

    def soon_after(self, instants: np.ndarray) -> np.ndarray:
        """Some hours later, within the year and not in the future."""
        latest = np.minimum(self.clock.day_start(date(self.year + 1, 1, 1)), self.clock.until) - 1
        hours = self.rng.exponential(2.5, len(instants))
        return np.minimum(instants + (hours * HOUR_US).astype(np.int64), latest)


def _service_year(
    year: int,
    scale: Scale,
    clock: Clock,
    location_weights: LocationWeights,
    rng: np.random.Generator,
) -> tuple[Incidents, Inquiries]:
    total, full = year_totals(yearly.INQUIRIES, year, scale, clock)
    counts = topic_counts(year, total, scale)
    linked = incident_counts(counts)
    moments = YearDraw(year, scale, clock, full / max(total, 1), rng)
    weights = np.array(
        [
            day_weights(clock, year, SEASONS[season], RHYTHM_OF.get(key, "home"), rng)
            for key, (_, _, season) in TOPIC_SHARES.items()
        ]
    )
    leading = link_weights(weights, counts - linked, linked)
    parts, received, topics, incident = [], [], [], []
    first = 0
    for position, (key, n, m) in enumerate(zip(TOPIC_SHARES, counts.tolist(), linked.tolist())):
        rhythm, events = RHYTHM_OF.get(key, "home"), round(m / INQUIRIES_PER_INCIDENT)
        opened = np.sort(moments.draw(events, leading[position], rhythm))
        consulted = moments.draw(n - m, weights[position], rhythm)
        more = rng.integers(0, max(events, 1), m - events)
        later = moments.soon_after(opened[more]) if events else np.empty(0, np.int64)
        inquiries = 1 + np.bincount(more, minlength=events)
        parts.append(_incidents(leaves(key), opened, location_weights, clock, rng, inquiries))
        received += [opened, later, consulted]
        incident += [first + np.arange(events), first + more, np.full(n - m, -1)]
        topics.append(_topics(leaves(key), parts[-1].category, more, n - m, rng))
        first += events
    at, led_to = np.concatenate(received), np.concatenate(incident)
    published = to_date(year, scale, clock)
    if published:
        at = published.split(at, led_to < 0, yearly.TO_DATE["inquiries"], rng)
    return joined(parts), Inquiries(
        channels_to_date(published, at, scale, rng) if published else channels_of(year, total, scale, rng),
        np.concatenate(topics),
        at,
        led_to,
        answer_seconds(rng.gamma(2.0, 14.0, total)),
    )


def joined(parts: Sequence[Incidents]) -> Incidents:
    return Incidents(
        *(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(Incidents))
    )


def _topics(
    siblings: list[Topic], category: np.ndarray, more: np.ndarray, consulted: int, rng: np.random.Generator
) -> np.ndarray:
    """The topics of a root's inquiries: those of their incidents, then of the consultations."""
    weight = np.array([topic.weight or 1.0 for topic in siblings])
    return np.concatenate(
        [
            category,
            category[more],
            rng.choice([topic.id for topic in siblings], consulted, p=weight / weight.sum()),
        ]
    )


def make_kind(
    kind: str,
    year: int,
    scale: Scale,
    clock: Clock,
    location_weights: LocationWeights,
    rng: np.random.Generator,
) -> Incidents:
    """A year of what is not asked of 109."""
    n, full = year_totals(TABLES[kind], year, scale, clock)
    season, rhythm = {
        "police": ("flat", "night"),
        "emergency": ("winter", "street"),
        "offence": ("warm", "street"),
    }[kind]
    weight = day_weights(clock, year, SEASONS[season], rhythm, rng)
    opened = draw_instants(clock, year, n, round(full), weight, rhythm, scale.full_rate_days, rng)
    published = to_date(year, scale, clock)
    if published and kind in yearly.TO_DATE:
        opened = published.split(opened, np.ones(n, bool), yearly.TO_DATE[kind], rng)
    out = _incidents(leaves(kind), opened, location_weights, clock, rng, np.zeros(n, dtype=np.int64))
    if kind == "offence" and n:
        out.fine = fines(scale.of(value_of(yearly.FINES_TENGE, year) * clock.year_passed(year)), n, rng)
    return out


def fines(total: int, n: int, rng: np.random.Generator) -> np.ndarray:
    """Fines in whole tenge that sum to `total` exactly; about a third are warnings."""
    weight = rng.choice([0.0, 1.0, 1.6, 2.5, 5.0], n, p=[0.34, 0.34, 0.18, 0.10, 0.04])
    weight[0] = max(weight[0], 1.0)
    return exact_sum(weight, total)


def _incidents(
    topics: list[Topic],
    opened: np.ndarray,
    location_weights: LocationWeights,
    clock: Clock,
    rng: np.random.Generator,
    inquiries: np.ndarray,
) -> Incidents:
    """Incidents of sibling categories at the given times, with places, terms and, where it is over by now,
    the end."""
    n = len(opened)
    weight = np.array([topic.weight or 1.0 for topic in topics])
    which = rng.choice(len(topics), n, p=weight / weight.sum())
    due_us = np.array([(topic.due_hours or 0) * HOUR_US for topic in topics])[which].astype(np.int64)
    term = np.where(due_us > 0, due_us, 24 * HOUR_US)
    took = (term * np.clip(rng.lognormal(np.log(0.42), 0.62, n), 0.02, 2.2)).astype(np.int64) + 60 * SECOND_US
    building = np.empty(n, dtype=np.int64)
    for i, topic in enumerate(topics):
        rows = np.flatnonzero(which == i)
        building[rows] = location_weights.draw(topic.key, len(rows), rng)
    closed = opened + (took * _pace(topics, which, building, location_weights)).astype(np.int64)
    building[rng.random(n) < WITHOUT_POINT] = -1
    outdoors = np.array([location_weights.outdoors(topic.key) for topic in topics])[which]
    turn, away = rng.uniform(0, 2 * np.pi, n), np.where(outdoors, rng.uniform(8, 30, n), rng.uniform(0, 4, n))
    return Incidents(
        kind=np.full(n, KINDS.index(topics[0].kind)),
        category=np.array([topic.id for topic in topics])[which],
        opened=opened,
        due=np.where(due_us > 0, opened + due_us, 0),
        closed=np.where(closed < clock.until, closed, 0),
        building=building,
        offset=np.column_stack([np.cos(turn), np.sin(turn)]) * away[:, None],
        inquiries=inquiries,
        fine=np.zeros(n, dtype=np.int64),
    )


def _pace(
    topics: list[Topic], which: np.ndarray, building: np.ndarray, location_weights: LocationWeights
) -> np.ndarray:
    """The pace of the performer who answers for each incident."""
    own = np.array([PACE.get(topic.performer or "", 1.0) for topic in topics])[which]
    is_akimat = np.array([topic.performer == "akimat" for topic in topics])[which]
    return np.where(is_akimat, location_weights.pace[building], own)
