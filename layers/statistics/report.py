"""What a report says, from one snapshot: numbers, keys and names in every language, and no sentence, so that
each language's paper is made of the same line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection, text

from geo.settings import City
from geo.statistics.counting import Period, count_rows
from geo.statistics.day_counts import SUBJECTS
from geo.statistics.definitions import FINES, LEVELS
from layers.statistics import counts
from layers.statistics.expected import surges
from layers.statistics.levels import LevelFigure, read_level
from layers.statistics.requests import FIGURE_OF_SUBJECT, SERVICE, StatisticsRequest, day_before
from layers.statistics.waiting import waiting_times

COMPARED = {"morning": "week", "week": "week", "month": "year"}
"""Kind of report -> what its period is compared with (`requests.COMPARISONS`)."""
COUNTED = (*(FIGURE_OF_SUBJECT[subject] for subject in SUBJECTS), FINES)
DIRECTIONS = 10
DAYS_SHOWN = {"morning": 28, "week": 56, "month": 0}
"""How many days the chart of days has up to the period's last; 0 = those of the period."""
DAYS_OF_SURGES = 364
USUAL_WEEKS = 4
"""The usual count of an hour is the mean of the same weekday in this many weeks before."""
LEVEL_DAYS = 7
"""The least that goals are looked at over: of what came yesterday hardly anything is due."""
NAMES = "name_kk as kk, name_ru as ru, name_en as en"


def read_report(connection: Connection, city: City, kind: str, first: date, last: date) -> dict[str, Any]:
    """The content of a report on the city's days `first` to `last`, both included. `connection` in one
    snapshot."""
    position, now = connection.execute(text("select position, now() from change_position")).one()
    request = counts.scaled(connection, StatisticsRequest(first, last, COMPARED[kind]))
    before = request.before()
    levels = _of_levels(request)
    return {
        "kind": kind,
        "city": city.names,
        "first": first.isoformat(),
        "last": last.isoformat(),
        "before": [before.first.isoformat(), before.last.isoformat()],
        "mixed_from": None if request.is_comparable else f"{request.full_from}",
        "read_at": now.astimezone(city.time_zone).isoformat(timespec="seconds"),
        "position": position,
        "counts": _counts(connection, city, request),
        "hours": _hours(connection, city, request),
        "days": _days(connection, city, request, kind),
        "surges": _surges(connection, city, request),
        "directions": _directions(connection, city, request),
        "districts": _districts(connection, city, request),
        "level_days": [levels.first.isoformat(), levels.last.isoformat()],
        "levels": [
            _level(one) for level in LEVELS for one in read_level(connection, city, levels, level, "ru")
        ],
        "waiting": _waiting(connection, city, levels),
    }


def _of_levels(request: StatisticsRequest) -> StatisticsRequest:
    if request.days >= LEVEL_DAYS:
        return request
    return replace(request, first=request.last - timedelta(LEVEL_DAYS - 1))


def _counts(connection: Connection, city: City, request: StatisticsRequest) -> list[dict[str, Any]]:
    population = request.population(city)
    now, before = (
        count_rows(connection, COUNTED, population, Period.of_days(city, one.first, one.last))
        for one in (request, request.before())
    )
    return [
        {"figure": figure.key, "n": now[figure.key].value or 0, "before": before[figure.key].value or 0}
        for figure in COUNTED
    ]


def _hours(connection: Connection, city: City, request: StatisticsRequest) -> list[list[float]]:
    """For each hour of the clock: the count per day of the period, and the usual one: that of the same
    weekdays in the weeks before, or, for a period longer than a week, that of the period before."""
    spans = [request, *(request.moved(timedelta(weeks=week)) for week in range(1, USUAL_WEEKS + 1))]
    if request.days > LEVEL_DAYS:
        spans = [request, request.before()]
    found = [_by_clock(connection, city, span) for span in spans]
    usual = [sum(hours) / len(found[1:]) for hours in zip(*found[1:])]
    return [[round(now, 2), round(then, 2)] for now, then in zip(found[0], usual)]


