"""Values of a wrong type: true or false, a list, an object in place of one text, number or time. The table
has a text for each, which is none of the field."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from etl.chunk import BOOLEAN, NESTED, Chunk
from etl.clean import numbers
from etl.clean.texts import fold, tidy
from etl.entities.entity import Field
from etl.entities.shaping import Faults
from etl.registry import Feed


def only_scalars(feed: Feed, field: Field, chunk: Chunk, values: pa.Array, faults: Faults) -> pa.Array:
    """The values of a field less those of a wrong type, whose rows are marked ("value.scalar")."""
    odd = np.zeros(len(values), dtype=bool)
    for column in chunk.kinds.keys() & columns_of(feed, field):
        kinds = chunk.kinds[column]
        if not field.nested:
            odd |= kinds == NESTED
        if field.type != "boolean":
            odd |= (kinds == BOOLEAN) & ~has_word(feed, field, chunk.table[column])
    if not odd.any():
        return values
    faults.mark(odd, "value.scalar", field.name)
    return pc.if_else(pa.array(odd), pa.scalar(None, values.type), values)


def columns_of(feed: Feed, field: Field) -> set[str]:
    """Those that a field is read from."""
    if field.name in feed.constants:
        return set()
    column = feed.fields.get(field.name, field.name if not feed.fields else ())
    return {column} if isinstance(column, str) else set(column)


def has_word(feed: Feed, field: Field, column: pa.ChunkedArray) -> np.ndarray:
    """Mask of the values for which the feed has a word: true may mean "closed"."""
    known = [fold(word) for word in feed.words.get(field.name, ())]
    return numbers.mask(pc.is_in(pc.utf8_lower(tidy(column)), value_set=pa.array(known, pa.string())))
