"""The machine: run a feed over its sources, batch by batch, and keep the ledger.

One run of a feed at a time (an advisory lock of the session). Each batch is one transaction with its rows,
events, deltas, changes, rejects and figures, so a run that is killed has done whole batches or nothing of
them; the next run marks it failed and completes its work.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import BinaryIO

import numpy as np
import pandas as pd
import psycopg2
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError, OperationalError

from etl.clean import times
from etl.clean.texts import fold
from etl.entities.entity import Entity, ReferenceCatalogue
from etl.entities.references import read_catalogue
from etl.entities.registry import ENTITIES
from etl.readers import Chunk, Source, read
from etl.registry import FEEDS, Feed, find
from etl.runs import content, deliveries
from etl.runs.chunks import ahead, begun, joined, numbered
from etl.runs.cleaning import Cleaned, Cleaner
from etl.runs.content import Content
from etl.sources import fingerprint, resolve
from geo.database import connect_engine, refuses_values
from geo.errors import Conflict, IkomekError, InvalidInput, Unavailable
from geo.loading import findings, ledger, listed
from geo.loading.deliveries import Taken, is_behind, set_aside
from geo.loading.inbox import Entry
from geo.loading.ledger import RunCounts
from geo.loading.references import add_category
from geo.loading.staging import Batch, Written, driver_cursor
from geo.settings import Settings

QUOTED = r"[\"'«(][^\"'»)]*[\"'»)]"
Progress = Callable[[RunCounts], None]
Turn = AbstractContextManager[object]
NO_TURN: Turn = nullcontext()
DB_ERRORS = (psycopg2.Error, DBAPIError)
MOST_REFUSED = 50
"""Rows of a chunk that the database may refuse one by one."""
BETWEEN_SOURCES = " + "
"""How the ledger writes several sources."""


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


@dataclass
class OpenRun:
    """A run that is open: its id, its cleaner, and its figures so far."""

    id: int
    cleaner: Cleaner
    counts: RunCounts = RunCounts()
    newest: datetime | None = None
    snapshot: bool = False
    unsure: bool = False
    """A row of the snapshot had no id that could be read."""
    sources: Sequence[Source] = ()
    deliveries: dict[str | None, Taken] = field(default_factory=dict)
    """The delivery of each source, by its key."""
    behind: bool = False
    """A list older than one that has been read: it says nothing any more."""
    content: Content = field(default_factory=Content)
    may_reuse: bool = False
    """A person has accepted that ids begin anew."""
    marks: dict[str | None, datetime] = field(default_factory=dict)
    """The newest time in the feed's watermark column, by source."""

    def delivery(self, source: str | None) -> Taken:
        """That of a source; rows without one came with the run's only one."""
        return self.deliveries[source] if source in self.deliveries else next(iter(self.deliveries.values()))


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
    chunks = (replace(chunk, source=source.key) for source in found for chunk in steady(source, declared))
    return run_chunks(settings, declared, begun(chunks), found, progress, entry, now, turn)


def steady(source: Source, feed: Feed) -> Iterator[Chunk]:
    """The chunks of a source. Raises `InvalidInput` ("source.changed") where a full list was still being
    written: what is missing from it has not vanished."""
    guarded = feed.mode == "snapshot" and source.path is not None and source.path.is_file()
    before = fingerprint(source, feed) if guarded else None
    yield from read(source, feed)
    if guarded and fingerprint(source, feed) != before:
        raise InvalidInput("source.changed", source=source.name)


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
            for prepared in prepare(opened, chunks):
                with turn:
                    load_prepared(connection, settings, opened, prepared)
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
            ledger.beat(connection, settings.city.region, feed.key, opened.newest)
            marks = {source: min(mark, opened.cleaner.now) for source, mark in opened.marks.items()}
            deliveries.settle(connection, settings.city.region, feed, opened.sources, opened.id, marks)
    return RunResult(opened.id, **vars(opened.counts), seconds=seconds, found=tuple(found))


def settle_content(connection: Connection, settings: Settings, opened: OpenRun) -> list[content.Found]:
    """Judge what the run has brought, in the transaction that ends it."""
    feed, region = opened.cleaner.feed, settings.city.region
    pushed = any(source.delivery is not None for source in opened.sources)
    found = content.judge(connection, settings.city, feed, opened.id, opened.counts, opened.content, pushed)
    findings.settle(
        connection,
        region,
        feed.key,
        opened.id,
        found,
        content.OF_PUSHES if pushed else content.JUDGED,
        used=not pushed,
    )
    return found


