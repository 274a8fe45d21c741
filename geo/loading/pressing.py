"""When the deadlines of staged incidents begin to press: the last warning of their regulatory clock, which in
working time is no fixed part of the way from the opening to the deadline.
"""

from __future__ import annotations

from datetime import datetime

import numpy as np
from psycopg2.extensions import cursor as Cursor
from psycopg2.extras import execute_values
from sqlalchemy import Connection

from geo.deadlines.calendar import load_calendar
from geo.deadlines.clock import WARNINGS
from geo.deadlines.working_time import instant, micros
from geo.loading.staging import Batch

IN_WORKING_TIME = """select s.id, s.opened_at, s.due_at from incident_diff s
    join category c on c.id = s.category_id and c.calendar = 'working'
    where s.due_at > s.opened_at"""
SET_PRESSING = """update incident_diff s set presses_at = v.at from (values %s) v (id, at)
    where s.id = v.id"""


def set_pressing(connection: Connection, cursor: Cursor, batch: Batch) -> None:
    """Fill `incident_diff.presses_at` of those whose category counts working time."""
    cursor.execute(IN_WORKING_TIME)
    rows: list[tuple[int, datetime, datetime]] = cursor.fetchall()
    if not rows:
        return
    ids, opened, due = zip(*rows)
    measure = load_calendar(connection, batch.city).at(*opened, *due)
    begun, ended = (np.array([micros(time) for time in times], np.int64) for times in (opened, due))
    presses = map(instant, measure.share(begun, ended, WARNINGS[-1]))
    template = "(%s::bigint, %s::timestamptz)"
    execute_values(cursor, SET_PRESSING, list(zip(ids, presses)), template=template, page_size=5000)
