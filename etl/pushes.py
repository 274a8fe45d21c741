"""Small pushes of one feed that wait together: each is read and cleaned by itself, their rows are loaded as one batch, and each has its own ledger line.

Rows, ledger and inbox are one transaction. A push whose rows name a thing that an earlier one of the same batch names waits for the next batch, so that
the result is that of one after another.
"""
from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timezone

import pyarrow as pa
from sqlalchemy import Connection

from etl.cleaning import Cleaned, Cleaner
from etl.engine import Turn, category_adder, later, make_ready, reason, staging
from etl.mended import for_mended
from etl.nouns import NOUNS
from etl.readers import Chunk, Source, read
from etl.registry import Feed
from etl.sources.web import FORMATS
from geo.errors import IkomekError
from geo.loading import inbox, ledger
from geo.loading.inbox import Entry
from geo.loading.ledger import Ended, Figures
from geo.loading.staging import Batch, Written
from geo.runs import PUSHED
from geo.settings import Settings

SMALL_BYTES = 256_000
"""A larger body is loaded by itself, chunk by chunk."""
MOST_TOGETHER, MOST_BYTES, MOST_ROWS = 400, 4_000_000, 20_000
"""Pushes, bytes of their bodies and rows of one batch."""


@dataclass(frozen=True)
class Push:
    """A push that was read: its cleaned rows, or what is wrong with it."""

    entry: Entry
    cleaned: Cleaned | None
    error: IkomekError | None = None

    def figures(self, written: Written) -> Figures:
        if self.cleaned is None:
            return Figures()
        run, cleaned = self.entry.run_id, self.cleaned
        new, placed = written.written_of.get(run, 0), written.placed_of.get(run, 0)
        return Figures(cleaned.read, new, cleaned.staged.num_rows - new, cleaned.rejected, cleaned.no_coordinates - placed, placed=placed)

    def ended(self, written: Written, seconds: float) -> Ended:
        mended = {} if self.cleaned is None else self.cleaned.shaping.mended
        return Ended(self.entry.run_id, push_name(self.entry), self.figures(written), mended, seconds, self.entry.delivery.id,
                     self.error and reason(self.error))


def is_small(entry: Entry) -> bool:
    return entry.body is not None and len(entry.body) <= SMALL_BYTES


def push_name(entry: Entry) -> str:
    """How the ledger names its source."""
    return f"{PUSHED}{entry.idempotency_key}"


def pushed_feed(feed: Feed, entry: Entry) -> Feed:
    """How a pushed body is read. Pushed rows are news, not a list: of several about one thing the last one holds, and nothing vanishes."""
    form = feed.format if feed.format == "open311" and media_type(entry) == "application/json" else None
    return for_mended(replace(feed, doubles="last", mode="delta", format=form), entry.idempotency_key)


def media_type(entry: Entry) -> str:
    return (entry.media_type or "").partition(";")[0].strip().lower()


def pushed_source(entry: Entry) -> Source:
    return Source(push_name(entry), body=entry.body, format=FORMATS.get(media_type(entry)), delivery=entry.delivery)


def load_together(
    connection: Connection, settings: Settings, feed: Feed, entries: Sequence[Entry], turn: Turn, now: datetime | None = None,
) -> int:
    """Do the first of the entries, as many as go together; returns how many. The caller holds the feed's lock and has begun them.

    0 where the first is too long to go with others. Raises what the database raises; nothing of it is then done.
    """
    started = time.monotonic()
    catalogue = make_ready(connection, settings, NOUNS[feed.noun])
    moment = now or datetime.now(timezone.utc)

    def cleaner(entry: Entry) -> Cleaner:
        own = pushed_feed(feed, entry)
        return Cleaner(own, NOUNS[feed.noun], settings.city, moment, catalogue, category_adder(connection, own), delivered={None: entry.delivery.at})

    pushes = list(going_together(entries, cleaner))
    if pushes:
        with turn, connection.begin():
            write(connection, settings, feed, pushes, started)
    return len(pushes)


def going_together(entries: Iterable[Entry], cleaner) -> Iterator[Push]:
    """The pushes up to the first that is too long, or that names again what an earlier one names."""
    named: set[tuple] = set()
    rows = 0
    for entry in entries:
        made = cleaner(entry)
        try:
            chunks = list(few(read(pushed_source(entry), made.feed)))
            push = Push(entry, made.clean(chunks[0]) if chunks else None)
        except IkomekError as error:
            yield Push(entry, None, error)
            continue
        if len(chunks) > 1:
            return
        if push.cleaned is not None:
            own = set(zip(*(push.cleaned.staged[name].to_pylist() for name in made.noun.identity), strict=True))
            rows += push.cleaned.read
            if own & named or (named and rows > MOST_ROWS):
                return
            named |= own
        yield push


def few(chunks: Iterator[Chunk]) -> Iterator[Chunk]:
    """One chunk, and the next if there is one."""
    for _, chunk in zip(range(2), chunks):
        yield chunk


def write(connection: Connection, settings: Settings, feed: Feed, pushes: Sequence[Push], started: float) -> None:
    region = settings.city.region
    written = load_rows(connection, settings, feed, [push for push in pushes if push.cleaned is not None and push.cleaned.staged.num_rows])
    seconds = time.monotonic() - started
    ledger.add_ended(connection, region, feed.key, [push.ended(written, seconds) for push in pushes])
    for push in pushes:
        if push.cleaned is not None:
            ledger.add_rejects(connection, region, push.entry.run_id, push.cleaned.rejects())
    good, failed = [push for push in pushes if push.error is None], [push for push in pushes if push.error is not None]
    if good:
        inbox.end(connection, [push.entry for push in good], "done")
        newest = None
        for push in good:
            newest = later(newest, push.cleaned and push.cleaned.newest())
        ledger.beat(connection, region, feed.key, newest)
    if failed:
        inbox.end(connection, [push.entry for push in failed], "failed")
    if pushes[-1].error is not None:
        ledger.fail_feed(connection, region, feed.key, *reason(pushes[-1].error))


def load_rows(connection: Connection, settings: Settings, feed: Feed, pushes: Sequence[Push]) -> Written:
    if not pushes:
        return Written(0, 0)
    columns, rows, data = staging(pa.concat_tables([numbered(push) for push in pushes], promote_options="default"))
    return NOUNS[feed.noun].load(connection, Batch(settings.city, feed.key, pushes[0].entry.run_id, columns, data, rows))


def numbered(push: Push) -> pa.Table:
    """Its rows, each with the run and the delivery that it is of."""
    staged = push.cleaned.staged
    for name, number in (("run_id", push.entry.run_id), ("delivery_id", push.entry.delivery.id)):
        staged = staged.append_column(name, pa.array([number] * staged.num_rows, pa.int64()))
    return staged
