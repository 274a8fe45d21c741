"""Figures counted from the rows themselves: what the wall shows of the last hours, and what every roll-up and
every stored figure has to agree with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Connection, text

from geo.database import AnyRow
from geo.settings import City
from geo.statistics.definitions import CALLS, INCIDENT, INQUIRY, MILESTONE, Figure, FigureSource

NOW = "now()"
"""The moment of reading, in definitions."""


@dataclass(frozen=True)
class Period:
    """From `since` (included) to `until` (not included), as it stands at the moment `now`; each SQL of a
    moment, with `values`."""

    since: str
    until: str
    values: Mapping[str, object] = field(default_factory=dict)
    now: str = NOW

    @classmethod
    def of_days(cls, city: City, first: date, last: date, now: datetime | None = None) -> Period:
        """Whole days of the city, both included; `now` none = the moment of reading."""
        days = {"since": midnight(city, first), "until": midnight(city, last + timedelta(1))}
        if now is None:
            return cls(":since", ":until", days)
        return cls(":since", ":until", {**days, "now": now}, "cast(:now as timestamptz)")

    def filled(self, statement: str) -> str:
        """A statement of definitions, with the period's own moments."""
        return statement.replace(":events_since", self.since).replace(NOW, self.now)


LAST_24_HOURS = Period("now() - interval '24 hours'", "now()")
SAME_24_HOURS_A_WEEK_AGO = Period("now() - interval '8 days'", "now() - interval '7 days'")
LAST_30_DAYS = Period("now() - interval '30 days'", "now()")


def midnight(city: City, day: date) -> datetime:
    """When a day of the city begins."""
    return datetime.combine(day, time(), city.time_zone)


@dataclass(frozen=True)
class Counted:
    """`value`: none where nothing was counted, or its source records nothing of it. `part` of `whole`: rows,
    or what they weigh. `missed`: rows that keep it from its goal."""

    value: float | None
    part: int
    whole: int
    missed: int = 0


@dataclass(frozen=True)
class Population:
    """The rows that may be counted: `incidents` is a condition over a row `i`, with its `values`. Inquiries
    and calls belong to no district: they are the city's, whoever asks."""

    region: str
    incidents: str = "i.vanished_at is null"
    values: Mapping[str, object] = field(default_factory=dict)

    def condition(self, source: FigureSource) -> str:
        own = f"{source.alias}.region = :region"
        return f"{own} and {self.incidents}" if source is INCIDENT else own


@dataclass(frozen=True)
class Grouping:
    """The group of a row: `key` is SQL over a row of the source, and over the one row at most that is
    `joined` to it, with `values`. `before`: what stands before the statement."""

    key: str
    values: Mapping[str, object] = field(default_factory=dict)
    joined: str = ""
    before: str = ""


def count_rows(
    connection: Connection, definitions: Sequence[Figure], population: Population, period: Period
) -> dict[str, Counted]:
    """Figure key -> what is counted, each source read once."""
    found: dict[str, Counted] = {}
    for source in (INQUIRY, INCIDENT, CALLS, MILESTONE):
        of_source = [figure for figure in definitions if figure.source is source]
        if of_source:
            found |= _count_source(connection, source, of_source, population, period)
    return {figure.key: found[figure.key] for figure in definitions}


def rows_condition(
    figure: Figure, population: Population, period: Period, numerator: bool = False, missed: bool = False
) -> tuple[str, dict[str, Any]]:
    """The rows that a figure counts (`numerator`: those of its numerator; `missed`: those that keep it from
    its goal), as SQL over its source, with its values: the list behind it."""
    terms = [population.condition(figure.source), figure.source.within(period.since, period.until)]
    terms.append(f"({figure.whole})")
    if numerator and figure.part:
        terms.append(f"({figure.part})")
    if missed and figure.missed:
        terms.append(f"({figure.missed})")
    return period.filled(" and ".join(terms)), {
        "region": population.region,
        **population.values,
        **period.values,
    }


