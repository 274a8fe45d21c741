"""A database that takes long to prepare, and the data folder beside it (keys), made once and copied for each
test that writes to it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import make_url

from dashboard.machine.cluster import Cluster
from geo.settings import Settings
from tests.conftest import DEMO, _administer, clone, settings_for


@contextmanager
def city_to_prepare(cluster: Cluster, database: str, data: Path) -> Iterator[Settings]:
    """The small city in a database of this name. Ask for `demo_settings` before: it makes the demo that is
    copied. Whoever prepares it closes all connections: it is copied."""
    clone(cluster, DEMO, database)
    yield settings_for(cluster, database, data)
    _administer(cluster, f'drop database "{database}" with (force)')


@contextmanager
def copy_of(prepared: Settings, cluster: Cluster, data: Path) -> Iterator[Settings]:
    clone(cluster, str(make_url(prepared.database_url).database), "test_demo")
    shutil.copytree(prepared.data, data, dirs_exist_ok=True)
    yield settings_for(cluster, "test_demo", data)
    _administer(cluster, 'drop database "test_demo" with (force)')
