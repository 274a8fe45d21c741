"""The shape of an entity's declaration."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import pyarrow as pa
from sqlalchemy import Connection

from etl.entities.shaping import Shaping
from geo.loading.staging import Batch, Written

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
