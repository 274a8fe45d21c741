"""What a tile or a GeoJSON answer is asked to show: the filters of its address, narrowed by the scope of
who asks."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields, replace
from datetime import date

from geo.errors import InvalidInput
from geo.incidents.model import KINDS, PRIORITIES, STATUSES
from geo.ranges import day_in, whole

MAX_VALUES = 300
"""The longest list a filter takes: enough for every category, and a bound on what one request may ask."""


@dataclass(frozen=True)
class Selection:
    """None = no filter. An empty tuple selects nothing (a scope and a filter that do not meet). Days are
    local, both inclusive."""

    kinds: tuple[str, ...] | None = None
    categories: tuple[int, ...] | None = None
    since: date | None = None
    until: date | None = None
    statuses: tuple[str, ...] | None = None
    priorities: tuple[int, ...] | None = None
    districts: tuple[int, ...] | None = None
    performers: tuple[int, ...] | None = None
    """Who must act: the incident's own performer, else its category's. 0 = nobody named."""
    channels: tuple[str, ...] | None = None
    """The channels of the first inquiry; "none" = by none."""
    scope_districts: tuple[str, ...] | None = None
    """District keys the caller may see."""
    scope_performer: str | None = None
    """The key of the performer whose incidents alone the caller sees."""
    without_voters: bool | None = None
    """True where the caller may not know how many voters a house has."""

    def key(self) -> str:
        """The same text for the same selection: part of a cache key."""
        return ";".join(
            f"{field.name}={getattr(self, field.name)}"
            for field in fields(self)
            if getattr(self, field.name) is not None
        )

    def needs_rows(self) -> bool:
        """True when it asks for what the density cells do not hold."""
        return any(
            part is not None
            for part in (
                self.statuses,
                self.priorities,
                self.districts,
                self.performers,
                self.channels,
                self.scope_districts,
                self.scope_performer,
            )
        )

    def within(
        self,
        kinds: Collection[str] | None,
        districts: Collection[str] | None,
        performer: str | None = None,
    ) -> Selection:
        """This selection, seen by somebody whose scope is `kinds`, `districts` and a `performer` (keys;
        none = all)."""
        chosen = self.kinds
        if kinds is not None:
            chosen = tuple(
                kind for kind in KINDS if kind in kinds and (self.kinds is None or kind in self.kinds)
            )
        scope = None if districts is None else tuple(sorted(districts))
        return replace(self, kinds=chosen, scope_districts=scope, scope_performer=performer)


FIELDS = {
    "kind": "kinds",
    "status": "statuses",
    "priority": "priorities",
    "district": "districts",
    "category": "categories",
    "performer": "performers",
    "channel": "channels",
}
"""Parameter of an address -> the field of `Selection` that it narrows."""
FILTERS = frozenset({*FIELDS, "from", "to"})
NO_CHANNEL = "none"
CHANNEL = re.compile(r"[a-z0-9_-]{1,40}")


def parse(query: Mapping[str, str], allowed: frozenset[str]) -> Selection:
    """Read the filters of an address. Raises `InvalidInput` ("filter.unknown", "filter.value",
    "filter.window") naming the filter and the value."""
    for name in query:
        if name not in allowed:
            raise InvalidInput("filter.unknown", filter=name, allowed=", ".join(sorted(allowed)))
    selection = Selection(
        kinds=_words(query, "kind", KINDS),
        categories=_numbers(query, "category"),
        since=_day(query, "from"),
        until=_day(query, "to"),
        statuses=_words(query, "status", STATUSES),
        priorities=_priorities(query),
        districts=_numbers(query, "district"),
        performers=_numbers(query, "performer"),
        channels=_channels(query),
    )
    if selection.since and selection.until and selection.since > selection.until:
        raise InvalidInput(
            "filter.window", since=selection.since.isoformat(), until=selection.until.isoformat()
        )
    return selection


def _values(query: Mapping[str, str], name: str) -> list[str] | None:
    """The distinct values of a list in order, so that equal selections have equal keys."""
    if not query.get(name):
        return None
    values = query[name].split(",")
    if len(values) > MAX_VALUES:
        raise InvalidInput("filter.value", filter=name, value=f"{len(values)} > {MAX_VALUES}")
    return sorted(set(values))


def _words(query: Mapping[str, str], name: str, known: tuple[str, ...]) -> tuple[str, ...] | None:
    values = _values(query, name)
    for value in values or ():
        if value not in known:
            raise InvalidInput("filter.value", filter=name, value=value[:40])
    return None if values is None else tuple(values)


def _channels(query: Mapping[str, str]) -> tuple[str, ...] | None:
    values = _values(query, "channel")
    for value in values or ():
        if not CHANNEL.fullmatch(value):
            raise InvalidInput("filter.value", filter="channel", value=value[:40])
    return None if values is None else tuple(values)


def _numbers(query: Mapping[str, str], name: str) -> tuple[int, ...] | None:
    numbers = set[int]()
    values = _values(query, name)
    for value in values or ():
        if (number := whole(value, most=999_999_999)) is None:
            raise InvalidInput("filter.value", filter=name, value=value[:40])
        numbers.add(number)
    return None if values is None else tuple(sorted(numbers))


def _priorities(query: Mapping[str, str]) -> tuple[int, ...] | None:
    values = _numbers(query, "priority")
    for value in values or ():
        if value not in PRIORITIES:
            raise InvalidInput("filter.value", filter="priority", value=value)
    return values


def _day(query: Mapping[str, str], name: str) -> date | None:
    if not query.get(name):
        return None
    if (day := day_in(query[name])) is None:
        raise InvalidInput("filter.value", filter=name, value=query[name][:40])
    return day
