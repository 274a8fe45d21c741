"""The filter of the duty officer's map: read from the address of the page, kept in it, turned into a
condition on rows of `incident`.

`IncidentFilter.parse({"kind": "police,emergency", "window": "24h"})`. A window is `live` (not closed: what
the live map shows; the default), `24h`, `7d`, `30d` or `dates` with `from` and `to` (the city's days, both
inclusive). Presets slide: they end at the moment of reading, or at the past moment that is asked for
(`layers.incidents.moment`): then every condition is one on the rows as they were (`rows`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

from sqlalchemy import Connection

from geo.accounts.users import Principal
from geo.errors import InvalidInput
from geo.ranges import LATEST_S, whole
from geo.settings import City
from layers.incidents.area import CityArea
from layers.incidents.moment import Moment, need_few, need_past
from layers.incidents.restated import (
    AT_BUILDING,
    IN_MASS_EVENT,
    OPEN_AS_HAPPENED,
    OPEN_AS_KNOWN,
    OPENED,
    REDATED,
    Rows,
    event_bounds,
    restated,
)
from layers.scope import Scope
from layers.tiles.conditions import conditions
from layers.tiles.selection import FILTERS, Selection, parse

WINDOWS = {
    "live": None,
    "24h": timedelta(hours=24),
    "7d": timedelta(days=7),
    "30d": timedelta(days=30),
    "dates": None,
}
SELECTED = FILTERS
OWN = frozenset({"window", "point", "overdue", "building", "mass", "since", "area", "moment", "known"})
NAMES = SELECTED | OWN
"""The parameters that an address may have for a filter."""


@dataclass(frozen=True)
class IncidentFilter:
    """`no_coordinates`: only those without a point. `overdue`: open past their deadline. `building`: a
    building's id. `mass`: a mass event's. `opened_since`: from a
    moment on. `area`: only those in a part of the city that was drawn. `moment`: as it was then."""

    selection: Selection = Selection()
    window: str = "live"
    no_coordinates: bool = False
    overdue: bool = False
    building: int | None = None
    mass: int | None = None
    opened_since: datetime | None = None
    area: CityArea | None = None
    moment: Moment | None = None
    scope: Scope = Scope()

    @classmethod
    def parse(cls, query: Mapping[str, str]) -> IncidentFilter:
        """Raises `InvalidInput` ("filter.unknown", "filter.value", "filter.window") naming the filter and
        the value. An empty value is no filter."""
        given = {name: value for name, value in query.items() if value}
        unknown = sorted(set(given) - NAMES)
        if unknown:
            raise InvalidInput("filter.unknown", filter=unknown[0][:40], allowed=", ".join(sorted(NAMES)))
        selection = parse({name: value for name, value in given.items() if name in SELECTED}, SELECTED)
        dated = selection.since is not None or selection.until is not None
        return cls(
            selection=selection,
            window=_one_of(given, "window", tuple(WINDOWS)) or ("dates" if dated else "live"),
            no_coordinates=_one_of(given, "point", ("none",)) is not None,
            overdue=_one_of(given, "overdue", ("yes",)) is not None,
            building=_whole(given, "building"),
            mass=_whole(given, "mass"),
            opened_since=_moment(given, "since"),
            area=CityArea.read(given["area"]) if "area" in given else None,
            moment=Moment.read(given["moment"], given.get("known")) if "moment" in given else None,
        )._consistent()

    def _consistent(self) -> IncidentFilter:
        """Dates count only in the window `dates`: a preset in the same address wins."""
        return (
            self
            if self.window == "dates"
            else replace(self, selection=replace(self.selection, since=None, until=None))
        )

    def within(self, principal: Principal) -> IncidentFilter:
        """This filter, narrowed to what the caller's scope lets them see."""
        return replace(self, scope=Scope.of(principal))

    def without_facets(self) -> IncidentFilter:
        """Only what no facet counts: window, building, mass event, area and scope."""
        return replace(
            self,
            selection=Selection(since=self.selection.since, until=self.selection.until),
            no_coordinates=False,
            overdue=False,
        )

    def of_all_time(self) -> bool:
        """No window, single building, mass event or area but a district: everything there is, but for the
        facets."""
        return (
            self.window == "dates"
            and self.building is None
            and self.mass is None
            and self.opened_since is None
            and (self.area is None or self.area.shape == "district")
            and self.moment is None
            and self.selection.since is None
            and self.selection.until is None
        )

    def without_window(self) -> IncidentFilter:
        """The same of all times."""
        return replace(self, window="dates", selection=replace(self.selection, since=None, until=None))

    def since(self, now: datetime) -> datetime | None:
        """Where a sliding window begins at `now`; none for `live` and `dates`."""
        length = WINDOWS[self.window]
        return None if length is None else now - length

    def at(self, city: City, now: datetime) -> datetime:
        """The moment of what is read: the past one, else `now`."""
        return now if self.moment is None else self.moment.instant(city)

    def rows(self, city: City) -> Rows:
        """The rows that `i` stands for. Raises `InvalidInput` ("moment.window") where a past moment is asked
        of all times."""
        if self.moment is None:
            return Rows()
        return Rows(restated(self._candidates(), self.moment.then, self.scope)[0])

    def _candidates(self) -> str:
        """Where the rows of the moment are looked for; `_bounds` has the values."""
        assert self.moment is not None
        if self.building is not None:
            return AT_BUILDING
        if self.mass is not None:
            return IN_MASS_EVENT
        if self.window == "live":
            return OPEN_AS_KNOWN if self.moment.then else OPEN_AS_HAPPENED
        return OPENED + (REDATED if self.moment.then else "")

    def _bounds(self, city: City) -> dict[str, Any]:
        """The values of `rows`."""
        if self.moment is None:
            return {}
        at = self.moment.instant(city)
        first, day = self.since(at), self.selection.since
        if first is None and day is not None:
            first = datetime.combine(day, time.min, tzinfo=city.time_zone)
        first = first or self.opened_since
        if first is None and self.window != "live" and self.building is None and self.mass is None:
            raise InvalidInput("moment.window")
        return {**event_bounds(at), "first": first, "until": at}

    def need_shown(self, connection: Connection, city: City, now: datetime) -> None:
        """Raises `InvalidInput` where its moment, or so much of it, cannot be shown on a page
        (`layers.incidents.moment`)."""
        if self.moment is None:
            return
        need_past(connection, city, self.moment, now)
        if self.building is None and self.mass is None and (first := self._bounds(city)["first"]):
            need_few(connection, city, first, self.moment.instant(city))

    def where(self, city: City, now: datetime) -> tuple[str, dict[str, Any]]:
        """A condition on `rows` as `i` and its values, named as psycopg does (`:name`). `now` is one moment
        for the whole read (`at`)."""
        condition, values = conditions(self.selection, city)
        allowed, scoped = self.scope.where()
        terms = ["i.region = :region", condition, allowed]
        if self.window == "live":
            terms.append("i.status <> 'closed'")
        if since := self.since(now):
            terms.append("i.opened_at >= :since and i.opened_at <= :now")
            values["since"] = since
        if self.no_coordinates:
            terms.append(NOWHERE)
        if self.overdue:
            terms.append(OVERDUE)
        if self.building is not None:
            terms.append("i.building_id = :building")
            values["building"] = self.building
        if self.mass is not None:
            terms.append("i.group_id = :mass")
            values["mass"] = self.mass
        if self.opened_since is not None:
            terms.append("i.opened_at >= :opened_since")
            values["opened_since"] = self.opened_since
        if self.area is not None:
            inside, drawn = self.area.where(city)
            terms.append(inside)
            values |= drawn
        values |= self._bounds(city)
        return " and ".join(terms), {**values, **scoped, "region": city.region, "now": now}

    def as_query(self) -> dict[str, str]:
        """The shortest address that parses to this filter."""
        chosen = self.selection
        lists = {
            "kind": chosen.kinds,
            "category": chosen.categories,
            "status": chosen.statuses,
            "priority": chosen.priorities,
            "district": chosen.districts,
            "performer": chosen.performers,
            "channel": chosen.channels,
        }
        query = {name: ",".join(map(str, values)) for name, values in lists.items() if values is not None}
        singles = {
            "window": None if self.window == "live" else self.window,
            "from": chosen.since and chosen.since.isoformat(),
            "to": chosen.until and chosen.until.isoformat(),
            "point": "none" if self.no_coordinates else None,
            "overdue": "yes" if self.overdue else None,
            "building": None if self.building is None else str(self.building),
            "mass": None if self.mass is None else str(self.mass),
            "since": self.opened_since and str(int(self.opened_since.timestamp())),
            "area": self.area and self.area.write(),
        }
        moment = self.moment.write() if self.moment else {}
        return query | {name: value for name, value in singles.items() if value} | moment

    def density(self, city: City, now: datetime) -> dict[str, str]:
        """The filter as a density tile takes it. Tiles know whole days: a sliding window covers the days
        that it touches."""
        query = {name: value for name, value in self.as_query().items() if name in SELECTED}
        if since := self.since(now):
            query["from"] = since.astimezone(city.time_zone).date().isoformat()
        return query


NOWHERE = "i.point_3857 is null"
OVERDUE = "(i.due_at < :now and i.status <> 'closed')"


def _one_of(query: Mapping[str, str], name: str, known: tuple[str, ...]) -> str | None:
    value = query.get(name)
    if value is not None and value not in known:
        raise InvalidInput("filter.value", filter=name, value=value[:40])
    return value


def _moment(query: Mapping[str, str], name: str) -> datetime | None:
    """Seconds since 1970."""
    seconds = _whole(query, name)
    if seconds is None:
        return None
    if seconds > LATEST_S:
        raise InvalidInput("filter.value", filter=name, value=str(seconds))
    return datetime.fromtimestamp(seconds, UTC)


def _whole(query: Mapping[str, str], name: str) -> int | None:
    value = query.get(name)
    if value is None:
        return None
    if (number := whole(value)) is None:
        raise InvalidInput("filter.value", filter=name, value=value[:40])
    return number
