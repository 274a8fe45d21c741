"""Incidents by our number or the source's, whole or its end, by the words of their titles in three languages,
and by those of the notes that officers wrote."""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy import Connection, text

from geo.addresses.folding import KAZAKH
from geo.incidents.cases.model import NOTE_WORDS
from geo.incidents.model import TITLE_WORDS
from geo.incidents.numbers import SOURCES, as_own
from geo.settings import City
from layers.incidents.columns import JOINS, columns
from layers.scope import Scope
from layers.search.results import EACH, Found, SearchResult

NUMBER = re.compile(r"^[#№]?\s*([\w./-]+(?: [\w./-]+){0,3})$")
SHORTEST_END = 4
"""Figures: the end of a number of fewer leads anywhere."""
WORDS_TRIED = 8
CLOSED_TRIED = 2000
"""Closed ones of the caller's scope whose titles hold the words: so many are looked at, where the index names
more."""
BY_NUMBER, BY_TITLE, BY_NOTE, BY_SOME_WORDS = 1.2, 0.85, 0.8, 0.75
QUOTED = 90
"""So many letters of a note are shown."""
NUMBERED = f"""{SOURCES}
    , hit as (
        select id from incident where region = :region and id = :own
        union select x.id from source as s join incident as x on x.region = :region
            and x.source = s.name and x.source_id = any(:numbers)
        union (select i.id from incident as i where i.region = :region and :ending is not null
            and reverse(i.source_id) like :ending and {{allowed}} order by i.opened_at desc limit {EACH}))
    select {{columns}} from hit join incident as i on i.region = :region and i.id = hit.id {JOINS}
    where {{allowed}} order by i.source_id = any(:numbers) desc, i.opened_at desc limit {EACH}"""
HELD = f"""select id from incident as i
    where i.region = :region and {TITLE_WORDS.format(row="i.")} @@ to_tsquery('russian', :words)
        and {{allowed}}"""
HELD_OPEN = f"{HELD} and i.status <> 'closed' limit {CLOSED_TRIED}"
HELD_AT_ALL = f"{HELD} limit {CLOSED_TRIED}"
BY_INDEX = text("set local enable_seqscan = off; set local enable_indexscan = off")
"""To read the words of every title in turn is what the planner prefers where it expects many: half a minute
of two million."""
BY_ANY_WAY = text("set local enable_seqscan = on; set local enable_indexscan = on")
NOTED = f"""select a.incident_id, a.parameters ->> 'text' as note from incident_action as a {{of}}
    where a.region = :region and a.verb = 'note' and {NOTE_WORDS.format(row="a.")}
        @@ to_tsquery('russian', :words)
        and not exists (select from incident_action as u where u.region = a.region and u.undoes = a.id)
        and {{allowed}}
    order by a.id desc limit {CLOSED_TRIED}"""
OF_INCIDENT = "join incident as i on i.region = a.region and i.id = a.incident_id"
"""Whose note it is; a scope of the whole city need not know."""
TITLED = f"""
    select {{columns}} from incident as i {JOINS}
    where i.region = :region and i.id = any(:ids) and {{allowed}}
    order by i.status = 'closed', i.opened_at desc, i.id desc limit {EACH}"""


def find_numbered(connection: Connection, city: City, scope: Scope, lang: str, query: str) -> list[Found]:
    """Finds incidents by our number, or the source's as it is written, with other signs between its parts, or
    by its end."""
    number = NUMBER.match(query)
    if not number or not any(map(str.isdigit, query)):
        return []
    written = number[1]
    allowed, scoped = scope.where()
    own = as_own(written)
    bound = {
        "region": city.region,
        "own": own,
        "numbers": [written, re.sub(r"[\s./-]+", "-", written), re.sub(r"[\s./-]+", "", written)],
        "ending": f"{written[::-1]}%" if own is not None and len(written) >= SHORTEST_END else None,
        **scoped,
    }
    statement = NUMBERED.format(columns=columns(city, lang), allowed=allowed)
    return [Found(BY_NUMBER, _result(row)) for row in connection.execute(text(statement), bound).mappings()]


def find_titled(connection: Connection, city: City, scope: Scope, lang: str, query: str) -> list[Found]:
    """Those whose titles hold all the words in any form of theirs, the open ones first; where there are none,
    open ones that hold all but one."""
    words = _words(query)
    if not words:
        return []
    allowed, scoped = scope.where()
    held_open, held_at_all = (text(one.format(allowed=allowed)) for one in (HELD_OPEN, HELD_AT_ALL))
    bound = {"region": city.region, "words": " & ".join(words), **scoped}
    but_one = " | ".join(f"({' & '.join(words[:n] + words[n + 1 :])})" for n in range(len(words)))
    connection.execute(BY_INDEX)
    ids = list(connection.scalars(held_open, bound))
    if len(ids) < EACH:
        ids += connection.scalars(held_at_all, bound)
    some = [] if ids or len(words) < 2 else list(connection.scalars(held_open, bound | {"words": but_one}))
    connection.execute(BY_ANY_WAY)
    rows = _titled(connection, city, scope, lang, ids or some)
    score = BY_TITLE if ids else BY_SOME_WORDS
    return [Found(score, _result(row, near=not ids)) for row in rows]


def find_noted(connection: Connection, city: City, scope: Scope, lang: str, query: str) -> list[Found]:
    """Those of which a note holds all the words, with it; a note that was taken back is found by nobody."""
    words = _words(query)
    if not words:
        return []
    connection.execute(BY_INDEX)
    allowed, scoped = scope.where()
    noted = text(NOTED.format(of="" if scope.is_whole else OF_INCIDENT, allowed=allowed))
    bound = {"region": city.region, "words": " & ".join(words), **scoped}
    notes: dict[int, str] = {}
    for row in connection.execute(noted, bound):
        notes.setdefault(row.incident_id, row.note)
    connection.execute(BY_ANY_WAY)
    rows = _titled(connection, city, scope, lang, list(notes)) if notes else []
    return [Found(BY_NOTE, _result(row, note=notes[row["id"]])) for row in rows]


def _words(query: str) -> list[str]:
    return re.findall(r"[^\W\d_]{2,}", query.lower().translate(KAZAKH))[:WORDS_TRIED]


def _titled(connection: Connection, city: City, scope: Scope, lang: str, ids: list[int]) -> list[Any]:
    allowed, scoped = scope.where()
    statement = text(TITLED.format(columns=columns(city, lang), allowed=allowed))
    return list(connection.execute(statement, {"region": city.region, "ids": ids, **scoped}).mappings())


def _result(row: Any, near: bool = False, note: str = "") -> SearchResult:
    quoted = note if len(note) <= QUOTED else f"{note[:QUOTED].rstrip()}…"
    return SearchResult(
        "incident",
        row["id"],
        row["title"] or row["category_name"] or f"№ {row['id']}",
        " · ".join(filter(None, (quoted and f"«{quoted}»", f"№ {row['source_id']}", row["address"]))),
        row["lon"],
        row["lat"],
        {"kind": row["kind"], "priority": row["priority"], "status": row["status"]},
        near,
    )
