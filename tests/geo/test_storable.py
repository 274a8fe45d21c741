"""Whatever a file or a person says can be kept with what was wrong with it."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, text

from geo.storable import as_json

TEXTS = st.text(st.characters(exclude_categories=())) | st.sampled_from(["\x00", "a\ud800b", "\udfff"])
VALUES = st.recursive(
    TEXTS | st.integers() | st.binary() | st.none(),
    lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner) | st.tuples(inner),
    max_leaves=6,
)


@given(st.dictionaries(st.text(), VALUES))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_parameters_can_be_stored(connection: Connection, parameters: dict[str, object]) -> None:
    taken = connection.execute(
        text("select cast(:parameters as jsonb)"), {"parameters": as_json(parameters)}
    ).scalar_one()
    assert len(taken) <= len(parameters) and all("\x00" not in name for name in taken)
