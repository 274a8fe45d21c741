"""Columns of files that know types (Parquet, GeoJSON, GeoPackage), as cleaning takes them: texts that are
UTF-8, values inside values as JSON has them, times within the calendar."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from etl.chunk import BOOLEAN, NESTED, Kinds
from etl.clean.numbers import mask
from etl.clean.texts import whole
from etl.readers.nested import as_columns
from geo import encodings

FIRST_DAY, LAST_DAY = ((day - date(1970, 1, 1)).days for day in (date.min, date.max))
"""The limits of the calendar that programs share, as days since 1970."""
PER_SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}


def readable(table: pa.Table, geometry: str | None) -> tuple[pa.Table, dict[str, int], Kinds]:
    """The same rows, what was guessed of them, by code, and which of their values are booleans, lists or
    objects. The WKB in `geometry` stays as it is.

    A file may call bytes a text that are none in UTF-8: they are read by the likeliest page.
    """
    guessed = 0
    columns: dict[str, pa.Array | pa.ChunkedArray] = {}
    kinds: dict[str, np.ndarray] = {}
    for name, column in zip(table.column_names, table.columns):
        type_ = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
        if name == geometry:
            columns[name] = column
        elif is_text(type_):
            columns[name], count = text(whole(column))
            guessed += count
        elif pa.types.is_fixed_size_binary(type_):
            columns[name] = pa.array(map(as_hex, column.to_pylist()), pa.string())
        elif pa.types.is_timestamp(type_) or pa.types.is_date(type_):
            columns[name] = within_calendar(whole(column))
        elif pa.types.is_nested(type_) or isinstance(type_, pa.BaseExtensionType):
            inner, inner_kinds = flat(name, column)
            columns = dict(zip(inner.column_names, inner.columns)) | columns
            kinds = {**inner_kinds} | kinds
        else:
            columns[name] = column
            kinds |= booleans(name, column)
    return pa.table(columns), {"text.encoding_guessed": guessed} if guessed else {}, kinds


def booleans(name: str, column: pa.ChunkedArray) -> Kinds:
    if not pa.types.is_boolean(column.type) or column.null_count == len(column):
        return {}
    return {name: mask(pc.is_valid(column)).astype(np.int8) * BOOLEAN}


def is_text(type_: pa.DataType) -> bool:
    return any(
        same(type_)
        for same in (
            pa.types.is_string,
            pa.types.is_large_string,
            pa.types.is_binary,
            pa.types.is_large_binary,
        )
    )


def text(column: pa.Array) -> tuple[pa.Array, int]:
    """Its texts, and how many of them were read by a guess."""
    cells = pc.cast(column, pa.large_binary())
    try:
        return pc.cast(pc.cast(cells, pa.large_string()), pa.string()), 0
    except pa.ArrowInvalid:
        decoder = encodings.likeliest(b"\n".join(sample(cells)))
        texts = [None if cell is None else decoder.cell(cell) for cell in cells.to_pylist()]
        return pa.array(texts, pa.string()), decoder.guessed


def sample(cells: pa.Array) -> Iterator[bytes]:
    """The first cells, as many as are needed to recognise their code page."""
    size = 0
    for cell in cells:
        if cell.is_valid and size < encodings.BLOCK_BYTES:
            size += len(cell.as_py())
            yield cell.as_py()


def as_hex(value: bytes | None) -> str | None:
    return None if value is None else value.hex()


def within_calendar(column: pa.Array) -> pa.Array:
    """A column of times; all of them as texts where some lie beyond the calendar, which no program can
    show and no time is read of."""
    days = pc.divide(pc.cast(pc.cast(column, kept_as(column.type)), pa.int64()), in_a_day(column.type))
    fits = pc.and_(pc.greater_equal(days, FIRST_DAY), pc.less(days, LAST_DAY))
    return column if pc.all(fits).as_py() is not False else pc.cast(column, pa.string())


def kept_as(type_: pa.DataType) -> pa.DataType:
    return pa.int32() if pa.types.is_date32(type_) else pa.int64()


def in_a_day(type_: pa.DataType) -> int:
    """How many of a column's numbers make a day."""
    if pa.types.is_date32(type_):
        return 1
    return 86_400 * PER_SECOND["ms" if pa.types.is_date64(type_) else type_.unit]


def flat(name: str, column: pa.ChunkedArray) -> tuple[pa.Table, Kinds]:
    """A column of lists or objects as the columns that the same values have in JSON."""
    values = json.loads(json.dumps(column.to_pylist(), default=str))
    table, kinds = as_columns([{name: value} for value in values])
    if isinstance(column.type, pa.JsonType):  # each value is a text
        kinds = {name: np.array([NESTED if value and value[0] in "{[" else 0 for value in values], np.int8)}
    return table, kinds
