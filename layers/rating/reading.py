"""A month of the rating with the closed one before it: as it was closed, or counted now."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, text

from geo.errors import NotFound
from geo.rating.assigned import with_assigned
from geo.rating.cases import next_month
from geo.rating.months import count_month
from geo.rating.strategy import Strategy
from geo.rating.versions import strategy_in_force, strategy_of_version
from geo.settings import City
from geo.statistics.counting import midnight
from layers.reading import ReadMoment, read_moment

OPEN_FOR = timedelta(days=7)
"""So long after its end a month that nobody has closed is counted as it was then."""
HELD = 24
"""Months that are not closed and have been counted today."""
_counted: dict[tuple, str] = {}
_counting = threading.Lock()
YEAR = 12
"""Months of a trend."""
NEWEST = text("""select max(month) from rating_month where region = :region and closed_at is not null""")
MONTH = text("""select * from rating_month where region = :region and month = :month
    and closed_at is not null""")
PROPOSED = text("""select proposed_by, proposed_at from rating_month
    where region = :region and month = :month and closed_at is null""")
BODY = text("select body from rating_month where region = :region and month = :month")
BEFORE = text("""select month, body from rating_month where region = :region and month < :month
    and closed_at is not null order by month desc limit :most""")
MANAGERS = """select key, name, post_{lang} as post,
        (select count(*) from performer p where p.manager_id = m.id) as performers
    from manager m"""

PERFORMERS = "select key, name_{lang} as name from performer order by name_{lang}, key"


@dataclass(frozen=True)
class Post:
    """A manager: name, post in the reader's language, how many performers answer to them."""

    name: str
    post: str
    performers: int


@dataclass(frozen=True)
class Closing:
    """Who closed a month, when, and the digest of its line."""

    proposed_by: str
    closed_by: str
    closed_at: datetime
    digest: str
    key: str


@dataclass(frozen=True)
class ClosingProposal:
    """Who proposed to close a month that nobody has closed yet, and when."""

    who: str
    at: datetime


@dataclass(frozen=True)
class RatedMonth:
    """`strategy`: with what was assigned by then. `managers`: as `geo.rating.scores.ManagerScore`, in their
    order. `closing` none = it was counted now and has no places yet. `before`: the managers of the closed
    month before by key, none = there is none. `proposal` none = nobody proposed to
    close it, or it is closed."""

    month: date
    strategy: Strategy
    managers: list[dict[str, Any]]
    cases: int
    as_of: datetime
    closing: Closing | None
    before: Mapping[str, dict[str, Any]] | None
    before_month: date | None
    posts: Mapping[str, Post]
    read: ReadMoment
    proposal: ClosingProposal | None

    def manager(self, key: str | None) -> dict[str, Any] | None:
        return next((one for one in self.managers if one["manager"] == key), None)


def performer_names(connection: Connection, lang: str) -> dict[str, str]:
    """Every performer's key and name in the reader's language, by name."""
    return {row.key: row.name for row in connection.execute(text(PERFORMERS.format(lang=lang)))}


def newest_month(connection: Connection, city: City) -> date:
    """The last closed month; where none is closed, the last that is over."""
    return newest_closed(connection, city) or previous_month(city.today().replace(day=1))


def newest_closed(connection: Connection, city: City) -> date | None:
    return connection.execute(NEWEST, {"region": city.region}).scalar()


def read_month(connection: Connection, city: City, month: date, lang: str) -> RatedMonth:
    """Raises `NotFound` ("rating.no_strategy", "rating.not_begun")."""
    if month > city.today():
        raise NotFound("rating.not_begun", month=f"{month:%Y-%m}")
    key = {"region": city.region, "month": month}
    row = connection.execute(MONTH, key).one_or_none()
    before = connection.execute(BEFORE, {**key, "most": 1}).one_or_none()
    if row is None:
        version = strategy_in_force(connection, city, month)
        as_of = min(midnight(city, city.today()), midnight(city, next_month(month)) + OPEN_FOR)
        body = json.loads(_counted_now(connection, city, version, month, as_of))
        closing = None
    else:
        version, as_of = strategy_of_version(connection, city, row.strategy), row.as_of
        body = json.loads(row.body)
        closing = Closing(row.proposed_by, row.closed_by, row.closed_at, row.digest, row.key)
    return RatedMonth(
        month,
        with_assigned(connection, city, version, month, as_of),
        body["managers"],
        body["cases"],
        as_of,
        closing,
        None if before is None else _by_manager(before.body),
        None if before is None else before.month,
        posts(connection, lang),
        read_moment(connection),
        _proposal(connection, city, month),
    )


