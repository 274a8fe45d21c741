"""Objects as rows of a table: what is inside a value is a column of its own, `location.lat`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

import pyarrow as pa

FEW_NUMBERS = 4


def as_columns(rows: Sequence[dict]) -> pa.Table:
    """Values as text, nested ones as JSON; a field that an object lacks is null."""
    objects = [flat(row) for row in rows]
    names = list(dict.fromkeys(name for row in objects for name in row))
    return pa.table(
        {name: pa.array([as_text(row.get(name)) for row in objects], pa.string()) for name in names}
    )


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
