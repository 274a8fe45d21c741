"""What a row refers to: its category and performer by key, and the time it is due by its category's
regulatory period."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Connection, text

from etl.clean.numbers import mask
from etl.clean.texts import fold, translate
from etl.clean.words import look_up
from etl.entities.shaping import ReferenceCatalogue, Shaping
from geo.addresses.names import name_key, only_ones
from geo.deadlines.calendar import load_calendar
from geo.settings import City

HOUR_US = 3600 * 10**6


def read_catalogue(connection: Connection, city: City) -> ReferenceCatalogue:
    categories = connection.execute(
        text(
            "select id, key, name_kk, name_ru, name_en, due_hours, calendar, performer_id from "
            "category order by id"
        )
    ).all()
    performers = connection.execute(text("select id, key from performer")).all()
    managers = connection.execute(text("select id, key from manager")).all()
    districts = connection.execute(
        text(
            "select id, key, name_kk, name_ru, name_en from district where region = :region and "
            "valid_to is null"
        ),
        {"region": city.region},
    )
    return ReferenceCatalogue(
        ids={
            "district": only_ones((name, row.id) for row in districts for name in row[1:]),
            "category": named(categories) | keyed(categories),
            "performer": keyed(performers),
            "manager": keyed(managers),
        },
        due_hours={row.id: row.due_hours for row in categories if row.due_hours is not None},
        working=frozenset(row.id for row in categories if row.calendar == "working"),
        performer={row.id: row.performer_id for row in categories if row.performer_id is not None},
        calendar=load_calendar(connection, city),
    )


def keyed(rows) -> dict[str, int]:
    return {fold(row.key): row.id for row in rows}


def named(rows) -> dict[str, int]:
    """Categories by their names: sources say "Жарық жоқ" more often than a key. Of two with one name, the
    first."""
    return {fold(name): row.id for row in reversed(rows) for name in (row.name_en, row.name_ru, row.name_kk)}


def category_ids(s: Shaping, name: str) -> pa.Array:
    """Ids of the categories that a field names; an unknown one is rejected, or added where the feed says
    so."""
    words = s.column(name)
    known = s.catalogue.ids.setdefault("category", {})
    if s.feed.new_categories:
        for word in pc.unique(words.drop_null()).to_pylist():
            if fold(word) not in known:
                known[fold(word)] = s.add_category(word)
    values, bad = look_up(words, known, pa.int64())
    s.faults.mark(bad, "category.unknown", name)
    return values


def performer_ids(s: Shaping, category: pa.Array) -> pa.Array:
    """Ids of the performers that the rows name, else of their category's default."""
    values, bad = look_up(s.column("performer"), s.catalogue.ids.get("performer", {}), pa.int64())
    s.faults.mark(bad, "performer.unknown", "performer")
    return pc.coalesce(values, by_category(category, s.catalogue.performer, pa.int64()))


def district_ids(s: Shaping) -> pa.Array:
    """Ids of the districts in force that the rows name, in whatever spelling; an unknown name is counted
    ("district.unknown") and no reason to reject."""
    words = s.column("district")
    known = s.catalogue.ids.get("district", {})
    values = translate(words, lambda name: known.get(name_key(name)), pa.int64())
    s.corrections.add("district.unknown", mask(pc.and_(pc.is_valid(words), pc.is_null(values))))
    return values


def by_category(category: pa.Array, values: Mapping[int, object], type_: pa.DataType) -> pa.Array:
    return translate(category, values.get, type_)


def due_times(s: Shaping, category: pa.Array, opened: pa.Array) -> pa.Array:
    """The source's own due time, else opened + the category's period (UTC): clock hours, or working days
    of the city's calendar."""
    given = s.column("due_at", opened.type)
    if not s.catalogue.due_hours:
        return given
    hours = by_category(category, s.catalogue.due_hours, pa.float64())
    known = mask(pc.and_(pc.is_valid(hours), pc.is_valid(opened)))
    hours_us = (np.nan_to_num(hours.to_numpy(zero_copy_only=False)) * HOUR_US).astype(np.int64)
    start = pc.fill_null(pc.cast(opened, pa.int64()), 0).to_numpy(zero_copy_only=False)
    due = start + hours_us
    working = known & np.isin(
        pc.fill_null(category, -1).to_numpy(zero_copy_only=False), list(s.catalogue.working)
    )
    if working.any():
        due[working] = s.catalogue.calendar.due(start[working], hours_us[working])
    return pc.coalesce(given, pa.array(due, pa.int64(), mask=~known).cast(opened.type))
