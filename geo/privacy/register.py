"""The register of personal data (`register.toml`): a section for each kind of them.

`columns`: where they are, by table. `kept`: the rules of `[retention]` by which they go, or why they stay
(`REASONS`). `opened_by`: the permissions by which people see them; none = nobody does on a page. `acts`: what
the audit calls a look at them or their leaving. Why they are there is said in the catalogues
(`privacy.KEY.why`). Which roles of the database read them is asked of `geo.migrations.rights`.

To add one: its section there, and its words.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from geo import partitions
from geo.audit import pruning
from geo.migrations import rights
from geo.settings import City
from geo.voters import retention as lists
from geo.work.retention import RULES

FILE = Path(__file__).with_name("register.toml")
OTHERS = Path(__file__).with_name("columns.toml")
REASONS = frozenset({"account", "changes", "feed", "history", "published", "removed"})
"""Why something has no term of days: as long as the account; as many months as the change feed; as long as
the source names it; as what they are about, which is never purged; published; until its owner removes it."""

Column = tuple[str, str]
"""Table (with its schema, unless that is public) and column."""


@dataclass(frozen=True)
class PersonalData:
    """One kind of them."""

    key: str
    columns: Mapping[str, tuple[str, ...]]
    kept: tuple[str, ...]
    opened_by: tuple[str, ...]
    acts: tuple[str, ...]

    @property
    def fields(self) -> frozenset[Column]:
        return frozenset((table, column) for table, columns in self.columns.items() for column in columns)


@cache
def read_register() -> tuple[PersonalData, ...]:
    """In the order of the file."""
    return tuple(
        PersonalData(
            key,
            {table: tuple(columns.split()) for table, columns in section["columns"].items()},
            *(tuple(section.get(name, "").split()) for name in ("kept", "opened_by", "acts")),
        )
        for key, section in _read(FILE).items()
    )


@cache
def other_columns() -> frozenset[Column]:
    """Those that hold nothing about a person."""
    return frozenset((table, column) for table, given in _read(OTHERS).items() for column in given.split())


def terms(city: City) -> dict[str, int]:
    """Days that rows are kept, by rule."""
    own = {rule.key: rule.days for rule in RULES} | {pruning.RULE: pruning.DAYS, lists.RULE: lists.DAYS}
    return own | city.retention


def kept_days(data: PersonalData, city: City) -> int | None:
    """After how many days the last of them go; none where they have no term of days."""
    known = terms(city)
    days = [known[rule] for rule in data.kept if rule in known]
    return max(days) if len(days) == len(data.kept) else None


def kept_months(data: PersonalData) -> int | None:
    """The same in months, of what goes with the change feed."""
    return partitions.KEEP_MONTHS["change"] if "changes" in data.kept else None


def readers(data: PersonalData) -> list[str]:
    """The roles of the database that read any of them, by their names in `rights.toml`."""
    return sorted(
        {
            right.role
            for right in rights.stated("")
            if right.what.casefold() == "select"
            and right.thing in data.columns
            and (right.kind == "table" or right.column in data.columns[right.thing])
        }
    )


def _read(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))
