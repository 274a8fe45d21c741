"""A command that met another half-way is done once more: two transactions that lock two things in opposite
orders."""

from __future__ import annotations

import threading

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, text

from geo.database import BUSY, for_driver, transact
from geo.errors import Conflict, InvalidInput, Unavailable

LOCK = text("select pg_advisory_xact_lock(:key)")


def test_a_deadlock_is_tried_again_once(etl: Engine) -> None:
    both_hold, tries = threading.Barrier(2), {1: 0, 2: 0}
    done: list[int] = []

    def work(connection: Connection, first: int, second: int) -> int:
        tries[first] += 1
        connection.execute(LOCK, {"key": first})
        if tries[first] == 1:
            both_hold.wait(20)
        connection.execute(LOCK, {"key": second})
        return first

    threads = [
        threading.Thread(
            target=lambda pair=pair: done.append(transact(etl, lambda connection: work(connection, *pair)))
        )
        for pair in ((1, 2), (2, 1))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(done) == [1, 2] and sorted(tries.values()) == [1, 2]


def test_what_is_refused_is_not_tried_again_and_busy_once(etl: Engine) -> None:
    tried: list[int] = []

    def refuse(error: Exception) -> None:
        tried.append(1)
        raise error

    for error, times in (
        (InvalidInput("plan.line_idle"), 1),
        (Conflict("plan.stale"), 1),
        (Conflict(BUSY), 2),
    ):
        tried.clear()
        with pytest.raises(type(error)):
            transact(etl, lambda connection, error=error: refuse(error))
        assert len(tried) == times


def test_a_deadlock_that_comes_again_is_said(etl: Engine) -> None:
    def raised(connection: Connection) -> None:
        connection.execute(text("do $$ begin raise exception 'again' using errcode = '40P01'; end $$"))

    with pytest.raises(Unavailable) as refused:
        transact(etl, raised)
    assert refused.value.code == "database.slow"


def test_a_statement_takes_the_form_of_the_driver() -> None:
    assert for_driver("select :name, cast(:id as bigint), n % 4") == (
        "select %(name)s, cast(%(id)s as bigint), n %% 4"
    )
    untouched = "select '2024-01-01 00:00'::date, keys[1:tail], to_char(now(), 'HH24:MI:SS')"
    assert for_driver(untouched) == untouched


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.from_regex(r"[a-z][a-z_0-9]*", fullmatch=True), value=st.integers(-(2**31), 2**31 - 1))
def test_both_drivers_and_sqlalchemy_read_one_statement_alike(etl: Engine, name: str, value: int) -> None:
    statement = f"select cast(:{name} as bigint) % 100, :{name} % 100"
    with etl.connect() as connection:
        one = connection.execute(text(statement), {name: value}).one()
        with connection.connection.cursor() as cursor:
            cursor.execute(for_driver(statement), {name: value})
            assert cursor.fetchone() == tuple(one)
