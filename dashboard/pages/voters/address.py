"""What the address of the page says: which version, in which order its precincts stand, whether all of them,
and what of it is opened."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from geo.ranges import whole

PATH = "/voters"
COLUMNS = ("before", "added", "moved_in", "moved_out", "removed", "after", "change", "corrected")
LONGEST_CHECK = 30
LARGEST_VERSION = 999_999_999


@dataclass(frozen=True)
class VotersAddress:
    """`list` none: the newest that waits, else the one in force; `sort` none: flags, then by size."""

    list: int | None = None
    sort: str | None = None
    all: bool = False
    address: int | None = None
    """The line of the worklist that is on the desk."""
    check: str | None = None
    """Whose rows are listed."""
    precinct: int | None = None
    """Whose houses are listed; 0 = those of none."""
    house: int | None = None
    """Whose persons are listed."""
    without: int | None = None
    """The page of persons without a building that is open."""

    @classmethod
    def read(cls, query: dict[str, str]) -> VotersAddress:
        """Reads the query; a value that cannot be read counts as absent."""
        sort, check = query.get("sort"), query.get("check", "")
        return cls(
            _whole(query.get("list", "")),
            sort if sort in COLUMNS else None,
            query.get("all") == "1",
            _whole(query.get("address", "")),
            check if check.replace("_", "").isalpha() and len(check) <= LONGEST_CHECK else None,
            _whole(query.get("precinct", "")),
            _whole(query.get("house", "")),
            _whole(query.get("without", "")),
        )

    def href(self, **changed: Any) -> str:
        """Whatever else is opened closes the persons without a building: each time they are shown is a look
        that is recorded."""
        found = replace(self, **{"without": None} | changed)
        query = {
            "list": found.list,
            "sort": found.sort,
            "all": 1 if found.all else None,
            "address": found.address,
            "check": found.check,
            "precinct": found.precinct,
            "house": found.house,
            "without": found.without,
        }
        given = {name: value for name, value in query.items() if value is not None}
        return PATH + (f"?{urlencode(given)}" if given else "")


def _whole(given: str) -> int | None:
    return whole(given, most=LARGEST_VERSION)