@contextmanager
def session(settings: Settings) -> Iterator[Connection]:
    """A connection of its own, as the role `etl`: the feed's lock lives and dies with it. Raises
    `Unavailable` ("database.away")."""
    engine = connect_engine(settings, "etl", pool_size=1)
    try:
        try:
            connection = engine.connect()
        except OperationalError as error:
            raise Unavailable("database.away") from error
        with connection:
            yield connection
    finally:
        engine.dispose()


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


def open_run(
    connection: Connection,
    settings: Settings,
    feed: Feed,
    source: str | None,
    entry: Entry | None = None,
    now: datetime | None = None,
    sources: Sequence[Source] = (),
) -> OpenRun:
    """Put a run into the ledger and make its session ready. The caller holds the feed's lock."""
    entity, region = ENTITIES[feed.noun], settings.city.region
    with connection.begin():
        ledger.declare_feed(connection, region, feed.key, feed.layer, feed.interval_s, feed.public)
        if entry is not None:
            entry.begin(connection)
        opened = ledger.begin_run(
            connection, region, feed.key, source, None if entry is None else entry.run_id
        )
        taken = deliveries.take(connection, region, feed, sources)
        ledger.note_delivery(connection, region, opened, max(one.id for one in taken.values()))
        may_reuse = findings.accepted(connection, region, feed.key, "content.ids") is not None
        behind = feed.mode == "snapshot" and any(
            is_behind(connection, region, feed.key, one) for one in taken.values()
        )
    catalogue = make_ready(connection, settings, entity)
    cleaner = Cleaner(
        feed,
        entity,
        settings.city,
        now or datetime.now(UTC),
        catalogue,
        category_adder(connection, feed),
    )
    cleaner.delivered = {source: one.at for source, one in taken.items()}
    snapshot = feed.mode == "snapshot" and entity.vanish is not None
    return OpenRun(
        opened,
        cleaner,
        snapshot=snapshot,
        sources=sources,
        deliveries=taken,
        behind=behind,
        may_reuse=may_reuse,
    )


def make_ready(connection: Connection, settings: Settings, entity: Entity) -> ReferenceCatalogue:
    """What the rows of a run may refer to, and what its session needs."""
    with connection.begin():
        if entity.prepare is not None:
            entity.prepare(driver_cursor(connection), settings.city)
        return read_catalogue(connection, settings.city)


def category_adder(connection: Connection, feed: Feed) -> Callable[[str], int]:
    """A new category is committed by itself, before the batch that names it."""

    def add(word: str) -> int:
        with connection.begin():
            return add_category(
                connection, feed.constants.get("kind", "service"), "_".join(fold(word).split()), word
            )

    return add


def load_frame(
    connection: Connection, settings: Settings, frame: pd.DataFrame | pa.Table, opened: OpenRun
) -> RunCounts:
    """Clean and load one frame as one transaction of an open run (`open_run`); returns the run's figures
    so far."""
    chunk = next(numbered([frame], opened.counts.read + 1))
    load_prepared(connection, settings, opened, Prepared(opened.cleaner.clean(chunk)))
    return opened.counts


class Prepared:
    """A cleaned chunk, encoded: what can be done of it without the database."""

    def __init__(self, cleaned: Cleaned) -> None:
        self.cleaned = cleaned
        self.columns, self.rows, self.data = staging(cleaned.staged)

    def only(self, indices: np.ndarray) -> Prepared:
        """Some of its rows, to try them."""
        return Prepared(replace(self.cleaned, staged=self.cleaned.staged.take(pa.array(indices))))


def staging(staged: pa.Table) -> tuple[tuple[str, ...], int, BinaryIO]:
    """Columns, number of rows and CSV of a batch. A column that says nothing in the whole batch is not
    sent: staging has null there anyway."""
    staged = staged.select(
        [name for name in staged.column_names if staged[name].null_count < staged.num_rows]
    )
    return tuple(staged.column_names), staged.num_rows, encode(staged)


def named(sources: Sequence[Source]) -> str:
    """As the ledger calls them."""
    return BETWEEN_SOURCES.join(source.name for source in sources)


def prepare(opened: OpenRun, chunks: Iterable[Chunk]) -> Iterator[Prepared]:
    """Chunks made ready, the next one while the database takes the last. A feed that may add categories
    asks the database while it cleans: one by one."""
    cleaner = opened.cleaner
    ready = (
        Prepared(cleaner.clean(chunk))
        for chunk in (joined(chunks, named(opened.sources)) if cleaner.entity.whole else chunks)
    )
    return ready if cleaner.feed.new_categories else ahead(ready)


