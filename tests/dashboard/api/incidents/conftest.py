"""The duty desk behind a server of the test's own."""

from collections.abc import Iterator

import pytest

from tests.support.desk import Desk
from tests.support.web import Server


@pytest.fixture
def desk(server: Server) -> Iterator[Desk]:
    made = Desk(server.settings)
    yield made
    made.close()
