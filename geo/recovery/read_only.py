"""Nobody writes into a database that a restored copy is about to replace: what was acknowledged meanwhile
would go with it.

The setting is the database's own, so it holds for whoever connects, by whatever program. It stays when the
restore is killed; its lock does not. A setting without the lock is what a killed restore has left, and is
taken back: when the system starts, and while it runs (`release_abandoned`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from psycopg2 import sql
from psycopg2.extensions import cursor as Cursor
from sqlalchemy import Engine, text

from geo.database import for_driver
from geo.errors import Conflict
from geo.recovery.servers import SEND_AWAY, database_name, maintenance, named
from geo.settings import Settings

RESTORE = 8110
"""First of the two numbers of a restore's advisory lock; the second is a hash of the database's name."""
LOCK = for_driver("select pg_try_advisory_lock(:lock, hashtext(:database))")
BOUND = for_driver("""select d.datname from pg_db_role_setting s join pg_database d on d.oid = s.setdatabase
    where s.setrole = 0 and d.datname = any(:ours)
        and 'default_transaction_read_only=on' = any(s.setconfig)""")
IS_BOUND = """exists (select from pg_db_role_setting s join pg_database d on d.oid = s.setdatabase
    where s.setrole = 0 and d.datname = current_database()
        and 'default_transaction_read_only=on' = any(s.setconfig))"""
"""SQL: whether who connects to the database can only read. Sessions that are read-only by themselves may ask
it too."""
READ_ONLY = "alter database {} set default_transaction_read_only = on"
RELEASE = "alter database {} reset default_transaction_read_only"


@contextmanager
def read_only(settings: Settings) -> Iterator[None]:
    """Whoever connects to our database can only read from here on, and everybody connects anew; at the end
    both it and, where a copy has taken its place, the earlier one can be written to again.

    Raises `Conflict` ("backup.restoring") while another restore is under way.
    """
    ours = database_name(settings)
    with maintenance(settings) as connection, connection.cursor() as cursor:
        if not _locked(cursor, ours):
            raise Conflict("backup.restoring", database=ours)
        _administer(cursor, READ_ONLY, [ours])
        _send_away(cursor, [ours])
        try:
            yield
        finally:
            _release(cursor, _bound(cursor, settings))


def is_bound(engine: Engine) -> bool:
    """Whether who connects to the engine's database can only read."""
    with engine.connect() as connection:
        return bool(connection.scalar(text(f"select {IS_BOUND}")))


def release_abandoned(settings: Settings) -> bool:
    """Let our database be written to again after a restore that was killed; False where there is nothing to
    be done, or a restore is under way."""
    with maintenance(settings) as connection, connection.cursor() as cursor:
        if not (bound := _bound(cursor, settings)) or not _locked(cursor, database_name(settings)):
            return False
        _release(cursor, bound)
        return True


def _locked(cursor: Cursor, database: str) -> bool:
    """The lock is the session's, on the maintenance database: nobody is sent away from that one."""
    cursor.execute(LOCK, {"lock": RESTORE, "database": database})
    return bool(cursor.fetchall()[0][0])


def _bound(cursor: Cursor, settings: Settings) -> list[str]:
    """Ours and the earlier one, those of them that can only be read."""
    ours = [database_name(settings), database_name(named(settings, "before_restore"))]
    cursor.execute(BOUND, {"ours": ours})
    return [name for (name,) in cursor.fetchall()]


def _release(cursor: Cursor, databases: Sequence[str]) -> None:
    _administer(cursor, RELEASE, databases)
    _send_away(cursor, databases)  # who came meanwhile would stay read-only


def _administer(cursor: Cursor, statement: str, databases: Sequence[str]) -> None:
    for database in databases:
        cursor.execute(sql.SQL(statement).format(sql.Identifier(database)))


def _send_away(cursor: Cursor, databases: Sequence[str]) -> None:
    if databases:
        cursor.execute(SEND_AWAY.format(sql.Literal(list(databases))))
