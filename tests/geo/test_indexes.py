"""Indexes that a migration left out of a large table are made while others write; one that was broken off is
made anew."""

from __future__ import annotations

import importlib
import threading

import pytest
from sqlalchemy import Connection, Engine, text

from geo.migrations import indexes

NAME = "ix_incident_unsettled"
ROW = """insert into incident (region, source, source_id, kind, source_status, status, opened_at)
    values ('71', 't', :id, 'service', 'open', 'open', now())"""


def is_valid(owner: Engine) -> bool | None:
    with owner.connect() as connection:
        return connection.scalar(
            text("select indisvalid from pg_index where indexrelid = to_regclass(:name)"), {"name": NAME}
        )


def test_nothing_is_missing_after_an_upgrade(owner: Engine) -> None:
    assert indexes.build_missing(owner) == []


def test_what_is_missing_is_made_and_nobody_waits(owner: Engine, connection: Connection) -> None:
    """A row that is being written keeps the index waiting; what is written meanwhile waits for neither."""
    with owner.begin() as making:
        making.execute(text(f"drop index {NAME}"))
    connection.execute(text(ROW), {"id": "1"})
    done = threading.Thread(target=indexes.build_missing, args=(owner,))
    done.start()
    with owner.connect() as looking:
        looking = looking.execution_options(isolation_level="AUTOCOMMIT")
        while not looking.scalar(text("select count(*) from pg_stat_progress_create_index")):
            assert done.is_alive()
    with owner.begin() as other:
        other.execute(text("set local lock_timeout = '5s'"))
        other.execute(text(ROW), {"id": "2"})
        assert indexes.missing_indexes(other) == [], "one that is being made is not made twice"
    connection.commit()
    done.join(30)
    assert is_valid(owner)


def test_one_that_was_broken_off_is_made_anew(owner: Engine, connection: Connection) -> None:
    with owner.begin() as making:
        making.execute(text(f"drop index {NAME}"))
    connection.execute(text(ROW), {"id": "1"})
    with owner.connect().execution_options(isolation_level="AUTOCOMMIT") as making:
        making.execute(text("set statement_timeout = '500ms'"))
        [index] = indexes.missing_indexes(making)
        with pytest.raises(Exception, match="statement timeout"):
            making.execute(text(indexes._concurrently(index, making)))
        making.execute(text("set statement_timeout = 0"))
    connection.commit()
    assert is_valid(owner) is False
    assert indexes.build_missing(owner) == [NAME]
    assert is_valid(owner)


def test_what_is_replaced_stays_until_the_other_stands(owner: Engine) -> None:
    old, new = "ix_incident_opened_at", "ix_incident_opened"
    with owner.begin() as making:
        making.execute(text(f"drop index {new}"))
        making.execute(text(f"create index {old} on incident (region, opened_at)"))
    assert indexes.build_missing(owner) == [new]
    with owner.connect() as connection:
        stands = "select to_regclass(:name) is not null"
        assert connection.scalar(text(stands), {"name": new})
        assert not connection.scalar(text(stands), {"name": old})


def test_a_large_table_is_left_to_the_job(connection: Connection) -> None:
    migration = importlib.import_module("geo.migrations.versions.0077_closed_days")
    assert connection.scalar(text(migration.SMALL)) is True
    few = migration.SMALL.replace("200000", "1").replace("200001", "2")
    for id in ("1", "2"):
        connection.execute(text(ROW), {"id": id})
    assert connection.scalar(text(few)) is False
    connection.rollback()
