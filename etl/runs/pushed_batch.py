"""Small pushes of one feed that wait together: each is read by itself (`etl.runs.pushes`), their rows are
cleaned as one frame and loaded as one batch, and each has its own ledger line. Rows, ledger and inbox are one
transaction.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
from sqlalchemy import Connection

from etl.clean import times
from etl.entities.registry import ENTITIES
from etl.readers import Chunk
from etl.readers.bounded import joined_kinds
from etl.registry import Feed
from etl.runs.batches import staging
from etl.runs.cleaned import Cleaned, broken_rows
from etl.runs.cleaning import Cleaner
from etl.runs.engine import Turn, reason
from etl.runs.opening import category_adder, make_ready
from etl.runs.pushes import Push, going_together, push_name
from geo.errors import IkomekError
from geo.loading import inbox, ledger
from geo.loading.inbox import Entry
from geo.loading.ledger import Ended, RunCounts
from geo.loading.staging import Batch, Written
from geo.settings import Settings


@dataclass(frozen=True)
class Outcome:
    """What came of the rows of a push."""

    staged: int = 0
    rejects: Sequence[dict] = ()
    no_coordinates: int = 0
    corrections: Mapping[str, int] = field(default_factory=dict)

    def ended(self, push: Push, written: Written, seconds: float) -> Ended:
        run = push.entry.run_id
        new, placed = written.written_of.get(run, 0), written.placed_of.get(run, 0)
        counts = RunCounts(
            push.read, new, self.staged - new, len(self.rejects), self.no_coordinates - placed, placed=placed
        )
        return Ended(
            run,
            push_name(push.entry),
            counts,
            self.corrections,
            seconds,
            push.entry.delivery.id,
            None if push.error is None else reason(push.error),
        )


def load_together(
    connection: Connection,
    settings: Settings,
    feed: Feed,
    entries: Sequence[Entry],
    turn: Turn,
    now: datetime | None = None,
) -> int:
    """Do the first of the entries, as many as go together; returns how many. The caller holds the feed's
    lock and has begun them.

    0 where the first is too long to go with others. Raises what the database raises; nothing of it is then
    done.
    """
    started = time.monotonic()
    catalogue = make_ready(connection, settings, ENTITIES[feed.noun])
    moment = now or datetime.now(UTC)

    def cleaner(own: Feed) -> Cleaner:
        return Cleaner(
            own, ENTITIES[feed.noun], settings.city, moment, catalogue, category_adder(connection, own)
        )

    cleaned = clean_together(list(going_together(feed, entries)), cleaner)
    if cleaned.pushes:
        with turn, connection.begin():
            write(connection, settings, feed, cleaned, started)
    return len(cleaned.pushes)


@dataclass(frozen=True)
class Together:
    """Pushes that were cleaned together: what came of each, and their good rows, each with the run and the
    delivery that it is of."""

    pushes: Sequence[Push]
    outcomes: Mapping[int, Outcome]
    """The outcomes by run."""
    staged: Sequence[pa.Table]
    newest: datetime | None


def clean_together(pushes: Sequence[Push], cleaner: Callable[[Feed], Cleaner]) -> Together:
    """The pushes up to the first that names again what an earlier one names. What a frame costs whatever
    it holds is paid once for all of a kind, and not once a push."""
    failed: dict[int, IkomekError] = {}
    cleaned: list[tuple[dict[int, Outcome], pa.Table, datetime | None]] = []
    for group in alike(pushes, cleaner):
        cleaned += clean_group(group, cleaner, failed)
    pushes = [
        replace(push, chunk=None, error=failed[push.entry.run_id]) if push.entry.run_id in failed else push
        for push in pushes
    ]
    kept = distinct(pushes, [staged for _, staged, _ in cleaned])
    if kept < len(pushes):  # written in other letters, or `going_together` had seen it: rare
        return clean_together(pushes[:kept], cleaner)
    outcomes = {run: outcome for found, _, _ in cleaned for run, outcome in found.items()}
    return Together(
        pushes,
        outcomes,
        [staged for _, staged, _ in cleaned if staged.num_rows],
        max((one for *_, one in cleaned if one), default=None),
    )


def alike(pushes: Sequence[Push], cleaner: Callable[[Feed], Cleaner]) -> Iterator[list[Push]]:
    """Pushes of one kind, whose columns of times are read in the same order of day and month, each push
    judged by its own values."""
    kinds: dict[object, list[Push]] = {}
    for index, push in enumerate(pushes):
        if push.chunk is not None:
            kinds.setdefault(push.kind or index, []).append(push)
    for group in kinds.values():
        orders: dict[frozenset, list[Push]] = {}
        for push, order in zip(group, orders_of(group, cleaner), strict=True):
            orders.setdefault(order, []).append(push)
        yield from orders.values()


def orders_of(group: Sequence[Push], cleaner: Callable[[Feed], Cleaner]) -> list[frozenset]:
    if len(group) == 1 or group[0].feed.day_first is not None:
        return [frozenset()] * len(group)
    one, chunk = cleaner(group[0].feed), joined(group)
    times_ = [f for f in one.entity.fields if f.type == "time"]
    found = one.date_orders({f.name: column for f in times_ if (column := one.raw(chunk, f)) is not None})
    is_dated = one.is_dated() and one.feed.changed in chunk.table.column_names
    changed = {"changed": times.order(one.stated(chunk))} if is_dated else {}
    return [
        frozenset(
            times.resolved(_only(changed, chunk, part), times.resolved(_only(found, chunk, part), {})).items()
        )
        for part in range(len(group))
    ]


def _only(found: Mapping[str, times.Order], chunk: Chunk, part: int) -> dict[str, times.Order]:
    return {name: order.only(chunk.parts == part) for name, order in found.items()}


def joined(group: Sequence[Push]) -> Chunk:
    """Rows of pushes of one kind as one chunk. What the readers could not read stays with its push."""
    chunks = [push.chunk for push in group]
    return replace(
        chunks[0],
        table=pa.concat_tables([chunk.table for chunk in chunks], promote_options="default"),
        numbers=np.concatenate([chunk.numbers for chunk in chunks]),
        broken=[],
        by_reader={},
        kinds=joined_kinds(chunks),
        parts=np.repeat(np.arange(len(chunks)), [chunk.table.num_rows for chunk in chunks]),
    )


def clean_group(
    group: Sequence[Push],
    cleaner: Callable[[Feed], Cleaner],
    failed: dict[int, IkomekError],
) -> Iterator[tuple[dict[int, Outcome], pa.Table, datetime | None]]:
    """Outcomes by run, good rows, and the newest time of them. What cannot be cleaned as one is cleaned
    one by one, and what not even so is noted in `failed`."""
    one = cleaner(group[0].feed)
    one.names = {None: push_name(group[0].entry)}
    one.delivered = {part: push.entry.delivery.at for part, push in enumerate(group)}
    try:
        cleaned = one.clean(joined(group))
    except IkomekError as error:
        if len(group) == 1:
            failed[group[0].entry.run_id] = error
        else:
            for push in group:
                yield from clean_group([push], cleaner, failed)
        return
    yield outcomes(group, cleaned), numbered(group, cleaned), cleaned.newest()


def outcomes(group: Sequence[Push], cleaned: Cleaned) -> dict[int, Outcome]:
    """Those of each push of a chunk, by run."""
    shaping, parts, count = cleaned.shaping, cleaned.chunk.parts, len(group)
    good = shaping.faults.good
    staged = np.bincount(parts[good], minlength=count).tolist()
    lost = (
        [0] * count
        if shaping.no_point is None
        else np.bincount(parts[shaping.no_point & good], minlength=count).tolist()
    )
    rejects = [broken_rows(push.chunk) for push in group]
    for index in cleaned.rejected_indices():
        rejects[parts[index]].append(cleaned.reject(index))
    corrections = shaping.corrections.by_part(parts, count)
    return {
        push.entry.run_id: Outcome(
            staged[part],
            sorted(rejects[part], key=lambda row: row["row_number"]),
            lost[part],
            corrections[part] + Counter(push.chunk.by_reader),
        )
        for part, push in enumerate(group)
    }


def numbered(group: Sequence[Push], cleaned: Cleaned) -> pa.Table:
    """The good rows of a chunk, each with the run and the delivery that it is of."""
    staged, parts = cleaned.staged, cleaned.chunk.parts[cleaned.shaping.faults.good]
    for name, numbers in (
        ("run_id", [push.entry.run_id for push in group]),
        ("delivery_id", [push.entry.delivery.id for push in group]),
    ):
        staged = staged.append_column(name, pa.array(np.array(numbers, dtype=np.int64)[parts]))
    return staged


def distinct(pushes: Sequence[Push], staged: Sequence[pa.Table]) -> int:
    """How many of the pushes, from the first, name nothing that an earlier one names."""
    index_of = {push.entry.run_id: index for index, push in enumerate(pushes)}
    first: dict[tuple, int] = {}
    kept = len(pushes)
    names = ENTITIES[pushes[0].feed.noun].identity if pushes else ()
    rows = [
        (index_of[run], *row)
        for table in staged
        for run, *row in zip(
            table["run_id"].to_pylist(), *(table[name].to_pylist() for name in names), strict=True
        )
    ]
    for index, *row in sorted(rows, key=lambda row: row[0]):
        if first.setdefault(tuple(row), index) != index:
            kept = min(kept, index)
    return kept


def write(connection: Connection, settings: Settings, feed: Feed, together: Together, started: float) -> None:
    region, pushes = settings.city.region, together.pushes
    written = load_rows(connection, settings, feed, together)
    seconds = time.monotonic() - started
    found = {push.entry.run_id: together.outcomes.get(push.entry.run_id, Outcome()) for push in pushes}
    ledger.add_ended(
        connection,
        region,
        feed.key,
        [found[push.entry.run_id].ended(push, written, seconds) for push in pushes],
    )
    ledger.add_rejects(connection, region, {run: outcome.rejects for run, outcome in found.items()})
    good, failed = (
        [push for push in pushes if push.error is None],
        [push for push in pushes if push.error is not None],
    )
    if good:
        inbox.end(connection, [push.entry for push in good], "done")
        ledger.beat(connection, region, feed.key, together.newest, any(written.written_of.values()))
    if failed:
        inbox.end(connection, [push.entry for push in failed], "failed")
    if pushes[-1].error is not None:
        ledger.fail_feed(connection, region, feed.key, *reason(pushes[-1].error))


def load_rows(connection: Connection, settings: Settings, feed: Feed, together: Together) -> Written:
    if not together.staged:
        return Written(0, 0)
    columns, rows, data = staging(pa.concat_tables(together.staged, promote_options="default"))
    return ENTITIES[feed.noun].load(
        connection, Batch(settings.city, feed.key, together.pushes[0].entry.run_id, columns, data, rows)
    )