def _proposal(connection: Connection, city: City, month: date) -> ClosingProposal | None:
    row = connection.execute(PROPOSED, {"region": city.region, "month": month}).one_or_none()
    return None if row is None else ClosingProposal(row.proposed_by, row.proposed_at)


def read_body(connection: Connection, city: City, month: date) -> str:
    """The line of a closed month, to the byte as its digest was made of it."""
    return str(connection.execute(BODY, {"region": city.region, "month": month}).scalar_one())


def _counted_now(connection: Connection, city: City, strategy: Strategy, month: date, as_of: datetime) -> str:
    """The line of a month that is not closed: the same for a whole day, so it is counted once in each
    process. Who comes meanwhile waits for it."""
    key = (connection.engine.url, city.region, month, as_of, strategy.digest)
    with _counting:
        if key not in _counted:
            if len(_counted) >= HELD:
                _counted.clear()
            _counted[key] = count_month(connection, city, strategy, month, as_of).body
        return _counted[key]


def posts(connection: Connection, lang: str) -> dict[str, Post]:
    rows = connection.execute(text(MANAGERS.format(lang=lang)))
    return {row.key: Post(row.name, row.post, row.performers) for row in rows}


def trend(connection: Connection, city: City, month: date, manager: str) -> dict[str, list[float]]:
    """Indicator -> its values in the closed months before, as points were given for them, oldest first."""
    rows = connection.execute(BEFORE, {"region": city.region, "month": month, "most": YEAR - 1})
    found: dict[str, list[float]] = {}
    for row in reversed(list(rows)):
        for name, indicator in _by_manager(row.body).get(manager, {"indicators": {}})["indicators"].items():
            if indicator["value"] is not None:
                found.setdefault(name, []).append(rated_value(indicator))
    return found


def rated_value(found: Mapping[str, Any]) -> float | None:
    """The share that points are given for: the adjusted one where the indicator is adjusted."""
    return found.get("adjusted", found["value"])


def moved(month: RatedMonth, manager: dict[str, Any]) -> list[tuple[str, float]]:
    """The points by which each indicator changed against the month before, the largest first. What they add
    up to is the change of the score, to the tenth that is shown."""
    before = (month.before or {}).get(manager["manager"])
    if before is None:
        return []
    names: Iterable[str] = {**before["indicators"], **manager["indicators"]}
    change = round(manager["score"], 1) - round(before["score"], 1)
    points = in_tenths({name: _points(manager, name) - _points(before, name) for name in names}, change)
    return sorted(points.items(), key=lambda pair: (-abs(pair[1]), pair[0]))


def in_tenths(parts: Mapping[str, float], total: float) -> dict[str, float]:
    """Each part as a whole number of tenths, so that together they are `total`: what rounding leaves over
    goes to the largest, a tenth each. A part that is 0 stays so."""
    tenths = {name: round(10 * part) for name, part in parts.items()}
    largest = sorted((name for name in parts if parts[name]), key=lambda name: (-abs(parts[name]), name))
    left = round(10 * total) - sum(tenths.values())
    for name in largest[: abs(left)]:
        tenths[name] += 1 if left > 0 else -1
    return {name: n / 10 for name, n in tenths.items()}


def previous_month(month: date) -> date:
    return date(month.year - (month.month == 1), (month.month - 2) % 12 + 1, 1)


def _points(manager: dict[str, Any], name: str) -> float:
    return manager["indicators"].get(name, {"points": 0.0})["points"]


def _by_manager(body: str) -> dict[str, dict[str, Any]]:
    """The managers by key, each with its `position` among those that have places."""
    managers = json.loads(body)["managers"]
    return {one["manager"]: {**one, "position": n} for n, one in enumerate(managers)}
