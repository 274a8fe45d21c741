"""A private cluster of its own for a measurement, as durable as the real one, thrown away afterwards."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from dashboard.machine import cluster as machine
from geo.database import connect_engine
from geo.migrations import upgrade
from geo.settings import Settings


@contextmanager
def own_cluster() -> Iterator[Settings]:
    """Settings of a migrated, empty database."""
    folder = Path(tempfile.mkdtemp(prefix="ikomek-bench-")).resolve()
    cluster = machine.Cluster(folder / "data")
    folder.chmod(0o755)
    servers = machine.start(cluster)
    try:
        machine.ensure_database(cluster, machine.NAME)
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
        shutil.rmtree(folder)
