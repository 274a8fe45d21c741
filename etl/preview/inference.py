"""What a file's columns seem to be: their types, and the field that each would fill. A proposal for a
declaration, never a decision.

A name alone says little (`number`, `type`, `location` are columns of anything): of the columns that are
called like a field, those whose data can be it are left, and the likeliest by name and data is proposed.
An id is different in every row, a category has few values, an address has a street and a house.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import compress
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa

from etl.clean import numbers, times, words
from etl.clean.texts import tidy, unblanked, whole
from etl.entities.entity import Entity
from etl.readers import Chunk
from etl.registry import Feed
from geo.incidents.model import KINDS

LOOKED_AT = 5_000
"""Rows that tell a column's type."""
MOSTLY = 0.8
"""The share of a column's cells that must be times for it to seem one: the others are told."""
ALIKE = 0.87
FEW = 50
"""Rows that may all differ in what has few values."""
LEAST_FIT = 0.3
"""The least combined fit of name and data for a proposal."""
MOST_WORDS = 50
WORDS = {
    "status.unknown": words.STATUSES.values(),
    "priority.unknown": words.PRIORITIES.values(),
    "kind.unknown": KINDS,
}
"""Reason of a reject -> our words that a source's word may mean."""
KNOWN_AS: dict[str, tuple[str, ...]] = {
    "source_id": (
        "id",
        "objectid",
        "uid",
        "rowid",
        "uniquekey",
        "number",
        "requestnumber",
        "servicerequestnumber",
        "servicerequestid",
        "caseenquiryid",
        "incidentnumber",
        "номер",
        "номерзаявки",
        "заявка",
        "заявки",
        "обращение",
        "код",
        "нөмірі",
    ),
    "opened_at": (
        "created",
        "createdat",
        "createddate",
        "creationdate",
        "openedat",
        "time",
        "opendt",
        "date",
        "datetime",
        "requesteddatetime",
        "receiveddttm",
        "датасоздания",
        "дата",
        "датаобращения",
        "датарегистрации",
        "датаивремя",
        "время",
        "тіркелгенкүні",
        "күні",
    ),
    "received_at": ("createddate", "datetime", "date", "датаобращения", "дата", "күні"),
    "closed_at": (
        "closeddate",
        "closeddt",
        "completiondate",
        "closedat",
        "датазакрытия",
        "датаисполнения",
        "жабылғанкүні",
    ),
    "due_at": ("duedate", "targetdt", "expecteddatetime", "срок", "срокисполнения", "мерзімі"),
    "status": ("casestatus", "state", "статус", "состояние", "мәртебесі"),
    "priority": ("приоритет", "басымдығы"),
    "category": (
        "offense",
        "offence",
        "crimetype",
        "type",
        "complainttype",
        "servicename",
        "calltype",
        "typeofservicerequest",
        "категория",
        "тип",
        "тема",
        "темаобращения",
        "санаты",
        "түрі",
    ),
    "topic": ("category", "тема", "темаобращения", "тақырыбы"),
    "title": ("description", "descriptor", "casetitle", "name", "описание", "содержание", "сипаттамасы"),
    "address": ("streetaddress", "incidentaddress", "location", "адрес", "мекенжай", "мекенжайы"),
    "vertices": ("points", "coordinates", "path", "точки", "нүктелер"),
    "lon": ("longitude", "long", "lng", "xcoord", "долгота", "бойлық"),
    "lat": ("latitude", "ycoord", "широта", "ендік"),
    "street_ru": ("street", "addrstreet", "streetname", "улица"),
    "street_kk": ("көше",),
    "house": ("housenumber", "addrhousenumber", "дом", "номердома", "үй"),
    "floors": ("levels", "buildinglevels", "numberoffloors", "этажность", "этажей", "қабаты"),
    "voters": ("regvoters", "registeredvoters", "избирателей", "избират", "сайлаушылар"),
    "number": ("precinct", "precinctnumber", "участок", "номеручастка", "учаске"),
    "key": ("code", "код"),
    "name_ru": ("name", "название", "наименование"),
    "name_kk": ("namekaz", "атауы"),
    "name_en": ("nameen",),
}
"""Field -> what columns that hold it are called, letters and digits alone, in lower case."""


