"""A demo load that is cut short is seen, thrown away and done anew; nothing else is ever thrown away."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine, text

from geo.errors import Conflict
from geo.intake import first_load
from geo.migrations import upgrade
from tests.support.connected import engine_as

owner = engine_as("owner")


def content(engine: Engine) -> str:
    with engine.connect() as connection:
        return first_load.content(connection)


def add_run(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(
            text("insert into run (region, feed, state, read_rows) values ('71', 'districts', 'running', 0)")
        )


def mark(engine: Engine, state: str) -> None:
    """Records the state of the demo city's loading."""
    with engine.begin() as connection:
        connection.execute(
            text("""
            insert into setting (key, value) values ('demo', jsonb_build_object('state',
                cast(:state as text)))
            on conflict (key) do update set value = excluded.value"""),
            {"state": state},
        )


def test_a_first_load_goes_from_empty_to_loading_to_loaded(owner: Engine) -> None:
    assert content(owner) == "empty"
    mark(owner, "loading")
    assert content(owner) == "cut_short"
    mark(owner, "loaded")
    assert content(owner) == "demo"


def test_a_city_of_ones_own_is_never_erased(owner: Engine) -> None:
    add_run(owner)
    assert content(owner) == "data"
    with pytest.raises(Conflict, match="demo.not_cut_short"):
        first_load.erase(owner)


def test_what_was_cut_short_is_erased_and_made_anew(owner: Engine) -> None:
    mark(owner, "loading")
    add_run(owner)
    first_load.erase(owner)
    upgrade(owner)
    assert content(owner) == "empty"
    with owner.connect() as connection:
        assert connection.scalar(text("select count(*) from user_role")) > 5
        assert connection.scalar(text("select postgis_lib_version()"))
