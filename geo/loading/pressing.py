"""From when staged incidents are pressing (`geo.incidents.pressing`)."""

from __future__ import annotations

from psycopg2.extensions import cursor as Cursor
from psycopg2.extras import execute_values
from sqlalchemy import Connection

from geo.incidents.pressing import reckon_pressing
from geo.loading.staging import Batch

IN_WORKING_TIME = """select s.id, s.opened_at, s.due_at from incident_diff s
    join category c on c.id = s.category_id and c.calendar = 'working'
    where s.due_at > s.opened_at"""
SET_PRESSING = """update incident_diff s set presses_at = v.at from (values %s) v (id, at)
    where s.id = v.id"""


def set_staged_pressing(connection: Connection, cursor: Cursor, batch: Batch) -> None:
    """Fill `incident_diff.presses_at` of those whose category counts working time."""
    cursor.execute(IN_WORKING_TIME)
    rows = cursor.fetchall()
    if not rows:
        return
    ids, opened, due = zip(*rows)
    values = list(zip(ids, reckon_pressing(connection, batch.city, opened, due)))
    execute_values(cursor, SET_PRESSING, values, template="(%s::bigint, %s::timestamptz)", page_size=5000)
