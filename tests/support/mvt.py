"""Reads vector tiles (Mapbox Vector Tile 2.1), as far as tests need: layers, ids, properties, and geometry
as lists of points in tile units."""

from __future__ import annotations

import struct
from collections.abc import Iterator


def decode(tile: bytes) -> dict[str, list[dict]]:
    """Features by layer name: {"id", "properties", "parts"}; `parts` is a list of lists of (x, y), one a
    point set, line or ring."""
    return dict(_layer(value) for field, value in _fields(tile) if field == 3)


def _fields(data: bytes) -> Iterator[tuple[int, int | bytes]]:
    at = 0
    while at < len(data):
        tag, at = _varint(data, at)
        kind = tag & 7
        if kind == 0:
            value, at = _varint(data, at)
        elif kind == 2:
            size, at = _varint(data, at)
            value, at = data[at : at + size], at + size
        else:
            size = {1: 8, 5: 4}[kind]
            value, at = data[at : at + size], at + size
        yield tag >> 3, value


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 127) << shift
        at, shift = at + 1, shift + 7
        if byte < 128:
            return value, at


def _zigzag(value: int) -> int:
    return (value >> 1) ^ -(value & 1)


def _layer(data: bytes) -> tuple[str, list[dict]]:
    name, keys, values, features = "", [], [], []
    for field, value in _fields(data):
        if field == 1:
            name = value.decode()
        elif field == 2:
            features.append(value)
        elif field == 3:
            keys.append(value.decode())
        elif field == 4:
            values.append(_value(value))
    return name, [_feature(feature, keys, values) for feature in features]


def _value(data: bytes) -> object:
    ((field, value),) = _fields(data)
    return {
        1: lambda v: v.decode(),
        2: lambda v: struct.unpack("<f", v)[0],
        3: lambda v: struct.unpack("<d", v)[0],
        4: int,
        5: int,
        6: _zigzag,
        7: bool,
    }[field](value)


def _feature(data: bytes, keys: list[str], values: list[object]) -> dict:
    feature: dict = {"id": None, "properties": {}, "parts": []}
    for field, value in _fields(data):
        if field == 1:
            feature["id"] = value
        elif field == 2:
            tags = list(_packed(value))
            feature["properties"] = {keys[k]: values[v] for k, v in zip(tags[::2], tags[1::2])}
        elif field == 4:
            feature["parts"] = _parts(list(_packed(value)))
    return feature


def _packed(data: bytes) -> Iterator[int]:
    at = 0
    while at < len(data):
        value, at = _varint(data, at)
        yield value


def _parts(commands: list[int]) -> list[list[tuple[int, int]]]:
    parts: list[list[tuple[int, int]]] = []
    x = y = at = 0
    while at < len(commands):
        command, count = commands[at] & 7, commands[at] >> 3
        at += 1
        if command == 7:
            parts[-1].append(parts[-1][0])
            continue
        if command == 1:
            parts.append([])
        for _ in range(count):
            x, y, at = x + _zigzag(commands[at]), y + _zigzag(commands[at + 1]), at + 2
            parts[-1].append((x, y))
    return parts
