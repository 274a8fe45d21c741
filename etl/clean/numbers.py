"""Numbers as people write them: 1 234,50 and 1,234.50 and 1234.5."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from etl.clean.texts import tidy, whole

NUMBER = r"^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?$"


def parse(column: pa.Array | pa.ChunkedArray) -> tuple[pa.Array, np.ndarray]:
    """Double precision numbers, null where blank, and a mask of what is no number (infinite and NaN are
    none)."""
    array = whole(column)
    if pa.types.is_string(array.type):
        array = tidy(array)
        try:
            values = pc.cast(array, pa.float64())
        except pa.ArrowInvalid:
            values = written_out(array)
    else:
        values = pc.cast(array, pa.float64())
    finite = pc.if_else(pc.is_finite(values), values, pa.scalar(None, pa.float64()))
    return finite, mask(pc.and_(pc.is_valid(array), pc.is_null(finite)))


def written_out(array: pa.Array) -> pa.Array:
    """Grouping dropped, a decimal comma made a point; null for what still is no number."""
    plain = pc.replace_substring_regex(array, r"[\s'_]", "")
    both = pc.and_kleene(pc.match_substring(plain, ","), pc.match_substring(plain, "."))
    grouped = pc.or_kleene(both, pc.greater(pc.count_substring(plain, ","), 1))
    plain = pc.if_else(grouped, pc.replace_substring(plain, ",", ""), pc.replace_substring(plain, ",", "."))
    return pc.cast(
        pc.if_else(pc.match_substring_regex(plain, NUMBER), plain, pa.scalar(None, pa.string())), pa.float64()
    )


def commas(array: pa.Array, values: pa.Array) -> np.ndarray:
    """Mask of the numbers that had a comma in place of the decimal point (51,13), in contrast to no comma or
    one that separates thousands."""
    if not pa.types.is_string(array.type):
        return np.zeros(len(array), dtype=bool)
    decimal = pc.and_kleene(pc.match_substring_regex(array, r"^[^,.]*,[^,.]*$"), pc.is_valid(values))
    return mask(decimal)


def parse_whole(column: pa.Array | pa.ChunkedArray) -> tuple[pa.Array, np.ndarray]:
    """Whole numbers ("12.0" is one); the mask holds what is none, or beyond 2^53."""
    values, bad = parse(column)
    exact = pc.and_(pc.equal(pc.floor(values), values), pc.less(pc.abs(values), 2.0**53))
    kept = pc.if_else(exact, values, pa.scalar(None, pa.float64()))
    return pc.cast(kept, pa.int64()), bad | mask(pc.and_(pc.is_valid(values), pc.is_null(kept)))


def mask(booleans: pa.Array) -> np.ndarray:
    """An Arrow boolean column as a numpy mask, null as False."""
    return np.asarray(pc.fill_null(booleans, False).to_numpy(zero_copy_only=False), dtype=bool)
