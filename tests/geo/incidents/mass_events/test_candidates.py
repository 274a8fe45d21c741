"""What is suggested as one event lies within radius and window of one of it, each incident once."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from geo.incidents.mass_events.candidates import Reach, find_groups, find_near

REACH = Reach(radius_m=100, window_h=6, least=3)
ROWS = st.lists(st.tuples(st.floats(0, 600), st.floats(0, 600), st.floats(0, 40)), min_size=0, max_size=40)


def near(a: np.ndarray, b: np.ndarray) -> bool:
    return bool(np.hypot(*(a[:2] - b[:2])) <= REACH.radius_m and abs(a[2] - b[2]) <= REACH.window_h)


@given(ROWS)
def test_a_group_lies_around_one_of_it_and_nothing_is_left_that_would_be_one(rows: list) -> None:
    table = np.array(rows, float).reshape(-1, 3)
    groups = find_groups(table[:, :2], table[:, 2], REACH)
    taken = [row for group in groups for row in group]
    assert len(taken) == len(set(taken))
    for group in groups:
        assert len(group) >= REACH.least
        assert any(all(near(table[middle], table[row]) for row in group) for middle in group)
    left = [row for row in range(len(table)) if row not in set(taken)]
    assert all(sum(near(table[row], table[other]) for other in left) < REACH.least for row in left)


def test_far_in_metres_or_in_hours_is_another_event() -> None:
    xy = np.array([[0, 0], [50, 0], [99, 0], [5000, 0], [0, 0], [0, 0]], float)
    hours = np.array([0, 1, 2, 0, 9, 20], float)
    assert [list(group) for group in find_groups(xy, hours, REACH)] == [[0, 1, 2]]
    assert list(find_near(xy[3:], hours[3:], xy[:1], hours[:1], REACH)) == []
    assert list(find_near(xy[1:3], hours[1:3], xy[:1], hours[:1], REACH)) == [0, 1]
