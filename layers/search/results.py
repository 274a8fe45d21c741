"""The shape of a search result, the shortest and longest query, and how many results of each type."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

SHORTEST, LONGEST = 2, 120
"""Letters of a query."""
EACH = 8
"""How many results of one kind are shown."""


@dataclass(frozen=True)
class SearchResult:
    """`type`: coordinates, incident, building, street, crossing, category, precinct, district, performer or
    landmark. `id` as the type's own; `lon`, `lat` in EPSG:4326, none where it has no point. `near`: a guess,
    letters or words had to be changed. `parameters` of a category: its kind, and `within`: its
    own id and those of the categories below it."""

    type: str
    id: int | None
    title: str
    note: str = ""
    lon: float | None = None
    lat: float | None = None
    parameters: dict[str, Any] = field(default_factory=dict)
    near: bool = False


@dataclass(frozen=True)
class Found:
    """A result with how sure it is: 1 = what was asked, word for word; surer ones come first."""

    score: float
    result: SearchResult
