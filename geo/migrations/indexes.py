"""Indexes of tables that have grown large, made beside whoever writes.

Made in a migration's transaction an index keeps everybody from writing until it is done: minutes, with many
millions of rows. So a migration leaves an index out where its table is large (as 0077 does), and the job
`indexes` makes what the models have and the database has not. Meanwhile nothing is missing; what the index is
for takes longer.
"""

from __future__ import annotations

import logging

from sqlalchemy import Connection, Engine, Index, text
from sqlalchemy.schema import CreateIndex

from geo.migrations import models

log = logging.getLogger(__name__)

TABLES = """select n.nspname, c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind = 'r'"""
FOUND = """select n.nspname, c.relname, i.indisvalid or exists (
        select from pg_stat_progress_create_index p where p.index_relid = i.indexrelid) as stands
    from pg_index i join pg_class c on c.oid = i.indexrelid join pg_namespace n on n.oid = c.relnamespace"""
"""Each index, and whether it can be used or is just being made; what was broken off is neither."""
VALID = text("select indisvalid from pg_index where indexrelid = to_regclass(:name)")
SCHEMA = "public"
REPLACED = {"ix_incident_opened_at": "ix_incident_opened", "ix_incident_building": "ix_incident_house"}
"""Indexes that the models had, and those that do their work now: until these stand, the older ones stay."""


def build_missing(engine: Engine) -> list[str]:
    """Make what is missing, one after the other; returns their names. `engine` connects as the owner."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        wanted = missing_indexes(connection)
        for index in wanted:
            log.info("making the index %s", index.name)
            # One that was broken off stands in the way of its own name.
            connection.execute(text(f"drop index concurrently if exists {_schema(index)}.{index.name}"))
            connection.execute(text(_concurrently(index, connection)))
        for name in sorted({_table(index) for index in wanted}):
            # What lies how often in an expression of an index nobody knows until it is looked for.
            connection.execute(text(f"analyze {name}"))
        _drop_replaced(connection)
    return [str(index.name) for index in wanted]


def missing_indexes(connection: Connection) -> list[Index]:
    """Those of the models that nothing can be looked up in. Of a table in parts a migration makes them."""
    plain = {(row.nspname, row.relname) for row in connection.execute(text(TABLES))}
    stand = {(row.nspname, row.relname) for row in connection.execute(text(FOUND)) if row.stands}
    return [
        index
        for table in models.metadata.sorted_tables
        for index in sorted(table.indexes, key=lambda one: str(one.name))
        if (table.schema or SCHEMA, table.name) in plain and (_schema(index), index.name) not in stand
    ]


def _drop_replaced(connection: Connection) -> None:
    for old, new in REPLACED.items():
        if connection.scalar(VALID, {"name": f"{SCHEMA}.{new}"}):
            connection.execute(text(f"drop index concurrently if exists {SCHEMA}.{old}"))


def _table(index: Index) -> str:
    assert index.table is not None
    return f"{_schema(index)}.{index.table.name}"


def _schema(index: Index) -> str:
    assert index.table is not None
    return index.table.schema or SCHEMA


def _concurrently(index: Index, connection: Connection) -> str:
    statement = str(CreateIndex(index).compile(dialect=connection.dialect))
    return statement.replace(" INDEX ", " INDEX CONCURRENTLY ", 1)
