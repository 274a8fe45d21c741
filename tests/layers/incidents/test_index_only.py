"""What is counted of an area, a house or a time is counted from an index alone, however large the table has
become: the statements of a page, as they were sent, are explained over a few ten thousand rows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Engine, event, text

from geo.settings import Settings
from layers.incidents.filters import IncidentFilter
from layers.incidents.listing import read_page
from layers.incidents.points import read_points
from tests.layers.test_statement_plans import nodes
from tests.support.connected import engine_as

owner, reader = engine_as("owner"), engine_as("reader")
HOUSES = """insert into building (region, id, source, source_id, street_kk, street_ru, house)
    overriding system value
    select '71', n, 't', n, 'k' || n % 10, 'r' || n % 10, n from generate_series(1, 200) n"""
ROWS = """insert into incident (region, source, source_id, kind, source_status, status, opened_at, due_at,
        point_4326, point_3857, building_id)
    select '71', 't', n, 'service', status, status, now() - n * interval '1 hour', now(), point,
        st_transform(point, 3857), 1 + n % 200
    from (select n, case when n % 100 = 0 then 'open' else 'closed' end as status, st_setsrid(st_makepoint(
            71.4 + n::bigint * 7919 % 10007 / 1e5, 51.1 + n::bigint * 104729 % 10009 / 1e5), 4326) as point
        from generate_series(1, 40000) n) s"""
OTHERS = {"ix_incident_open", "ix_incident_open_square"}
"""What is open is little, however it is found."""
IN_ORDER = "ix_incident_opened"
"""A page of the newest may as well be read from the newest on until it is full."""
SQUARES = {"ix_incident_square", "ix_incident_open_square"}
QUERIES = {
    "circle": ({"area": "circle,71.45,51.15,500"}, SQUARES),
    "rectangle": ({"area": "box,71.45,51.15,71.46,51.156"}, SQUARES),
    "polygon": ({"area": "lasso,71.45,51.15,71.46,51.15,71.455,51.156"}, SQUARES),
    "building": ({"building": "7"}, {"ix_incident_house"}),
    "street": ({"area": "street,r7"}, {"ix_incident_house"}),
    "30 days": ({"window": "30d"}, {"ix_incident_opened"}),
}


@pytest.fixture
def explained(settings: Settings, owner: Engine, reader: Engine) -> Iterator[list[dict[str, Any]]]:
    """The plans of what is sent from then on, in turn, as they are over many rows."""
    with owner.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for statement in (HOUSES, ROWS, "vacuum analyze incident", "analyze building"):
            connection.execute(text(statement))
    plans: list[dict[str, Any]] = []

    def explain(_: object, cursor: Any, statement: str, values: Any, *rest: object) -> None:
        if "from incident as i" in statement:
            cursor.execute("set local enable_seqscan = off")
            cursor.execute(f"explain (format json) {statement}", values)
            plans.append(cursor.fetchone()[0][0]["Plan"] | {"statement": statement})

    event.listen(reader, "before_cursor_execute", explain)
    yield plans
    event.remove(reader, "before_cursor_execute", explain)


def looked_up(plan: dict[str, Any]) -> set[tuple[str, str]]:
    """How the rows of incidents are found: kind of node and index."""
    return {
        (node["Node Type"], node.get("Index Name", node.get("Relation Name")))
        for node in nodes(plan)
        if node.get("Relation Name") == "incident" or "ix_incident" in node.get("Index Name", "")
    }


def test_an_index_alone_counts(settings: Settings, reader: Engine, explained: list[dict[str, Any]]) -> None:
    for name, (query, indexes) in QUERIES.items():
        for window in ("live", "dates") if "window" not in query else ("30d",):
            explained.clear()
            wanted = IncidentFilter.parse({"window": window} | query)
            read_page(reader, settings.city, wanted, "ru")
            read_points(reader, settings.city, wanted)
            counting = [plan for plan in explained if "mass_event" not in plan["statement"]]
            assert len(counting) >= 4, name
            for plan in counting:
                found = looked_up(plan)
                allowed = indexes | OTHERS | ({IN_ORDER} if "with page" in plan["statement"] else set())
                assert {index for _, index in found} & allowed, (
                    name,
                    window,
                    plan["statement"],
                    found,
                )
                assert ("Seq Scan", "incident") not in found
            if window != "live":
                [facets, *_] = counting
                assert {node for node, _ in looked_up(facets)} == {"Index Only Scan"}, (name, facets)
