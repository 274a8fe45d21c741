"""What the teams of a day have of each figure of the levels, as bytes: as rows, sixty organisations in three
figures over a hundred and fifty days would be thirty thousand to read for one page.

The tables of it are those of `closed_days` and of `open_days`: a row for each day that is counted and each
figure, empty where nothing is counted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from sqlalchemy import Connection, text

from geo.settings import City
from geo.statistics.counting import figure_terms
from geo.statistics.definitions import INCIDENT, LEVELS, SERVICE, Figure
from geo.statistics.teams import OF_INCIDENT, TeamSource

COUNTED_OF: Mapping[str, tuple[Figure, ...]] = {
    "inspectors": tuple(one for one in LEVELS["inspectors"] if one.source is INCIDENT),
    "performers": (*(one for one in LEVELS["performers"] if one.source is INCIDENT), SERVICE),
}
"""Level -> what is counted of its teams: its figures; of performers how many requests they have, too."""
COUNT = np.dtype([("team", ">i8"), ("part", ">i8"), ("whole", ">i8"), ("missed", ">i8")])
"""`team`: id of the district or the performer, 0 = nobody's."""
MEASURES = COUNT.names[1:] if COUNT.names else ()
SENT = " || ".join(f"int8send(f.{name})" for name in (COUNT.names or ()))
IDS = "select {id} as id, {key} as key from {table} where {of_region}"


@dataclass(frozen=True)
class TeamCounts:
    """A row for each team of a figure in one part of time: the part's number, then as `COUNT`."""

    part_of_time: np.ndarray
    team: np.ndarray
    numbers: np.ndarray
    """`MEASURES`, a column each."""


def counting_statement(table: str, level: str, before: str, of_days: str, day: str) -> str:
    """SQL that writes the figures of a level of `:days` into `table`, its rows read once. `before`: what
    stands before it; `of_days`: the rows `i`, from where `joined` stands on; `day`: the day of one."""
    team, definitions = OF_INCIDENT[level], COUNTED_OF[level]
    terms = [
        f"{term} as n_{n}_{at}"
        for n, one in enumerate(definitions)
        for at, term in enumerate(figure_terms(one))
    ]
    apart = ", ".join(
        f"('{one.key}', c.team, n_{n}_0, n_{n}_1, n_{n}_2)" for n, one in enumerate(definitions)
    )
    keys = ", ".join(f"('{one.key}')" for one in definitions)
    return f"""{before}, counted as (
            select {day} as day, coalesce({team.id}, 0)::bigint as team, {", ".join(terms)}
            {of_days.format(joined=team.joined)} group by 1, 2),
        sent as (
            select c.day, f.facet, string_agg({SENT}, ''::bytea order by f.team) as counts
            from counted c cross join lateral (values {apart}) f (facet, {", ".join(COUNT.names or ())})
            where f.whole > 0 group by 1, 2)
        insert into {table} (region, facet, day, counts)
        select :region, k.facet, d.day, coalesce(s.counts, ''::bytea)
        from unnest(cast(:days as date[])) d (day) cross join (values {keys}) k (facet)
            left join sent s on s.day = d.day and s.facet = k.facet"""


def read_teams(
    connection: Connection,
    city: City,
    table: str,
    definitions: Sequence[Figure],
    edges: Sequence[date],
    days: Sequence[date],
) -> dict[str, TeamCounts]:
    """Key of a figure -> what the teams have together in each part of time, the first one of which, 1, begins
    with the first of `edges`."""
    values = {
        "region": city.region,
        "facets": [one.key for one in definitions],
        "first": min(days),
        "last": max(days),
        "days": sorted(days),
    }
    statement = f"""select facet, day, counts from {table} where region = :region and facet = any(:facets)
        and day between :first and :last and day = any(:days)"""
    found: dict[str, list[tuple[date, bytes]]] = {one.key: [] for one in definitions}
    for row in connection.execute(text(statement), values):
        found[row.facet].append((row.day, bytes(row.counts)))
    return {key: _together(of_days, edges) for key, of_days in found.items()}


def team_keys(connection: Connection, city: City, team: TeamSource) -> dict[int, str]:
    """Id of a team -> its key."""
    statement = IDS.format(id=team.id, key=team.key, table=team.table, of_region=team.of_region)
    return {row.id: row.key for row in connection.execute(text(statement), {"region": city.region})}


def _together(of_days: Sequence[tuple[date, bytes]], edges: Sequence[date]) -> TeamCounts:
    counts = np.frombuffer(b"".join(counts for _, counts in of_days), COUNT)
    parts = np.searchsorted(_numbers(edges), _numbers([day for day, _ in of_days]), side="right")
    rows = [len(counts) // COUNT.itemsize for _, counts in of_days]
    ids, at = np.unique(counts["team"].astype(np.int64), return_inverse=True)
    keys = np.repeat(parts, rows) * len(ids) + at
    sums = [np.bincount(keys, weights=counts[name]).astype(np.int64) for name in MEASURES]
    found = np.flatnonzero(np.bincount(keys))
    return TeamCounts(found // max(len(ids), 1), ids[found % max(len(ids), 1)], np.column_stack(sums)[found])


def _numbers(days: Sequence[date]) -> np.ndarray:
    return np.array([day.toordinal() for day in days], np.int64)
