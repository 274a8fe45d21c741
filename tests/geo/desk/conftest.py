"""The desk of each test, with categories, an inspector, performers of two organisations, and an operator."""

from collections.abc import Iterator

import pytest

from geo.settings import Settings
from tests.support.levels_desk import LevelsDesk


@pytest.fixture
def desk(settings: Settings) -> Iterator[LevelsDesk]:
    made = LevelsDesk(settings)
    yield made
    made.close()
