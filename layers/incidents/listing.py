"""Incidents as the duty officer reads them: counts by facet and one page of the list, from one snapshot of
the rows.

One pass groups the rows of the window by every facet at once; all counts are sums over those groups, so a
facet's figure is the length of the list that it leads to. The list is paged by keyset, (sort keys, id), so
that pages cover every row exactly once however deep.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

from sqlalchemy import Connection, Engine, text

from geo.errors import InvalidInput
from geo.incidents.payload import PRESSES_AT
from geo.settings import City
from layers.incidents.filters import OVERDUE, IncidentFilter
from layers.reading import snapshot
from layers.tiles.selection import NO_CHANNEL

PAGE_ROWS = 100
FACETS = ("kind", "status", "priority", "district", "category", "performer", "channel", "point", "overdue")


@dataclass(frozen=True)
class Sort:
    """Keys with their types, all in one direction and ended by the id, so that whole rows compare and an
    index serves."""

    keys: tuple[tuple[str, str], ...]
    descending: bool

    def order(self, backwards: bool) -> str:
        direction = "desc" if self.descending != backwards else "asc"
        return ", ".join(f"{expression} {direction}" for expression in self.expressions())

    def expressions(self) -> list[str]:
        return [*(expression for expression, _ in self.keys), "i.id"]

    def beyond(self, backwards: bool) -> str:
        """How a row after a cursor compares with it."""
        return "<" if self.descending != backwards else ">"


SORTS = {
    "newest": Sort((("i.opened_at", "timestamptz"),), descending=True),
    "urgent": Sort(
        (
            ("(i.status = 'closed')", "boolean"),
            ("(-i.priority)", "int"),
            ("coalesce(i.due_at, 'infinity'::timestamptz)", "timestamptz"),
        ),
        descending=False,
    ),
}
"""By urgency: what is over last, then priority, then the deadline that comes (or passed) first
(`ix_incident_urgent`)."""


@dataclass(frozen=True)
class Cursor:
    """Where a page begins: after (or, `backwards`, before) the row with these sort keys and id, as text.
    `backwards` without keys is the last page."""

    keys: tuple[str, ...] = ()
    backwards: bool = False

    def write(self) -> str:
        return (
            base64.urlsafe_b64encode(json.dumps([self.backwards, *self.keys]).encode()).decode().rstrip("=")
        )

    @classmethod
    def read(cls, text: str | None) -> Cursor:
        """None and empty are the first page. Raises `InvalidInput` ("list.cursor")."""
        if not text:
            return cls()
        try:
            backwards, *keys = json.loads(base64.urlsafe_b64decode(text[:300] + "=" * (-len(text) % 4)))
        except (ValueError, TypeError, binascii.Error) as error:
            raise InvalidInput("list.cursor", value=text[:40]) from error
        if not all(isinstance(key, str) for key in keys):
            raise InvalidInput("list.cursor", value=text[:40])
        return cls(tuple(keys), bool(backwards))


LAST_PAGE = Cursor(backwards=True)


@dataclass(frozen=True)
class Answer:
    """`counts`: facet -> value -> how many rows that value leads to, all other filters kept. `first` is
    the place of the first row, 1 = top, 0 = no rows.
    `previous` / `next` none at the ends. `position`: of the change feed, read before the rows. `names`:
    "category", "district" and "performer" -> id -> name."""

    total: int
    counts: Mapping[str, Mapping[Any, int]]
    rows: list[dict[str, Any]]
    first: int
    previous: Cursor | None
    next: Cursor | None
    read_at: datetime
    position: int
    names: Mapping[str, Mapping[int, str]]
    outside: int = 0
    """How many more rows there are of other times, all other filters kept."""


def read_page(
    engine: Engine,
    city: City,
    incident_filter: IncidentFilter,
    lang: str,
    sort: str = "newest",
    cursor: Cursor = Cursor(),
    rows: int = PAGE_ROWS,
) -> Answer:
    """Counts and a page of at most `rows` incidents, all of one moment; of a list that has shrunk away
    from under a cursor, its nearest page. Raises
    `InvalidInput` ("list.sort", "list.cursor"), `Unavailable`."""
    if sort not in SORTS:
        raise InvalidInput("list.sort", value=sort[:40])
    with snapshot(engine) as connection:
        position, now = connection.execute(text("select position, now() from change_position")).one()
        total, counts = count(connection, city, incident_filter, now)
        page, more_before, more_after = (
            _page(connection, city, incident_filter, now, lang, sort, cursor, rows)
            if total
            else ([], False, False)
        )
        if total and not page:
            cursor = Cursor() if cursor.backwards else LAST_PAGE
            page, more_before, more_after = _page(
                connection, city, incident_filter, now, lang, sort, cursor, rows
            )
        before = 0
        if page and more_before:
            before = (
                total - len(page)
                if cursor == LAST_PAGE
                else _rows_before(connection, city, incident_filter, now, sort, page[0]["keys"])
            )
        return Answer(
            total,
            counts,
            page,
            before + 1 if page else 0,
            Cursor(page[0]["keys"], backwards=True) if before else None,
            Cursor(page[-1]["keys"]) if more_after else None,
            now,
            position,
            _names(connection, city, lang),
            _outside(connection, city, incident_filter, now, total),
        )


def count(
    connection: Connection, city: City, incident_filter: IncidentFilter, now: datetime
) -> tuple[int, dict[str, Counter]]:
    """The list's length, and for each facet the length of the list that each of its values leads to."""
    groups = (
        _tallied(connection, city, incident_filter, now)
        if incident_filter.of_all_time()
        else _counted(connection, city, incident_filter, now)
    )
    rows = connection.execute(text("select id, performer_id from category where performer_id is not null"))
    acts = {row.id: row.performer_id for row in rows}
    return _sum_up(groups, _chosen(incident_filter), acts)


