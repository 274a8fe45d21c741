"""A draft that nobody needs is deleted whole, by someone who may edit it. A plan that was ever approved or
published is a document and stays."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, text

from geo.audit.records import record_audit
from geo.changes.outbox import record
from geo.errors import Conflict, NotFound
from geo.settings import City

DELETABLE = ("draft", "checked", "agreed")
TABLES = (
    "assignment",
    "edge",
    "node",
    "plan_doubt",
    "plan_hole",
    "plan_presence",
    "precinct_label",
    "precinct_lock",
    "former_number",
    "precinct",
    "plan_event",
)
"""Everything that belongs to one plan."""


def delete(connection: Connection, city: City, plan_id: int, who: str) -> dict[str, Any]:
    """Delete a draft with all that belongs to it; the audit keeps its name and who deleted it. Returns
    {"plan", "name"}.

    Raises `NotFound`, `Conflict` ("plan.kept") for a plan that is, or ever was, approved or published.
    """
    bound = {"region": city.region, "plan": plan_id}
    row = connection.execute(
        text("select name, state from plan where region = :region and id = :plan for update"), bound
    ).one_or_none()
    if row is None:
        raise NotFound("plan.unknown", plan=plan_id)
    was_decided = connection.scalar(
        text("""select exists (select from plan_event where region = :region and plan_id = :plan
        and what in ('approved', 'published'))"""),
        bound,
    )
    if was_decided or row.state not in DELETABLE:
        raise Conflict("plan.kept", name=row.name)
    for table in TABLES:
        connection.execute(text(f"delete from {table} where region = :region and plan_id = :plan"), bound)
    connection.execute(text("delete from plan where region = :region and id = :plan"), bound)
    record_audit(connection, who, "plan.deleted", plan=plan_id, name=row.name)
    record(connection, city.region, "plan", plan_id, 0, {"id": plan_id, "name": row.name, "state": "deleted"})
    return {"plan": plan_id, "name": row.name}
