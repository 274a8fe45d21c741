"""A command that met another half-way is done once more: two transactions that lock two things in opposite
orders."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import Connection, Engine, text

from geo.database import BUSY, transact
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
        connection.exec_driver_sql("do $$ begin raise exception 'again' using errcode = '40P01'; end $$")

    with pytest.raises(Unavailable) as refused:
        transact(etl, raised)
    assert refused.value.code == "database.slow"
