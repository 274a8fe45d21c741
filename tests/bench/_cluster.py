"""A private cluster of its own for a measurement, as durable as the real one, thrown away afterwards or kept
for the next."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import psycopg2

from dashboard.machine import cluster as machine
from dashboard.machine.database import ensure_database
from geo.database import connect_engine
from geo.migrations import upgrade
from geo.settings import Settings

MAY_CHECKPOINT = "grant pg_checkpoint to ikomek_owner"
"""So that a measurement can begin with nothing left for the server to write."""


@contextmanager
def own_cluster(kept: Path | None = None) -> Iterator[Settings]:
    """Settings of a migrated, empty database; in the folder `kept`, of what is in it, which stays there."""
    folder = Path(tempfile.mkdtemp(prefix="ikomek-bench-") if kept is None else kept).resolve()
    folder.mkdir(exist_ok=True)
    cluster = machine.Cluster(folder / "data")
    folder.chmod(0o755)
    servers = machine.start(cluster)
    try:
        ensure_database(cluster)
        with closing(psycopg2.connect(cluster.database_url(role=machine.SUPERUSER))) as connection:
            with connection, connection.cursor() as cursor:
                cursor.execute(MAY_CHECKPOINT)
        settings = replace(
            Settings.load({"IKOMEK_DATA": str(folder / "data")}),
            own_database=True,
            redis_url=f"unix://{cluster.redis_socket}",
            database_url=cluster.database_url().replace("postgresql:", "postgresql+psycopg2:"),
        )
        engine = connect_engine(settings, "owner")
        upgrade(engine)
        engine.dispose()
        yield settings
    finally:
        machine.stop(servers)
        if kept is None:
            shutil.rmtree(folder)
