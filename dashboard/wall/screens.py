"""A wall of several screens is one big picture: `?screen=2x3:1,2` is the screen in row 1, column 2 of 2
rows and 3 columns, both counted from 1.

`&bezel=3.5` is what separates two lit areas, in millimetres (both frames together): the picture goes on
behind it, so streets run straight across.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from geo.errors import InvalidInput
from geo.ranges import decimal

MOST = 12
"""Rows or columns."""
WIDEST_MM = 100.0


@dataclass(frozen=True)
class Screen:
    """`row` and `column` from 1. The default is a wall of one screen."""

    rows: int = 1
    columns: int = 1
    row: int = 1
    column: int = 1
    bezel_mm: float = 0.0

    @classmethod
    def read(cls, screen: str | None, bezel: str | None) -> Screen:
        """Reads the screen from the address. Raises `InvalidInput` ("wall.screen", "wall.bezel")."""
        bezel_mm = _millimetres(bezel)
        if not screen:
            return cls(bezel_mm=bezel_mm)
        found = re.fullmatch(r"(\d{1,2})x(\d{1,2}):(\d{1,2}),(\d{1,2})", screen)
        rows, columns, row, column = map(int, found.groups()) if found else (0, 0, 0, 0)
        if not (1 <= row <= rows <= MOST and 1 <= column <= columns <= MOST):
            raise InvalidInput("wall.screen", screen=screen[:40])
        return cls(rows, columns, row, column, bezel_mm)

    def as_json(self) -> dict:
        return {"screen": [self.rows, self.columns, self.row, self.column], "bezel_mm": self.bezel_mm}


def _millimetres(text: str | None) -> float:
    if (millimetres := decimal(text or "0", 0, WIDEST_MM)) is None:
        raise InvalidInput("wall.bezel", bezel=(text or "")[:20], widest=f"{WIDEST_MM:g}")
    return millimetres
