"""A run and its deliveries: what of a source is asked for, which number its rows carry, and what is kept
of it when the run ends.

The number decides between two versions of a row (`geo.loading.order`). It is the source's own for as long
as the source has not changed, so a run that is repeated, or begun again after a restart, writes over
nothing that came later.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import datetime, timedelta

import psycopg2
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from etl.readers import Source, format_of
from etl.registry import Feed
from etl.sources import digest, fingerprint, local
from geo.database import refuses_values
from geo.errors import IkomekError, InvalidInput
from geo.loading import deliveries
from geo.loading.deliveries import Copy, Given, Taken

AGAIN = 200
"""Open requests that one poll asks for again."""
LATER = ("source.changed", "source.missing")
"""Faults of a source that may be gone at the next look."""


def printed(source: Source, feed: Feed) -> Source:
    """The source with its fingerprint, where that takes no question to another machine."""
    if (
        source.delivery is not None
        or source.fingerprint is not None
        or source.stamp is None
        and (source.path is None or not source.path.is_file())
    ):
        return source
    return replace(source, fingerprint=fingerprint(source, feed))


def brought(source: Source, feed: Feed, fetched: ExitStack) -> Source:
    """The source with its content's digest, a file of another machine fetched until `fetched` is closed."""
    here = fetched.enter_context(local(source, feed, format_of(source, feed)))
    return replace(here, content=digest(here))


def asking(connection: Connection, region: str, feed: Feed, source: Source) -> Source:
    """The source with what is asked of it: from its watermark on, less the feed's overlap, and what is
    still open here. Everything where it has no watermark yet, or is a list."""
    if feed.watermark is None or feed.mode == "snapshot" or source.address is None:
        return source
    mark = deliveries.read_watermark(connection, region, feed.key, source.key)
    if mark is None:
        return source
    again = deliveries.still_open(connection, region, feed.key, source.key, AGAIN) if asks_by_id(feed) else ()
    return replace(source, since=mark - timedelta(seconds=feed.overlap_s), again=again)


def asks_by_id(feed: Feed) -> bool:
    """Whether incidents that are still open must be requested again one by one: the source lists only what
    was opened since. One that lists what has changed reports closings itself."""
    return feed.format == "open311" and feed.noun == "incident" and "since" not in feed.options


def take(
    connection: Connection, region: str, feed: Feed, sources: Sequence[Source]
) -> dict[str | None, Taken]:
    """The delivery of each source by its key; under the key None that of rows that have no source of their
    own."""
    named = [source for source in sources if source.delivery is None and source.body is None]
    if feed.mode == "snapshot" and named:
        one = deliveries.take_together(
            connection, region, feed.key, [given(source, False) for source in named]
        )
        return dict.fromkeys((source.key for source in named), one)
    taken: dict[str | None, Taken] = {
        source.key: deliveries.take(connection, region, feed.key, given(source, feed.mode == "delta"))
        for source in named
    }
    for source in sources:
        if source.key not in taken:
            taken[source.key] = source.delivery or deliveries.take_nameless(connection)
    return taken or {None: deliveries.take_nameless(connection)}


def copied(
    connection: Connection,
    region: str,
    feed: Feed,
    sources: Sequence[Source],
    taken: Mapping[str | None, Taken],
) -> Copy | None:
    """The first of the earlier deliveries that the sources say over again, where each of them does."""
    found = [
        deliveries.copy_of(
            connection, region, feed.key, given(source, feed.mode == "delta"), taken[source.key]
        )
        for source in sources
        if source.delivery is None and source.body is None
    ]
    return found[0] if found and all(found) else None


def older_list(connection: Connection, region: str, feed: Feed, sources: Sequence[Source]) -> Copy | None:
    """The first of the older lists that the files of a list say over again, where each of them does."""
    files = [source for source in sources if source.delivery is None and source.body is None]
    found = [deliveries.older_list(connection, region, feed.key, given(source, False)) for source in files]
    return found[0] if found and all(found) else None


def given(source: Source, news: bool) -> Given:
    return Given(source.key, as_text(source.fingerprint), source.own, source.content, news)


def as_text(print_: tuple | None) -> str | None:
    """A fingerprint as it is kept."""
    return None if print_ is None else json.dumps(print_, default=str)


def settle(
    connection: Connection,
    region: str,
    feed: Feed,
    sources: Sequence[Source],
    run_id: int,
    marks: Mapping[str | None, datetime],
) -> None:
    """In the transaction that ends a run: its sources have been read whole. Only a poll moves the
    watermark: pushed rows, or a file that somebody has run, say nothing of what else has changed at the
    source meanwhile."""
    deliveries.mark_read(
        connection,
        region,
        feed.key,
        [source.key for source in sources if source.body is None and source.delivery is None],
        run_id,
    )
    for source in sources:
        if source.own and source.key in marks:
            deliveries.set_watermark(connection, region, feed.key, source.key, marks[source.key])
        if source.again:
            deliveries.set_cursor(connection, region, feed.key, source.key, source.again[-1])


def can_be_set_aside(feed: Feed, sources: Sequence[Source], error: BaseException) -> list[Source]:
    """The sources that the error lies in, which will be the same at the next look: one, or all of a list."""
    if not lies_in_source(error) or len(sources) > 1 and feed.mode != "snapshot":
        return []
    return [source for source in sources if source.fingerprint is not None]


def lies_in_source(error: BaseException) -> bool:
    """Whether it is the source that is wrong, and not a server, a disk or a moment."""
    if isinstance(error, (DBAPIError, psycopg2.Error)):
        return refuses_values(error)
    if isinstance(error, IkomekError):
        return isinstance(error, InvalidInput) and error.code not in LATER
    return isinstance(error, Exception) and not isinstance(error, (OSError, MemoryError))
