"""The desk of each test."""

from collections.abc import Iterator

import pytest

from geo.settings import Settings
from tests.support.mass_desk import MassDesk


@pytest.fixture
def desk(settings: Settings) -> Iterator[MassDesk]:
    made = MassDesk(settings)
    yield made
    made.close()
