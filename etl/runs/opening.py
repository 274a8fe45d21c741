"""A run as it opens: its place in the ledger, the deliveries that it reads, and its cleaner."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sqlalchemy import Connection

from etl.clean.texts import fold
from etl.entities.entity import Entity
from etl.entities.references import read_catalogue
from etl.entities.registry import ENTITIES
from etl.entities.shaping import ReferenceCatalogue
from etl.readers import Source
from etl.registry import Feed
from etl.runs import deliveries
from etl.runs.cleaning import Cleaner
from etl.runs.content import Content
from geo.loading import findings, ledger, listed
from geo.loading.deliveries import Taken, is_behind, note_delivery
from geo.loading.inbox import Entry
from geo.loading.ledger import RunCounts
from geo.loading.references import add_category
from geo.loading.staging import driver_cursor
from geo.settings import Settings

BETWEEN_SOURCES = " + "
"""How the ledger writes several sources."""


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
        ledger.declare_feed(
            connection, region, feed.key, feed.layer, feed.interval_s, feed.public, feed.kinds
        )
        if entry is not None:
            entry.begin(connection)
        opened = ledger.begin_run(
            connection, region, feed.key, source, None if entry is None else entry.run_id
        )
        taken = deliveries.take(connection, region, feed, sources)
        copy = deliveries.copied(connection, region, feed, sources, taken)
        note_delivery(connection, region, opened, max(one.id for one in taken.values()), copy)
        may_reuse = findings.accepted(connection, region, feed.key, "content.ids") is not None
        behind = feed.mode == "snapshot" and any(
            is_behind(connection, region, feed.key, one) for one in taken.values()
        )
    snapshot = feed.mode == "snapshot" and entity.vanish is not None
    catalogue = make_ready(connection, settings, entity, snapshot)
    cleaner = Cleaner(
        feed,
        entity,
        settings.city,
        now or datetime.now(UTC),
        catalogue,
        category_adder(connection, feed),
    )
    cleaner.delivered = {source: one.at for source, one in taken.items()}
    cleaner.names = {one.key: one.name for one in sources}
    return OpenRun(
        opened,
        cleaner,
        snapshot=snapshot,
        sources=sources,
        deliveries=taken,
        behind=behind,
        may_reuse=may_reuse,
    )


def make_ready(
    connection: Connection, settings: Settings, entity: Entity, snapshot: bool = False
) -> ReferenceCatalogue:
    """Prepares the session of a run; returns what its rows may refer to. `snapshot`: it lists all there
    is."""
    with connection.begin():
        if snapshot:
            listed.forget(driver_cursor(connection))
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


def named(sources: Sequence[Source]) -> str:
    """The sources' names in the form of the ledger."""
    return BETWEEN_SOURCES.join(source.name for source in sources)
