"""Lists that name buildings, as people keep them: a CSV whose rows have our number, the register's code,
or a street and a house."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, text

from geo.addresses.folding import fold_house, fold_street
from geo.errors import InvalidInput

NAMED_BY = ("building", "register_code", "street", "house")
Reject = tuple[int, str, str]
"""Row of the file, code, value."""

FIND = """
    select n, b.id, count(*) over (partition by n) as same from unnest(
        cast(:numbers as int[]), cast(:ids as bigint[]), cast(:codes as text[]), cast(:streets as text[]),
            cast(:houses as text[])) as r (n, id, code, street, house)
    join building b on b.region = :region and (b.id = r.id or (r.id is null and b.register_code = r.code)
        or (r.id is null and r.code is null and b.street_norm = r.street and b.house_norm = r.house))
    order by n, b.id"""


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
        own = (
            (int(given) if given.isascii() and given.isdigit() and len(given) < 19 else 0) if given else None
        )
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
    """Columns (folded) and rows of a CSV: UTF-8 or CP1251; comma, semicolon or tab. Raises `InvalidInput`
    ("list.unreadable") for what is no CSV."""
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = body.decode("cp1251", errors="replace")
    head = text.split("\n", 1)[0]
    reader = csv.DictReader(
        io.StringIO(text.replace("\0", ""), newline=""), delimiter=max(";,\t", key=head.count)
    )
    try:
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


def names_buildings(columns: Sequence[str]) -> bool:
    return bool({"building", "register_code"} & set(columns)) or {"street", "house"} <= set(columns)


def find(connection: Connection, region: str, rows: Sequence[Named]) -> tuple[dict[int, int], list[Reject]]:
    """Row's number -> building, and the rows that name none ("building.unknown"), several
    ("tags.several"), or one that a row before named ("row.doubled")."""
    hits = connection.execute(
        text(FIND),
        {
            "region": region,
            "numbers": [row.number for row in rows],
            "ids": [row.building for row in rows],
            "codes": [row.code for row in rows],
            "streets": [row.street for row in rows],
            "houses": [row.house for row in rows],
        },
    ).all()
    first, found, rejects, taken = {hit.n: hit for hit in reversed(hits)}, {}, [], set()
    for row in rows:
        hit = first.get(row.number)
        if hit is None or hit.same > 1 or hit.id in taken:
            rejects.append(
                (
                    row.number,
                    "building.unknown" if hit is None else "tags.several" if hit.same > 1 else "row.doubled",
                    str(row),
                )
            )
        else:
            found[row.number] = hit.id
            taken.add(hit.id)
    return found, rejects
