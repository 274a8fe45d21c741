"""What is wrong with the rows of a chunk: why some are rejected, and what was corrected in the others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import numpy as np


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
