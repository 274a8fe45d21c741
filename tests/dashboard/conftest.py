"""For tests that ask one server many things: a server and a database of their own, shared by a module."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dashboard.machine import cluster as machine
from geo.settings import Settings
from tests.conftest import TEMPLATE, _administer, clone, settings_for
from tests.support.connected import engine_as
from tests.support.web import Server, serving


@pytest.fixture(scope="module")
def shared_settings(cluster: machine.Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    clone(cluster, TEMPLATE, "shared")
    yield settings_for(cluster, "shared", tmp_path_factory.mktemp("shared"))
    _administer(cluster, 'drop database "shared" with (force)')


@pytest.fixture(scope="module")
def shared_server(shared_settings: Settings) -> Iterator[Server]:
    with serving(shared_settings) as server:
        yield server


web = engine_as("web", of="shared_settings")
"""The web role's engine on the shared database."""


shared_owner = engine_as("owner", "shared_owner", of="shared_settings")
"""The owner's, for what no process may do: to move times, to read what a test wants to see."""


accounts = engine_as("accounts", of="shared_settings")
"""That of the command line that lets people in."""
