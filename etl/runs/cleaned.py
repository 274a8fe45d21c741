"""What came of a chunk: the good rows for staging, and for the others the row and the reason."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from etl.chunk import Chunk
from etl.entities.entity import Entity
from etl.entities.shaping import Shaping
from etl.registry import Feed


@dataclass(frozen=True)
class Cleaned:
    """What came of a chunk: `staged` holds the good rows, in the columns of the noun's staging table,
    `rejected_rows` what tells the others apart."""

    feed: Feed
    entity: Entity
    chunk: Chunk
    staged: pa.Table
    rejected_rows: pa.Table
    raw: dict[str, pa.Array]
    shaping: Shaping

    def without(self, indices: np.ndarray, code: str) -> Cleaned:
        """The same less some of the staged rows (by their place among them), which are rejected for
        `code`."""
        bad = np.zeros(len(self.shaping.faults.which), dtype=bool)
        bad[np.flatnonzero(self.shaping.faults.good)[indices]] = True
        self.shaping.faults.mark(bad, code)
        kept = np.ones(self.staged.num_rows, dtype=bool)
        kept[indices] = False
        gone = self.staged.filter(pa.array(~kept)).select(self.rejected_rows.column_names)
        return replace(
            self,
            staged=self.staged.filter(pa.array(kept)),
            rejected_rows=pa.concat_tables([self.rejected_rows, gone]),
        )

    @property
    def read(self) -> int:
        return self.chunk.table.num_rows + len(self.chunk.broken)

    @property
    def rejected(self) -> int:
        return len(self.shaping.faults) + len(self.chunk.broken)

    @property
    def no_coordinates(self) -> int:
        return (
            0
            if self.shaping.no_point is None
            else int((self.shaping.no_point & self.shaping.faults.good).sum())
        )

    def rejected_ids(self) -> list[str]:
        """Ids of the rows that were rejected, where they can be read."""
        return (
            self.rejected_rows["source_id"].drop_null().to_pylist()
            if "source_id" in self.rejected_rows.column_names
            else []
        )

    def has_nameless(self) -> bool:
        """Whether some row could not be told apart at all."""
        return bool(self.chunk.broken) or any(column.null_count for column in self.rejected_rows.columns)

    def newest(self) -> datetime | None:
        if self.entity.newest is None or not self.staged.num_rows:
            return None
        return pc.max(
            self.shaping.columns[self.entity.newest].filter(pa.array(self.shaping.faults.good))
        ).as_py()

    def rejects(self) -> list[dict]:
        """Rows for the `reject` table, in the source's order; personal fields are left out of them."""
        rows = [*broken_rows(self.chunk), *map(self.reject, self.rejected_indices())]
        return sorted(rows, key=lambda row: row["row_number"])

    def rejected_indices(self) -> list[int]:
        return np.flatnonzero(self.shaping.faults.which).tolist()

    def reject(self, index: int) -> dict:
        code, name = self.shaping.faults.reasons[self.shaping.faults.which[index] - 1]
        value = (
            self.raw[name][index].as_py()
            if name is not None and name in self.raw and not self.is_personal(name)
            else None
        )
        return {
            "row_number": int(self.chunk.numbers[index]),
            "code": code,
            "field": name,
            "value": None if value is None else str(value),
            "row": self.row(index),
        }

    def is_personal(self, name: str) -> bool:
        return any(f.name == name and f.type == "personal" for f in self.entity.fields)

    def row(self, index: int) -> dict[str, str | None]:
        """A row as it stands in the source. Of a noun with personal fields only columns that are mapped to
        others: the rest may hold them too.

        A geometry is not kept, only that there was one: its row can be corrected at its source only
        (`geo.intake.rejects`).
        """
        row = {name: text_of(self.chunk.table[name][index].as_py()) for name in self.kept()}
        return row if self.chunk.geometry is None else row | {"geometry": None}

    def kept(self) -> list[str]:
        names = [name for name in self.chunk.table.column_names if name != self.chunk.geometry]
        if not any(f.type == "personal" for f in self.entity.fields):
            return names
        mapped = {f.name: self.feed.fields.get(f.name, f.name) for f in self.entity.fields}
        columns = {
            name: {column} if isinstance(column, str) else set(column) for name, column in mapped.items()
        }
        personal = set().union(*(columns[name] for name in columns if self.is_personal(name)))
        return [name for name in names if name in set().union(*columns.values()) - personal]


def broken_rows(chunk: Chunk) -> list[dict]:
    """Rows for the `reject` table of what the reader could not read."""
    return [
        {"row_number": b.number, "code": b.code, "field": None, "value": None, "row": {"text": b.text}}
        for b in chunk.broken
    ]


def text_of(value: object) -> str | None:
    return None if value is None else str(value)
