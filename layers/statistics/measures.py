"""Preventive measures with what they changed: as many days before they were proposed as since they were done,
at most 90, against comparable places."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
from sqlalchemy import Connection, text

from geo.database import AnyRow
from geo.recurrence.effect import Effect, effect_of
from geo.settings import City
from geo.statistics.counting import Period, midnight, rows_condition
from geo.statistics.definitions import SERVICE
from layers.statistics.requests import StatisticsRequest
from layers.statistics.returns import OF_TOPIC, CityHouses, read_houses

Span = tuple[date, date]
"""The first and the last day."""

LONGEST_D, SHORTEST_D = 90, 14
MOST = 50
ROWS = """select p.*, coalesce(m.name, f.name_{lang}, p.owner) as owner_name, c.name_{lang} as topic_name
    from prevention p left join manager m on m.key = p.owner left join performer f on f.key = p.owner
    left join category c on c.key = p.topic
    where p.region = :region order by p.done_on is not null or p.dropped_on is not null, p.due_on, p.id
    limit :most"""

OWNERS = """select key, name, 0 as turn from manager union all
    select key, name_{lang}, 1 from performer order by 3, 2, 1"""

BY_HOUSE = """select i.building_id, width_bucket(i.opened_at, cast(:edges as timestamptz[])), count(*)
    from incident i where {condition} and i.building_id is not null and {topic}
        and width_bucket(i.opened_at, cast(:edges as timestamptz[])) = any(:parts) group by 1, 2"""
"""By the parts between the edges of all spans, those in none left out."""

STREETS = """select street_ru as key, min(coalesce(street_{lang}, street_ru)) as name from building
    where region = :region and street_ru > '' group by 1 order by 2, 1"""


@dataclass(frozen=True)
class ShownMeasure:
    """`state`: "open", "late", "done" or "dropped". `effect` none = not done, done too lately, or too few
    requests to say; `days`: before and after that it is measured over."""

    id: int
    kind: str
    location: str
    name: str
    topic: str | None
    measure: str
    owner: str
    due_on: date
    done_on: date | None
    state: str
    days: int
    effect: Effect | None


def read_measures(
    connection: Connection, city: City, request: StatisticsRequest, lang: str
) -> list[ShownMeasure]:
    """Those that are not ended first, by their due day. `request`: whose scope it is; its period and district
    choose nothing."""
    rows = connection.execute(text(ROWS.format(lang=lang)), {"region": city.region, "most": MOST}).all()
    if not rows:
        return []
    whole, today = replace(request, district=None), city.today()
    houses = read_houses(connection, city, whole, lang)
    spans = {row.id: _spans(city, row, today) for row in rows}
    by_topic: dict[str | None, set[Span]] = {}
    for row in rows:
        by_topic.setdefault(row.topic, set()).update(spans[row.id])
    counts = {
        topic: _count_by_house(connection, city, whole, topic, sorted(of_topic), houses)
        for topic, of_topic in by_topic.items()
        if of_topic
    }
    return [_measure(houses, row, spans[row.id], counts.get(row.topic, {}), today) for row in rows]


def read_owners(connection: Connection, lang: str) -> dict[str, str]:
    """Who may answer for a measure, by key: managers, then performers, each by name."""
    return {row.key: row.name for row in connection.execute(text(OWNERS.format(lang=lang)))}


def read_streets(connection: Connection, city: City, lang: str) -> dict[str, str]:
    """Every street as a place of a measure ("street:улица Кенесары"), by name."""
    statement = text(STREETS.format(lang="kk" if lang == "kk" else "ru"))
    rows = connection.execute(statement, {"region": city.region})
    return {f"street:{row.key}": row.name for row in rows}


def _spans(city: City, row: AnyRow, today: date) -> tuple[Span, ...]:
    """The days before the measure and as many after it; none = it is not done, or too lately."""
    days = _days_after(row, today)
    if days < SHORTEST_D:
        return ()
    made_on = row.made_at.astimezone(city.time_zone).date()
    firsts = (made_on - timedelta(days), row.done_on + timedelta(1))
    return tuple((first, first + timedelta(days - 1)) for first in firsts)


def _days_after(row: AnyRow, today: date) -> int:
    return 0 if row.done_on is None else min(LONGEST_D, (today - row.done_on).days)


def _measure(
    houses: CityHouses, row: AnyRow, spans: Sequence[Span], counts: Mapping[Span, np.ndarray], today: date
) -> ShownMeasure:
    effect = None
    if spans:
        keys, location = houses.locations(row.location_kind)
        before, after = (
            dict(zip(keys, np.bincount(location, counts[span], len(keys)).astype(int).tolist()))
            for span in spans
        )
        effect = effect_of(row.location, before, after)
    return ShownMeasure(
        row.id,
        row.location_kind,
        row.location,
        _name(houses, row),
        row.topic_name,
        row.measure,
        row.owner_name,
        row.due_on,
        row.done_on,
        _state(row, today),
        _days_after(row, today),
        effect,
    )


def _state(row: AnyRow, today: date) -> str:
    if row.dropped_on is not None:
        return "dropped"
    if row.done_on is not None:
        return "done"
    return "late" if row.due_on < today else "open"


def _count_by_house(
    connection: Connection,
    city: City,
    request: StatisticsRequest,
    topic: str | None,
    spans: Sequence[Span],
    houses: CityHouses,
) -> dict[Span, np.ndarray]:
    """Span -> how many requests each house had in it. All spans of a topic are read at once: those of its
    measures lie over one another."""
    edges = sorted({day for first, last in spans for day in (first, last + timedelta(1))})
    period = Period.of_days(city, edges[0], edges[-1] - timedelta(1))
    condition, values = rows_condition(SERVICE, request.population(city), period)
    parts = {n for n, day in enumerate(edges, 1) if any(first <= day <= last for first, last in spans)}
    statement = BY_HOUSE.format(condition=condition, topic=OF_TOPIC if topic else "true")
    bound = {"edges": [midnight(city, day) for day in edges], "parts": sorted(parts), "topic": topic}
    rows = connection.execute(text(statement), {**values, **bound}).all()
    table = np.array([tuple(row) for row in rows], int).reshape(-1, 3)
    at, known = houses.numbers_of(table[:, 0])
    day = np.array([edges[part - 1].toordinal() for part in table[known, 1]], int)
    return {
        (first, last): np.bincount(at[inside], table[known, 2][inside], len(houses.ids))
        for first, last in spans
        for inside in [(day >= first.toordinal()) & (day <= last.toordinal())]
    }


def _name(houses: CityHouses, row: AnyRow) -> str:
    """In the reader's language; the key of a place that is no more."""
    keys, location = houses.locations(row.location_kind)
    if row.location not in keys:
        return row.location
    at = int(np.argmax(location == keys.index(row.location)))
    return houses.address(at) if row.location_kind == "building" else houses.shown[at]
