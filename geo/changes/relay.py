"""The relay: gives committed changes their positions and passes them on to Redis. `python -m
geo.process geo.changes.relay` runs it and the roll-up of density cells.

One relay at a time, whatever the number of processes: the connection that stamps is the one that holds the
advisory lock, so a relay that lost its lock cannot stamp. Redis is passed what was committed, never the
other way round: with Redis away positions are still given, and when it is back the stream is brought up to
date from the table. Adding an entry twice, after a crash between commit and XADD, is refused by the stream
itself, because its ids only grow.
"""

from __future__ import annotations

import logging
import select
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg2
import redis
from psycopg2.extensions import connection as Connection
from redis.backoff import NoBackoff
from redis.retry import Retry
from redis.typing import EncodableT, FieldT
from sqlalchemy.exc import DBAPIError

from geo import logs
from geo.changes.outbox import CHANGES_AFTER, CHANNEL, LOCK_RELAY, STREAM_LENGTH, stream_key
from geo.changes.rollup import rollup
from geo.database import for_driver, only_row, role_dsn
from geo.outage import Outage, takes_nothing
from geo.settings import Settings

log = logging.getLogger(__name__)

Work = Callable[[Settings, threading.Event, Callable[[], None]], None]
BATCH = 1000
POLL_S = 1.0
"""The bell rings at each commit; this is how late a change can be if it was not heard."""
BACK_OFF_S = (0.2, 0.5, 1.0, 2.0)
REDIS_RETRY_S = 1.0

PREPARE = """
    set enable_seqscan = off;
    prepare stamp (bigint) as with waiting as (
        select region, id, recorded_at, row_number() over (order by id) as place
        from (select region, id, recorded_at from change where position is null
            order by id limit $1) as first_ones
    ), given as (
        update change_position set position = position + (select count(*) from waiting)
        where (select count(*) from waiting) > 0 returning epoch, position - (select count(*)
            from waiting) as before
    )
    update change as c set position = g.before + w.place from waiting as w, given as g
    where c.region = w.region and c.id = w.id and c.recorded_at = w.recorded_at
    returning g.epoch, c.position, c.noun, c.noun_id, c.version, c.payload::text"""
"""Once a connection: planning over all the months' partitions costs more than the stamping. Without
sequential scans, because a plan made while the month was empty would go on reading all of it."""


@dataclass(frozen=True)
class Stamped:
    """A change with its position, as the stream carries it. `payload` is JSON text."""

    position: int
    noun: str
    noun_id: int | None
    version: int
    payload: str

    def fields(self) -> dict[FieldT, EncodableT]:
        """The fields of the stream's entry. Redis knows no null: a reset's missing `noun_id` is the empty
        string."""
        return {
            "noun": self.noun,
            "id": "" if self.noun_id is None else self.noun_id,
            "version": self.version,
            "payload": self.payload,
        }


def prepare(connection: Connection) -> None:
    """Prepares a connection for `stamp`."""
    with connection.cursor() as cursor:
        cursor.execute(PREPARE)
    connection.commit()


def stamp(connection: Connection) -> tuple[str, list[Stamped]]:
    """Give the next positions to committed changes that have none, at most `BATCH`, and commit. Returns
    the epoch and them in order of position."""
    with connection.cursor() as cursor:
        cursor.execute(f"execute stamp ({BATCH})")
        rows = cursor.fetchall()
    connection.commit()
    changes = sorted((Stamped(*row[1:]) for row in rows), key=lambda change: change.position)
    return (rows[0][0] if rows else ""), changes


class Publisher:
    """The stream in Redis, kept up to `position`. While Redis is away it only remembers that it is behind."""

    def __init__(self, client: redis.Redis) -> None:
        self.client = client
        self.behind = True
        self.away = False
        self.retry_at = 0.0

    def add(self, epoch: str, changes: Sequence[Stamped]) -> None:
        """Append to the stream. An entry that is already there is skipped. Raises `redis.RedisError`."""
        pipe = self.client.pipeline(transaction=False)
        for change in changes:
            pipe.xadd(
                stream_key(epoch),
                change.fields(),
                id=f"{change.position}-0",
                maxlen=STREAM_LENGTH,
                approximate=True,
            )
        for answer in pipe.execute(raise_on_error=False):
            if isinstance(answer, redis.ResponseError) and "equal or smaller" in str(answer):
                continue
            if isinstance(answer, Exception):
                raise answer

    def catch_up(self, connection: Connection) -> None:
        """Add what the table has and the stream has not, at most `STREAM_LENGTH` back. Raises
        `redis.RedisError`."""
        epoch, position = _where(connection)
        last = max(self._last(epoch), position - STREAM_LENGTH)
        while last < position:
            changes = _after(connection, last)
            if not changes:
                break
            self.add(epoch, changes)
            last = changes[-1].position
        self.behind = False

    def publish(self, connection: Connection, epoch: str, changes: Sequence[Stamped]) -> None:
        """Append `changes`; with Redis away, note it and try again at the earliest `REDIS_RETRY_S` later,
        so that stamping never waits for it."""
        if self.away and time.monotonic() < self.retry_at:
            return
        try:
            if self.behind:
                self.catch_up(connection)
            elif changes:
                self.add(epoch, changes)
        except redis.RedisError as error:
            self._note_away(error)
        else:
            if self.away:
                log.info("Redis is back, its stream is up to date")
            self.away = False

    def _note_away(self, error: redis.RedisError) -> None:
        if not self.away:
            log.warning("Redis does not answer, readers use the table: %s", error)
        self.away = self.behind = True
        self.retry_at = time.monotonic() + REDIS_RETRY_S

    def _last(self, epoch: str) -> int:
        newest: Any = self.client.xrevrange(stream_key(epoch), count=1)
        return int(newest[0][0].split(b"-")[0]) if newest else 0


