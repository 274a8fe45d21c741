"""Words: what a source calls a status, a priority, a category, turned into ours."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from etl.clean.numbers import mask
from etl.clean.texts import fold, translate

STATUSES = {
    "open": "open",
    "new": "open",
    "in_progress": "in_progress",
    "in progress": "in_progress",
    "closed": "closed",
    "completed": "closed",
    "открыт": "open",
    "новый": "open",
    "новая": "open",
    "ашық": "open",
    "жаңа": "open",
    "в работе": "in_progress",
    "жұмыста": "in_progress",
    "закрыт": "closed",
    "закрыта": "closed",
    "исполнен": "closed",
    "исполнена": "closed",
    "жабық": "closed",
    "орындалды": "closed",
}
PRIORITIES = {
    "0": 0,
    "1": 1,
    "2": 2,
    "normal": 0,
    "urgent": 1,
    "critical": 2,
    "обычный": 0,
    "срочный": 1,
    "критический": 2,
    "қалыпты": 0,
    "шұғыл": 1,
    "аса шұғыл": 2,
}
BOOLEANS = {
    "true": True,
    "false": False,
    "t": True,
    "f": False,
    "yes": True,
    "no": False,
    "y": True,
    "n": False,
    "1": True,
    "0": False,
    "да": True,
    "нет": False,
    "иә": True,
    "жоқ": False,
}


def look_up(column: pa.Array, known: Mapping[str, object], type_: pa.DataType) -> tuple[pa.Array, np.ndarray]:
    """Values of words by a dictionary whose keys are folded; the mask holds the words that it lacks."""
    values = translate(column, lambda word: known.get(fold(word)), type_)
    return values, mask(pc.and_(pc.is_valid(column), pc.is_null(values)))


def renamed(column: pa.Array, words: Mapping[str, str]) -> pa.Array:
    """A source's own words by those of its declaration; what it does not name stays as it is."""
    folded = {fold(word): ours for word, ours in words.items()}
    return translate(column, lambda word: folded.get(fold(word), word), pa.string()) if words else column
