"""Why rows are rejected: the first reason of each row of a chunk."""
from __future__ import annotations

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
