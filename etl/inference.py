"""What a file's columns seem to be: their types, and the field that each would fill. A proposal for a declaration, never a decision."""
from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from zoneinfo import ZoneInfo

import pyarrow as pa

from etl.clean import numbers, times, words
from etl.clean.texts import tidy, whole
from etl.noun import Noun
from etl.readers import Chunk
from etl.registry import Feed
from geo.incidents import KINDS

LOOKED_AT = 5_000
"""Rows that tell a column's type."""
ALIKE = 0.87
MOST_WORDS = 50
WORDS = {"status.unknown": words.STATUSES.values(), "priority.unknown": words.PRIORITIES.values(), "kind.unknown": KINDS}
"""Reason of a reject -> our words that a source's word may mean."""
KNOWN_AS: dict[str, tuple[str, ...]] = {
    "source_id": ("id", "objectid", "uid", "rowid", "uniquekey", "number", "requestnumber", "servicerequestnumber", "servicerequestid",
                  "caseenquiryid",
                  "incidentnumber", "номер", "номерзаявки", "заявка", "заявки", "обращение", "код", "нөмірі"),
    "opened_at": ("created", "createdat", "createddate", "creationdate", "openedat", "opendt", "date", "datetime", "requesteddatetime", "receiveddttm", "датасоздания", "дата",
                  "датаобращения", "датарегистрации", "датаивремя", "время", "тіркелгенкүні", "күні"),
    "received_at": ("createddate", "datetime", "date", "датаобращения", "дата", "күні"),
    "closed_at": ("closeddate", "closeddt", "completiondate", "closedat", "датазакрытия", "датаисполнения", "жабылғанкүні"),
    "due_at": ("duedate", "targetdt", "expecteddatetime", "срок", "срокисполнения", "мерзімі"),
    "status": ("casestatus", "state", "статус", "состояние", "мәртебесі"),
    "priority": ("приоритет", "басымдығы"),
    "category": ("type", "complainttype", "servicename", "calltype", "typeofservicerequest",
                 "категория", "тип", "тема", "темаобращения", "санаты", "түрі"),
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
    """`filled`: the share of rows that are not blank. `field`: what it would fill, none where nothing fits."""

    name: str
    type: str
    filled: float
    example: str | None
    field: str | None


def columns(chunk: Chunk, noun: Noun, zone: ZoneInfo) -> list[Column]:
    """The columns of a chunk, without its geometry; each field is proposed once."""
    free = [field.name for field in noun.fields]
    found = []
    for name in chunk.table.column_names:
        if name == chunk.geometry:
            continue
        values = tidy(chunk.table[name].slice(0, LOOKED_AT)).drop_null()
        holds = any(other.startswith(f"{name}.") for other in chunk.table.column_names)  # an object: its members are columns of their own
        field = None if holds else guess(name, free)
        if field is not None:
            free.remove(field)
        found.append(Column(name, type_of(chunk.table[name].slice(0, LOOKED_AT), zone), len(values) / max(1, min(LOOKED_AT, chunk.table.num_rows)),
                            values[0].as_py() if len(values) else None, field))
    return found


def type_of(column: pa.Array | pa.ChunkedArray, zone: ZoneInfo) -> str:
    """blank, integer, number, boolean, time or text: the narrowest that fits every value."""
    array = whole(column)
    if pa.types.is_boolean(array.type):
        return "boolean"
    if pa.types.is_temporal(array.type):
        return "time"
    text = tidy(array)
    if text.null_count == len(text):
        return "blank"
    readers = (("integer", numbers.parse_whole), ("number", numbers.parse), ("boolean", as_boolean),
               ("time", lambda a: times.parse(a, zone, True)), ("time", lambda a: times.parse(a, zone, False)))
    return next((name for name, parse in readers if not parse(text)[1].any()), "text")


def as_boolean(array: pa.Array):
    return words.look_up(array, words.BOOLEANS, pa.bool_())


def guess(name: str, free: list[str]) -> str | None:
    """The field among `free` that a column of this name would fill; of one inside an object (`place.lon`) its last name may say it."""
    if "." in name:
        return guess(name.replace(".", ""), free) or guess(name.rpartition(".")[2], free)
    said = re.sub(r"[\W_]", "", name.casefold())
    known = {alias: field for field in reversed(free) for alias in (*KNOWN_AS.get(field, ()), field.replace("_", ""))}
    if said in known:
        return known[said]
    close = get_close_matches(said, known, 1, ALIKE) if len(said) > 4 else []
    return known[close[0]] if close else None


def mapping(found: list[Column]) -> dict[str, str]:
    return {column.field: column.name for column in found if column.field is not None}


def words_to_fill(feed: Feed, name: str, unknown: Mapping[str, str]) -> str:
    """The table of a declaration that says what a source's words mean, to be filled in."""
    ours = sorted({str(word) for word in WORDS[f"{name}.unknown"]})
    lines = [f'{json.dumps(word, ensure_ascii=False)} = ""' for word in list(unknown)[:MOST_WORDS]]
    return "\n".join([f"[{feed.key}.words.{name}]   # {' | '.join(ours)}", *lines])


def declaration(feed: Feed, noun: Noun) -> str:
    """A declaration to begin with, as TOML; required fields that no column fills stand there to be filled."""
    def table(name: str, given: Mapping[str, str | tuple[str, ...]]) -> list[str]:
        return ["", f"[{feed.key}.{name}]", *(f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in given.items())] if given else []

    missing = [f'# {field.name} = ""' for field in noun.fields if field.required and field.name not in {**feed.fields, **feed.constants}]
    where = [f"header_row = {feed.header_row}"] if feed.header_row > 1 else []
    where += [f"table = {json.dumps(feed.table, ensure_ascii=False)}"] if feed.table else []
    where += [f"{name} = {json.dumps(value)}" for name in ("srid", "swapped", "scale", "content_id") if (value := getattr(feed, name))]
    new = ["new_categories = true"] if feed.new_categories else []
    return "\n".join([f"[{feed.key}]", f'noun = "{noun.key}"', *where, *new, *table("fields", feed.fields), *missing, *table("constants", feed.constants)])
