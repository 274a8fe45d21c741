"""The demo city whose last days reach until this moment: windows of hours and weeks have rows, whatever day
it is. For tests of what an officer asks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, text

from dashboard.machine.cluster import Cluster
from geo.database import connect_engine
from geo.settings import Settings
from tests.conftest import DEMO, _administer, clone, settings_for

AGAIN = """
    insert into {table} ({columns}) select {values} from {table} i where i.region = '71' and i.{at} > (
        select max({at}) - interval '16 days' from {table} where region = '71')"""
"""The last days once more, as the last days until now."""
COLUMNS = text("""
    select column_name from information_schema.columns where table_schema = 'public' and table_name = :table
        and is_generated = 'NEVER' and column_name <> 'id'""")
MOVED = {"opened_at", "due_at", "presses_at", "closed_at", "received_at"}
EVENTS = text("""
    insert into incident_event (region, incident_id, recorded_at, happened_at, who, what, from_value,
        to_value, version)
    select e.region, n.id, e.recorded_at + (n.opened_at - i.opened_at),
        e.happened_at + (n.opened_at - i.opened_at), e.who, e.what, e.from_value, e.to_value, e.version
    from incident n join incident i on i.region = n.region and n.source = i.source
        and n.source_id = 'again ' || i.source_id
    join incident_event e on e.region = i.region and e.incident_id = i.id order by e.id""")
COLD = text("""
    update incident set category_id = (select id from category where key = 'heating.none'),
        performer_id = null, due_at = now() - interval '1 hour'
    where id in (select id from incident where status <> 'closed' and kind = 'service' and priority = 0
        and vanished_at is null and district_id = (select district_id from incident
            where status <> 'closed' and kind = 'service' and district_id is not null
            group by 1 order by count(*) desc, 1 limit 1) order by id limit 6)""")
TITLE = "Прорвало трубу в подвале"
NAMED = text("""
    update incident set title = :title where id = (select min(id) from incident where status <> 'closed'
        and kind = 'service' and vanished_at is null)""")
"""The demo has no titles."""
AT = {"incident": "opened_at", "inquiry": "received_at"}


@contextmanager
def city_until_now(cluster: Cluster, database: str, data: Path) -> Iterator[Settings]:
    """Ask for `demo_settings` before: it makes the demo that is copied."""
    clone(cluster, DEMO, database)
    settings = settings_for(cluster, database, data)
    engine = connect_engine(settings, "owner")
    with engine.begin() as connection:
        for table in AT:
            _again(connection, table)
        connection.execute(EVENTS)
        connection.execute(COLD)
        connection.execute(NAMED, {"title": TITLE})
    engine.dispose()
    yield settings
    _administer(cluster, f'drop database "{database}" with (force)')


def _again(connection: Connection, table: str) -> None:
    at, names = AT[table], list(connection.scalars(COLUMNS, {"table": table}))
    moved = f"(now() - (select max({at}) from {table}))"
    values = {name: f"i.{name} + {moved}" if name in MOVED else f"i.{name}" for name in names}
    values["source_id"] = "'again ' || i.source_id"
    if "incident_id" in values:
        values["incident_id"] = "null"
    statement = AGAIN.format(table=table, at=at, columns=", ".join(names), values=", ".join(values.values()))
    connection.execute(text(statement))
