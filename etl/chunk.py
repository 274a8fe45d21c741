"""What a reader is given and what it yields."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import pyarrow as pa

from geo.errors import InvalidInput
from geo.loading.deliveries import Taken

CHUNK_ROWS = 50_000
"""Rows of a chunk at most: what one transaction loads."""
CHUNK_BYTES = 6_000_000
"""About as many bytes of cells are a chunk, however few rows they are: cleaning holds them several times
over."""
MOST_ROW_BYTES = 8_000_000
"""A longer row is none of this city: it is rejected before it takes the memory of all others."""
MOST_COLUMNS = 2_000
"""More are no table of this city: each is as long as the chunk, however few rows have a value in it."""
PART_ROWS = 5_000
PART_BYTES = 2_000_000
"""Rows, and bytes of their source, that a reader holds as objects at a time, on their way into a chunk: as
Python has them they take ten times their text."""
BOOLEAN, NESTED = 1, 2
"""What a value is that is no text, number or time: true or false; a list or an object."""
Kinds = Mapping[str, np.ndarray]
"""Column -> what each of its values is, 0 for a text, a number, a time and nothing; columns without others
are left out."""


@dataclass(frozen=True)
class Source:
    """A file, a pushed body with its format (a large one as a file), or an address elsewhere. `name` is
    what the ledger calls it."""

    name: str
    path: Path | None = None
    body: bytes | None = None
    format: str | None = None
    address: str | None = None
    """The address with its secrets: never shown."""
    stamp: tuple | None = None
    """Changes whenever the source does, where its listing said so."""
    written_ns: int | None = None
    """When it was written to last, as its file system says, in nanoseconds since 1970."""
    since: datetime | None = None
    """Only what has changed since then is asked for, where the source can be asked; none = everything."""
    again: tuple[str, ...] = ()
    """Ids to ask for besides, whatever has changed since: what is still open here."""
    listed: bool = False
    """A file that was found in a folder or by a pattern: it may still be on its way."""
    own: bool = False
    """One of the addresses that the feed declares: reading it is a poll."""
    fingerprint: tuple | None = None
    """Changes whenever the source does, once it has been looked up (`etl.sources.fingerprint`)."""
    content: bytes | None = None
    """SHA-256 of a file, once it is here: by it a file that was touched, renamed or copied is known again."""
    delivery: Taken | None = None
    """For rows that were delivered before they are read (pushed rows): the delivery's number and time."""

    @property
    def key(self) -> str:
        """Identifies the source among the feed's: its name, without its query, and a hash of that."""
        query = urlsplit(self.address).query if self.address else ""
        return f"{self.name}#{sha256(query.encode()).hexdigest()[:8]}" if query else self.name


@dataclass(frozen=True)
class Broken:
    """A row that the format itself cannot read, and its text."""

    number: int
    code: str
    text: str


@dataclass(frozen=True)
class Chunk:
    """Rows as they stand in the source, and the number of each (1 = the first after the header).
    `geometry` names a WKB column of `table`; `crs` is what the file calls its CRS, known to anybody or not;
    none where it says nothing."""

    table: pa.Table
    numbers: np.ndarray
    geometry: str | None = None
    crs: str | None = None
    broken: list[Broken] = field(default_factory=list)
    by_reader: Mapping[str, int] = field(default_factory=dict)
    """What the reader did with rows of its own accord, by code, as in `geo.intake.runs.Run.mended`."""
    loose: bool = False
    """The columns are those that these rows happen to have: one that is missing is blank, not an error."""
    kinds: Kinds = field(default_factory=dict)
    """The kinds of values, in a format that knows types, whatever text the table has for them."""
    source: str | None = None
    """The key of the source that it comes from (`Source.key`), of a run that reads several."""
    parts: np.ndarray | None = None
    """In a chunk of several pushes (`etl.runs.pushed_batch`): the index among them of the one that brought
    each row."""


def not_too_wide(columns: int) -> None:
    """Raises `InvalidInput` ("source.wide")."""
    if columns > MOST_COLUMNS:
        raise InvalidInput("source.wide", columns=columns, most=MOST_COLUMNS)
