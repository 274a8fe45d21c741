"""The shape of a search result, the shortest and longest query, and how many results of each type."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from geo.addresses.name_index import NameMatch

SHORTEST, LONGEST = 2, 120
"""Letters of a query."""
EACH = 8
"""How many results of one kind are shown."""
NOT_EXACT = 0.92
"""What a name without the very words keeps of its score: less than one has that holds them all."""


@dataclass(frozen=True)
class SearchResult:
    """`type`: coordinates, incident, building, street, crossing, category, precinct, district, performer or
    landmark. `id` as the type's own; `lon`, `lat` in EPSG:4326, none where it has no point. `near`: a guess,
    letters or words had to be changed. `parameters` of a category: its kind, and `within`: its
    own id and those of the categories below it; of a street `apart`: it was asked for with another one, that
    it does not cross."""

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


def surety(match: NameMatch) -> float:
    """The score of a name: however much more it says, it is surer with the words that were asked than without
    one of them."""
    return match.score if match.exact else match.score * NOT_EXACT
