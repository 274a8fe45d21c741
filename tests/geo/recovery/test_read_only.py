"""While a copy is restored nobody writes, the screens go on, and a restore that is killed binds nobody."""

from __future__ import annotations

import psycopg2
import pytest
from psycopg2 import sql
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from dashboard.machine import cluster as machine
from geo.accounts import sessions
from geo.database import is_away
from geo.errors import Conflict, Unavailable
from geo.recovery import backup, read_only, servers
from geo.recovery.read_only import is_bound, release_abandoned
from geo.settings import Settings
from layers.unanswered import refusal_of


def write(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("insert into setting (key, value) values ('a', '1') on conflict do nothing"))
        connection.execute(text("delete from setting where key = 'a'"))


def test_nobody_writes_and_the_screens_go_on(
    settings: Settings, owner: Engine, web: Engine, accounts: Engine
) -> None:
    screen = sessions.add_device(accounts, "operations")
    with read_only.read_only(settings):
        with pytest.raises(DBAPIError) as refused:
            write(owner)
        refusal = refusal_of(refused.value)
        assert isinstance(refusal, Unavailable) and refusal.code == "database.read_only"
        assert is_away(refused.value), "what waits for the database waits for the restore"
        assert sessions.find_principal(web, screen).scene == "operations"
        with pytest.raises(Conflict, match="backup.restoring"), read_only.read_only(settings):
            pass
        assert not release_abandoned(settings), "a restore is under way"
        assert is_bound(web)
    write(owner)
    assert not is_bound(web)


def test_a_superusers_session_is_left_where_it_is(
    settings: Settings, cluster: machine.Cluster, owner: Engine
) -> None:
    """The vacuum works as one, at any time."""
    name = servers.database_name(settings)
    session = psycopg2.connect(cluster.database_url(name, machine.SUPERUSER))
    try:
        with read_only.read_only(settings):
            assert not session.closed
        write(owner)
    finally:
        session.close()


def test_a_killed_restore_is_taken_back(settings: Settings, owner: Engine) -> None:
    ours = sql.Identifier(servers.database_name(settings))
    statement = "alter database {} set default_transaction_read_only = on"
    servers.administer(settings, sql.SQL(statement).format(ours))
    owner.dispose()
    with pytest.raises(DBAPIError):
        write(owner)
    assert release_abandoned(settings) and not release_abandoned(settings)
    write(owner)


def test_a_restore_that_fails_gives_everything_back(settings: Settings, owner: Engine) -> None:
    with pytest.raises(RuntimeError), read_only.read_only(settings):
        raise RuntimeError
    write(owner)


def test_both_the_copy_and_the_earlier_database_can_be_written_to_afterwards(
    settings: Settings, owner: Engine
) -> None:
    with read_only.read_only(settings):
        fresh = backup.create_fresh(settings)
        kept = backup.swap(settings, fresh)
    earlier = servers.named(settings, "before_restore")
    assert servers.database_name(earlier) == kept
    for made in (settings, earlier):
        with psycopg2.connect(backup.role_dsn(made, "owner")) as connection, connection.cursor() as cursor:
            cursor.execute("create table anew (a int)")
        connection.close()
    servers.drop(settings, kept)
