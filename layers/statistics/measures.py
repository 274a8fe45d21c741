"""Preventive measures with what they changed: as many days before they were proposed as since they were done,
at most 90, against comparable places."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
from sqlalchemy import Connection, text

from geo.database import AnyRow
from geo.recurrence.effect import Effect, effect_of
from geo.settings import City
from layers.statistics.requests import StatisticsRequest
from layers.statistics.returns import CityHouses, read_houses, read_requests

LONGEST_D, SHORTEST_D = 90, 14
MOST = 50
ROWS = """select p.*, coalesce(m.name, f.name_{lang}, p.owner) as owner_name, c.name_{lang} as topic_name
    from prevention p left join manager m on m.key = p.owner left join performer f on f.key = p.owner
    left join category c on c.key = p.topic
    where p.region = :region order by p.done_on is not null or p.dropped_on is not null, p.due_on, p.id
    limit :most"""

OWNERS = """select key, name, 0 as turn from manager union all
    select key, name_{lang}, 1 from performer order by 3, 2, 1"""

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
    whole = replace(request, district=None)
    houses = read_houses(connection, city, whole, lang)
    return [_measure(connection, city, whole, houses, row) for row in rows]


def read_owners(connection: Connection, lang: str) -> dict[str, str]:
    """Who may answer for a measure, by key: managers, then performers, each by name."""
    return {row.key: row.name for row in connection.execute(text(OWNERS.format(lang=lang)))}


def read_streets(connection: Connection, city: City, lang: str) -> dict[str, str]:
    """Every street as a place of a measure ("street:улица Кенесары"), by name."""
    statement = text(STREETS.format(lang="kk" if lang == "kk" else "ru"))
    rows = connection.execute(statement, {"region": city.region})
    return {f"street:{row.key}": row.name for row in rows}


def _measure(
    connection: Connection, city: City, request: StatisticsRequest, houses: CityHouses, row: AnyRow
) -> ShownMeasure:
    today = city.today()
    days = 0 if row.done_on is None else min(LONGEST_D, (today - row.done_on).days)
    effect = None
    if days >= SHORTEST_D:
        made_on = row.made_at.astimezone(city.time_zone).date()
        before, after = (
            _counts(connection, city, request.of(first, first + timedelta(days - 1)), houses, row)
            for first in (made_on - timedelta(days), row.done_on + timedelta(1))
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
        days,
        effect,
    )


def _state(row: AnyRow, today: date) -> str:
    if row.dropped_on is not None:
        return "dropped"
    if row.done_on is not None:
        return "done"
    return "late" if row.due_on < today else "open"


def _counts(
    connection: Connection, city: City, request: StatisticsRequest, houses: CityHouses, row: AnyRow
) -> Counter[str]:
    keys, location = houses.locations(row.location_kind)
    at, _ = read_requests(connection, city, request, row.topic, houses)
    return Counter(keys[one] for one in location[at].tolist())


def _name(houses: CityHouses, row: AnyRow) -> str:
    """In the reader's language; the key of a place that is no more."""
    keys, location = houses.locations(row.location_kind)
    if row.location not in keys:
        return row.location
    at = int(np.argmax(location == keys.index(row.location)))
    return houses.address(at) if row.location_kind == "building" else houses.shown[at]
