"""A chunk while its entity shapes it: its columns, the references that it may look up, why some of its rows
are rejected, and what was corrected in the others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
import pyarrow as pa

from etl.clean.coordinates import CoordinateReading
from etl.registry import Feed
from geo.deadlines.working_time import WorkingCalendar
from geo.settings import City


class Faults:
    """`mark` keeps the first reason that a row was given; a reason is (code, field)."""

    def __init__(self, rows: int) -> None:
        self.reasons: list[tuple[str, str | None]] = []
        self.which = np.zeros(rows, dtype=np.int32)
        """0 = no fault, n = `reasons[n - 1]`."""

    def mark(self, bad: np.ndarray, code: str, field: str | None = None) -> None:
        new = bad & (self.which == 0)
        if new.any():
            self.reasons.append((code, field))
            self.which[new] = len(self.reasons)

    @property
    def good(self) -> np.ndarray:
        return self.which == 0

    def __len__(self) -> int:
        return int(np.count_nonzero(self.which))


class Corrections:
    """What was corrected without a person, or kept in spite of a flaw, by code
    (`geo.intake.runs.Run.mended`): how many cells of each row, and what the reader said of them all."""

    def __init__(self, by_reader: Mapping[str, int] | None = None) -> None:
        self.by_reader = Counter(by_reader or {})
        self.of_rows: dict[str, np.ndarray] = {}

    def add(self, code: str, which: np.ndarray) -> None:
        """Count one more cell in each of these rows (a mask)."""
        if which.any():
            self.of_rows[code] = self.of_rows.get(code, 0) + which.astype(np.int64)

    def counts(self) -> Counter[str]:
        return self.by_reader + Counter({code: int(cells.sum()) for code, cells in self.of_rows.items()})

    def by_part(self, parts: np.ndarray, count: int) -> list[Counter[str]]:
        """The same of each of so many parts, `parts` saying which one a row is of."""
        summed = {code: np.bincount(parts, cells, count) for code, cells in self.of_rows.items()}
        return [
            Counter({code: int(cells[part]) for code, cells in summed.items() if cells[part]})
            for part in range(count)
        ]


@dataclass
class ReferenceCatalogue:
    """Reference rows that a run looks up: `ids` by entity and key (folded); `due_hours`, `working` and
    `performer` by category id."""

    ids: dict[str, dict[str, int]] = field(default_factory=dict)
    due_hours: dict[int, float] = field(default_factory=dict)
    working: frozenset[int] = frozenset()
    performer: dict[int, int] = field(default_factory=dict)
    calendar: WorkingCalendar | None = None
    """The city's days and hours of work; needed where `working` names a category."""


@dataclass
class Shaping:
    """A chunk on its way to staging: `columns` by field, typed, as long as `faults`; `geometry` as the
    file carries it (WKB), in `crs`."""

    feed: Feed
    city: City
    now: datetime
    catalogue: ReferenceCatalogue
    columns: dict[str, pa.Array]
    faults: Faults
    add_category: Callable[[str], int]
    """Adds a category under a source's word; its id."""
    geometry: pa.Array | None = None
    crs: str | None = None
    no_point: np.ndarray | None = None
    """Set by the shaping of entities that have a point: rows without a usable one."""
    readings: dict[str, CoordinateReading] = field(default_factory=dict)
    """For a feed that guesses: what its coordinates turned out to be, kept for the whole run."""
    months: dict[str, np.ndarray] = field(default_factory=dict)
    """Fields of times -> which rows name a month and no day."""
    coordinates: tuple[np.ndarray, np.ndarray, str | None] | None = None
    """Set by the shaping of entities that have a point: its two numbers as they came, and the CRS that is
    declared for them."""
    corrections: Corrections = field(default_factory=Corrections)

    def __len__(self) -> int:
        return len(self.faults.which)

    def column(self, name: str, type_: pa.DataType | None = None) -> pa.Array:
        """A field's column; all null where the feed does not map it."""
        found = self.columns.get(name)
        return pa.nulls(len(self), type_ or pa.string()) if found is None else found
