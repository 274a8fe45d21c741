"""Alembic migrations, run by `geo.migrations.upgrade`, never through an ini file.

`upgrade` is what `./ikomek up` calls as the owner; each migration runs in one transaction. A test compares the result with the models.
"""
from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine

from geo import partitions


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Bring the database to `revision`. `engine` connects as the owner (role "owner"). Running it again only makes the coming months' partitions."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        partitions.maintain(connection, datetime.now(timezone.utc).date())