def _by_clock(connection: Connection, city: City, request: StatisticsRequest) -> list[float]:
    hours = [0.0] * 24
    for (_, hour), n in counts.by_hour(connection, city, request).items():
        hours[hour] += n / request.days
    return hours


def _days(connection: Connection, city: City, request: StatisticsRequest, kind: str) -> list[list[Any]]:
    """(day, how many, how many on the day that it is compared with; none = there was no such date)."""
    shown = request
    if DAYS_SHOWN[kind]:
        shown = replace(request, first=request.last - timedelta(DAYS_SHOWN[kind] - 1))
    against = {day: _day_before(request, day) for day in shown.each_day()}
    then_days = [day for day in against.values() if day] or [request.first]
    now = counts.by_day(connection, city, shown)
    then = counts.by_day(connection, city, request.of(min(then_days), max(then_days)))
    return [[day.isoformat(), now.get(day, 0), at and then.get(at, 0)] for day, at in against.items()]


def _day_before(request: StatisticsRequest, day: date) -> date | None:
    """The day that one is compared with; a 29th of February has none in most years."""
    if request.compare != "year":
        return day - (request.first - request.before().first)
    at = day_before(day, request.years)
    return at if at.day == day.day else None


def _surges(connection: Connection, city: City, request: StatisticsRequest) -> list[dict[str, Any]]:
    """Days of the period that had more than their weekday and month explain."""
    year = replace(request, first=request.last - timedelta(DAYS_OF_SURGES - 1))
    return [
        asdict(one) | {"day": one.day.isoformat()}
        for one in surges(counts.by_day(connection, city, year))
        if one.day >= request.first
    ]


def _directions(connection: Connection, city: City, request: StatisticsRequest) -> list[dict[str, Any]]:
    """The largest, and the rest under id -1; names none = no topic is given."""
    found = counts.by_direction(connection, city, request, "ru")
    shown, rest = found[:DIRECTIONS], found[DIRECTIONS:]
    names = _names(
        connection,
        f"select id, {NAMES} from category where id = any(:ids)",
        {"ids": [one.id for one in shown]},
    )
    rows = [{"id": one.id, "names": names.get(one.id), "n": one.n, "before": one.before} for one in shown]
    if rest:
        n, before = (sum(counted) for counted in zip(*((one.n, one.before) for one in rest)))
        rows.append({"id": -1, "names": None, "n": n, "before": before, "topics": len(rest)})
    return rows


def _districts(connection: Connection, city: City, request: StatisticsRequest) -> list[dict[str, Any]]:
    """Requests of 109 by district, with the residents that the city's file knows (0 = it does not); names
    none = no district."""
    before = {one.key: one.n for one in counts.by_district(connection, city, request.before(), SERVICE, "ru")}
    statement = f"""select distinct on (key) key as id, {NAMES} from district where region = :region
        order by key, valid_from desc"""
    names = _names(connection, statement, {"region": city.region})
    return [
        {
            "key": one.key,
            "names": names.get(one.key),
            "n": one.n,
            "before": before.get(one.key, 0),
            "residents": city.residents.get(one.key or "", 0),
        }
        for one in counts.by_district(connection, city, request, SERVICE, "ru")
    ]


def _names(
    connection: Connection, statement: str, values: Mapping[str, object]
) -> Mapping[Any, dict[str, str]]:
    rows = connection.execute(text(statement), values)
    return {row.id: {"kk": row.kk, "ru": row.ru, "en": row.en} for row in rows}


def _level(one: LevelFigure) -> dict[str, Any]:
    return {
        "figure": one.figure.key,
        "value": one.now.value,
        "before": one.before.value,
        "part": one.now.part,
        "whole": one.now.whole,
        "missed": one.now.missed,
        "weeks": one.weeks,
    }


def _waiting(connection: Connection, city: City, request: StatisticsRequest) -> dict[str, Any]:
    """Minutes until half and nine tenths of the requests of 109 were closed; none = so many are not yet."""
    found = waiting_times(connection, city, request).estimate
    return {
        "median": found.quantile(0.5),
        "p90": found.quantile(0.9),
        "closed": found.events,
        "open": found.censored,
    }
