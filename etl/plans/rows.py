"""The rows of a file of precincts: which column says what, and what a row says of its precinct.

A file names its precinct by a column: the one asked for, else the first of `NUMBERS` that it has. Names
that are no numbers ("07-03", "vtd:20051120030") are kept as the precinct's code, beside a number of our
own; columns that we do not know are kept as they are. A row of the kind "hole" is no precinct but a hole of
the plan that is lawful, with its reason.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

import pyarrow as pa
import shapely

from etl.clean import numbers
from geo.errors import InvalidInput
from geo.plans.decision_text.read import Unmatched
from geo.plans.plan_import import PrecinctInput, StationInput

NUMBERS = ("number", "precinct", "uik", "no", "num", "номер", "участок", "учаске", "нөмірі", "name", "id")
OTHERS = {
    "kind": ("kind", "type"),
    "voters": ("voters", "избиратели", "сайлаушылар"),
    "station_kk": ("station_kk",),
    "station_ru": ("station_ru", "station"),
    "address": ("station_address", "station_ad", "address"),
    "address_kk": ("addr_kk",),
    "entrance_kk": ("entry_kk",),
    "entrance_ru": ("entry_ru",),
    "lon": ("station_lon", "station_lo"),
    "lat": ("station_lat", "station_la"),
    "code": ("code",),
    "reason": ("reason",),
}
PLAIN = re.compile(r"\D*(\d{1,6})(?:\.0+)?\D*")
"""A number with words around it."""
OWN = {"id", "number", "former", "district", "buildings", "reason"}
"""Columns of our own files that say nothing about the precinct: what is counted or drawn again."""
KINDS = ("open", "closed", "abroad")
MOST_VOTERS = 10**7
HOLE = "hole"


@dataclass(frozen=True)
class Row:
    """`label`: what the file calls the precinct, none where it does not; `known`: the columns of `OTHERS`,
    `attributes`: all others."""

    index: int
    label: str | None
    known: Mapping[str, Any]
    attributes: Mapping[str, Any]

    def __str__(self) -> str:
        return self.label or f"row {self.index + 1}"


def rows_of(table: Mapping[str, list], number_field: str | None, file: str) -> list[Row]:
    """Raises `InvalidInput` ("plan_file.number_field") where no column names the precincts."""
    names = {name.casefold(): name for name in table}
    field = (
        names.get(number_field.casefold())
        if number_field
        else next((names[name] for name in NUMBERS if name in names), None)
    )
    if field is None:
        raise InvalidInput(
            "plan_file.number_field", file=file, asked=number_field or "-", columns=", ".join(table)
        )
    known = known_columns(table, names, field)
    return [
        Row(
            index,
            label_of(value),
            {name: table[column][index] for name, column in known.items()},
            others(table, index, {field, *known.values()}),
        )
        for index, value in enumerate(table[field])
    ]


def known_columns(table: Mapping[str, list], names: Mapping[str, str], field: str) -> dict[str, str]:
    """Name in `OTHERS` -> column of the file; `names`: its columns by their small letters."""
    known = {
        name: names[found]
        for name, spellings in OTHERS.items()
        if (found := next((n for n in spellings if n in names and names[n] != field), None))
    }
    if "kind" in known and not set(table[known["kind"]]) <= {*KINDS, HOLE, None, ""}:
        del known["kind"]  # a column of that name that says something else
    return known


def label_of(value: object) -> str | None:
    """A whole number that came as a float is one."""
    known = (
        ""
        if value is None or value != value
        else str(int(value))
        if isinstance(value, float) and value.is_integer()
        else str(value).strip()
    )
    return known or None


def others(table: Mapping[str, list], index: int, used: set[str]) -> dict[str, object]:
    """The file's further columns, as JSON holds them."""
    kept = {
        name: column[index]
        for name, column in table.items()
        if name not in used and name.casefold() not in OWN
    }
    return {
        name: value if isinstance(value, (str, int, float, bool)) else str(value)
        for name, value in kept.items()
        if value is not None and value == value
    }


def number(rows: Sequence[Row]) -> tuple[dict[int, int], list[Unmatched]]:
    """A number for each row, by its place: the one it is called by ("12", "№ 12", "УИК 12"), where no
    other name has the same; else the next free one, which is a question where the row is not called
    anything, or as one before it."""
    plain = {
        row.index: int(found[1])
        for row in rows
        if row.label and (found := PLAIN.fullmatch(row.label)) and int(found[1]) > 0
    }
    called = defaultdict(set)
    for row in rows:
        if row.index in plain:
            called[plain[row.index]].add(row.label)
    first = {n: index for index, n in reversed(plain.items()) if len(called[n]) == 1}
    kept = {index: n for n, index in first.items()}
    free = count(max(kept.values(), default=0) + 1)
    given = {row.index: kept[row.index] if row.index in kept else next(free) for row in rows}
    before: set[str] = set()
    again = set()
    for row in rows:
        if row.label in before and row.index not in plain:
            again.add(row.index)
        before |= {row.label} if row.label else set()
    doubtful = [
        row
        for row in rows
        if row.label is None
        or row.index in again
        or row.index not in kept
        and row.index in plain
        and plain[row.index] in first
    ]
    return given, [Unmatched(given[row.index], "plan_file.no_number", str(row)) for row in doubtful]


def kind_of(row: Row) -> str:
    return row.known["kind"] if row.known.get("kind") in KINDS else "open"


def precinct_of(row: Row, number_: int, polygon: shapely.Geometry | None, file: str) -> PrecinctInput:
    """One without a polygon cannot be open."""
    known, kind = row.known, kind_of(row) if polygon is not None or kind_of(row) != "open" else "closed"
    code = known.get("code") or (row.label if row.label != str(number_) else None)
    return PrecinctInput(
        number_,
        kind,
        int(number_in(row, "voters", file, whole=True) or 0),
        polygon if kind == "open" else None,
        station_of(row, file),
        code and str(code),
        row.attributes,
    )


def number_in(row: Row, name: str, file: str, whole: bool = False) -> float | None:
    """The number in a row's column, however it is written; `whole`: of things that are counted. Raises
    `InvalidInput` ("plan_file.value")."""
    value = row.known.get(name)
    found, bad = (numbers.parse_whole if whole else numbers.parse)(
        pa.array([None if value is None else str(value)], pa.string())
    )
    if bad[0] or whole and not 0 <= (found[0].as_py() or 0) <= MOST_VOTERS:
        raise InvalidInput(
            "plan_file.value", file=file, precinct=str(row), column=name, value=str(value)[:80]
        )
    return found[0].as_py()


def text_in(row: Row, name: str) -> str | None:
    value = row.known.get(name)
    return None if value is None else str(value)


def station_of(row: Row, file: str) -> StationInput | None:
    """None where it is named in no language; in one alone, that name stands for both."""
    name_kk, name_ru = text_in(row, "station_kk"), text_in(row, "station_ru")
    if not name_kk and not name_ru:
        return None
    lon, lat = (number_in(row, name, file) for name in ("lon", "lat"))
    return StationInput(
        name_kk or name_ru,
        name_ru or name_kk,
        text_in(row, "address") or None,
        lon,
        lat,
        text_in(row, "address_kk") or None,
        text_in(row, "entrance_kk") or None,
        text_in(row, "entrance_ru") or None,
    )
