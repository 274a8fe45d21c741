"""Figures of inquiries from the days that are counted ahead (`geo.statistics.day_counts`): what `counting`
finds in the rows, at a cost that their number does not change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import accumulate
from math import ceil
from typing import Any

from sqlalchemy import Connection, text

from geo.database import AnyRow
from geo.settings import City
from geo.statistics.counting import Counted
from geo.statistics.day_counts import counted_days
from geo.statistics.definitions import ANSWER, ANSWERED_15, ANSWERED_20, ONE_TAKE, Figure

TERMS: Mapping[Figure, tuple[str, str, str]] = {
    ONE_TAKE: ("one_take", "n", "n - one_take"),
    ANSWER: ("n", "n", "answered - within_15"),
    ANSWERED_15: ("within_15", "answered", "answered - within_15"),
    ANSWERED_20: ("within_20", "answered", "answered - within_20"),
}
"""Figure -> the measures of a day that are its part, its whole, and what keeps it from its goal."""


@dataclass(frozen=True)
class DayGrouping:
    """The group of a day `d` of the `facet`: `key` is SQL over it, and over the one row at most that is
    `joined` to it, with `values`."""

    key: str
    values: Mapping[str, object] = field(default_factory=dict)
    joined: str = ""
    facet: str = "city"


EVERYTHING = DayGrouping("true")


def count_days(
    connection: Connection, city: City, first: date, last: date, grouping: DayGrouping = EVERYTHING
) -> dict[str, dict[Any, Counted]]:
    """Key of each figure in `TERMS` -> group -> what is counted from `first` to `last`, both included. A
    group of which nothing is counted is absent."""
    terms = [f"coalesce({_summed(term)}, 0)::bigint" for terms in TERMS.values() for term in terms]
    statement = f"""select {grouping.key} as key, {", ".join(terms)},
            (sum(d.answer_s) / nullif(sum(d.answered), 0))::float8
        from {counted_days(grouping.facet)} d {grouping.joined} group by 1"""
    values = {**_values(city, first, last), **grouping.values}
    found: dict[str, dict[Any, Counted]] = {figure.key: {} for figure in TERMS}
    for row in connection.execute(text(statement), values):
        for n, figure in enumerate(TERMS):
            counted = _counted(figure, row, 1 + 3 * n)
            if counted.whole:
                found[figure.key][row[0]] = counted
    return found


def answer_times(connection: Connection, city: City, first: date, last: date) -> list[tuple[int, int]]:
    """(seconds until an operator answered, how many inquiries waited so long), the shortest first."""
    statement = f"""select value::bigint as seconds, sum(n)::bigint as n from {counted_days("answer")} d
        where value <> '' group by 1 having sum(n) > 0 order by 1"""
    return [(row.seconds, row.n) for row in connection.execute(text(statement), _values(city, first, last))]


def quantiles_of(times: Sequence[tuple[int, int]], shares: Sequence[float]) -> list[float] | None:
    """How long each of `shares` (0..1) waited at most; none where nobody did. `times` ascending."""
    reached = list(accumulate(n for _, n in times))
    if not reached:
        return None
    return [
        float(next(time for (time, _), n in zip(times, reached) if n >= max(1, ceil(share * reached[-1]))))
        for share in shares
    ]


def _summed(term: str) -> str:
    return " - ".join(f"sum(d.{name})" for name in term.split(" - "))


def _counted(figure: Figure, row: AnyRow, at: int) -> Counted:
    part, whole, missed = row[at : at + 3]
    if figure.unit == "seconds":
        return Counted(row[-1], part, whole, missed)
    return Counted(part / whole if whole else None, part, whole, missed)


def _values(city: City, first: date, last: date) -> dict[str, object]:
    return {
        "region": city.region,
        "time_zone": city.time_zone.key,
        "first": first,
        "last": last,
        "subjects": ["inquiry"],
    }
