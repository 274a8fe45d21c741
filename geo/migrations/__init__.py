"""Alembic migrations, run by `geo.migrations.upgrade`, never through an ini file.

`upgrade` is what `./ikomek up` calls as the owner; each migration runs in one transaction. A test compares
the result with the models.

* `env`: what Alembic runs: always on the connection that geo.migrations hands it
* `indexes`: those of large tables: made beside whoever writes, after the migrations
* `models`: every table's model in one metadata
* `rights`: grants by role, table and right, as rights.toml says, made at the end of every upgrade
* `versions`: the migrations, one line of them
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

from geo import partitions
from geo.database import is_collision
from geo.errors import Unavailable
from geo.migrations import rights

LOCK_MIGRATION, LOCK_LENDING = 8109_04, 8109_19
LOCK_TIMEOUT_S = 5
"""A migration that waits for a table makes everybody behind it wait: it gives up so soon, and comes back."""
OWNER, SUPERUSER = "ikomek_owner", "ikomek_superuser"
LACKING = """select to_regclass('alembic_version') is null and not (rolsuper or rolcreaterole)
    from pg_roles where rolname = current_user and rolname = :owner"""
"""Whether this is the owner of a private server, and its database has no tables yet."""
TRIES = 12
PAUSE_S = 2.0


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Bring the database to `revision`. `engine` connects as the owner (role "owner"). Running it again
    only makes the coming months' partitions and puts the rights of the roles right (`geo.migrations.rights`).

    Two at once take turns. Raises `Unavailable` ("migration.locked") where a table stayed locked through
    every try; nothing has changed then.
    """
    for attempt in range(TRIES):
        try:
            _upgrade(engine, revision)
            return
        except OperationalError as error:
            if not is_collision(error):
                raise
            if attempt == TRIES - 1:
                raise Unavailable(
                    "migration.locked", seconds=round(TRIES * (LOCK_TIMEOUT_S + PAUSE_S))
                ) from error
            time.sleep(PAUSE_S)


@contextmanager
def _roles_can_be_made(engine: Engine) -> Iterator[None]:
    """The first migrations make roles and set them up, which the owner of a private server may not: there
    its superuser lends it that for them, to one at a time."""
    if not _lacks(engine):
        yield
        return
    superuser = create_engine(
        engine.url.set(username=SUPERUSER), poolclass=NullPool, isolation_level="AUTOCOMMIT"
    )
    with superuser.connect() as connection:
        connection.execute(text("select pg_advisory_lock(:lock)"), {"lock": LOCK_LENDING})
        if not _lacks(engine):  # the one before us has made them
            yield
            return
        connection.execute(text(f"alter role {OWNER} createrole"))
        try:
            yield
        finally:
            connection.execute(text(f"alter role {OWNER} nocreaterole"))


def _lacks(engine: Engine) -> bool:
    with engine.connect() as connection:
        return bool(connection.scalar(text(LACKING), {"owner": OWNER}))


def _upgrade(engine: Engine, revision: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    with _roles_can_be_made(engine), engine.begin() as connection:
        connection.execute(text("select pg_advisory_xact_lock(:lock)"), {"lock": LOCK_MIGRATION})
        connection.execute(text(f"set local lock_timeout = '{LOCK_TIMEOUT_S}s'"))
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        partitions.maintain(connection, datetime.now(UTC).date())
        if revision == "head":
            rights.apply(connection)