def load_prepared(connection: Connection, settings: Settings, opened: OpenRun, prepared: Prepared) -> None:
    """Commit a chunk: rows, rejects and figures together. Rows that the database refuses are found and
    rejected, and the others committed."""
    try:
        commit_prepared(connection, settings, opened, prepared)
    except DB_ERRORS as error:
        if not refuses_values(error) or opened.cleaner.entity.whole:
            raise
        indices = refused(connection, settings, opened, prepared, error)
        commit_prepared(
            connection, settings, opened, Prepared(prepared.cleaned.without(indices, "row.refused"))
        )


def refused(
    connection: Connection, settings: Settings, opened: OpenRun, prepared: Prepared, error: Exception
) -> np.ndarray:
    """Places of the staged rows that the database refuses, found by halves, each tried and taken back.
    Raises `error` if they are more than a few: then it is not the rows."""
    found: list[int] = []
    parts = [np.arange(prepared.rows)]
    while parts:
        part = parts.pop()
        if accepted(connection, settings, opened, prepared.only(part)):
            continue
        if len(part) > 1:
            parts += np.array_split(part, 2)
            continue
        found += part.tolist()
        if len(found) > MOST_REFUSED:
            raise error
    return np.array(sorted(found), dtype=int)


def accepted(connection: Connection, settings: Settings, opened: OpenRun, part: Prepared) -> bool:
    with connection.begin() as transaction:
        try:
            load_rows(connection, settings, opened, part)
        except DB_ERRORS as error:
            if not refuses_values(error):
                raise
            return False
        finally:
            transaction.rollback()
    return True


def commit_prepared(connection: Connection, settings: Settings, opened: OpenRun, prepared: Prepared) -> None:
    cleaned, region = prepared.cleaned, settings.city.region
    with connection.begin():
        done = load_rows(connection, settings, opened, prepared)
        counts = RunCounts(
            cleaned.read,
            done.written,
            done.unchanged,
            cleaned.rejected,
            cleaned.no_coordinates - done.placed,
            placed=done.placed,
        )
        ledger.add_corrections(connection, region, opened.id, cleaned.shaping.corrections.counts())
        ledger.add_rejects(connection, region, {opened.id: cleaned.rejects()})
        ledger.add_counts(connection, region, opened.id, counts)
    opened.counts += counts
    opened.unsure |= cleaned.has_nameless()
    opened.content.add(cleaned)
    opened.newest = later(opened.newest, cleaned.newest())
    mark = later(opened.marks.get(cleaned.chunk.source), watermark(opened.cleaner, cleaned.chunk))
    if mark is not None:
        opened.marks[cleaned.chunk.source] = mark


def later(one: datetime | None, other: datetime | None) -> datetime | None:
    return max(filter(None, (one, other)), default=None)


def watermark(cleaner: Cleaner, chunk: Chunk) -> datetime | None:
    """The newest time of a chunk's watermark column, rejected rows too: they need not be asked for again."""
    column = cleaner.feed.watermark
    if column is None or column not in chunk.table.column_names or not chunk.table.num_rows:
        return None
    return pc.max(times.parse(chunk.table[column], cleaner.zone(), cleaner.feed.day_first)[0]).as_py()


def load_rows(connection: Connection, settings: Settings, opened: OpenRun, prepared: Prepared) -> Written:
    """Hand the good rows to the noun's loader."""
    if opened.snapshot:
        listed.remember_ids(driver_cursor(connection), prepared.cleaned.rejected_ids())
    if not prepared.rows or opened.behind:
        return Written(0, prepared.rows)
    delivery = opened.delivery(prepared.cleaned.chunk.source)
    batch = Batch(
        settings.city,
        prepared.cleaned.feed.key,
        opened.id,
        prepared.columns,
        prepared.data,
        prepared.rows,
        opened.snapshot,
        delivery.id,
        opened.may_reuse,
    )
    return prepared.cleaned.entity.load(connection, batch)


def encode(table: pa.Table) -> BinaryIO:
    """CSV as COPY reads it: no header, null unquoted and empty."""
    sink = pa.BufferOutputStream()
    csv.write_csv(table, sink, csv.WriteOptions(include_header=False))
    return pa.BufferReader(sink.getvalue())


def vanish(connection: Connection, settings: Settings, opened: OpenRun) -> None:
    """Of a snapshot: tombstones for what it no longer lists. Raises `InvalidInput`
    ("source.empty_snapshot"): a list of nothing is a broken list; and "content.shrunk" for one that lacks
    so much that a person must say whether it is one.

    Where a row could not even be told apart (no id, a broken line) nothing is taken for vanished: it may
    be that row.
    """
    if not opened.snapshot:
        return
    if not opened.counts.read:
        raise InvalidInput("source.empty_snapshot", feed=opened.cleaner.feed.key)
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
