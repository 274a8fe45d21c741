"""What is over is purged after its time, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection, Engine, text

from geo.errors import InvalidInput
from geo.settings import Settings
from geo.work import retention

NOW = datetime.now(UTC)


def run_row(connection: Connection, id_: int, days: int, written: int = 0, rejected: int = 0) -> None:
    connection.execute(
        text("""insert into run (region, id, feed, state, started_at, ended_at, read_rows, written, rejected)
        overriding system value values ('71', :id, 'f', 'done', :at, :at, :read, :written, :rejected)"""),
        {
            "id": id_,
            "at": NOW - timedelta(days=days),
            "read": written + rejected,
            "written": written,
            "rejected": rejected,
        },
    )


def reject_row(connection: Connection, run_id: int, row: str) -> None:
    connection.execute(
        text("""insert into reject (region, run_id, row_number, code, row)
        values ('71', :run, 1, 'value.time', cast(:row as jsonb))"""),
        {"run": run_id, "row": row},
    )


def count(connection: Connection, table: str, condition: str = "true") -> int:
    return connection.scalar(text(f"select count(*) from {table} where {condition}"))


def test_polls_that_brought_nothing_go_and_the_last_of_a_feed_stays(
    connection: Connection, owner: Engine, jobs: Engine, settings: Settings
) -> None:
    for id_, days, written in ((1, 30, 0), (2, 29, 5), (3, 28, 0), (4, 20, 0)):
        run_row(connection, id_, days, written)
    connection.commit()
    assert retention.maintain(jobs, owner, settings.city, NOW) == {"quiet_runs": 2}
    assert connection.scalars(text("select id from run order by id")).all() == [2, 4]


def test_a_row_that_every_poll_rejects_is_kept_once(
    connection: Connection, owner: Engine, jobs: Engine, settings: Settings
) -> None:
    for id_ in range(1, 41):
        run_row(connection, id_, 41 - id_ + 5, rejected=2)
        reject_row(connection, id_, '{"id": "A"}')
        reject_row(connection, id_, f'{{"id": "B{id_ % 2}"}}')
    connection.commit()
    retention.maintain(jobs, owner, settings.city, NOW)
    assert connection.execute(text("select run_id, row->>'id' from reject order by 1, 2")).all() == [
        (39, "B1"),
        (40, "A"),
        (40, "B0"),
    ]


def test_bodies_of_what_is_done_are_emptied_and_what_waits_is_kept(
    connection: Connection, owner: Engine, jobs: Engine, settings: Settings
) -> None:
    for key, state, days in (
        ("a", "done", 8),
        ("b", "done", 6),
        ("c", "waiting", 300),
        ("d", "failed", 29),
        ("e", "done", 91),
        ("f", "failed", 31),
    ):
        connection.execute(
            text("""insert into inbox (region, feed, idempotency_key, asked_by, asked_at, done_at, state,
                body)
            values ('71', 'f', :key, 'x', :at, case when :state <> 'waiting'
                then cast(:at as timestamptz) end, :state, 'words')"""),
            {"key": key, "state": state, "at": NOW - timedelta(days=days)},
        )
    connection.commit()
    retention.maintain(jobs, owner, settings.city, NOW)
    left = connection.execute(text("select idempotency_key, body is not null from inbox order by 1")).all()
    assert left == [("a", False), ("b", True), ("c", True), ("d", True), ("f", False)]


def test_the_city_says_how_long_and_an_unknown_rule_is_refused(
    connection: Connection, owner: Engine, jobs: Engine, settings: Settings
) -> None:
    run_row(connection, 1, 3)
    run_row(connection, 2, 1)
    connection.commit()
    assert retention.maintain(jobs, owner, replace(settings.city, retention={"quiet_runs": 2}), NOW) == {
        "quiet_runs": 1
    }
    with pytest.raises(InvalidInput, match="retention.unknown"):
        retention.maintain(jobs, owner, replace(settings.city, retention={"events": 1}), NOW)


def test_more_rows_than_one_transaction_takes_all_go(
    connection: Connection,
    owner: Engine,
    jobs: Engine,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(retention, "MOST", 3)
    for id_ in range(1, 12):
        run_row(connection, id_, 60 - id_)
    connection.commit()
    assert retention.maintain(jobs, owner, settings.city, NOW) == {"quiet_runs": 10}
