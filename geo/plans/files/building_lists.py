"""Lists that name buildings, as people keep them: a CSV whose rows have our number, the register's code,
or a street and a house."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, text

from geo.addresses.folding import fold_house, fold_street
from geo.addresses.house_numbers import corpus_key, house_key
from geo.addresses.street_directory import StreetDirectory
from geo.encodings import find_encoding
from geo.errors import InvalidInput
from geo.ranges import whole
from geo.settings import City
from geo.written_text import twice

NAMED_BY = ("building", "register_code", "street", "house")
NO_TEXT = "\ufffd"
"""Stands for bytes that are no text in their encoding."""
Reject = tuple[int, str, str]
"""Row of the file, code, value."""

FIND = """
    select n, b.id from unnest(
        cast(:numbers as int[]), cast(:ids as bigint[]), cast(:codes as text[]), cast(:streets as text[]),
            cast(:houses as text[])) as r (n, id, code, street, house)
    join building b on b.region = :region and (b.id = r.id or (r.id is null and b.register_code = r.code)
        or (r.id is null and r.code is null and b.street_norm = r.street and b.house_norm = r.house))
    order by n, b.id"""
HOUSES = """select id, street_norm, coalesce(house, house_norm) from building
    where region = :region and street_norm = any(:streets) and house_norm is not null order by id"""


@dataclass(frozen=True)
class Named:
    """What a row says of its building; `number` from 2, the head being the first row of the file."""

    number: int
    building: int | None
    code: str | None
    street: str | None
    house: str | None

    @classmethod
    def read(cls, number: int, raw: Mapping[str, str]) -> Named:
        """A number of ours that is none names no building."""
        given = raw.get("building", "")
        own = (whole(given) or 0) if given else None
        return cls(
            number,
            own,
            raw.get("register_code") or None,
            fold_street(raw.get("street", "")) or None,
            fold_house(raw.get("house", "")) or None,
        )

    def __str__(self) -> str:
        return str(self.building or self.code or f"{self.street or ''} {self.house or ''}".strip())


def read_csv(body: bytes) -> tuple[list[str], list[dict[str, str]]]:
    """Columns (folded) and rows of a CSV in any encoding that is known by its letters; comma, semicolon or
    tab. Raises `InvalidInput`: "list.unreadable" for what is no CSV, "list.encoding" for bytes that are no
    text, with their line, "list.column_twice"."""
    text = _text(body)
    head = text.split("\n", 1)[0]
    reader = csv.DictReader(
        io.StringIO(text.replace("\0", ""), newline=""), delimiter=max(";,\t", key=head.count)
    )
    try:
        if repeated := twice(reader.fieldnames or ()):
            raise InvalidInput("list.column_twice", column=repeated[0][:40])
        rows = [
            {
                (name or "").strip().casefold(): (value or "").strip()
                for name, value in row.items()
                if isinstance(value, str | None)
            }
            for row in reader
        ]
    except csv.Error as error:
        raise InvalidInput("list.unreadable", line=reader.line_num, reason=str(error)) from error
    return [(name or "").strip().casefold() for name in reader.fieldnames or ()], rows


def _text(body: bytes) -> str:
    stream = io.BytesIO(body)
    try:
        decoder = find_encoding(stream)
    except ValueError as error:
        raise InvalidInput("list.unreadable", line=1, reason=str(error)) from error
    stream.seek(0)
    text = b"".join(decoder.utf8(stream)).decode().removeprefix("\ufeff")
    if NO_TEXT in text and not decoder.sound:
        line = text.count("\n", 0, text.index(NO_TEXT)) + 1
        raise InvalidInput("list.encoding", line=line, encoding=decoder.encoding.upper())
    return text


def names_buildings(columns: Sequence[str]) -> bool:
    return bool({"building", "register_code"} & set(columns)) or {"street", "house"} <= set(columns)


def find(connection: Connection, city: City, rows: Sequence[Named]) -> tuple[dict[int, int], list[Reject]]:
    """Row's number -> building, and the rows that name none ("building.unknown"), several
    ("tags.several"), or one that a row before named ("row.doubled")."""
    hits = connection.execute(
        text(FIND),
        {
            "region": city.region,
            "numbers": [row.number for row in rows],
            "ids": [row.building for row in rows],
            "codes": [row.code for row in rows],
            "streets": [row.street for row in rows],
            "houses": [row.house for row in rows],
        },
    ).all()
    named: dict[int, list[int]] = defaultdict(list)
    for hit in hits:
        named[hit.n].append(hit.id)
    named |= _find_otherwise_written(connection, city, [row for row in rows if row.number not in named])
    found: dict[int, int] = {}
    rejects: list[Reject] = []
    taken: set[int] = set()
    for row in rows:
        buildings = named.get(row.number, [])
        if len(buildings) != 1 or buildings[0] in taken:
            several = "tags.several" if len(buildings) > 1 else "row.doubled"
            rejects.append((row.number, several if buildings else "building.unknown", str(row)))
        else:
            found[row.number] = buildings[0]
            taken.add(buildings[0])
    return found, rejects


def _find_otherwise_written(
    connection: Connection, city: City, rows: Sequence[Named]
) -> dict[int, list[int]]:
    """The buildings meant by rows that name a street and a house, found by the reader of addresses: a street
    by its other and former names, a house by other ways to write its parts."""

    def execute(statement: str, bound: dict[str, Any]) -> list[Any]:
        return list(connection.execute(text(statement), bound).all())

    addressed = [
        row for row in rows if row.building is None and row.code is None and row.street and row.house
    ]
    if not addressed:
        return {}
    streets = StreetDirectory.read(city, execute)
    norms = {row.street: streets.norms_of(row.street or "") for row in addressed}
    houses: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    bound = {"region": city.region, "streets": sorted(set().union(*norms.values()))}
    for id_, norm, house in execute(HOUSES, bound):
        for key in {house_key(house), corpus_key(house)}:
            houses[norm][key].append(id_)
    found: dict[int, list[int]] = {}
    for row in addressed:
        for key in (house_key(row.house or ""), corpus_key(row.house or "")):
            meant = [id_ for norm in sorted(norms[row.street]) for id_ in houses[norm].get(key, ())]
            if meant:
                found[row.number] = meant
                break
    return found
