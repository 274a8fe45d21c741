"""The streets of a city by every name they have: those of its buildings, of its lines on the basemap, and the
former ones that the city's file names.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from geo.addresses.address_lines import AddressLine, folded_names
from geo.addresses.folding import fold_street
from geo.addresses.names import name_key
from geo.settings import City

Execute = Callable[[str, dict[str, Any]], list[tuple[Any, ...]]]
"""Runs a statement and returns its rows."""

STREETS = """select street_norm, street_kk, street_ru from building where region = :region
    and street_norm is not null group by 1, 2, 3"""
ROADS = """select array_agg(id), name_kk, name_ru, name_en from basemap_feature where region = :region
    and theme = 'road'
    and coalesce(name_kk, name_ru, name_en) is not null group by 2, 3, 4"""


@dataclass
class StreetDirectory:
    """`norms` are how a street's buildings are keyed, `roads` the ids of its lines on the basemap, both by
    each of its folded names."""

    city: City
    norms: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    roads: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    keys: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """Coarse key (`geo.addresses.names.name_key`) -> the folded names that have it."""

    @classmethod
    def read(cls, city: City, execute: Execute) -> StreetDirectory:
        streets = cls(city)
        for norm, *names in execute(STREETS, streets.bound()):
            for name in {norm, *map(fold_street, filter(None, names))}:
                streets.norms[name].add(norm)
        for ids, *names in execute(ROADS, streets.bound()):
            for name in map(fold_street, filter(None, names)):
                streets.roads[name].update(ids)
        for name in {*streets.norms, *streets.roads}:
            streets.keys[name_key(name)].add(name)
        return streets

    @property
    def city_names(self) -> frozenset[str]:
        return folded_names(self.city.called)

    def bound(self, **more: object) -> dict[str, Any]:
        return {"region": self.city.region, "srid": self.city.metric_srid, **more}

    def names_of(self, street: str) -> set[str]:
        """The folded names that a street as written may mean: its own, those that its buildings and lines
        share; where no building has one of these, all with its coarse key; else those of the street that
        was called so."""
        now = self.now_called(street)
        return self._known_names(street) or (self._known_names(now) if now else set())

    def now_called(self, street: str) -> str | None:
        """The present name of the street whose former name is `street`; none where it is no former name."""
        key = name_key(street)
        return next(
            (now for former, now in self.city.former_streets.items() if name_key(former) == key), None
        )

    def _known_names(self, street: str) -> set[str]:
        own = fold_street(street)
        found = {own, *self.norms.get(own, ())} if own in self.norms or own in self.roads else set()
        if any(name in self.norms for name in found):
            return found
        key = name_key(street)
        return found | (self.keys.get(key, set()) if key else set())

    def knows(self, line: AddressLine) -> bool:
        return all(self.names_of(street) for street in line.streets)

    def norms_of(self, street: str) -> set[str]:
        return {norm for name in self.names_of(street) for norm in self.norms.get(name, ())}

    def roads_of(self, street: str) -> list[int]:
        """Lines of the street; where it is known by its buildings alone, those of its coarse key."""
        names = self.names_of(street)
        found = {road for name in names for road in self.roads.get(name, ())}
        keys = {name_key(street), *map(name_key, names)}
        return sorted(
            found
            or {road for key in keys for name in self.keys.get(key, ()) for road in self.roads.get(name, ())}
        )