def _outside(
    connection: Connection, city: City, incident_filter: IncidentFilter, now: datetime, total: int
) -> int:
    """Rows beyond the window; of a single building none are counted, its card lists them all."""
    if incident_filter.of_all_time() or incident_filter.building is not None:
        return 0
    return max(0, count(connection, city, incident_filter.without_window(), now)[0] - total)


COUNTED = "i.kind, i.status, i.priority, i.district_id, i.category_id, i.performer_id, i.channel"
GROUPED = "group by 1, 2, 3, 4, 5, 6, 7, 8, 9"


def _counted(
    connection: Connection, city: City, incident_filter: IncidentFilter, now: datetime, more: str = "true"
) -> Sequence[tuple[Any, ...]]:
    """The rows of the window by every facet at once."""
    where, values = incident_filter.without_facets().where(city, now)
    return connection.execute(
        text(f"""
        select {COUNTED}, i.point_4326 is null, coalesce({OVERDUE}, false), count(*) from incident as i
            where {where} and {more} {GROUPED}"""),
        values,
    ).all()


def _tallied(
    connection: Connection, city: City, incident_filter: IncidentFilter, now: datetime
) -> list[tuple]:
    """The same of all rows there are, from `incident_tally`: 2 million rows take as long as 20,000. Only
    what is overdue now is looked up, among the open ones."""
    allowed, scoped = incident_filter.scope.where()
    held = connection.execute(
        text(f"""
        select {COUNTED}, not i.placed, false, sum(i.n)::bigint from incident_tally as i
            where i.region = :region and {allowed} {GROUPED} having sum(i.n) <> 0"""),
        {**scoped, "region": city.region},
    ).all()
    late = _counted(connection, city, incident_filter, now, OVERDUE)
    return [*held, *late, *((*group[:-2], False, -group[-1]) for group in late)]


def _chosen(incident_filter: IncidentFilter) -> list[frozenset | None]:
    """What each facet is narrowed to, in the order of `FACETS`. A category, district or performer 0 is
    "none"."""
    selection = incident_filter.selection
    lists = (
        selection.kinds,
        selection.statuses,
        selection.priorities,
        selection.districts,
        selection.categories,
        selection.performers,
        selection.channels,
    )
    flags = (
        (True,) if incident_filter.no_coordinates else None,
        (True,) if incident_filter.overdue else None,
    )
    return [None if values is None else frozenset(values) for values in (*lists, *flags)]


def _sum_up(
    groups: Iterable[tuple], chosen: list[frozenset | None], acts: Mapping[int, int]
) -> tuple[int, dict[str, Counter]]:
    """A group counts for a facet's value when it passes every other facet, and for the total when it
    passes all. `acts`: category -> its performer."""
    total = 0
    counts: dict[str, Counter[Any]] = {facet: Counter() for facet in FACETS}
    for kind, status, priority, district, category, performer, channel, point, overdue, n in groups:
        acting = performer or acts.get(category) or 0
        value = (
            kind,
            status,
            priority,
            district or 0,
            category or 0,
            acting,
            channel or NO_CHANNEL,
            point,
            overdue,
        )
        missed = [nth for nth, wanted in enumerate(chosen) if wanted is not None and value[nth] not in wanted]
        if not missed:
            total += n
        for nth, facet in enumerate(FACETS):
            if not missed or missed == [nth]:
                counts[facet][value[nth]] += n
    return total, {facet: +counter for facet, counter in counts.items()}