@dataclass(frozen=True)
class Column:
    """`filled`: the share of rows that are not blank. `field`: what it would fill, none where nothing
    fits. `odd`: values, not blank, that are not of the type."""

    name: str
    type: str
    filled: float
    example: str | None
    field: str | None
    odd: tuple[str, ...] = ()


def columns(chunk: Chunk, entity: Entity, zone: ZoneInfo) -> list[Column]:
    """The columns of a chunk, without its geometry; each field is proposed once."""
    names = [name for name in chunk.table.column_names if name != chunk.geometry]
    looked = {name: Looked.at(chunk.table[name].slice(0, LOOKED_AT), zone) for name in names}
    holding = {
        name for name in names if any(other.startswith(f"{name}.") for other in names)
    }  # an object: its members are columns of their own
    fields = proposed({name: seen for name, seen in looked.items() if name not in holding}, entity)
    return [
        Column(
            name,
            seen.type,
            len(seen.values) / max(1, seen.rows),
            seen.values[0] if seen.values else None,
            fields.get(name),
            seen.odd,
        )
        for name, seen in looked.items()
    ]


@dataclass(frozen=True)
class Looked:
    """The first rows of a column: its type, how many rows were looked at, those of its values that are not
    blank, and those of these that are not of the type."""

    type: str
    rows: int
    values: list[str]
    odd: tuple[str, ...] = ()

    @classmethod
    def at(cls, column: pa.ChunkedArray, zone: ZoneInfo) -> Looked:
        seems, values = type_of(column, zone), unblanked(tidy(column))[0].drop_null().to_pylist()
        mixed = seems == "time" and not pa.types.is_temporal(column.type)
        odd = no_times(pa.array(values, pa.string()), zone).tolist() if mixed else ()
        return cls(seems, len(column), values, tuple(compress(values, odd)))

    @property
    def distinct(self) -> float:
        """The share of the values that differ."""
        return len(set(self.values)) / max(1, len(self.values))


def proposed(looked: Mapping[str, Looked], entity: Entity) -> dict[str, str]:
    """Column -> the field that it would fill: the pairs that name and data speak for, likeliest first,
    each column and each field once."""
    types = {field.name: field.type for field in entity.fields}
    pairs = [
        (by_name * data_fit(field, types[field], seen), -number, column, field)
        for number, (column, seen) in enumerate(looked.items())
        for field in types
        if (by_name := name_fit(column, field))
    ]
    found: dict[str, str] = {}
    for fit, _, column, field in sorted(pairs, reverse=True):
        if fit >= LEAST_FIT and column not in found and field not in found.values():
            found[column] = field
    return found


def name_fit(column: str, field: str) -> float:
    """How much a column is called like a field, 0 to 1: its own name, a name of it (the earlier in
    `KNOWN_AS` the better), or nearly one."""
    if "." in column:
        return max(
            name_fit(column.replace(".", ""), field), 0.98 * name_fit(column.rpartition(".")[2], field)
        )
    name = re.sub(r"[\W_]", "", column.casefold())
    own, known = field.replace("_", ""), KNOWN_AS.get(field, ())
    if name == own:
        return 1.0
    if name in known:
        return 0.95 - 0.3 * known.index(name) / len(known)
    return 0.6 if len(name) > 4 and get_close_matches(name, (*known, own), 1, ALIKE) else 0.0


