"""Objects as rows of a table: what is inside a value is a column of its own, `location.lat`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import pyarrow as pa

from etl.chunk import BOOLEAN, NESTED, Kinds, not_too_wide

FEW_NUMBERS = 4
KINDS: dict[type, int] = {bool: BOOLEAN, dict: NESTED, list: NESTED}


def as_columns(rows: Sequence[dict]) -> tuple[pa.Table, Kinds]:
    """Values as text, nested ones as JSON, and what they were; a field that an object lacks is null. Raises
    `InvalidInput` ("source.wide")."""
    objects = [flat(row) for row in rows]
    names = dict.fromkeys(name for row in objects for name in row)
    not_too_wide(len(names))
    return table_of(objects, names)


def table_of(objects: Sequence[dict], names: Iterable[str]) -> tuple[pa.Table, Kinds]:
    columns: dict[str, pa.Array] = {}
    kinds: dict[str, np.ndarray] = {}
    for name in names:
        values = [row.get(name) for row in objects]
        columns[name] = pa.array(map(as_text, values), pa.string())
        kinds |= kinds_of(name, values)
    return pa.table(columns), kinds


def kinds_of(name: str, values: Sequence[object]) -> Kinds:
    """The kinds of one column; empty where it has only texts, numbers and times."""
    if KINDS.keys().isdisjoint(map(type, values)):
        return {}
    return {name: np.array([KINDS.get(type(value), 0) for value in values], dtype=np.int8)}


def flat(row: dict) -> dict:
    """An object with what its objects hold beside them, under dotted names."""
    if not any(isinstance(value, (dict, list)) for value in row.values()):
        return row
    return dict(members(row, ""))


def members(row: dict, prefix: str) -> Iterator[tuple[str, object]]:
    for name, value in row.items():
        yield prefix + name, value
        if isinstance(value, dict):
            yield from members(value, f"{prefix}{name}.")
        elif (
            isinstance(value, list)
            and len(value) <= FEW_NUMBERS
            and all(isinstance(number, (int, float)) for number in value)
        ):
            yield from ((f"{prefix}{name}.{index}", number) for index, number in enumerate(value))


def as_text(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)
