"""The database side of backup and restore: what a backup must state, and a restored copy taking the place
of the database in one transaction.

A restored copy gets a new epoch of the change feed: positions given after the backup was made never come
back with another meaning, so a screen that held one fetches a fresh snapshot.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg2
import redis
from alembic.config import Config
from alembic.script import ScriptDirectory
from psycopg2 import sql
from psycopg2.extensions import connection as Connection
from psycopg2.extensions import cursor as Cursor
from psycopg2.extensions import parse_dsn

from geo import migrations
from geo.changes.outbox import new_epoch
from geo.database import connected_engine, only_row, role_dsn
from geo.errors import Conflict, InvalidInput, Unavailable
from geo.recovery.servers import SEND_AWAY, administer, beside, database_name, drop, named
from geo.settings import Settings

TABLES = """select c.oid::regclass::text from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname !~ '^(pg_|information_schema)' and c.relkind in ('r', 'p') and not c.relispartition
        and c.relpersistence = 'p'
      and not exists (select from pg_depend d where d.objid = c.oid and d.deptype = 'e') order by 1"""
"""Every table of ours whose rows a dump holds: what PostGIS brings with it is not ours."""
MOMENT = """select pg_export_snapshot(), version_num,
    to_char(statement_timestamp() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') from alembic_version"""
"""The statement's own time: the transaction's first, so its snapshot is taken at its start."""
VARIABLES = {
    "host": "PGHOST",
    "port": "PGPORT",
    "user": "PGUSER",
    "password": "PGPASSWORD",
    "dbname": "PGDATABASE",
    "sslmode": "PGSSLMODE",
    "options": "PGOPTIONS",
}
EMPTY = "ikomek_empty"
"""The database that `up` made for others to be copied from (`dashboard.machine.database`)."""
FILLING = "-c synchronous_commit=off"
"""While a copy that nobody uses yet is filled: its some hundred small commits need not each wait for the
disk. The commit of its new epoch does wait, and with it everything before."""


def environment(settings: Settings) -> dict[str, str]:
    """The owner's connection as libpq's variables, so that no password stands in a command line."""
    return {
        VARIABLES[key]: value
        for key, value in parse_dsn(role_dsn(settings, "owner")).items()
        if key in VARIABLES
    }


@dataclass(frozen=True)
class DatabaseSnapshot:
    """One moment of the database: `id` lets pg_dump read the same moment while it is held open; `rows`
    counts every table's. `made_at` is the database's clock when the moment was taken: what was committed
    before it is in it."""

    id: str
    revision: str
    made_at: str
    rows: dict[str, int]

    def stated(self) -> dict[str, object]:
        """The keys that it has in the manifest."""
        return {"revision": self.revision, "made_at": self.made_at, "rows": self.rows}


@contextmanager
def snapshot(settings: Settings) -> Iterator[DatabaseSnapshot]:
    """The database at one moment, held open for a dump of exactly these rows while others go on writing."""
    with owner(settings) as connection, connection.cursor() as cursor:
        connection.set_session(isolation_level="REPEATABLE READ", readonly=True)
        cursor.execute(
            "set idle_in_transaction_session_timeout = 0"
        )  # a dump may take longer than a forgotten transaction may
        cursor.execute(MOMENT)
        exported, revision, made_at = only_row(cursor)
        yield DatabaseSnapshot(exported, revision, made_at, _count(cursor))


def count_rows(settings: Settings) -> dict[str, int]:
    """Rows of every table of ours, by its name, from one moment."""
    with owner(settings) as connection, connection.cursor() as cursor:
        connection.set_session(isolation_level="REPEATABLE READ", readonly=True)
        return _count(cursor)


def _count(cursor: Cursor) -> dict[str, int]:
    cursor.execute(TABLES)
    rows = {}
    for (table,) in cursor.fetchall():
        cursor.execute(
            sql.SQL("select count(*) from {}").format(sql.SQL(table))
        )  # as regclass writes it: quoted where needed
        rows[table] = only_row(cursor)[0]
    return rows


def require_known(revision: str) -> None:
    """Raises `Conflict` ("backup.newer") for the schema of a product newer than this one."""
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    if revision not in {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}:
        raise Conflict("backup.newer", revision=revision)


def create_fresh(settings: Settings, purpose: str = "restoring") -> Settings:
    """An empty database beside ours, to restore into; one left by a command that was cut short is dropped
    first. PostGIS is in it already where only the superuser could bring it: on the private server."""
    fresh = named(settings, purpose)
    drop(settings, database_name(fresh))
    template = EMPTY if settings.own_database else "template0"
    administer(
        settings,
        sql.SQL("create database {} template {}").format(
            sql.Identifier(database_name(fresh)), sql.Identifier(template)
        ),
    )
    return fresh


def drop_fresh(fresh: Settings) -> None:
    """Away with a database that `create_fresh` made."""
    drop(fresh, database_name(fresh))


def check_rows(fresh: Settings, rows: dict[str, int]) -> None:
    """Raises `InvalidInput` ("backup.rows") unless a restored copy holds as many rows of each table as the
    backup states."""
    found = count_rows(fresh)
    for table, stated in rows.items():
        if found.get(table) != stated:
            raise InvalidInput("backup.rows", table=table, stated=stated, found=found.get(table, 0))


def finish(fresh: Settings, rows: dict[str, int]) -> None:
    """Make the restored copy ready: count its rows again, bring it to this version's schema, give it a new
    epoch and the statistics that a dump lacks.

    Raises `InvalidInput` ("backup.rows") if a count is not what the backup states.
    """
    check_rows(fresh, rows)
    with connected_engine(fresh, "owner") as engine:
        migrations.upgrade(engine)
        with engine.begin() as connection:
            new_epoch(connection)
    with owner(fresh) as session, session.cursor() as cursor:
        cursor.execute("analyze")


def swap(
    settings: Settings, fresh: Settings, make_ready: Callable[[Settings], None] = lambda fresh: None
) -> str:
    """Put the restored copy in our database's place; returns the name under which the earlier one is kept
    (an older such is dropped).

    The caller holds it read-only (`geo.recovery.read_only`), so that nothing is lost that was
    acknowledged. Both renames are one transaction. `make_ready`: what is done to the copy last. Raises
    `Unavailable` ("backup.busy") when somebody could not be disconnected.
    """
    ours, kept = database_name(settings), database_name(named(settings, "before_restore"))
    drop(settings, kept)
    make_ready(fresh)
    try:
        with (
            _everybody_sent_away(settings, (ours, database_name(fresh))),
            owner(beside(settings)) as connection,
            connection.cursor() as cursor,
        ):
            for old, new in ((ours, kept), (database_name(fresh), ours)):
                cursor.execute(
                    sql.SQL("alter database {} rename to {}").format(sql.Identifier(old), sql.Identifier(new))
                )
    except psycopg2.errors.ObjectInUse as error:
        raise Unavailable("backup.busy", database=ours) from error
    return kept


@contextmanager
def _everybody_sent_away(settings: Settings, databases: tuple[str, ...]) -> Iterator[None]:
    """End the connections to these databases again and again meanwhile. A rename waits up to 5 s for them
    to go, and while it waits its lock lets no new one in; ended only before it, the quickest to come back
    would have it fail."""
    done = threading.Event()

    def send_away() -> None:
        names = sql.Literal(list(databases))
        while not done.wait(0.1):
            administer(settings, SEND_AWAY.format(names))

    thread = threading.Thread(target=send_away)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def forget_cache(settings: Settings) -> None:
    """Empty Redis: tiles and positions of the earlier data must not be mistaken for those of the restored."""
    with redis.Redis.from_url(settings.redis_url) as cache:
        cache.flushdb()


@contextmanager
def owner(settings: Settings) -> Iterator[Connection]:
    """A connection in one transaction, committed at the end and closed."""
    connection = psycopg2.connect(role_dsn(settings, "owner"))
    try:
        with connection:
            yield connection
    finally:
        connection.close()