def data_fit(field: str, type_: str, seen: Looked) -> float:
    """How well a column's values can be a field's, 0 to 1; a blank column can be anything, and is nobody's
    first choice."""
    if not seen.values:
        return 0.6
    if type_ == "time":
        return (
            1.0
            if seen.type == "time"
            else 0.8
            if seen.type == "text" and any(map(str.isdigit, "".join(seen.values[:50])))
            else 0.3
            if seen.type in ("integer", "number")
            else 0.1
        )
    if type_ in ("integer", "number", "coordinate"):
        return 1.0 if seen.type in ("integer", "number") else 0.2
    if field == "source_id":
        return 1.0 if seen.distinct == 1.0 else 0.9 if seen.distinct > 0.9 else 0.1
    if field in ("category", "topic", "status", "priority"):
        return (
            1.0 - seen.distinct * (0.5 if len(seen.values) <= FEW else 0.9) if len(seen.values) > 1 else 1.0
        )
    if field in ("address", "house"):
        with_number = sum(any(map(str.isdigit, value)) for value in seen.values) / len(seen.values)
        return (0.4 + 0.6 * with_number) if seen.type == "text" else 0.4 if field == "address" else 0.9
    return 1.0


def type_of(column: pa.Array | pa.ChunkedArray, zone: ZoneInfo) -> str:
    """blank, integer, number, boolean, time or text: the narrowest that fits every value; a time fits nearly
    every one (`MOSTLY`), for those are typed by hand."""
    array = whole(column)
    if pa.types.is_boolean(array.type):
        return "boolean"
    if pa.types.is_temporal(array.type):
        return "time"
    text = tidy(array)
    if text.null_count == len(text):
        return "blank"
    readers = (
        ("integer", numbers.parse_whole),
        ("number", numbers.parse),
        ("boolean", as_boolean),
    )
    for name, parse in readers:
        if not parse(text)[1].any():
            return name
    given = len(text) - text.null_count
    return "time" if given - no_times(text, zone).sum() >= MOSTLY * given else "text"


def no_times(texts: pa.Array, zone: ZoneInfo) -> np.ndarray:
    """Mask of the texts that are not times, read day first or month first, whichever leaves fewer."""
    return min((times.parse(texts, zone, day_first)[1] for day_first in (True, False)), key=np.sum)


def as_boolean(array: pa.Array):
    return words.look_up(array, words.BOOLEANS, pa.bool_())


def mapping(found: list[Column]) -> dict[str, str]:
    return {column.field: column.name for column in found if column.field is not None}


def words_to_fill(feed: Feed, name: str, unknown: Mapping[str, str]) -> str:
    """The table of a declaration that says what a source's words mean, to be filled in."""
    ours = sorted({str(word) for word in WORDS[f"{name}.unknown"]})
    lines = [f'{json.dumps(word, ensure_ascii=False)} = ""' for word in list(unknown)[:MOST_WORDS]]
    return "\n".join([f"[{feed.key}.words.{name}]   # {' | '.join(ours)}", *lines])


def declaration(feed: Feed, entity: Entity) -> str:
    """A declaration to begin with, as TOML; required fields that no column fills stand there to be filled."""

    def table(name: str, given: Mapping[str, str | tuple[str, ...]]) -> list[str]:
        return (
            [
                "",
                f"[{feed.key}.{name}]",
                *(f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in given.items()),
            ]
            if given
            else []
        )

    missing = [
        f'# {field.name} = ""'
        for field in entity.fields
        if field.required
        and field.name not in {**feed.fields, **feed.constants}
        and not (field.name == "source_id" and feed.content_id)
    ]
    where = [f"header_row = {feed.header_row}"] if feed.header_row > 1 else []
    where += (
        []
        if feed.header
        else [
            "header = false",
            "# columns = [], their names in order; without them they are called by their places",
        ]
    )
    where += [f"table = {json.dumps(feed.table, ensure_ascii=False)}"] if feed.table else []
    where += [
        f"{name} = {json.dumps(value)}"
        for name in ("srid", "swapped", "scale", "content_id")
        if (value := getattr(feed, name))
    ]
    new = ["new_categories = true"] if feed.new_categories else []
    return "\n".join(
        [
            f"[{feed.key}]",
            f'noun = "{entity.key}"',
            *where,
            *new,
            *table("fields", feed.fields),
            *missing,
            *table("constants", feed.constants),
        ]
    )
