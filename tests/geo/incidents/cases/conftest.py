"""The duty desk of each test."""

from collections.abc import Iterator

import pytest

from geo.settings import Settings
from tests.support.desk import Desk


@pytest.fixture
def desk(settings: Settings) -> Iterator[Desk]:
    made = Desk(settings)
    yield made
    made.close()
