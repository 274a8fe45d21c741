"""What was pushed: how it is read, which of it is small, and which pushes of a feed can be loaded as one
batch (`etl.runs.pushed_batch`): one whose rows name a thing that an earlier one of the same batch names
waits for the next batch, so that the result is that of one after another.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from etl.readers import Chunk, Source, read
from etl.registry import Feed
from etl.runs.corrected import for_resubmitted, is_resubmitted
from etl.sources.web import FORMATS
from geo.errors import IkomekError
from geo.intake.runs import PUSHED
from geo.loading.inbox import Entry

SMALL_BYTES = 256_000
"""A larger body is loaded by itself, from a file, chunk by chunk."""
MOST_TOGETHER, MOST_BYTES, MOST_ROWS = 400, 4_000_000, 20_000
"""Pushes, bytes of their bodies and rows of one batch."""


@dataclass(frozen=True)
class Push:
    """A push that was read: its rows (none: it has none), or what is wrong with it."""

    entry: Entry
    feed: Feed
    chunk: Chunk | None = None
    error: IkomekError | None = None

    @property
    def kind(self) -> tuple | None:
        """Equal for pushes whose rows can be cleaned as one; none where they cannot: one reading of
        coordinates is that of one push."""
        if self.chunk is None or self.feed.guess:
            return None
        chunk = self.chunk
        return (
            is_resubmitted(self.entry.idempotency_key),
            self.feed.format,
            frozenset(zip(chunk.table.column_names, chunk.table.schema.types, strict=True)),
            chunk.geometry,
            chunk.crs,
            chunk.loose,
        )

    @property
    def read(self) -> int:
        return 0 if self.chunk is None else self.chunk.table.num_rows + len(self.chunk.broken)


def is_small(entry: Entry) -> bool:
    return entry.body is not None


def push_name(entry: Entry) -> str:
    """How the ledger names its source."""
    return f"{PUSHED}{entry.idempotency_key}"


def pushed_feed(feed: Feed, entry: Entry) -> Feed:
    """How a pushed body is read. Pushed rows are news, not a list: of several about one thing the last one
    holds, and nothing vanishes."""
    form = feed.format if feed.format == "open311" and media_type(entry) == "application/json" else None
    return for_resubmitted(replace(feed, doubles="last", mode="delta", format=form), entry.idempotency_key)


def media_type(entry: Entry) -> str:
    return (entry.media_type or "").partition(";")[0].strip().lower()


def pushed_source(entry: Entry) -> Source:
    return Source(
        push_name(entry), body=entry.body, format=FORMATS.get(media_type(entry)), delivery=entry.delivery
    )


def going_together(feed: Feed, entries: Iterable[Entry]) -> Iterator[Push]:
    """The pushes up to the first that is too long, or that names again, in the same letters, what an
    earlier one names."""
    named: set[tuple] = set()
    rows = 0
    for entry in entries:
        own = pushed_feed(feed, entry)
        try:
            chunks = list(few(read(pushed_source(entry), own)))
        except IkomekError as error:
            yield Push(entry, own, error=error)
            continue
        if len(chunks) > 1:
            return
        push = Push(entry, own, chunks[0] if chunks else None)
        ids = written_ids(push)
        if ids & named or rows and rows + push.read > MOST_ROWS:
            return
        named |= ids
        rows += push.read
        yield push


def few(chunks: Iterator[Chunk]) -> Iterator[Chunk]:
    """One chunk, and the next if there is one."""
    for _, chunk in zip(range(2), chunks):
        yield chunk


def written_ids(push: Push) -> set[tuple]:
    """The ids of its rows as they are written; none where they are not in columns of their own."""
    given = push.feed.fields.get("source_id", "source_id")
    columns = (given,) if isinstance(given, str) else given
    if push.chunk is None or not set(columns) <= set(push.chunk.table.column_names):
        return set()
    return {
        row
        for row in zip(*(push.chunk.table[column].to_pylist() for column in columns), strict=True)
        if any(row)
    }
