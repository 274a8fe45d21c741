"""JSON as it is pushed: a list of flat objects, one object, one a line, or a GeoJSON FeatureCollection."""
from __future__ import annotations

import json
from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from etl.readers import vector
from etl.readers.chunk import CHUNK_ROWS, Broken, Chunk, Source
from etl.registry import Feed
from geo.errors import InvalidInput


def read(source: Source, feed: Feed) -> Iterator[Chunk]:
    """What is no object is `Broken` ("row.object"). Raises `InvalidInput` ("source.unreadable")."""
    text = source.path.read_bytes() if source.path is not None else source.body or b""
    try:
        rows = parse(text)
    except ValueError as error:
        raise InvalidInput("source.unreadable", source=source.name, reason=str(error)) from error
    if len(rows) == 1 and isinstance(rows[0], dict) and rows[0].get("type") == "FeatureCollection":
        yield from vector.read(source, feed)
        return
    for start in range(0, len(rows), CHUNK_ROWS):
        yield chunk(rows[start:start + CHUNK_ROWS], start + 1)


def parse(text: bytes) -> list:
    try:
        whole = json.loads(text)
    except json.JSONDecodeError:
        lines = [line for line in text.splitlines() if line.strip()]
        if len(lines) < 2:
            raise
        return [json.loads(line) for line in lines]
    return whole if isinstance(whole, list) else [whole]


def chunk(rows: list, first: int) -> Chunk:
    """Values as text, nested ones as JSON; a field that an object lacks is null."""
    numbers = np.arange(first, first + len(rows))
    good = np.array([isinstance(row, dict) for row in rows], dtype=bool)
    broken = [Broken(int(number), "row.object", json.dumps(row, ensure_ascii=False)) for number, row in zip(numbers, rows) if not isinstance(row, dict)]
    objects = [row for row in rows if isinstance(row, dict)]
    names = list(dict.fromkeys(name for row in objects for name in row))
    table = pa.table({name: pa.array([as_text(row.get(name)) for row in objects], pa.string()) for name in names})
    return Chunk(table, numbers[good], broken=broken)


def as_text(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)
