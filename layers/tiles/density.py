"""Density of incidents: how many in each sub-cell of a tile, for any choice of kinds, categories and local
days.

Zooms 6-15 come from `density_cell`, z16 from `density_day` (the tables and the arithmetic of their keys:
`geo.incidents.density`). A window of days is whole months by subtraction of running totals, and at either
end the days between the window's edge and the nearer first of a month, added or taken away: at most 31
days are read one by one. What the cells do not hold (status, priority, district, a scope of districts) is
counted from the rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from geo.incidents.density import APART_TO, EVERYTHING, FIRST_YEAR, MAX_ZOOM, MONTHS, kind_series, month_of
from layers.tiles.conditions import conditions
from layers.tiles.requests import Statement, TileRequest

TILE_ZOOMS = (6, 16)
UNROLLED = 24
"""Series up to which a sum is written out term by term: 4 times as fast as a subquery for each row, for 5
series."""
SHORT_DAYS = 31
"""Windows up to this many days are read day by day, without the months."""

ENCODED = """
    select ST_AsMVT(t, 'density', 4096, 'geom') from (
        select n, ST_Collect(ST_MakePoint((sub & 63) * 64 + 32, (sub >> 6) * 64 + 32)) as geom
        from ({counts} offset 0) as c where n > 0 group by n
    ) as t"""
"""One feature a count, with the centres of all sub-cells that hold it: a quarter of the size of a feature
each. Sub-cells are on the tile's own grid already: nothing to transform or to clip. `offset 0` keeps `n`
from being worked out twice."""

SUB22 = "(((y22 >> {shift}) & 63) << 6) + ((x22 >> {shift}) & 63)"


@dataclass(frozen=True)
class Span:
    """Days `first` to `last`, both inclusive, counted `sign` times."""

    sign: int
    first: date
    last: date


def month_start(month: int) -> date:
    """The first day of a month numbered as in `geo.incidents.density.month_of`."""
    return date(FIRST_YEAR + (month - 1) // 12, (month - 1) % 12 + 1, 1)


def edge(day: date) -> tuple[int, Span | None]:
    """Everything before `day`, as everything before the nearer first of a month plus or minus some days.

    >>> edge(date(2024, 5, 4))
    (1493, Span(sign=1, first=datetime.date(2024, 5, 1), last=datetime.date(2024, 5, 3)))
    >>> edge(date(2024, 5, 30))
    (1494, Span(sign=-1, first=datetime.date(2024, 5, 30), last=datetime.date(2024, 5, 31)))
    """
    month = month_of(day)
    start, after = month_start(month), month_start(month + 1)
    if day == start:
        return month, None
    if day - start <= after - day:
        return month, Span(1, start, day - timedelta(days=1))
    return month + 1, Span(-1, day, after - timedelta(days=1))


def chosen_series(request: TileRequest) -> list[int]:
    """The series whose counts add up to the selection: everything, kinds (where they have rows of their
    own), or pairs that exist."""
    chosen = request.selection
    if chosen.kinds is None and chosen.categories is None:
        return [EVERYTHING]
    if chosen.categories is None and request.tile.z <= APART_TO:
        return [kind_series(kind) for kind in chosen.kinds]
    return chosen_pairs(request)


def chosen_pairs(request: TileRequest) -> list[int]:
    chosen = request.selection
    return [
        series
        for series, kind, category in request.series
        if (chosen.kinds is None or kind in chosen.kinds)
        and (chosen.categories is None or category in chosen.categories)
    ]


def tile(request: TileRequest) -> Statement:
    if request.selection.needs_rows():
        return _from_rows(request)
    if request.tile.z > MAX_ZOOM:
        return _from_days(request)
    return _from_cells(request)


def _from_cells(request: TileRequest) -> Statement:
    chosen, values = request.selection, request.values() | {"series": chosen_series(request)}
    if chosen.since is None and chosen.until is None:
        return Statement(ENCODED.format(counts=_cells(request.tile.z, values["series"], None, None)), values)
    if chosen.since and chosen.until and (chosen.until - chosen.since).days < SHORT_DAYS:
        parts = [_days(request, Span(1, chosen.since, chosen.until), "0", values)]
    else:
        since, before = edge(chosen.since) if chosen.since else (None, None)
        until, after = edge(chosen.until + timedelta(days=1)) if chosen.until else (None, None)
        values |= {"since": since, "until": until}
        spans = [Span(-before.sign, before.first, before.last)] if before else []
        spans += [after] if after else []
        parts = [_cells(request.tile.z, values["series"], since, until)]
        parts += [_days(request, span, str(index), values) for index, span in enumerate(spans)]
    counts = (
        parts[0]
        if len(parts) == 1
        else f"select sub, sum(n)::int as n from ({' union all '.join(parts)}) as p group by sub"
    )
    return Statement(ENCODED.format(counts=counts), values)


def _cells(z: int, series: list[int], since: int | None, until: int | None) -> str:
    """Counts of `series` by sub-cell, before month `until` and not before `since`; none = without that
    bound."""
    where = "region = :region and z = :z and x = :x and y = :y"
    if z <= APART_TO:
        counted = "n" if since is until is None else _months("part", since, until)
        return (
            f"select sub, sum({counted})::int as n from density_cell where {where} and part = "
            f"any(:series) group by sub"
        )
    if series == [EVERYTHING] and since is until is None:
        counted = "n"
    elif len(series) <= UNROLLED:
        counted = " + ".join(_months(str(one), since, until) for one in series) or "0"
    else:
        counted = f"(select sum({_months('s', since, until)}) from unnest(cast(:series as int[])) as s)::int"
    return f"select sub, {counted} as n from density_cell where {where} and part = {EVERYTHING}"


def _months(series: str, since: int | None, until: int | None) -> str:
    """SQL: the running total of a series at the window's end less that at its start, from the arrays
    `keys` and `sums` of a row."""
    first = f"{series} * {MONTHS}" + ("" if since is None else " + :since")
    after = f"({series} + 1) * {MONTHS}" if until is None else f"{series} * {MONTHS} + :until"
    return (
        f"coalesce(sums[width_bucket({after} - 1, keys)], 0) - coalesce(sums[width_bucket({first} - 1, "
        f"keys)], 0)"
    )


def _days(request: TileRequest, span: Span, index: str, values: dict) -> str:
    """Counts of the days of `span`, by sub-cell of a tile of zoom 6-15. Naming each day lets the index
    narrow each to the tile's columns."""
    values[f"days{index}"] = [
        span.first + timedelta(days=i) for i in range((span.last - span.first).days + 1)
    ]
    values |= _fine(request)
    return f"""select {SUB22.format(shift=16 - request.tile.z)} as sub, ({span.sign} * sum(n))::int as n
        from density_day
        where region = :region and day = any(:days{index}) and {FINE}{_pairs(request, values)}
            group by 1"""


