"""Emptying the inbox of a feed: what waits is done in the order in which it came, and what was
acknowledged is kept, whatever dies.

Small pushes go together (`etl.runs.pushed_batch`), everything else by itself (`etl.runs.engine`). What has
been begun before and ended in nothing goes with fewer each time, and in the end by itself, so that one
which breaks whoever does it hurts no other. An entry fails for good only for what it holds. While the
database is away, or has no room, it waits for as long as it takes; after `MOST_ATTEMPTS` that ended in
nothing else it is set aside as failed, and its body is kept to be tried again.
"""

from __future__ import annotations

import errno
import logging
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import takewhile
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import Connection, Engine

from etl.entities.registry import ENTITIES
from etl.readers import SUFFIX_OF, Source
from etl.registry import Feed
from etl.runs import engine, pushed_batch, pushes
from etl.runs.batches import DB_ERRORS
from etl.runs.engine import Turn
from etl.runs.opening import BETWEEN_SOURCES
from geo.database import is_away, is_collision, is_full, refuses_values
from geo.errors import Conflict, IkomekError
from geo.intake import bodies
from geo.loading import inbox, ledger
from geo.loading.inbox import MOST_ATTEMPTS, Entry
from geo.settings import Settings

log = logging.getLogger(__name__)

TURN_S = 5.0
"""How long the inbox of a feed is emptied before its files have their turn."""
ALONE_AFTER = 4
"""Attempts that ended in nothing after which an entry goes by itself: 400 may go together, then 100, 25
and 6."""


def empty(settings: Settings, database: Engine, feed: Feed, turn: Turn) -> None:
    """Do what waits for a feed until nothing does that can be done now, or its turn is over: where pushes
    come all the time the feed's files must come to it as well. Raises what the database raises: what waits is
    then kept."""
    until = time.monotonic() + TURN_S
    while entries := oldest(settings, database, feed):
        try:
            do_first(settings, database, feed, entries, turn)
        except Conflict as error:
            if not is_busy(error):
                raise
            return  # the feed is being run, by another process or by hand: what waits keeps its place
        if time.monotonic() >= until:
            return


def oldest(settings: Settings, database: Engine, feed: Feed) -> list[Entry]:
    most = pushes.MOST_TOGETHER if ENTITIES[feed.noun].several else 1
    with database.begin() as connection:
        return inbox.first(
            connection, settings.city.region, feed.key, most, pushes.MOST_BYTES, pushes.SMALL_BYTES
        )


def do_first(settings: Settings, database: Engine, feed: Feed, entries: list[Entry], turn: Turn) -> None:
    """The first entry, and others with it where they go together."""
    if entries[0].attempts >= MOST_ATTEMPTS:
        fail(database, settings, feed, entries[0], "run.gave_up", {"attempts": entries[0].attempts})
        return
    group = together(feed, entries)
    if not group or not do_together(settings, database, feed, group, turn):
        do_alone(settings, database, feed, entries[0], turn)


