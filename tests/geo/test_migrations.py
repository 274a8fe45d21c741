"""Bringing a database up to date: two at once, beside somebody who holds a table, and what the newest
version promises."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Connection, Engine, text

from dashboard.machine import cluster as machine
from geo import migrations
from geo.database import connect_engine
from geo.errors import Unavailable
from geo.loading.references import add_category
from geo.recovery.backup import EMPTY
from geo.settings import Settings
from tests.conftest import _administer, settings_for


@pytest.fixture
def bare(cluster: machine.Cluster, tmp_path: object) -> Iterator[Engine]:
    """The owner's engine on a database without a table."""
    _administer(cluster, f'create database "bare" owner ikomek_owner template "{EMPTY}"')
    engine = connect_engine(settings_for(cluster, "bare", tmp_path), "owner")
    yield engine
    engine.dispose()
    _administer(cluster, 'drop database "bare" with (force)')


def test_two_at_once_on_one_empty_server_take_turns(bare: Engine) -> None:
    with ThreadPoolExecutor(2) as both:
        for done in [both.submit(migrations.upgrade, bare) for _ in range(2)]:
            done.result()
    with bare.connect() as connection:
        assert connection.scalar(text("select count(*) from alembic_version")) == 1


def test_a_table_in_use_is_waited_for_a_while_and_then_said(
    owner: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (("LOCK_TIMEOUT_S", 0.1), ("PAUSE_S", 0.1), ("TRIES", 3)):
        monkeypatch.setattr(migrations, name, value)
    last = _drop_last_partition(owner)
    with owner.connect() as busy:
        busy.execute(text("lock table change in access exclusive mode"))
        with pytest.raises(Unavailable, match="migration.locked"):
            migrations.upgrade(owner)
    migrations.upgrade(owner)
    with owner.connect() as connection:
        assert connection.scalar(text("select to_regclass(:name) is not null"), {"name": last})


def _drop_last_partition(owner: Engine) -> str:
    """The name of the newest month's partition, which the next upgrade has to make again."""
    with owner.begin() as connection:
        last = connection.scalar(
            text("""select max(inhrelid::regclass::text) from pg_inherits where inhparent = 'change'::regclass
            and inhrelid::regclass::text <> 'change_default'""")
        )
        connection.execute(text(f"drop table {last}"))
        return last


def test_a_partition_is_made_while_somebody_writes(owner: Engine, connection: Connection) -> None:
    last = _drop_last_partition(owner)
    connection.execute(
        text("insert into change (region, noun, version, payload) values ('71', 'x', 1, '{}')")
    )  # and does not commit
    done = threading.Thread(target=migrations.upgrade, args=(owner,))
    done.start()
    done.join(30)
    assert not done.is_alive()
    assert connection.scalar(text("select to_regclass(:name) is not null"), {"name": last})


def test_two_sources_that_add_a_category_at_once_get_two_ids(owner: Engine) -> None:
    with owner.connect() as one, owner.connect() as other:
        first = add_category(one, "service", "first", "First")
        second = add_category(other, "service", "second", "Second")
        assert first != second
        one.rollback()
        other.rollback()


@pytest.mark.parametrize(("state", "touched"), [("draft", 0), ("agreed", 0), ("published", 1)])
def test_only_a_plan_that_may_be_in_force_draws_tiles_anew(
    state: str, touched: int, connection: Connection, settings: Settings
) -> None:
    connection.execute(text("delete from tile_touch"))
    connection.execute(
        text(
            """insert into plan (region, id, name, state, created_by) overriding system value values ('71', 1,
                'p', :state, 'a')"""
        ),
        {"state": state},
    )
    connection.execute(
        text("""insert into precinct (region, plan_id, id, number, kind, voters, buildings, version, geom,
            geom_4326, geom_3857)
        select '71', 1, 1, 1, 'open', 0, 0, 1, st_multi(st_transform(g, 32642)), st_multi(g),
            st_multi(st_transform(g, 3857))
        from (select st_makeenvelope(71.40, 51.10, 71.41, 51.11, 4326) as g) as s""")
    )
    assert (
        connection.scalar(text("select count(distinct layer) from tile_touch where layer = 'precincts'"))
        == touched
    )