FINE = "x22 between :x22 and :x22_last and y22 between :y22 and :y22_last"


def _fine(request: TileRequest) -> dict[str, int]:
    """The tile's rectangle of z22 numbers, both ends inclusive."""
    shift = 22 - request.tile.z
    x22, y22 = request.tile.x << shift, request.tile.y << shift
    return {"x22": x22, "x22_last": x22 + (1 << shift) - 1, "y22": y22, "y22_last": y22 + (1 << shift) - 1}


def _pairs(request: TileRequest, values: dict) -> str:
    """SQL that narrows rows of `density_day` to the selection."""
    if request.selection.kinds is None and request.selection.categories is None:
        return ""
    values["pairs"] = chosen_pairs(request)
    return " and series = any(:pairs)"


def _from_days(request: TileRequest) -> Statement:
    """Zoom 16: few rows a tile, and sub-cells as fine as they are kept."""
    tile, window = request.tile, request.selection
    values = (
        request.values()
        | _fine(request)
        | {"x15": tile.x >> 1, "y15": tile.y >> 1, "first": window.since, "last": window.until}
    )
    days = "".join(
        f" and day {sign} :{name}" for sign, name in ((">=", "first"), ("<=", "last")) if values[name]
    )
    counts = f"""select {SUB22.format(shift=0)} as sub, sum(n)::int as n from density_day
        where region = :region and x15 = :x15 and y15 = :y15 and {FINE}{days}
            {_pairs(request, values)} group by 1"""
    return Statement(ENCODED.format(counts=counts), values)


def _from_rows(request: TileRequest) -> Statement:
    """Half-open in x and y, as tiles are: a point on a border belongs to one tile only."""
    where, values = conditions(request.selection, request.city)
    counts = f"""
        select floor((:north - ST_Y(point_3857)) / (:north - :south) * 64)::int * 64
             + floor((ST_X(point_3857) - :west) / (:east - :west) * 64)::int as sub,
                 count(*)::int as n
        from incident as i
        where i.region = :region and point_3857 && ST_MakeEnvelope(:west, :south, :east,
            :north, 3857)
          and ST_X(point_3857) < :east and ST_Y(point_3857) > :south and {where}
        group by 1"""
    return Statement(ENCODED.format(counts=counts), request.values() | values)
