"""The relay under concurrency: every committed change gets one position, in the order of commits, and
reaches the stream whatever is killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psycopg2
import pytest
import redis
from sqlalchemy import Connection, Engine, text

from geo.changes.outbox import announce_reset, new_epoch, record, stream_key
from geo.changes.relay import Publisher, prepare, relay, stamp
from geo.database import connect_engine, role_dsn
from geo.settings import Settings
from tests.support.killable import OwnRedis, eventually

REGION = "71"
ROOT = Path(__file__).parents[3]


@pytest.fixture
def engine(settings: Settings) -> Iterator[Engine]:
    engine = connect_engine(settings, "owner", pool_size=10)
    yield engine
    engine.dispose()


@pytest.fixture
def stamper(settings: Settings) -> Iterator[psycopg2.extensions.connection]:
    connection = psycopg2.connect(role_dsn(settings, "relay"))
    prepare(connection)
    yield connection
    connection.close()


@pytest.fixture
def own_redis(tmp_path: Path) -> Iterator[OwnRedis]:
    """A Redis of the test's own, to be killed."""
    server = OwnRedis(tmp_path / "redis.sock")
    server.start()
    yield server
    server.kill()


class RelayThread:
    def __init__(self, settings: Settings) -> None:
        self.stop = threading.Event()
        self.thread = threading.Thread(target=relay, args=(settings, self.stop))

    def __enter__(self) -> None:
        self.thread.start()

    def __exit__(self, *_: object) -> None:
        self.stop.set()
        self.thread.join(10)


def put(connection: Connection, number: int, version: int = 1) -> None:
    record(connection, REGION, "incident", number, version, {"id": number, "version": version})


def positions(engine: Engine) -> list[tuple[int | None, int]]:
    with engine.connect() as connection:
        return [
            tuple(row)
            for row in connection.execute(text("select position, noun_id from change order by position, id"))
        ]


def in_stream(url: str, engine: Engine) -> list[tuple[int, int]]:
    with engine.connect() as connection:
        epoch = connection.execute(text("select epoch from change_position")).scalar_one()
    with redis.Redis.from_url(url) as client:
        return [
            (int(entry.split(b"-")[0]), int(fields[b"id"]))
            for entry, fields in client.xrange(stream_key(epoch))
        ]


def test_positions_follow_commits_not_inserts(
    engine: Engine, stamper: psycopg2.extensions.connection
) -> None:
    with engine.connect() as long, engine.connect() as short:
        put(long, 1)
        put(short, 2)
        short.commit()
        assert [change.noun_id for change in stamp(stamper)[1]] == [2]
        assert stamp(stamper) == ("", [])
        long.commit()
        assert [(change.position, change.noun_id) for change in stamp(stamper)[1]] == [(2, 1)]
    assert positions(engine) == [(1, 2), (2, 1)]


def test_a_reset_of_a_long_batch_does_not_hold_up_an_alarm(engine: Engine, settings: Settings) -> None:
    with RelayThread(settings), engine.connect() as batch, engine.connect() as alarm:
        announce_reset(batch, REGION, "incidents")
        put(alarm, 812)
        began = time.monotonic()
        alarm.commit()
        eventually(lambda: (1, 812) in positions(engine), 2)
        assert time.monotonic() - began < 1
        batch.commit()
        eventually(lambda: (2, None) in positions(engine))


