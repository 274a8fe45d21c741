"""Incidents as the duty officer reads them: counts by facet and one page of the list, from one snapshot of
the rows.

`facet_counts` says what a value of a facet counts, `cursor` where a page begins.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, text

from geo.errors import InvalidInput
from geo.incidents.pressing import read_clocks
from geo.settings import City
from layers.incidents.columns import JOINS, columns, warnings
from layers.incidents.cursor import FIRST_PAGE, LAST_PAGE, SORTS, Cursor, rows_beyond
from layers.incidents.facet_counts import count, count_total
from layers.incidents.filters import IncidentFilter
from layers.incidents.folding import Folded, fold
from layers.incidents.summary import AreaSummary, summarize
from layers.reading import snapshot

PAGE_ROWS = 100
CHANNELS = text("""
    select channel from incident_tally where region = :region and channel is not null
    group by 1 having sum(n) > 0""")


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
    out_of_scope: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    """"kind" and "district" -> which of the chosen values the caller's scope leaves out."""
    summary: AreaSummary | None = None
    """Only where the list is of an area or a building."""
    categories: Mapping[int, tuple[int | None, str]] = field(default_factory=dict)
    """The tree: id -> its parent, none at the top, and the kind of its incidents."""
    channels: Sequence[str] = ()
    """Those of all incidents there are."""
    behind: int = 0
    """How many incidents have no row of their own: a row of a mass event has "mass", one of a flood "flood",
    as `layers.incidents.folding` says, and stands for them."""
    at: datetime | None = None
    """The moment of the rows: `read_at`, or the past one that was asked for."""

    @property
    def listed(self) -> int:
        """Rows of the whole list."""
        return self.total - self.behind


def read_page(
    engine: Engine,
    city: City,
    incident_filter: IncidentFilter,
    lang: str,
    sort: str = "newest",
    cursor: Cursor = FIRST_PAGE,
    rows: int = PAGE_ROWS,
    each: bool = False,
) -> Answer:
    """Counts and a page of at most `rows` incidents, all of one moment; of a list that has shrunk away
    from under a cursor, its nearest page. `each`: those of a mass event too have a row each. Raises
    `InvalidInput` ("list.sort", "list.cursor"), `Unavailable`."""
    if sort not in SORTS:
        raise InvalidInput("list.sort", value=sort[:40])
    with snapshot(engine) as connection:
        position, read_at = connection.execute(text("select position, now() from change_position")).one()
        incident_filter.need_shown(connection, city, read_at)
        now = incident_filter.at(city, read_at)
        total, counts = count(connection, city, incident_filter, now)
        folded = (
            Folded()
            if each or incident_filter.moment
            else fold(connection, city, incident_filter, now, sort, lang)
        )
        listed = _List(connection, city, incident_filter, now, lang, sort, folded, total)
        page = listed.page(cursor, rows) if total else _Page()
        return Answer(
            total,
            counts,
            page.rows,
            page.before + 1 if page.rows else 0,
            Cursor(page.rows[0]["keys"], backwards=True) if page.before else None,
            Cursor(page.rows[-1]["keys"]) if page.has_more else None,
            read_at,
            position,
            _names(connection, city, lang),
            _outside(connection, city, incident_filter, now, total),
            _out_of_scope(connection, city, incident_filter),
            summarize(connection, city, incident_filter, now, counts),
            _tree(connection),
            connection.scalars(CHANNELS, {"region": city.region}).all(),
            folded.behind,
            now,
        )


