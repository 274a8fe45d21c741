"""What a list says beside the rows that it counts."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Connection, text

from geo.settings import Settings
from layers.statistics.requests import StatisticsRequest
from layers.statistics.rows import RowsRequest, read_rows_page

REQUEST = StatisticsRequest(date(2026, 11, 2), date(2026, 11, 2))
INCIDENTS = """insert into incident (region, id, source, source_id, kind, source_status, status, opened_at)
    select '71', id, 't', id::text, 'service', 'open', 'open', '2026-11-02 10:00+05'
    from generate_series(1, 3) id"""
RETURNS = """insert into incident_event (region, incident_id, happened_at, recorded_at, who, what, from_value,
        to_value)
    select '71', id, '2026-11-02 11:00+05', '2026-11-02 11:00+05', 't', 'status', 'closed', 'open'
    from (values (1), (2), (2), (2)) v (id)"""


def test_one_that_was_returned_three_times_is_one_row_that_says_so(
    connection: Connection, settings: Settings
) -> None:
    connection.execute(text(INCIDENTS))
    connection.execute(text(RETURNS))
    rows_request = RowsRequest.parse({"figure": "returned", "part": "missed"})
    page = read_rows_page(connection, settings.city, REQUEST, rows_request, "ru")
    assert page.total == 2
    assert {row["id"]: row["times"] for row in page.rows} == {1: 1, 2: 3}
    whole = RowsRequest.parse({"figure": "service"})
    assert "times" not in read_rows_page(connection, settings.city, REQUEST, whole, "ru").rows[0]
