"""Plain output: columns under their names."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def print_columns(names: Sequence[str], rows: Iterable[Sequence]) -> None:
    """Left-aligned columns under their names; the last one runs on."""
    table = [tuple(names), *(tuple("-" if value is None else str(value) for value in row) for row in rows)]
    widths = [max(len(row[i]) for row in table) for i in range(len(names) - 1)]
    for row in table:
        print("  ".join([cell.ljust(width) for cell, width in zip(row, widths)] + [row[-1]]).rstrip())
