"""Every command parted between what it reads and what it writes by another one: the plan stays a plan,
counts are those of the houses, events replay to it.

`./ikomek bench races` does five hundred pairs.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import Connection

from geo.settings import Settings
from tests.support.plan_races import COMMANDS, Races, races
from tests.support.plan_town import Town

COMMAND = st.tuples(st.sampled_from(COMMANDS), st.integers(0, 2**32))
EXAMPLES = 14


@pytest.fixture
def raced(connection: Connection, settings: Settings) -> Iterator[Races]:
    town = Town(columns=2, rows=2, blocks=2, houses=2)
    source = town.build(connection, settings.city)
    with races(settings, source, town) as ready:
        yield ready


def test_commands_that_step_through_each_other_leave_a_sound_plan(raced: Races) -> None:
    @hypothesis_settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    @given(COMMAND, COMMAND, st.lists(st.integers(0, 1), min_size=30, max_size=80))
    def run(first: tuple[str, int], second: tuple[str, int], schedule: list[int]) -> None:
        raced.race(first, second, schedule)

    run()
    assert sum(times for (_, outcome), times in raced.done.items() if outcome == "saved") >= EXAMPLES, (
        raced.done
    )