def test_writers_whose_commits_interleave_lose_nothing(engine: Engine, settings: Settings) -> None:
    writers, each = 6, 40

    def write(writer: int) -> None:
        for turn in range(each):
            with engine.begin() as connection:
                put(connection, writer * each + turn)
                if turn % 7 == writer:
                    time.sleep(0.02)

    with RelayThread(settings):
        threads = [threading.Thread(target=write, args=(writer,)) for writer in range(writers)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        eventually(lambda: len(in_stream(settings.redis_url, engine)) == writers * each)
    given = positions(engine)
    assert [position for position, _ in given] == list(range(1, writers * each + 1))
    assert sorted(number for _, number in given) == list(range(writers * each))
    assert in_stream(settings.redis_url, engine) == given


def test_versions_of_one_row_keep_their_order(engine: Engine, settings: Settings) -> None:
    """Writers that lock the row first, as the loader does, leave its versions in order of position."""
    with engine.begin() as connection:
        connection.execute(text("insert into feed (region, key, interval_s) values ('71', 'raced', 0)"))

    def write() -> None:
        for _ in range(25):
            with engine.begin() as connection:
                statement = text(
                    "update feed set interval_s = interval_s + 1 where key = 'raced' returning interval_s"
                )
                put(connection, 7, connection.execute(statement).scalar_one())

    with RelayThread(settings):
        threads = [threading.Thread(target=write) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        eventually(lambda: len(in_stream(settings.redis_url, engine)) == 100)
    with engine.connect() as connection:
        assert connection.execute(
            text("select array_agg(version order by position) from change")
        ).scalar_one() == list(range(1, 101))


def test_only_one_relay_stamps_and_the_second_takes_over(engine: Engine, settings: Settings) -> None:
    first, second = RelayThread(settings), RelayThread(settings)
    with second:
        with first:
            with engine.begin() as connection:
                put(connection, 1)
            eventually(lambda: positions(engine) == [(1, 1)])
        with engine.begin() as connection:
            put(connection, 2)
        eventually(lambda: positions(engine) == [(1, 1), (2, 2)])


def start_process(settings: Settings, log: Path) -> subprocess.Popen:
    environment = os.environ | {
        "IKOMEK_DATABASE_URL": settings.database_url.replace("+psycopg2", ""),
        "IKOMEK_REDIS_URL": settings.redis_url,
    }
    with log.open("ab") as output:
        return subprocess.Popen(
            [sys.executable, "-m", "geo.process", "geo.changes.relay"],
            cwd=ROOT,
            env=environment,
            stderr=output,
        )


def test_killed_in_the_middle_it_continues_without_a_loss_or_a_double(
    engine: Engine, settings: Settings, tmp_path: Path
) -> None:
    log, count = tmp_path / "relay.log", 300
    process = start_process(settings, log)
    try:
        for number in range(count):
            with engine.begin() as connection:
                put(connection, number)
            if number % 100 == 50:
                eventually(lambda: in_stream(settings.redis_url, engine))
                process.kill()
                process.wait()
                process = start_process(settings, log)
        eventually(lambda: len(in_stream(settings.redis_url, engine)) == count)
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0, log.read_text()
    finally:
        process.kill()
        process.wait()
    assert [position for position, _ in positions(engine)] == list(range(1, count + 1))
    assert in_stream(settings.redis_url, engine) == positions(engine)


def test_a_change_stamped_but_not_yet_in_the_stream_is_added_after_a_crash(
    engine: Engine, settings: Settings, stamper: psycopg2.extensions.connection
) -> None:
    for number in (1, 2, 3):
        with engine.begin() as connection:
            put(connection, number)
    epoch, changes = stamp(stamper)
    with redis.Redis.from_url(settings.redis_url) as client:
        Publisher(client).add(epoch, changes[:1])
        Publisher(client).publish(stamper, "", [])
        assert in_stream(settings.redis_url, engine) == [(1, 1), (2, 2), (3, 3)]
        Publisher(client).add(epoch, changes)
    assert in_stream(settings.redis_url, engine) == [(1, 1), (2, 2), (3, 3)]


def test_with_redis_away_it_keeps_stamping_and_fills_the_stream_later(
    engine: Engine, settings: Settings, own_redis: OwnRedis
) -> None:
    with RelayThread(replace(settings, redis_url=own_redis.url)):
        with engine.begin() as connection:
            put(connection, 1)
        eventually(lambda: in_stream(own_redis.url, engine) == [(1, 1)])
        own_redis.kill()
        for number in (2, 3):
            with engine.begin() as connection:
                put(connection, number)
            eventually(lambda expected=number: (expected, expected) in positions(engine), 3)
        own_redis.start()
        with engine.begin() as connection:
            put(connection, 4)
        eventually(lambda: in_stream(own_redis.url, engine)[-1:] == [(4, 4)])
        assert in_stream(own_redis.url, engine) == [(1, 1), (2, 2), (3, 3), (4, 4)]


def test_a_flushed_stream_continues(engine: Engine, settings: Settings) -> None:
    with RelayThread(settings), redis.Redis.from_url(settings.redis_url) as client:
        for number in (1, 2):
            with engine.begin() as connection:
                put(connection, number)
            eventually(lambda: in_stream(settings.redis_url, engine))
            client.flushall()
        with engine.begin() as connection:
            put(connection, 3)
        eventually(lambda: in_stream(settings.redis_url, engine)[-1:] == [(3, 3)])


def test_the_database_gone_it_comes_back_by_itself(
    engine: Engine, settings: Settings, connection: Connection, tmp_path: Path
) -> None:
    process = start_process(settings, tmp_path / "relay.log")
    try:
        with engine.begin() as writer:
            put(writer, 1)
        eventually(lambda: (1, 1) in positions(engine))
        connection.execute(
            text(
                "select pg_terminate_backend(pid) from pg_stat_activity where application_name = "
                "'ikomek-relay'"
            )
        )
        connection.commit()
        with engine.begin() as writer:
            put(writer, 2)
        eventually(lambda: (2, 2) in positions(engine))
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0


def test_a_new_epoch_begins_a_stream_of_its_own(
    engine: Engine, settings: Settings, connection: Connection
) -> None:
    with RelayThread(settings):
        with engine.begin() as writer:
            put(writer, 1)
        eventually(lambda: in_stream(settings.redis_url, engine) == [(1, 1)])
    new_epoch(connection)
    connection.commit()
    with RelayThread(settings):
        with engine.begin() as writer:
            put(writer, 2)
        eventually(lambda: (2, 2) in in_stream(settings.redis_url, engine))


def test_a_batch_that_fills_the_stamping_is_stamped_whole(engine: Engine, settings: Settings) -> None:
    with engine.begin() as connection:
        connection.execute(
            text(
                "insert into change (region, noun, noun_id, version, payload) select '71', "
                "'incident', n, 1, '{}' from generate_series(1, 2500) n"
            )
        )
    with RelayThread(settings):
        eventually(lambda: len(in_stream(settings.redis_url, engine)) == 2500)
    assert [position for position, _ in positions(engine)] == list(range(1, 2501))
