"""How many happened in each area: closed ones of a whole city from the days that are counted ahead by area,
and only the rest from its rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from sqlalchemy import Connection, text

from geo.settings import City
from geo.statistics.area_days import POINTS, AreaLayer, count_points, read_areas
from geo.statistics.closed_days import IN_RUNS, IS_CLOSED, IS_OPEN, bounds_of, counted_days_of, runs_of
from geo.statistics.counting import Period, rows_condition
from layers.statistics.requests import FIGURE_OF_SUBJECT, StatisticsRequest

ROWS = f"""select {POINTS} from (select i.{{column}} as point, count(*) as n from incident i {{joined}}
    where {{condition}} and {{which}} group by 1) p"""


def count_by_area(
    connection: Connection, city: City, request: StatisticsRequest, subject: str, layer: AreaLayer
) -> Counter[int]:
    """Place -> how many, `ELSEWHERE` and `NOWHERE` too. `subject`: a kind of incidents."""
    if not request.is_of_whole_city:
        return _of_rows(connection, city, request, subject, layer)
    known = counted_days_of(connection, city, request.first, request.last)
    found, counted = read_areas(connection, city, layer, subject, known) if known else (Counter(), set())
    if fresh := runs_of(set(request.each_day()) - counted):
        bounds = bounds_of(city, fresh)
        found += _of_rows(connection, city, request, subject, layer, IS_CLOSED, IN_RUNS, bounds)
    return found + _of_rows(connection, city, request, subject, layer, IS_OPEN)


def _of_rows(
    connection: Connection,
    city: City,
    request: StatisticsRequest,
    subject: str,
    layer: AreaLayer,
    which: str = "true",
    joined: str = "",
    bounds: Mapping[str, object] | None = None,
) -> Counter[int]:
    """`which` of the period's rows, in the runs of days that they are `joined` to."""
    period = Period.of_days(city, request.first, request.last)
    condition, values = rows_condition(FIGURE_OF_SUBJECT[subject], request.population(city), period)
    statement = ROWS.format(column=layer.column, joined=joined, condition=condition, which=which)
    row = connection.execute(text(statement), {**values, **(bounds or {})}).one()
    return count_points(layer, row.points, row.nowhere)
