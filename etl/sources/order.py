"""The order of files that are found together: a later one holds against an earlier one."""

from __future__ import annotations

import re
from collections.abc import Iterable

from etl.chunk import Source


def in_order(found: Iterable[Source]) -> list[Source]:
    """By the time at which each was written, to the nanosecond, then by name as people count; what has no
    such time stands behind them, as it was given.

    The time and not the name, because names are chosen freely: `day10.csv`, `new.csv`, `old.csv`. Where
    neither tells, as after a copy that gave all files one time under names without a date, only the rows
    can: a feed declares the column `changed`.
    """
    return sorted(
        found,
        key=lambda source: (
            (1, 0, ()) if source.written_ns is None else (0, source.written_ns, natural(source.name))
        ),
    )


def natural(name: str) -> tuple:
    """A key by which numbers within names stand in the order of their values.

    >>> sorted(["day10.csv", "day9.csv"], key=natural)
    ['day9.csv', 'day10.csv']
    """
    parts = re.split(r"([0-9]+)", name)
    return tuple(int(part) if number % 2 else part for number, part in enumerate(parts)), name
