"""The owner of the database is no superuser, also on a server of an earlier version, where it was."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.pool import NullPool

from dashboard.machine import cluster as machine
from dashboard.machine.accounts import DATABASE, run_as
from dashboard.machine.database import EMPTY, ensure_database
from dashboard.machine.folders import make_folders, own_folder
from dashboard.machine.programs import program
from geo import migrations
from geo.migrations import rights

NOT_ITS_OWN = text("""
    select c.oid::regclass::text from pg_class c where c.relnamespace in (
        select oid from pg_namespace where nspname in ('public', 'personal', 'voters'))
      and c.relowner <> 'ikomek_owner'::regrole and c.relkind <> 'c'
      and not exists (select from pg_depend d where d.objid = c.oid and d.deptype = 'e')
      and not exists (select from pg_index i join pg_depend d on d.objid = i.indrelid
        where i.indexrelid = c.oid and d.deptype = 'e')
    union all
    select p.oid::regprocedure::text from pg_proc p
    where p.pronamespace::regnamespace::text in ('public', 'voters')
      and p.proowner <> 'ikomek_owner'::regrole
      and not exists (select from pg_depend d where d.objid = p.oid and d.deptype = 'e')
    union all
    select nspname from pg_namespace where nspname in ('personal', 'voters')
      and nspowner <> 'ikomek_owner'::regrole
    union all
    select datname from pg_database where datdba <> 'ikomek_owner'::regrole
      and datname not in ('postgres', 'template0', 'template1')""")


@pytest.fixture
def former(folder: Path) -> Iterator[machine.Cluster]:
    """A server as an earlier version made it: its first role is the owner, who migrated as a superuser."""
    cluster = machine.Cluster(folder / "data", throwaway=True)
    make_folders(cluster.data)
    own_folder(cluster.database_folder, DATABASE)
    made = ["--username", "ikomek_owner", "--auth-local", "peer", "--locale", "C.UTF-8", "--no-sync"]
    subprocess.run(
        run_as(DATABASE, [program("initdb"), "-D", cluster.database_folder, *made]),
        check=True,
        capture_output=True,
        cwd="/",
    )
    servers = machine.start(cluster)
    yield cluster
    machine.stop(servers)


def engine_of(cluster: machine.Cluster, database: str, role: str = "ikomek_owner") -> Engine:
    url = cluster.database_url(database, role).replace("postgresql:", "postgresql+psycopg2:")
    return create_engine(url, poolclass=NullPool)


def test_a_server_whose_owner_was_its_superuser_is_brought_to_this(former: machine.Cluster) -> None:
    first = engine_of(former, "postgres").execution_options(isolation_level="AUTOCOMMIT")
    with first.connect() as connection:
        for name in (machine.NAME, f"{machine.NAME}_before_restore"):
            connection.execute(text(f"create database {name}"))
    owner = engine_of(former, machine.NAME)
    migrations.upgrade(owner)
    with owner.begin() as connection:
        assert connection.scalar(text("select rolsuper from pg_roles where rolname = current_user"))
        connection.execute(text("insert into setting (key, value) values ('kept', 'true')"))

    for _ in range(2):  # a second start finds all done
        ensure_database(former)
        with owner.connect() as connection:
            assert connection.execute(NOT_ITS_OWN).all() == []
            assert not connection.scalar(text("select rolsuper from pg_roles where rolname = current_user"))
            assert connection.scalar(text("select value from setting where key = 'kept'")) is True
    migrations.upgrade(owner)
    with owner.connect() as connection:
        assert rights.found(connection) == rights.stated(machine.NAME)
    with engine_of(former, "postgres", machine.SUPERUSER).connect() as connection:
        superusers = connection.scalars(text("select rolname from pg_roles where rolsuper and rolcanlogin"))
        assert superusers.all() == [machine.SUPERUSER]
        assert connection.scalar(text("select datname from pg_database where datname = :it"), {"it": EMPTY})
