"""What the bench of statistics needs for the views beside the cards, which count rows or read them: houses
with residents, performers, changes of incidents; and each view as it is read for its page.

The view of operators and that of projects read tables that do not grow with the requests."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import Connection

from geo.settings import City
from geo.statistics.definitions import INQUIRIES, LEVELS
from layers.statistics.cells import by_cell
from layers.statistics.forecast import read_forecast
from layers.statistics.levels import read_level
from layers.statistics.measures import read_measures
from layers.statistics.precincts import by_precinct
from layers.statistics.requests import StatisticsRequest
from layers.statistics.returns import read_returns
from layers.statistics.rows import RowsRequest, read_rows_page

BUILDINGS, STREETS, PERFORMERS, OPERATORS = 20_000, 900, 60, 120
SPOTS = f"""
    insert into performer (id, key, type, name_kk, name_ru, name_en) overriding system value
        select n, 'p' || n, 'utility', 'p', 'p', 'p' from generate_series(1, {PERFORMERS}) n;
    insert into operator (region, key, team, name, is_head) select '71', 'o' || n, 'team' || n % 8, 'o', false
        from generate_series(0, {OPERATORS - 1}) n;
    insert into building (region, id, source, source_id, street_kk, street_ru, house, voters, district_id,
        point_4326, point_3857) overriding system value
        select '71', n, 'b', n::text, 'street ' || n % {STREETS}, 'street ' || n % {STREETS}, n::text, n % 80,
            1 + n % 6, p, st_transform(p, 3857)
        from generate_series(1, {BUILDINGS}) n,
            lateral (select st_point(71.3 + n % 200 * 0.0012, 51.05 + n / 200 * 0.0015, 4326) as p) x"""
PLAN = """
    insert into plan (region, id, name, state, in_force_from, created_by) overriding system value
        values ('71', 1, 'bench', 'published', '2020-01-01', 'bench');
    insert into precinct (region, plan_id, id, number, kind, voters, buildings, geom, geom_4326, geom_3857)
        select '71', 1, n, n, 'open', 2000, 50, st_multi(st_transform(g, 32642)), st_multi(g),
            st_multi(st_transform(g, 3857))
        from generate_series(1, 400) n,
            lateral (select 71.3 + n % 20 * 0.012 as x, 51.05 + (n - 1) / 20 * 0.0075 as y) c,
            lateral (select st_makeenvelope(x, y, x + 0.012, y + 0.0075, 4326) as g) s"""
HOUSE = f"1 + (hashint8(g)::bigint + 2147483648) % {BUILDINGS}"
EVENT_ROWS = """
    insert into incident_event (region, incident_id, happened_at, recorded_at, who, what, from_value,
        to_value)
    select '71', i.id, at, at, 'feed', w.what, w.was, w.now
    from incident i, lateral (values ('category', '1', '2', 0), ('status', 'closed', 'open', 9),
            ('priority', '0', '1', 18), ('status', 'open', 'in_progress', null)) w (what, was, now, rest),
        lateral (select i.opened_at + interval '1 hour' as at) x
    where i.region = '71' and i.id between :first and :last and coalesce(i.id % 27 = w.rest, true)"""
"""Each incident is taken up; one of 27 changes its category, one is opened anew, one is escalated."""

LAST = date(2025, 2, 26)
MONTH = StatisticsRequest(LAST - timedelta(29), LAST)
YEAR = StatisticsRequest(LAST - timedelta(364), LAST)
NOW = datetime.combine(LAST, datetime.min.time(), UTC)


def _level(level: str) -> Callable[[Connection, City], object]:
    return lambda connection, city: read_level(connection, city, MONTH, level, "ru")


def _returns(connection: Connection, city: City) -> object:
    """With the measures, as the page shows them."""
    found = read_returns(connection, city, MONTH, None, "ru")
    return found, read_measures(connection, city, MONTH, "ru")


VIEWS: dict[str, Callable[[Connection, City], object]] = {
    **{f"level: {level}": _level(level) for level in LEVELS},
    "forecast": lambda connection, city: read_forecast(connection, city, MONTH, NOW),
    "returns": _returns,
    "cells": lambda connection, city: by_cell(connection, city, YEAR, "service", "ru"),
    "precincts": lambda connection, city: by_precinct(connection, city, YEAR, "service"),
    "rows": lambda connection, city: read_rows_page(
        connection, city, MONTH, RowsRequest.parse({"figure": INQUIRIES.key}), "ru"
    ),
}
"""Each is a page, but the three levels are one page, whose bands are read at the same time."""
