"""A day and its time of day that stand in several columns, as one text.

A program that has only times with a day writes midnight behind the one and some first day before the other
(1C: 01.01.0001, spreadsheets: 1899-12-30), and a spreadsheet may write the part of a day that has passed
(0.4375 = 10:30).
"""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from etl.clean.texts import beside, tidy, unblanked

DAY_MS = 86_400_000
MIDNIGHT = r"[ T]+0?0:00(?::00(?:\.0+)?)?$"
NO_DAY = (
    r"^(?:0?1\.0?1\.0001|0001-01-01|1899-12-3[01]|3[01]\.12\.1899|1900-01-0[01]|0?[01]\.0?1\.1900|1970-01-01)"
    r"[ T]+"
)
PART_OF_DAY = r"^0?[.,]\d+$|^0$"


def joined(parts: Sequence[pa.Array]) -> pa.Array:
    """One text a row, as `etl.clean.times.parse` reads it: null where the first is, the day alone where the
    others are blank."""
    day, *others = (unblanked(tidy(as_clock(part)))[0] for part in parts)
    clock = beside([of_day(pc.replace_substring_regex(part, NO_DAY, "")) for part in others])
    bare = pc.if_else(pc.is_null(clock), day, pc.replace_substring_regex(day, MIDNIGHT, ""))
    return tidy(pc.binary_join_element_wise(bare, pc.fill_null(clock, ""), " "))


def as_clock(array: pa.Array) -> pa.Array:
    """A length of time as the clock that many hours after midnight; anything else as it is."""
    return (
        pc.cast(pc.cast(pc.cast(array, pa.duration("us")), pa.int64()), pa.time64("us"))
        if pa.types.is_duration(array.type)
        else array
    )


def of_day(array: pa.Array) -> pa.Array:
    """Parts of a day (0.4375) as clocks, to the millisecond."""
    part = pc.match_substring_regex(array, PART_OF_DAY)
    if not pc.any(part).as_py():
        return array
    number = pc.cast(pc.replace_substring(pc.if_else(part, array, "0"), ",", "."), pa.float64())
    ms = pc.min_element_wise(pc.cast(pc.round(pc.multiply(number, DAY_MS)), pa.int64()), DAY_MS - 1)
    return pc.if_else(part, pc.cast(pc.cast(pc.cast(ms, pa.int32()), pa.time32("ms")), pa.string()), array)
