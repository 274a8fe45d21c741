"""Text: spaces and invisible characters tidied away, blank becomes null, words translated by the few that
differ."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

UNTIDY = (
    "[\\x00-\\x1f\\x7f-\u00a0\u2000-\u200f\u2028-\u202f\u205f\u2060\u2066-\u2069\u3000\ufeff\ufffe\uffff]|  "
)
"""Control characters, what turns the writing round, the spaces that are not a space, what XML cannot hold, or
two spaces together."""
INVISIBLE = "[\\x00\u0080-\u0084\u0086-\u009f\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff\ufffe\uffff]"
SPACES = "[\\x00-\\x20\\x7f\u0085\u00a0\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+"


EXACT = 2.0**53
"""Up to here every whole number is a float of its own."""
BLANKS = pa.array(
    [
        "null",
        "(null)",
        "<null>",
        "none",
        "nil",
        "nan",
        "n/a",
        "#n/a",
        "#н/д",
        "н/д",
        "undefined",
        "-",
        "--",
        "---",
        "–",
        "—",
        "\\n",
        "нет данных",
        "не указано",
        "не указан",
        "не указана",
        "дерек жоқ",
        "көрсетілмеген",
        "nat",
        "<na>",
        "<nan>",
        "#value!",
        "#ref!",
        "#div/0!",
        "#name?",
        "#num!",
        "#null!",
        "#знач!",
        "#ссылка!",
        "#дел/0!",
        "#имя?",
        "#число!",
        "#пусто!",
    ]
)
"""Words of systems and people for "nothing", and of a spreadsheet for a formula that failed, in small
letters."""


def tidy(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    """Any column as text: runs of spaces (of any kind) made one, ends trimmed, blank made null; a whole
    float is written as the integer that it is."""
    array = whole(column)
    if pa.types.is_floating(array.type):
        array = of_floats(array)
    elif not pa.types.is_string(array.type):
        array = pc.cast(array, pa.string())
    if pc.any(pc.match_substring_regex(array, UNTIDY)).as_py():
        array = pc.replace_substring_regex(pc.replace_substring_regex(array, INVISIBLE, ""), SPACES, " ")
    array = pc.ascii_trim_whitespace(array)
    return pc.if_else(pc.equal(array, ""), pa.scalar(None, pa.string()), array)


def of_floats(array: pa.Array) -> pa.Array:
    """Floats as text, a whole one without a point or an exponent; what is no number is nothing."""
    array = pc.cast(array, pa.float64())
    whole_ones = pc.and_(pc.equal(pc.floor(array), array), pc.less(pc.abs(array), EXACT))
    integers = pc.cast(
        pc.cast(pc.if_else(whole_ones, array, pa.scalar(None, pa.float64())), pa.int64()), pa.string()
    )
    return pc.coalesce(
        integers, pc.cast(pc.if_else(pc.is_nan(array), pa.scalar(None, pa.float64()), array), pa.string())
    )


def unblanked(column: pa.Array) -> tuple[pa.Array, np.ndarray]:
    """A tidied text column with its words for "nothing" made null, and a mask of where they were.

    >>> unblanked(pa.array(["NULL", "Нет данных", "7"]))[0].to_pylist()
    [None, None, '7']
    """
    blank = pc.is_in(pc.utf8_lower(column), value_set=BLANKS)
    where = np.asarray(blank.to_numpy(zero_copy_only=False), dtype=bool)  # null is in no set: nowhere null
    return (pc.if_else(blank, pa.scalar(None, pa.string()), column) if where.any() else column), where


def beside(texts: Sequence[pa.Array]) -> pa.Array:
    """Tidied texts of one row one after another, blank ones left out; null where all are."""
    return tidy(pc.binary_join_element_wise(*(pc.fill_null(text, "") for text in texts), " "))


def as_objects(table: pa.Table, shortened: Callable[[pa.Array], pa.Array]) -> pa.Array:
    """Its columns as a JSON object a row, each `shortened`, without what is blank; null without columns."""
    if not table.num_columns:
        return pa.nulls(table.num_rows, pa.string())
    columns = {name: shortened(unblanked(tidy(table[name]))[0]).to_pylist() for name in table.column_names}
    rows = pd.DataFrame(columns, dtype=object).to_json(orient="records", lines=True, force_ascii=False)
    return pa.array(rows.splitlines(), pa.string())


def whole(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    """One array of a column, whatever pieces it came in; dictionaries become their values."""
    array = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    return array.dictionary_decode() if pa.types.is_dictionary(array.type) else array


def translate(column: pa.Array, function: Callable[[Any], object], type_: pa.DataType) -> pa.Array:
    """Apply a function to the distinct values of a column; null stays null."""
    coded = column.dictionary_encode()
    values = pa.array(
        [None if value is None else function(value) for value in coded.dictionary.to_pylist()], type_
    )
    return values.take(coded.indices)


def fold(word: str) -> str:
    """How words of a source are compared: case and the spaces around them aside."""
    return " ".join(word.split()).casefold()
