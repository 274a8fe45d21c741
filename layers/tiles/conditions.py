"""A selection (kinds, statuses, districts ...) as an SQL condition on rows of `incident`."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from geo.settings import City
from layers.scope import OF_PERFORMER
from layers.tiles.selection import NO_CHANNEL, Selection


def conditions(selection: Selection, city: City) -> tuple[str, dict[str, Any]]:
    """SQL over `incident as i` and its values. Rows a source no longer lists are left out. Days are the
    city's, so bounds are moments."""
    values: dict[str, Any] = {
        "kinds": _list(selection.kinds),
        "categories": _list(selection.categories),
        "statuses": _list(selection.statuses),
        "priorities": _list(selection.priorities),
        "districts": _list(selection.districts),
        "performers": _list(selection.performers),
        "channels": _list(selection.channels),
        "scope_districts": _list(selection.scope_districts),
        "scope_performer": selection.scope_performer,
        "opened_from": _start(selection.since, city),
        "opened_before": _start(selection.until and selection.until + timedelta(days=1), city),
    }
    terms = {
        "kinds": "i.kind = any(:kinds)",
        "categories": _id_of("i.category_id", selection.categories) + " = any(:categories)",
        "statuses": "i.status = any(:statuses)",
        "priorities": "i.priority = any(:priorities)",
        "districts": _id_of("i.district_id", selection.districts) + " = any(:districts)",
        "performers": ACTS + (NOBODY_ACTS if 0 in (selection.performers or ()) else "") + ")",
        "channels": (
            f"coalesce(i.channel, '{NO_CHANNEL}')"
            if NO_CHANNEL in (selection.channels or ())
            else "i.channel"
        )
        + " = any(:channels)",
        "scope_districts": "i.district_id in (select d.id from district as d "
        "where d.region = i.region and d.key = any(:scope_districts))",
        "scope_performer": OF_PERFORMER,
        "opened_from": "i.opened_at >= :opened_from",
        "opened_before": "i.opened_at < :opened_before",
    }
    given = {name: value for name, value in values.items() if value is not None}
    return " and ".join(["i.vanished_at is null", *(terms[name] for name in given)]), given


ACTS = """(i.performer_id = any(:performers) or i.performer_id is null and i.category_id in (
    select c.id from category as c where c.performer_id = any(:performers))"""
NOBODY_ACTS = """ or i.performer_id is null and (i.category_id is null or i.category_id not in (
    select c.id from category as c where c.performer_id is not null))"""


def _id_of(column: str, ids: tuple[int, ...] | None) -> str:
    """0 stands for "none"; only a selection that holds it pays with the index for that."""
    return f"coalesce({column}, 0)" if ids and 0 in ids else column


def _list(values: tuple | None) -> list | None:
    return None if values is None else list(values)


def _start(day: date | None, city: City) -> datetime | None:
    return None if day is None else datetime.combine(day, time.min, tzinfo=city.time_zone)
