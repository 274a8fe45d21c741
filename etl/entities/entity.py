"""The shape of an entity's declaration, and what its shaping is given."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

import numpy as np
import pyarrow as pa
from sqlalchemy import Connection

from etl.clean.coordinates import CoordinateReading
from etl.clean.faults import Corrections, Faults
from etl.registry import Feed
from geo.deadlines.working_time import WorkingCalendar
from geo.loading.staging import Batch, Written
from geo.settings import City

Type = Literal["text", "personal", "integer", "number", "boolean", "time", "coordinate"]


LONGEST_TITLE, LONGEST_ADDRESS = 10_000, 1_000
"""Characters. A text without end would go to every screen, and an address is read by patterns."""


@dataclass(frozen=True)
class Field:
    """One thing that an entity takes. A `personal` text is never written to a reject."""

    name: str
    type: Type = "text"
    required: bool = False
    least: float | None = None
    """Numbers below are rejected."""
    most: float | None = None
    """Numbers above are rejected."""
    longest: int | None = None
    """Characters of a text that everybody is shown; what is longer is cut, and counted."""
    code: bool = False
    """An id, a house number or the like: 12.0 is 12, and one that a spreadsheet made a date is rejected,
    not read as it stands."""
    strict: bool = False
    """One that cannot be read rejects its row, though it is not required. Else it is dropped, and counted."""
    nested: bool = False
    """A list or an object is a value of it; of any other field, in a format that knows types, it rejects its
    row, and so does true or false, but of a boolean."""


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


@dataclass(frozen=True)
class Entity:
    """`shape` returns the staging columns in full length; the engine drops the rows that `faults` names
    before it hands them to `load`."""

    key: str
    fields: tuple[Field, ...]
    shape: Callable[[Shaping], Mapping[str, pa.Array]]
    load: Callable[[Connection, Batch], Written]
    prepare: Callable[..., None] | None = None
    """Run once in the session of a run, with a cursor and the city."""
    vanish: Callable[[Connection, Batch], int] | None = None
    """For entities that a snapshot may cover: writes tombstones for what a run did not list; returns how
    many."""
    identity: tuple[str, ...] = ("source_id",)
    """Staging columns that tell two rows of one source apart."""
    newest: str | None = None
    """The field that says when a row happened."""
    whole: bool = False
    """All rows of a run make one batch (a plan of precincts is one thing)."""
    several: bool = False
    """`load` takes a batch of several runs, and tells their figures apart: small pushes are loaded
    together."""