@dataclass(frozen=True)
class _Page:
    """`before`: how many rows of the list are before it."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    before: int = 0
    has_more: bool = False


@dataclass(frozen=True)
class _List:
    """The rows of one list, in one snapshot."""

    connection: Connection
    city: City
    incident_filter: IncidentFilter
    now: datetime
    lang: str
    sort: str
    folded: Folded
    total: int

    def page(self, cursor: Cursor, rows: int) -> _Page:
        """The page at the cursor; the nearest one where the list has shrunk away from under it."""
        page, more_before, more_after = self._read(cursor, rows)
        if not page:
            cursor = FIRST_PAGE if cursor.backwards else LAST_PAGE
            page, more_before, more_after = self._read(cursor, rows)
        if not page or not more_before:
            return _Page(page, 0, more_after)
        if cursor == LAST_PAGE:
            return _Page(page, self.total - self.folded.behind - len(page), more_after)
        return _Page(page, self._rows_before(page[0]["keys"]), more_after)

    def _read(self, cursor: Cursor, rows: int) -> tuple[list[dict[str, Any]], bool, bool]:
        """The rows in the list's order, whether there are more before them, and after. Names are joined to
        the page only."""
        where, values = self._where()
        if cursor.keys:
            where += " and " + rows_beyond(self.sort, cursor, values)
        ordered = SORTS[self.sort].order(cursor.backwards)
        keys = ", ".join(f"({expression})::text" for expression in SORTS[self.sort].expressions())
        source = self.incident_filter.rows(self.city)
        query = source.statement(
            f"""select {columns(self.city, self.lang)}, array[{keys}] as keys
            from page join {source.table} as i on i.region = :region and i.id = page.id {source.joined(JOINS)}
                order by {ordered}""",
            f"""page as materialized (select i.id from {source.table} as i where {where}
                order by {ordered} limit {rows + 1})""",
        )
        found = self.connection.execute(text(query), values).mappings()
        page = [dict(row) | {"keys": tuple(row["keys"])} for row in found]
        more, page = len(page) > rows, page[:rows]
        self._annotate(page, bool(source.past))
        if cursor.backwards:
            return page[::-1], more, bool(cursor.keys)
        return page, bool(cursor.keys), more

    def _annotate(self, page: list[dict[str, Any]], is_past: bool) -> None:
        """When each row's deadline warns, and the mass event or flood that it stands for."""
        warned = [] if is_past else [row["id"] for row in page if row["status"] != "closed"]
        clocks = read_clocks(self.connection, self.city, warned)
        for row in page:
            row["warnings"] = warnings(clocks.get(row["id"]))
            row["mass"] = self.folded.leaders.get(row["id"])
            row["flood"] = self.folded.floods.get(row["id"])

    def _rows_before(self, keys: tuple[str, ...]) -> int:
        where, values = self._where()
        beyond = rows_beyond(self.sort, Cursor(keys, backwards=True), values)
        source = self.incident_filter.rows(self.city)
        counted = source.statement(f"select count(*) from {source.table} as i where {where} and {beyond}")
        return self.connection.execute(text(counted), values).scalar_one()

    def _where(self) -> tuple[str, dict[str, Any]]:
        where, values = self.incident_filter.where(self.city, self.now)
        return f"{where} and {self.folded.where(values)}", values


def _tree(connection: Connection) -> dict[int, tuple[int | None, str]]:
    """Category -> its parent, none at the top, and the kind of its incidents."""
    rows = connection.execute(text("select id, parent_id, kind from category"))
    return {row.id: (row.parent_id, row.kind) for row in rows}


def _outside(
    connection: Connection, city: City, incident_filter: IncidentFilter, now: datetime, total: int
) -> int:
    """Rows beyond the window; of a single building none are counted, its card lists them all."""
    everything = incident_filter.without_window()
    if everything == incident_filter or incident_filter.building is not None or incident_filter.moment:
        return 0
    return max(0, count_total(connection, city, everything, now) - total)


def _out_of_scope(
    connection: Connection, city: City, incident_filter: IncidentFilter
) -> dict[str, list[Any]]:
    """Not an empty list: nobody may take what is closed to them for what does not happen."""
    scope, chosen = incident_filter.scope, incident_filter.selection
    kinds = [kind for kind in chosen.kinds or () if scope.kinds is not None and kind not in scope.kinds]
    districts: Sequence[int] = ()
    if scope.districts is not None and chosen.districts:
        districts = connection.scalars(
            text("""
            select id from district where region = :region and id = any(:chosen) and not key = any(:mine)
            order by id"""),
            {
                "region": city.region,
                "chosen": list(chosen.districts),
                "mine": sorted(scope.districts),
            },
        ).all()
    return {"kind": kinds, "district": list(districts)}


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
