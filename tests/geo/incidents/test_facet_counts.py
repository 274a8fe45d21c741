"""The counts of all time: the sum of the tally is what the rows themselves say, whatever was written to
them."""

from __future__ import annotations

import psycopg2
import pytest
from sqlalchemy import Connection, text

from geo.database import connect_engine, role_dsn
from geo.incidents import facet_counts
from geo.settings import Settings

COLUMNS = "kind, status, priority, district_id, category_id, performer_id, channel"
DIFFERENCE = f"""
    select {COLUMNS}, placed, sum(n) from (
        select {COLUMNS}, placed, n from incident_tally where region = '71'
        union all select {COLUMNS}, point_4326 is not null, -1 from incident where region = '71'
            and vanished_at is null) as both_
    group by 1, 2, 3, 4, 5, 6, 7, 8 having sum(n) <> 0"""
ROWS = """
    insert into incident (region, id, source, source_id, kind, category_id, source_status, status, priority,
        opened_at, district_id, channel, point_4326)
    select '71', g, 't', g::text, (array['service', 'police'])[1 + g % 2], nullif(g % 5, 0), 'open', 'open',
        g % 3, now(), nullif(g % 4, 0),
      case when g % 3 = 0 then 'app' end, case when g % 7 > 0 then ST_SetSRID(ST_MakePoint(71, 51), 4326) end
    from generate_series(1, 300) as g"""
WRITES = (
    "update incident set status = 'closed', closed_at = now() where id % 2 = 0",
    "update incident set vanished_at = now() where id % 5 = 0",
    "update incident set vanished_at = null, category_id = 9 where id % 10 = 0",
    "update incident set point_4326 = null, district_id = 2, performer_id = 3 where id % 11 = 0",
    "delete from incident where id % 13 = 0",
    """insert into incident (region, id, source, source_id, kind, source_status, status, opened_at)
        values ('71', 1, 't', '1', 'police', 'open', 'open', now()),
         ('71', 900, 't', '900', 'offence', 'open', 'open', now())
       on conflict (region, id) do update set kind = 'emergency', priority = 2""",
    "truncate incident",
)


def held(connection: Connection) -> int:
    return connection.execute(text("select coalesce(sum(n), 0) from incident_tally")).scalar_one()


def test_every_write_is_counted_in_its_own_transaction(connection: Connection) -> None:
    connection.execute(text(ROWS))
    assert held(connection) == 300
    connection.rollback()
    assert held(connection) == 0
    for write in (ROWS, *WRITES):
        connection.execute(text(write))
        assert connection.execute(text(DIFFERENCE)).all() == [], write
        connection.commit()
    assert held(connection) == 0


def test_summing_up_changes_no_sum(connection: Connection, settings: Settings) -> None:
    connection.execute(text(ROWS))
    for write in WRITES[:-1]:
        connection.execute(text(write))
    connection.commit()
    before = connection.execute(text("select count(*) from incident_tally")).scalar_one()
    roll_up = psycopg2.connect(role_dsn(settings, "relay"))
    assert facet_counts.sum_up(roll_up, "71", before) == before, "not worth it yet"
    limit = facet_counts.sum_up(roll_up, "71", 10)
    roll_up.close()
    after = connection.execute(text("select count(*) from incident_tally")).scalar_one()
    assert after < before and limit == 2 * after + facet_counts.SLACK
    assert connection.execute(text(DIFFERENCE)).all() == []


@pytest.mark.parametrize("role", ["web", "editor"])
def test_no_role_may_change_the_counts_directly(settings: Settings, role: str) -> None:
    engine = connect_engine(settings, role)
    with engine.connect() as connection, pytest.raises(Exception, match="permission denied"):
        connection.execute(text("delete from incident_tally"))
    engine.dispose()