def _where(connection: Connection) -> tuple[str, int]:
    with connection.cursor() as cursor:
        cursor.execute("select epoch, position from change_position")
        row = only_row(cursor)
    connection.commit()
    return row


def _after(connection: Connection, position: int) -> list[Stamped]:
    with connection.cursor() as cursor:
        cursor.execute(for_driver(CHANGES_AFTER), {"after": position, "limit": BATCH})
        rows = cursor.fetchall()
    connection.commit()
    return [Stamped(*row) for row in rows]


def relay(settings: Settings, stop: threading.Event, at_work: Callable[[], None] = lambda: None) -> None:
    """Relay until `stop`, `at_work` being called once it does. Returns when stopped; raises
    `psycopg2.Error` when the database is gone, for the caller to start it again."""
    connection = psycopg2.connect(
        role_dsn(settings, "relay"), application_name="ikomek-relay", connect_timeout=5
    )
    client = redis.Redis.from_url(
        settings.redis_url, socket_timeout=1, socket_connect_timeout=1, retry=Retry(NoBackoff(), 0)
    )
    try:
        if _take_lock(connection, stop):
            prepare(connection)
            _listen(connection)
            _loop(connection, Publisher(client), stop, at_work)
    finally:
        client.close()
        connection.close()


def _take_lock(connection: Connection, stop: threading.Event) -> bool:
    """Wait for the lock; true when it is ours, false when stopped before."""
    while not stop.is_set():
        with connection.cursor() as cursor:
            cursor.execute(f"select pg_try_advisory_lock({LOCK_RELAY})")
            taken = only_row(cursor)[0]
        connection.commit()
        if taken:
            return True
        stop.wait(POLL_S)
    return False


def _listen(connection: Connection) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"listen {CHANNEL}")
    connection.commit()


def _loop(
    connection: Connection, publisher: Publisher, stop: threading.Event, at_work: Callable[[], None]
) -> None:
    begun = False
    while not stop.is_set():
        epoch, changes = stamp(connection)
        if not begun:
            log.info("relaying changes")
            at_work()
            begun = True
        publisher.publish(connection, epoch, changes)
        if len(changes) < BATCH:
            _wait_for_bell(connection, POLL_S)


def _wait_for_bell(connection: Connection, seconds: float) -> None:
    """Return when a commit rang or `seconds` have passed."""
    connection.poll()
    if not connection.notifies:
        select.select([connection], [], [], seconds)
        connection.poll()
    connection.notifies.clear()


def keep_running(name: str, work: Work, settings: Settings, stop: threading.Event) -> None:
    """Run `work` until `stop`, again and again, later and later, when it fails: a server that is away
    comes back. `work` is given what to call once it is at work."""
    failures, outage = 0, Outage(log, f"the {name}")
    while not stop.is_set():
        started = time.monotonic()
        try:
            work(settings, stop, outage.over)
        except (psycopg2.Error, DBAPIError, redis.RedisError, OSError) as error:
            failures = 0 if time.monotonic() - started > BACK_OFF_S[-1] else failures
            pause = BACK_OFF_S[min(failures, len(BACK_OFF_S) - 1)]
            if takes_nothing(error):
                outage.note(error)
            else:
                log.warning("%s: %s; again in %.1f s", name, error, pause)
            failures += 1
            stop.wait(pause)
        except Exception:
            log.exception("%s stopped by a fault", name)
            stop.wait(BACK_OFF_S[-1])


def main(stop: threading.Event, arguments: Sequence[str]) -> int:
    logs.configure()
    settings = Settings.load()
    threads = [
        threading.Thread(target=keep_running, args=(name, work, settings, stop), name=name)
        for name, work in (("relay", relay), ("rollup", rollup))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return 0
