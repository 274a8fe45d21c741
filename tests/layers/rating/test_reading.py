"""What moved a score adds up to what is shown of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers.rating.reading import in_tenths

POINTS = st.floats(0, 60)


def test_an_example_by_hand() -> None:
    """1.04 + 1.04 + 1.04 = 3.12: each rounded they would be 3.0. What did not change does not take it."""
    assert sum(in_tenths({"a": 1.04, "b": 1.04, "c": 1.04}, 3.1).values()) == pytest.approx(3.1)
    assert in_tenths({"a": 1.0, "b": -2.5}, -1.5) == {"a": 1.0, "b": -2.5}
    assert in_tenths({"a": 2.42, "b": 0.0}, 2.5) == {"a": 2.5, "b": 0.0}
    assert in_tenths({}, 0.0) == {}


@given(st.lists(st.tuples(POINTS, POINTS), min_size=1, max_size=8))
def test_the_parts_are_the_change_that_is_shown(points: list[tuple[float, float]]) -> None:
    """Both scores are shown to the tenth, so their difference is that of what is shown, and no part is
    further than that from itself."""
    parts = {str(n): now - before for n, (now, before) in enumerate(points)}
    change = round(sum(now for now, _ in points), 1) - round(sum(before for _, before in points), 1)
    shown = in_tenths(parts, change)
    assert sum(shown.values()) == pytest.approx(change, abs=1e-6)
    for name, part in parts.items():
        assert abs(shown[name] - part) < 0.16 and (part or not shown[name])