def count_groups_of(
    connection: Connection,
    definitions: Sequence[Figure],
    population: Population,
    period: Period,
    grouping: Grouping,
) -> dict[str, dict[Any, Counted]]:
    """Figure key -> group -> what is counted of it, of figures of one source, which is read once. A group of
    which nothing is counted is absent."""
    rows = _read_source(connection, definitions[0].source, definitions, population, period, grouping)
    found: dict[str, dict[Any, Counted]] = {figure.key: {} for figure in definitions}
    for row in rows:
        size = (len(row) - 1) // len(definitions)
        for n, figure in enumerate(definitions):
            counted = _counted(figure, row[1 + size * n : 1 + size * (n + 1)])
            if counted.whole:
                found[figure.key][row[0]] = counted
    return found


def quantiles(
    connection: Connection, figure: Figure, population: Population, period: Period, shares: Sequence[float]
) -> list[float] | None:
    """The quantiles of a figure in seconds: how long each of `shares` (0..1) of its rows lasted at most; none
    where nothing was measured."""
    condition, values = rows_condition(figure, population, period)
    measured = period.filled(figure.weight[0]) if figure.weight else "null"
    return connection.execute(
        text(f"""select percentile_disc(cast(:shares as float8[])) within group (order by {measured})
            from {figure.source.table} {figure.source.alias} where {condition}"""),
        {**values, "shares": list(shares)},
    ).scalar_one()


def _count_source(
    connection: Connection,
    source: FigureSource,
    definitions: Sequence[Figure],
    population: Population,
    period: Period,
) -> dict[str, Counted]:
    (row,) = _read_source(connection, source, definitions, population, period)
    size = len(row) // len(definitions)
    return {
        figure.key: _counted(figure, row[size * n : size * (n + 1)]) for n, figure in enumerate(definitions)
    }


def _read_source(
    connection: Connection,
    source: FigureSource,
    definitions: Sequence[Figure],
    population: Population,
    period: Period,
    grouping: Grouping | None = None,
) -> Sequence[AnyRow]:
    columns = [column for number, figure in enumerate(definitions) for column in _columns(figure, number)]
    grouped = grouping or Grouping("")
    key = [grouped.key] if grouping else []
    statement = f"""{grouped.before} select {", ".join([*key, *columns])}
        from {source.table} {source.alias} {grouped.joined}
        where {population.condition(source)} and {source.within(period.since, period.until)}
        {"group by 1" if grouping else ""}"""
    return connection.execute(
        text(period.filled(statement)),
        {"region": population.region, **population.values, **period.values, **grouped.values},
    ).all()


def figure_terms(figure: Figure) -> tuple[str, str, str]:
    """SQL of a figure of rows, as aggregates: its part, its whole, and how many keep it from its goal."""
    part, whole = (f"coalesce({term}, 0)::bigint" for term in figure.terms())
    if figure.goal and _is_of_rows(figure):
        return part, whole, f"{whole} - {part}" if figure.goal.at_least else part
    return part, whole, f"count(*) filter (where {_missed_apart(figure)})"


def _columns(figure: Figure, number: int) -> list[str]:
    part, whole = figure.terms()
    return [
        f"coalesce({part}, 0)::bigint as part_{number}",
        f"coalesce({whole}, 0)::bigint as whole_{number}",
        f"{figure.mean()} as mean_{number}",
        f"{figure.recorded or 'true'} as recorded_{number}",
        f"count(*) filter (where {_missed_apart(figure)}) as missed_{number}",
    ]


def _missed_apart(figure: Figure) -> str:
    """SQL of what is missed where it does not follow from part and whole."""
    return "false" if figure.missed is None or _is_of_rows(figure) else figure.missed


def _is_of_rows(figure: Figure) -> bool:
    return figure.unit == "share" and figure.weight is None


def _counted(figure: Figure, row: Sequence[Any]) -> Counted:
    part, whole, mean, recorded, missed = row
    if figure.goal and _is_of_rows(figure):
        missed = whole - part if figure.goal.at_least else part
    if figure.unit == "share":
        return Counted(part / whole if whole and recorded else None, part, whole, missed)
    return Counted(mean if figure.unit == "seconds" else whole, part, whole, missed)
