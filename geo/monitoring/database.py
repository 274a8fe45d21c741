"""Figures of the database server that every role may read.

Replication is seen by its slots: a standby that is gone leaves its slot behind, inactive, and the server
keeps its log for it until the disk is full. A standby without a slot is seen only while it is connected.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection, text

from geo.monitoring.reading import Reading

SERVER = text("""
    select pg_database_size(current_database())::float8 as bytes,
        100.0 * (select count(*) from pg_stat_activity where backend_type = 'client backend')
            / current_setting('max_connections')::float8 as connections,
        coalesce((select extract(epoch from max(clock_timestamp() - xact_start)) from pg_stat_activity
            where datname = current_database() and backend_type = 'client backend'), 0)::float8 as oldest,
        (select 100.0 * blks_hit / nullif(blks_hit + blks_read, 0) from pg_stat_database
            where datname = current_database())::float8 as hits""")
SLOTS = text("""
    select s.slot_name as name, s.active,
        coalesce(pg_wal_lsn_diff(pg_current_wal_lsn(), s.restart_lsn), 0)::float8
            / 1e6 as megabytes,
        coalesce(extract(epoch from r.replay_lag), 0)::float8 as lag
    from pg_replication_slots s left join pg_stat_replication r on r.pid = s.active_pid
    where not s.temporary
    union all
    select r.application_name, true,
        coalesce(pg_wal_lsn_diff(pg_current_wal_lsn(), r.replay_lsn), 0)::float8 / 1e6,
        coalesce(extract(epoch from r.replay_lag), 0)::float8
    from pg_stat_replication r
    where not exists (select from pg_replication_slots s where s.active_pid = r.pid)
        and r.application_name !~ '^pg_'""")
ARCHIVER = text("""
    select extract(epoch from clock_timestamp() - last_archived_time)::float8 as since,
        failed_count as failed,
        last_failed_time > coalesce(last_archived_time, '-infinity') as failing,
        extract(epoch from clock_timestamp() - last_failed_time)::float8 as failed_since
    from pg_stat_archiver""")

UNSEALED = text("""
    select coalesce(extract(epoch from clock_timestamp() - min(a.at)), 0)::float8 from audit a
    where a.transaction >= coalesce((select settled from audit_chain), 0)
        and not exists (select from audit_seal s where s.audit_id = a.id)""")


def server(connection: Connection) -> Iterator[Reading]:
    row = connection.execute(SERVER).one()
    yield Reading("database_bytes", row.bytes)
    yield Reading("connections", round(row.connections, 1))
    yield Reading("oldest_transaction", round(row.oldest, 1))
    if row.hits is not None:
        yield Reading("cache_hits", round(row.hits, 2))


def replication(connection: Connection) -> Iterator[Reading]:
    """A reading for each standby or subscriber: how many seconds it is behind; "active" false = it is not
    connected."""
    if connection.execute(text("select pg_is_in_recovery()")).scalar_one():
        return  # a standby measures itself as little as it may write
    for row in connection.execute(SLOTS):
        stated = {"active": row.active, "megabytes": round(row.megabytes, 1)}
        yield Reading("replication_lag", round(row.lag, 1), row.name, stated)


def archiving(connection: Connection) -> Iterator[Reading]:
    """Since when a piece of the log could not be archived; 0 = the last one could. Nothing where none ever
    was tried."""
    row = connection.execute(ARCHIVER).one()
    if row.since is not None or row.failing:
        yield Reading(
            "wal_archive",
            round(row.failed_since, 1) if row.failing else 0.0,
            parameters={
                "failed": row.failed,
                "since": None if row.since is None else round(row.since, 1),
            },
        )


def sealing(connection: Connection) -> Iterator[Reading]:
    """How long the oldest row of the audit waits for its seal; 0 = none waits. Each second all are
    sealed."""
    yield Reading("audit_unsealed", round(connection.execute(UNSEALED).scalar_one(), 1))
