"""Statements that are asked at every request or every second find their rows by an index, however large the
tables have become."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Connection, text

from geo.accounts import sessions
from geo.exchange import keys
from layers import audit

DAY = datetime(2026, 11, 30, tzinfo=UTC)


def filtered(**given: Any) -> tuple[str, dict[str, Any]]:
    """The rows of the audit behind a filter, the newest first."""
    condition, values = audit.AuditFilter(**given).where()
    return f"{audit.ROWS} where {condition} order by a.id desc limit 100", values


HOT: dict[str, tuple[str, dict[str, Any]]] = {
    "who asks": (
        str(sessions.LOOKUP),
        {"hash": "x", "idle": sessions.IDLE, "fresh": sessions.FRESH, "seen_every": sessions.SEEN_EVERY},
    ),
    "who asks while a backup is restored": (
        str(sessions.LOOKUP_ONLY),
        {"hash": "x", "idle": sessions.IDLE, "fresh": sessions.FRESH},
    ),
    "a program's key": (str(keys.LOOKUP), {"hash": "x", "seen_every": sessions.SEEN_EVERY}),
    "the audit of one person": filtered(who="anna", since=DAY),
    "changes that wait for their position": (
        "select id from change where position is null order by id limit 1000",
        {},
    ),
    "the open incidents": (
        "select id from incident where region = :region and status <> 'closed' and vanished_at is null",
        {"region": "71"},
    ),
    "pushes that wait": (
        "select id from inbox where region = :region and feed = :feed and state = 'waiting' order by id",
        {"region": "71", "feed": "f"},
    ),
    "the events of an incident": (
        "select what from incident_event where region = :region and incident_id = :id",
        {"region": "71", "id": 1},
    ),
    "callers whose time is over": (
        "select t.inquiry_id from personal.inquiry_text t where t.region = :region and t.inquiry_id = :id",
        {"region": "71", "id": 1},
    ),
}
SMALL = {"user_role", "app_user"}
"""Tables of a few hundred rows at most, whose reading as a whole is as fast."""
CITY = re.compile(r"\(?\(?region = '71'::text\)?( AND )?")
PARTIAL = text("""select c.relname from pg_index i join pg_class c on c.oid = i.indexrelid
    where i.indpred is not null""")


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for part in plan.get("Plans", ()):
        yield from nodes(part)


def read_whole(connection: Connection, statement: str, values: dict[str, Any]) -> set[str]:
    """What is read as a whole, or all of it that one city has, though the planner avoids that wherever there
    is another way: tables, and indexes that nothing is looked up in."""
    connection.execute(text("set local enable_seqscan = off"))
    partial = set(connection.scalars(PARTIAL))
    [found] = connection.scalar(text(f"explain (format json) {statement}"), values)
    whole = set()
    for node in nodes(found["Plan"]):
        if node["Node Type"] == "Seq Scan":
            whole.add(node["Relation Name"])
        elif "Index Name" in node and node["Index Name"] not in partial:
            if not CITY.sub("", node.get("Index Cond", "")).strip("()"):
                whole.add(node["Index Name"])
    return whole - SMALL


@pytest.mark.parametrize("name", HOT)
def test_no_hot_statement_reads_a_whole_table(connection: Connection, name: str) -> None:
    assert read_whole(connection, *HOT[name]) == set()


@pytest.mark.parametrize("condition", ["title = :title", "region = :region and title = :title"])
def test_a_statement_without_an_index_is_noticed(connection: Connection, condition: str) -> None:
    lacking = f"select id from incident where {condition}"
    assert read_whole(connection, lacking, {"region": "71", "title": "x"})
