"""A restored copy takes the database's place whole, or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import psycopg2
import pytest
import redis
from sqlalchemy import text
from sqlalchemy.engine import make_url

from geo import migrations
from geo.database import connect_engine
from geo.errors import Conflict, InvalidInput
from geo.recovery import backup, servers
from geo.settings import Settings


@pytest.fixture
def fresh(settings: Settings) -> Iterator[Settings]:
    """A restored copy: migrated, with a mark. What the swap leaves behind is dropped at the end."""
    fresh = backup.create_fresh(settings)
    engine = connect_engine(fresh, "owner")
    migrations.upgrade(engine)
    with engine.begin() as connection:
        connection.execute(text("insert into setting (key, value) values ('restored', 'true')"))
    engine.dispose()
    yield fresh
    for suffix in ("restoring", "before_restore"):
        servers.drop(settings, servers.database_name(servers.named(settings, suffix)))


def ask(settings: Settings, statement: str) -> object:
    with backup.owner(settings) as connection, connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchone()[0]


def test_a_copy_takes_the_place_while_others_are_connected(settings: Settings, fresh: Settings) -> None:
    busy = psycopg2.connect(backup.role_dsn(settings, "web"))
    kept = backup.swap(settings, fresh)
    assert ask(settings, "select value from setting where key = 'restored'") is True
    assert kept.endswith("_before_restore")
    earlier = replace(
        settings,
        database_url=make_url(settings.database_url).set(database=kept).render_as_string(hide_password=False),
    )
    assert ask(earlier, "select count(*) from setting where key = 'restored'") == 0
    with pytest.raises(psycopg2.OperationalError), busy.cursor() as cursor:
        cursor.execute("select 1")
    busy.close()


def test_a_finished_copy_has_a_new_epoch(fresh: Settings) -> None:
    epoch = ask(fresh, "select epoch from change_position")
    backup.finish(fresh, {"incident": 0})
    assert ask(fresh, "select epoch from change_position") != epoch


def test_rows_that_are_missing_are_refused(fresh: Settings) -> None:
    with pytest.raises(InvalidInput, match="backup.rows") as raised:
        backup.finish(fresh, {"incident": 7})
    assert raised.value.parameters == {"table": "incident", "stated": 7, "found": 0}
    with pytest.raises(InvalidInput, match="backup.rows"):
        backup.finish(fresh, {"a_table_that_is_gone": 0})


def test_every_table_with_rows_of_ours_is_counted(settings: Settings) -> None:
    counted = backup.count_rows(settings)
    assert {
        "incident",
        "incident_event",
        "personal.inquiry_text",
        "audit",
        "user_session",
        "plan_event",
        "setting",
        "reject",
    } <= set(counted)
    assert not {
        name for name in counted if name.startswith(("spatial_ref_sys", "change_2", "incident_event_2"))
    }


def test_a_copy_left_by_a_kill_is_replaced(settings: Settings, fresh: Settings) -> None:
    again = backup.create_fresh(settings)
    assert again == fresh
    assert ask(again, "select array_agg(tablename::text) from pg_tables where schemaname = 'public'") == [
        "spatial_ref_sys"
    ]


def test_a_newer_schema_is_refused(settings: Settings) -> None:
    with backup.snapshot(settings) as moment:
        backup.require_known(moment.revision)
    with pytest.raises(Conflict, match="backup.newer"):
        backup.require_known("9999")


def test_the_password_is_no_argument(settings: Settings) -> None:
    remote = replace(
        settings,
        own_database=False,
        database_url="postgresql+psycopg2://chief:p%20w@db.example:5433/ikomek?sslmode=require",
    )
    assert backup.environment(remote) == {
        "PGHOST": "db.example",
        "PGPORT": "5433",
        "PGUSER": "chief",
        "PGPASSWORD": "p w",
        "PGDATABASE": "ikomek",
        "PGSSLMODE": "require",
    }


def test_the_cache_is_forgotten(settings: Settings) -> None:
    with redis.Redis.from_url(settings.redis_url) as cache:
        cache.set("tile", b"old")
        backup.forget_cache(settings)
        assert cache.dbsize() == 0
