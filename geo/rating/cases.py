"""The cases of a month as the rating counts them: what was first written down holds, whatever is written
later.

A case is what was reported first of one category at one address: what is reported there again while it is
open, or within the category's window of duplicates after its closing, belongs to it, and it is closed when
all of it is. It answers to the performer to whom it was first given (to nobody yet: to the one of its
category), in the month in which it was first said to be opened, by its first deadline and its first category.
A pause, more time, another category or another performer changes none of these; an objection may. A closing
counts from the moment that was first given for it, or from when it was written down where that was much
later, and only as "done". One that was made at the desk and closed by the same person, or closed at once
without a picture of the repair, raises nothing until an inspector has checked it: it is listed, and counts
only where it was late or came back.

What is read is what had been recorded before `as_of`, so that later corrections change nothing. Incidents
without events (none of them comes through a feed) count as they stand.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, text

from geo.rating.milestones import RatedMilestone
from geo.rating.mix import Strata, Stratum
from geo.rating.relation import STATEMENT
from geo.rating.scores import UNCOUNTED_BIT
from geo.rating.strategy import DIMENSIONS, Strategy
from geo.settings import City
from geo.statistics.counting import NOW, midnight
from geo.statistics.definitions import INCIDENT

DESK = "desk"
"""The source of incidents that people make at the desk (`geo.loading.by_hand.DESK`)."""
MARKS = (
    "bulk",
    "reopened",
    "reassigned",
    "reclassified",
    "split",
    "merged",
    "renumbered",
    "paused",
    "late_record",
    "unassigned",
    "refused",
    "removed",
    "self_made",
    "sample",
)
"""The marks of a case. A mark is a reason to look, never a verdict."""
SAMPLE_ONE_IN = 50
"""One in so many closed cases is sampled, by chance that nobody knows before the month is counted."""
BULK_CASES, BULK_SPAN_S = 10, 60
"""So many closings of one performer in so short a time are marked."""
QUICK = timedelta(minutes=15)
"""What was made at the desk and is closed sooner was not repaired since."""
RULES = 2
"""How cases and milestones are counted: a closed month keeps by which rules it was counted
(`geo.rating.months`), and is counted again by them. 1: before what people at the desk make and close
themselves was left out, and the first plan of a milestone counted."""


@dataclass(frozen=True)
class RatedCase:
    """An incident that stands for its case. `pattern`: by which indicators it is counted
    (`geo.rating.scores.Patterns`). `strata`: what it is of the strategy's dimensions."""

    incident: int
    manager: str
    performer: str
    pattern: int
    marks: tuple[str, ...]
    strata: Stratum = ()

    @property
    def line(self) -> str:
        """The case's line in the digest of a month's cases."""
        strata = f" {','.join(self.strata)}" if self.strata else ""
        marks = ",".join(self.marks)
        return f"{self.incident} {self.manager} {self.performer} {self.pattern} {marks}{strata}\n"


def read_cases(
    connection: Connection,
    city: City,
    strategy: Strategy,
    month: date,
    as_of: datetime,
    rules: int = RULES,
) -> list[RatedCase]:
    """The cases of the city's month that begins on `month`, by incident, as recorded before `as_of`."""
    pattern, uncounted = _pattern(strategy), f"{1 << UNCOUNTED_BIT}::bigint"
    rows = connection.execute(
        text(STATEMENT.format(pattern=pattern, strata=_strata(strategy), uncounted=uncounted)),
        {
            "region": city.region,
            "month": month,
            "since": midnight(city, month),
            "until": midnight(city, next_month(month)),
            "as_of": as_of,
            "late": timedelta(hours=strategy.recorded_within_h),
            "sample_one_in": SAMPLE_ONE_IN,
            "bulk_cases": BULK_CASES,
            "bulk_span": timedelta(seconds=BULK_SPAN_S),
            "managers": list(strategy.weights),
            "desk": DESK,
            "quick": QUICK,
            "rules": rules,
        },
    )
    return [
        RatedCase(row.id, row.manager, row.performer, row.pattern, tuple(row.marks), tuple(row.strata))
        for row in rows
    ]


def patterns_of(cases: Iterable[RatedCase | RatedMilestone]) -> Mapping[str, Counter[int]]:
    """How many cases and milestones each manager has of each pattern."""
    found: defaultdict[str, Counter[int]] = defaultdict(Counter)
    for case in cases:
        found[case.manager][case.pattern] += 1
    return found


def strata_of(strategy: Strategy, cases: Iterable[RatedCase]) -> Mapping[int, Strata]:
    """The strata of each indicator that is adjusted, by its number."""
    positions = {
        n: [strategy.dimensions.index(name) for name in indicator.adjusted_by]
        for n, indicator in enumerate(strategy.indicators)
        if indicator.adjusted_by
    }
    found: dict[int, dict[str, dict[Stratum, tuple[int, int]]]] = {n: {} for n in positions}
    for case in cases:
        for n, at in positions.items():
            if case.pattern >> 2 * n & 1:
                own = found[n].setdefault(case.manager, {})
                stratum = tuple(case.strata[position] for position in at)
                part, whole = own.get(stratum, (0, 0))
                own[stratum] = part + (case.pattern >> (2 * n + 1) & 1), whole + 1
    return found


def next_month(month: date) -> date:
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def _strata(strategy: Strategy) -> str:
    """SQL of what a case is of each dimension, as it was first written down."""
    return f"array[{', '.join(DIMENSIONS[name] for name in strategy.dimensions)}]::text[]"


def _pattern(strategy: Strategy) -> str:
    """SQL of the bits. A figure's own words for "since when" and "now" are those of the month."""
    terms = ["0::bigint"]
    for n, indicator in enumerate(strategy.indicators):
        figure = indicator.figure
        if figure.source is not INCIDENT:
            continue
        for bit, condition in ((2 * n, figure.whole), (2 * n + 1, figure.numerator)):
            terms.append(f"coalesce(({condition})::int, 0)::bigint << {bit}")
    statement = " | ".join(f"({term})" for term in terms)
    # The events that a figure reads end where the month was counted.
    return statement.replace(":events_since", ":since and e.recorded_at < :as_of").replace(
        NOW, "cast(:as_of as timestamptz)"
    )