COLUMNS = f"""i.id, i.version, i.kind, i.category_id as category, i.title, i.priority, i.status, i.address,
    i.inquiries, i.source, i.source_id,
    extract(epoch from i.opened_at)::float8 as opened, i.opened_precision,
    extract(epoch from i.due_at)::float8 as due, extract(epoch from {PRESSES_AT})::float8 as presses,
    extract(epoch from i.closed_at)::float8 as closed,
    ST_X(i.point_4326) as lon, ST_Y(i.point_4326) as lat, c.name_{{lang}} as category_name,
        d.name_{{lang}} as district_name, p.name_{{lang}} as performer_name,
    coalesce(i.performer_id, c.performer_id) as performer"""
JOINS = """left join category as c on c.id = i.category_id left join district as d on d.region = i.region
    and d.id = i.district_id
    left join performer as p on p.id = coalesce(i.performer_id, c.performer_id)"""


def columns(city: City, lang: str) -> str:
    """`COLUMNS` with names in one of the city's languages. Raises `InvalidInput` ("request.language")."""
    if lang not in city.languages:
        raise InvalidInput("request.language", language=lang[:10])
    return COLUMNS.format(lang=lang)


def _page(
    connection: Connection,
    city: City,
    incident_filter: IncidentFilter,
    now: datetime,
    lang: str,
    sort: str,
    cursor: Cursor,
    rows: int,
) -> tuple[list[dict], bool, bool]:
    """The rows in the list's order, whether there are more before them, and after. Names are joined to the
    page only."""
    where, values = incident_filter.where(city, now)
    if cursor.keys:
        where += " and " + _beyond(sort, cursor, values)
    ordered = SORTS[sort].order(cursor.backwards)
    keys = ", ".join(f"({expression})::text" for expression in SORTS[sort].expressions())
    found = connection.execute(
        text(f"""
        with page as materialized (select i.id from incident as i where {where}
            order by {ordered} limit {rows + 1})
        select {columns(city, lang)}, array[{keys}] as keys
        from page join incident as i on i.region = :region and i.id = page.id {JOINS}
            order by {ordered}"""),
        values,
    ).mappings()
    page = [dict(row) | {"keys": tuple(row["keys"])} for row in found]
    more, page = len(page) > rows, page[:rows]
    if cursor.backwards:
        return page[::-1], more, bool(cursor.keys)
    return page, bool(cursor.keys), more


def _beyond(sort: str, cursor: Cursor, values: dict[str, Any]) -> str:
    """The rows past a cursor, by comparing whole rows so that an index on the first key serves."""
    kinds = [*(kind for _, kind in SORTS[sort].keys), "bigint"]
    if len(cursor.keys) != len(kinds):
        raise InvalidInput("list.cursor", value=",".join(cursor.keys)[:40])
    for nth, (kind, key) in enumerate(zip(kinds, cursor.keys)):
        values[f"key_{nth}"] = _checked(kind, key)
    left = ", ".join(SORTS[sort].expressions())
    right = ", ".join(f"cast(:key_{nth} as {kind})" for nth, kind in enumerate(kinds))
    return f"({left}) {SORTS[sort].beyond(cursor.backwards)} ({right})"


def _checked(kind: str, key: str) -> object:
    """The key as a value to bind. Raises `InvalidInput` ("list.cursor") for what PostgreSQL would not read
    as `kind`."""
    try:
        return READ[kind](key)
    except (ValueError, OverflowError) as error:
        raise InvalidInput("list.cursor", value=key[:40]) from error


def _moment(key: str) -> datetime | str:
    return key if key == "infinity" else datetime.fromisoformat(key).astimezone(UTC)


def _truth(key: str) -> bool:
    return ("false", "true").index(key) == 1


def _whole(key: str, digits: int) -> int:
    if not (key.isascii() and key.removeprefix("-").isdigit() and len(key) <= digits):
        raise ValueError(key)
    return int(key)


READ: dict[str, Callable[[str], object]] = {
    "timestamptz": _moment,
    "boolean": _truth,
    "int": partial(_whole, digits=9),
    "bigint": partial(_whole, digits=18),
}


def _rows_before(
    connection: Connection,
    city: City,
    incident_filter: IncidentFilter,
    now: datetime,
    sort: str,
    keys: tuple[str, ...],
) -> int:
    where, values = incident_filter.where(city, now)
    beyond = _beyond(sort, Cursor(keys, backwards=True), values)
    return connection.execute(
        text(f"select count(*) from incident as i where {where} and {beyond}"), values
    ).scalar_one()


def _names(connection: Connection, city: City, lang: str) -> dict[str, dict[int, str]]:
    return {
        "category": dict(connection.execute(text(f"select id, name_{lang} from category")).all()),
        "performer": dict(connection.execute(text(f"select id, name_{lang} from performer")).all()),
        "district": dict(
            connection.execute(
                text(f"select id, name_{lang} from district where region = :region"), {"region": city.region}
            ).all()
        ),
    }