def together(feed: Feed, entries: Sequence[Entry]) -> list[Entry]:
    """The first entries that may go together, the fewer the more often one of them was begun and ended in
    nothing; none where the first must go alone."""
    if not ENTITIES[feed.noun].several:
        return []
    group: list[Entry] = []
    for entry in takewhile(pushes.is_small, entries):
        tries = max(other.attempts for other in (*group[:1], entry))
        if tries >= ALONE_AFTER or len(group) >= max(1, pushes.MOST_TOGETHER // 4**tries):
            break
        group.append(entry)
    return group


def do_together(settings: Settings, database: Engine, feed: Feed, group: list[Entry], turn: Turn) -> bool:
    """False where the first must go alone, for the database refuses one of its rows, or for its length."""
    with engine.session(settings) as connection, engine.locked(connection, settings, feed):
        with connection.begin():
            inbox.begin(connection, group)
        try:
            done = load_most(connection, settings, feed, group, turn)
        except Exception as error:
            put_back(database, feed, group, error, 1 if cause_of(error) else ALONE_AFTER)
            return True
        with connection.begin():
            inbox.leave(connection, group[done:])
    return done > 0


def load_most(connection: Connection, settings: Settings, feed: Feed, group: list[Entry], turn: Turn) -> int:
    """Load what goes together; returns how many of the group are done. Where the database refuses a row,
    what stands before its push."""
    most = len(group)
    while most:
        try:
            return pushed_batch.load_together(connection, settings, feed, group[:most], turn)
        except DB_ERRORS as error:
            if not refuses_values(error):
                raise
            most //= 2
    return 0


def do_alone(settings: Settings, database: Engine, feed: Feed, entry: Entry, turn: Turn) -> None:
    try:
        if entry.size is None:
            sources = entry.source.split(BETWEEN_SOURCES) if entry.source else None
            engine.run(settings, feed, sources, entry=entry, turn=turn)
        else:
            with body_of(database, entry) as source:
                engine.run(settings, pushes.pushed_feed(feed, entry), [source], entry=entry, turn=turn)
    except Exception as error:
        if is_busy(error):
            raise
        after(database, settings, feed, entry, error)


@contextmanager
def body_of(database: Engine, entry: Entry) -> Iterator[Source]:
    """The bodies that were pushed, a large one as a file that is removed afterwards: readers take a file
    piece by piece."""
    source = pushes.pushed_source(entry)
    if entry.body is not None:
        yield source
        return
    with TemporaryDirectory(prefix="ikomek-push-") as folder:
        path = Path(folder) / f"pushed{SUFFIX_OF.get(source.format, '')}"
        with path.open("wb") as file, database.connect() as connection:
            bodies.copy_out(connection, entry.region, entry.id, entry.size, file)
        yield replace(source, path=path)


def is_busy(error: Exception) -> bool:
    return isinstance(error, Conflict) and error.code == "run.busy"


def after(database: Engine, settings: Settings, feed: Feed, entry: Entry, error: Exception) -> None:
    """Settles an entry whose attempt ended in an error. Raises what the database raises: it then knows
    nothing of it, and the entry waits."""
    if cause_of(error) is not None:
        put_back(database, feed, [entry], error)
        return
    log.error(
        "%s: %s",
        feed.key,
        engine.reason(error)[0],
        exc_info=None if isinstance(error, IkomekError) else error,
    )
    fail(database, settings, feed, entry, *engine.reason(error))


def put_back(
    database: Engine, feed: Feed, entries: Sequence[Entry], error: Exception, attempts: int = 1
) -> None:
    """`attempts`: what this one counts for, unless the error is an outage, which counts for none."""
    log.warning(
        "%s: %d of the inbox wait again: %s",
        feed.key,
        len(entries),
        engine.reason(error)[1].get("reason", engine.reason(error)[0]),
    )
    with database.begin() as connection:
        inbox.put_back(connection, entries, 0 if cause_of(error) == "outage" else attempts)


def cause_of(error: BaseException) -> str | None:
    """Why the same work may succeed later: "outage" (the database or a disk is away or full), "collision"
    (with other work, or with the memory there is); none for what lies in the work itself."""
    seen = error
    while seen is not None:
        full_disk = isinstance(seen, OSError) and seen.errno in (errno.ENOSPC, errno.EDQUOT)
        if is_away(seen) or is_full(seen) or full_disk or getattr(seen, "code", None) == "database.away":
            return "outage"
        if is_collision(seen) or isinstance(seen, MemoryError):
            return "collision"
        seen = seen.__cause__
    return None


def fail(database: Engine, settings: Settings, feed: Feed, entry: Entry, code: str, parameters: dict) -> None:
    """Fails an entry for good, unless a person repeats its run: the body is kept."""
    region = settings.city.region
    with database.begin() as connection:
        inbox.end(connection, [entry], "failed")
        ledger.fail_run(
            connection,
            region,
            feed.key,
            entry.run_id,
            entry.source or pushes.push_name(entry),
            code,
            parameters,
        )
        ledger.declare_feed(
            connection, region, feed.key, feed.layer, feed.interval_s, feed.public, feed.kinds
        )
        ledger.fail_feed(connection, region, feed.key, code, parameters)
