"""What the address of the page says: which reason, which district, from which row on, which building is on
the desk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from geo.ranges import whole
from layers.buildings.geo_tags import REASONS

PATH = "/buildings"


@dataclass(frozen=True)
class BuildingsAddress:
    reason: str | None = None
    district: int | None = None
    after: int = 0
    building: int | None = None

    @classmethod
    def read(cls, query: Mapping[str, str]) -> BuildingsAddress:
        """Reads the address; a value that is none counts as absent."""
        reason = query.get("reason")
        return cls(
            reason if reason in REASONS else None,
            _whole(query.get("district")),
            _whole(query.get("after")) or 0,
            _whole(query.get("building")),
        )

    def href(self, **changes: Any) -> str:
        """The address with something else; without `building` none is chosen, without `after` the list
        begins at its first row."""
        shown = replace(self, **{"after": 0, "building": None, **changes})
        query = {name: value for name, value in vars(shown).items() if value}
        return f"{PATH}?{urlencode(query)}" if query else PATH


def _whole(value: str | None) -> int | None:
    return whole(value or "")
