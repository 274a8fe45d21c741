"""The machine: run a feed over its sources, batch by batch, and keep the ledger.

One run of a feed at a time (an advisory lock of the session). Each batch is one transaction with its rows,
events, deltas, changes, rejects and figures, so a run that is killed has done whole batches or nothing of
them; the next run marks it failed and completes its work.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain

from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from etl.readers import Chunk, Source, read
from etl.registry import FEEDS, Feed, find
from etl.runs import content, deliveries
from etl.runs.batches import MOST_REJECTS, load_prepared, prepare
from etl.runs.opening import OpenRun, named, open_run
from etl.sources import fingerprint, resolve
from geo import traces
from geo.database import connected_engine
from geo.errors import Conflict, IkomekError, InvalidInput, Unavailable
from geo.loading import findings, ledger
from geo.loading.deliveries import set_aside
from geo.loading.inbox import Entry
from geo.loading.ledger import RunCounts
from geo.loading.staging import Batch
from geo.settings import Settings

HARDLY_ANY_OTHER = 0.99
QUOTED = r"[\"'«(][^\"'»)]*[\"'»)]"
Progress = Callable[[RunCounts], None]
Turn = AbstractContextManager[object]
NO_TURN: Turn = nullcontext()


@dataclass(frozen=True)
class RunResult:
    """What a run did: `read = written + unchanged + rejected`; `no_coordinates` of them were kept without
    a usable point, and `placed` got theirs from their address."""

    run_id: int
    read: int
    written: int
    unchanged: int
    rejected: int
    no_coordinates: int
    vanished: int
    placed: int
    seconds: float
    found: tuple[content.Found, ...] = ()
    """What is wrong with what it brought, though it was loaded (`etl.runs.content`)."""


def run(
    settings: Settings,
    feed: str | Feed,
    sources: list[str] | list[Source] | None = None,
    progress: Progress | None = None,
    feeds: tuple[Feed, ...] = FEEDS,
    entry: Entry | None = None,
    now: datetime | None = None,
    turn: Turn = NO_TURN,
) -> RunResult:
    """Run a feed over sources (addresses as in `etl.sources`, or `Source`s; none = those of its
    declaration).

    `entry`: what the inbox asks for; it is done in the transaction that ends the run, whose id it has
    reserved. `now`: later times are rejected as future; none = the clock's. `turn`: held while a batch is
    loaded, so that many runs at once take turns at the database, and not while a source is waited for.
    Raises `Conflict` ("run.busy") while another run of the feed is under way, and `InvalidInput` for a
    source or a declaration that cannot be used; the run is then in the ledger as failed, with what it had
    committed.
    """
    declared = find(feeds, feed) if isinstance(feed, str) else feed
    found = [deliveries.printed(source, declared) for source in resolve(declared, sources)]
    if declared.watermark is not None:
        with session(settings) as connection, connection.begin():
            found = [
                deliveries.asking(connection, settings.city.region, declared, source) for source in found
            ]
    with ExitStack() as fetched:
        try:
            found = [deliveries.brought(source, declared, fetched) for source in found]
        except Exception as error:
            chunks = raising(error)
        else:
            chunks = begun(
                replace(chunk, source=source.key) for source in found for chunk in steady(source, declared)
            )
        with traces.span(f"run {declared.key}"):
            return run_chunks(settings, declared, chunks, found, progress, entry, now, turn)


def steady(source: Source, feed: Feed) -> Iterator[Chunk]:
    """The chunks of a source. Raises `InvalidInput` ("source.changed") where a full list was still being
    written: what is missing from it has not vanished."""
    guarded = feed.mode == "snapshot" and source.path is not None and source.path.is_file()
    before = fingerprint(source, feed) if guarded else None
    yield from read(source, feed)
    if guarded and fingerprint(source, feed) != before:
        raise InvalidInput("source.changed", source=source.name)


def begun(chunks: Iterator[Chunk]) -> Iterator[Chunk]:
    """The same chunks, the first one read at once, before a connection is taken: a source that does not
    answer holds none. An error waits for its place."""
    try:
        first = next(chunks, None)
    except Exception as error:
        return raising(error)
    return iter(()) if first is None else chain((first,), chunks)


def raising(error: Exception) -> Iterator[Chunk]:
    raise error
    yield


def run_chunks(
    settings: Settings,
    feed: Feed,
    chunks: Iterable[Chunk],
    sources: Sequence[Source],
    progress: Progress | None,
    entry: Entry | None,
    now: datetime | None,
    turn: Turn = NO_TURN,
) -> RunResult:
    started = time.monotonic()
    with session(settings) as connection, locked(connection, settings, feed):
        opened = open_run(connection, settings, feed, named(sources), entry, now, sources)
        try:
            if opened.snapshot:
                refuse_older_list(connection, settings, opened)
            for prepared in prepare(opened, chunks):
                with turn:
                    load_prepared(connection, settings, opened, prepared)
                worth_going_on(opened.counts)
                if progress is not None:
                    progress(opened.counts)
            vanish(connection, settings, opened)
        except BaseException as error:
            close_failed(connection, settings, opened, started, error)
            raise
        seconds = time.monotonic() - started
        with connection.begin():
            ledger.end_run(connection, settings.city.region, opened.id, seconds)
            found = settle_content(connection, settings, opened)
            if entry is not None:
                entry.done(connection)
            ledger.beat(connection, settings.city.region, feed.key, opened.newest, opened.counts.brings_news)
            marks = {source: min(mark, opened.cleaner.now) for source, mark in opened.marks.items()}
            deliveries.settle(connection, settings.city.region, feed, opened.sources, opened.id, marks)
    return RunResult(opened.id, **vars(opened.counts), seconds=seconds, found=tuple(found))


def refuse_older_list(connection: Connection, settings: Settings, opened: OpenRun) -> None:
    """Raises `InvalidInput` ("content.old_list"): nothing of it is loaded."""
    feed = opened.cleaner.feed
    with connection.begin():
        copy = deliveries.older_list(connection, settings.city.region, feed, opened.sources)
        content.may_be_old(connection, settings.city, feed, copy)


def worth_going_on(counts: RunCounts) -> None:
    """Raises `InvalidInput` ("run.only_rejects") where so many rows were rejected, and hardly any other, that
    the rest is not read: it would only keep what waits for the feed."""
    if counts.rejected >= MOST_REJECTS and counts.rejected >= HARDLY_ANY_OTHER * counts.read:
        raise InvalidInput("run.only_rejects", rejected=counts.rejected, read=counts.read)


def settle_content(connection: Connection, settings: Settings, opened: OpenRun) -> list[content.Found]:
    """Judge what the run has brought, in the transaction that ends it."""
    feed, region = opened.cleaner.feed, settings.city.region
    pushed = any(source.delivery is not None for source in opened.sources)
    found = content.judge(connection, settings.city, feed, opened.id, opened.counts, opened.content, pushed)
    return findings.settle(
        connection,
        region,
        feed.key,
        opened.id,
        found,
        content.OF_PUSHES if pushed else content.JUDGED,
        used=not pushed,
    )


@contextmanager
def session(settings: Settings) -> Iterator[Connection]:
    """A connection of its own, as the role `etl`: the feed's lock lives and dies with it. Raises
    `Unavailable` ("database.away")."""
    with connected_engine(settings, "etl", pool_size=1) as engine:
        try:
            connection = engine.connect()
        except OperationalError as error:
            raise Unavailable("database.away") from error
        with connection:
            yield connection


@contextmanager
def locked(connection: Connection, settings: Settings, feed: Feed) -> Iterator[None]:
    """Raises `Conflict` ("run.busy")."""
    region = settings.city.region
    with connection.begin():
        if not ledger.lock_feed(connection, region, feed.key):
            raise Conflict("run.busy", feed=feed.key)
    try:
        yield
    finally:
        if not connection.invalidated:
            with connection.begin():
                ledger.unlock_feed(connection, region, feed.key)


def vanish(connection: Connection, settings: Settings, opened: OpenRun) -> None:
    """Writes tombstones for what a snapshot no longer lists. Raises `InvalidInput` ("source.empty_snapshot"):
    an empty list is a broken list; and "content.shrunk" for one that lacks so much that a person must decide
    whether it is complete.

    Where a row could not even be told apart (no id, a broken line) nothing is taken for vanished: it may
    be that row.
    """
    if not opened.snapshot:
        return
    if not opened.counts.read:
        source = named(opened.sources) or opened.cleaner.feed.key
        raise InvalidInput("source.empty_snapshot", feed=opened.cleaner.feed.key, source=source)
    if opened.unsure or opened.behind:
        return
    with connection.begin():
        delivery_id = max(one.id for one in opened.deliveries.values())
        gone = opened.cleaner.entity.vanish(
            connection, Batch(settings.city, opened.cleaner.feed.key, opened.id, delivery_id=delivery_id)
        )
        content.may_vanish(connection, settings.city, opened.cleaner.feed, gone, opened.counts.read)
        ledger.add_counts(connection, settings.city.region, opened.id, RunCounts(vanished=gone))
    opened.counts += RunCounts(vanished=gone)


def close_failed(
    connection: Connection, settings: Settings, opened: OpenRun, started: float, error: BaseException
) -> None:
    """The run ends as failed; what it committed stays. Nothing is said where the database itself is gone:
    the next run will say it."""
    if connection.invalidated:
        return
    region = settings.city.region
    with connection.begin():
        ledger.end_run(connection, region, opened.id, time.monotonic() - started, reason(error))
        hold(
            connection,
            region,
            opened,
            *reason(error),
            deliveries.can_be_set_aside(opened.cleaner.feed, opened.sources, error),
        )
        ledger.fail_feed(connection, region, opened.cleaner.feed.key, *reason(error))


def hold(
    connection: Connection, region: str, opened: OpenRun, code: str, parameters: dict, aside: Sequence[Source]
) -> None:
    """What a person has to look at: a source that cannot be read as it is, or what was not done because it
    looks wrong."""
    feed = opened.cleaner.feed.key
    set_aside(connection, region, feed, [source.key for source in aside], opened.id, code, parameters)
    if code.startswith(content.PREFIX):
        findings.put(connection, region, feed, opened.id, code, parameters)
    else:
        for source in aside:
            findings.put(
                connection,
                region,
                feed,
                opened.id,
                "content.aside",
                {"name": source.name, "reason": code},
                source.key,
            )


def reason(error: BaseException) -> tuple[str, dict]:
    """A code and parameters for any error. What is quoted in a server's message may be a row's own words:
    it is left out."""
    if isinstance(error, IkomekError):
        return error.code, error.parameters
    if isinstance(error, OSError):
        return "source.unreadable", {
            "source": str(error.filename),
            "reason": error.strerror or type(error).__name__,
        }
    first = next(iter(str(error).splitlines()), "")
    return "run.broken", {"reason": f"{type(error).__name__}: {re.sub(QUOTED, '…', first)[:300]}"}
