"""The databases of a server beside ours, and what is done to them from its maintenance database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import psycopg2
from psycopg2 import sql
from psycopg2.extensions import connection as Connection
from sqlalchemy.engine import make_url

from geo.database import role_dsn
from geo.settings import Settings

SEND_AWAY = sql.SQL(
    "select pg_terminate_backend(pid) from pg_stat_activity join pg_roles on pg_roles.oid = usesysid "
    "where datname = any({}) and pid <> pg_backend_pid() and not rolsuper"
)
"""Not those of superusers, which only a superuser may end: the vacuum is one, and gives way by itself."""


def named(settings: Settings, suffix: str) -> Settings:
    """The same server, with the database `<name>_<suffix>`."""
    return _with_database(settings, f"{database_name(settings)}_{suffix}")


def beside(settings: Settings) -> Settings:
    """The same server's maintenance database."""
    return _with_database(settings, "postgres")


def _with_database(settings: Settings, database: str) -> Settings:
    url = make_url(settings.database_url).set(database=database)
    return replace(settings, database_url=url.render_as_string(hide_password=False))


def database_name(settings: Settings) -> str:
    return str(make_url(settings.database_url).database)


@contextmanager
def maintenance(settings: Settings) -> Iterator[Connection]:
    """A connection to the server's maintenance database, whose statements run outside a transaction."""
    connection = psycopg2.connect(role_dsn(beside(settings), "owner"))
    try:
        connection.autocommit = True
        yield connection
    finally:
        connection.close()


def administer(settings: Settings, statement: sql.Composable) -> None:
    """One statement there that may not run inside a transaction."""
    with maintenance(settings) as connection, connection.cursor() as cursor:
        cursor.execute(statement)


def drop(settings: Settings, database: str) -> None:
    administer(settings, sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(database)))
