"""The inbox as the ETL empties it: what waits for a feed, in the order in which it came, and how each
entry ends.

An entry is 'waiting' until the very transaction that writes its last rows and closes its run makes it
'done'. Whatever dies before, a process, a session or the server, has done nothing of that transaction, and
the entry waits. Nobody marks an entry as taken: who holds the feed's lock (`geo.loading.ledger.lock_feed`)
does what waits, and the lock falls with its session. Attempts are counted when they begin, so that an
entry which kills whoever does it is set aside in the end.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, Executable, text

from geo.errors import Conflict
from geo.loading.deliveries import Taken

MOST_ATTEMPTS = 12
"""Attempts that ended in nothing before an entry is set aside as failed. Its body is kept, and a person
may repeat its run."""
FIRST_WAIT_S, LONGEST_WAIT_S = 0.2, 10.0
"""The wait after an attempt that ended in nothing: 0.2 s, 0.4 ..., at most 10 s. Later entries of the feed
wait behind it, for the order in which they came counts."""

WAITING = text("""select f.key from unnest(cast(:feeds as text[])) as f (key) cross join lateral (
        select next_at from inbox where region = :region and feed = f.key and state = 'waiting'
            order by id limit 1) as oldest
    where coalesce(oldest.next_at, '-infinity') <= clock_timestamp()""")
FIRST = text("""select id, run_id, media_type, case when size <= :small then body end as body, size, source,
    idempotency_key, attempts, delivery_id, asked_at from (
        select *, octet_length(body) as size, sum(coalesce(octet_length(body),
            0)) over (order by id) as bytes, row_number() over (order by id) as place,
            bool_and(coalesce(next_at, '-infinity') <= clock_timestamp()) over (order by id) as due
        from (select * from inbox where region = :region and feed = :feed and state = 'waiting'
            order by id limit :most) as oldest) as counted
    where due and (place = 1 or bytes <= :bytes) order by id""")
BEGIN = text(
    """update inbox set attempts = attempts + 1 where region = :region and id = any(:ids)
        and state = 'waiting'"""
)
END = text(
    "update inbox set state = :state, done_at = clock_timestamp() where region = :region and id = "
    "any(:ids) and state = 'waiting'"
)
PUT_BACK = text("""update inbox set attempts = attempts - :uncounted,
    next_at = clock_timestamp() + make_interval(secs => :wait)
    where region = :region and id = any(:ids) and state = 'waiting'""")


@dataclass(frozen=True)
class Entry:
    """Work asked for: rows that were pushed, a body of `size` bytes, or a run to repeat (`source`, no
    size). `run_id` was reserved when it was asked for; every attempt has it."""

    region: str
    feed: str
    id: int
    run_id: int
    media_type: str | None
    body: bytes | None
    """The bytes of a small body; a large one is read in pieces (`geo.intake.bodies`)."""
    size: int | None
    source: str | None
    idempotency_key: str
    attempts: int
    delivery: Taken

    def begin(self, connection: Connection) -> None:
        """Count an attempt, in the transaction that opens the run. Raises `Conflict` ("run.busy") if
        another process has done it meanwhile."""
        begin(connection, [self])

    def done(self, connection: Connection) -> None:
        """Marks the entry as done, in the transaction that closes the run."""
        end(connection, [self], "done")


def waiting(connection: Connection, region: str, feeds: Sequence[str]) -> list[str]:
    """Those of the feeds that something waits for now."""
    return list(connection.execute(WAITING, {"region": region, "feeds": list(feeds)}).scalars())


def first(
    connection: Connection, region: str, feed: str, most: int, most_bytes: int, small_bytes: int
) -> list[Entry]:
    """The oldest entries of a feed, at most `most` and as many as their bodies fit `most_bytes`, the
    oldest whatever its size; none while it is put back. Bodies come along up to `small_bytes` each."""
    rows = connection.execute(
        FIRST, {"region": region, "feed": feed, "most": most, "bytes": most_bytes, "small": small_bytes}
    )
    return [
        Entry(
            region,
            feed,
            row.id,
            row.run_id,
            row.media_type,
            None if row.body is None else bytes(row.body),
            row.size,
            row.source,
            row.idempotency_key,
            row.attempts,
            Taken(row.delivery_id, row.asked_at),
        )
        for row in rows
    ]


def begin(connection: Connection, entries: Sequence[Entry]) -> None:
    """Count an attempt of each. Raises `Conflict` ("run.busy") if another process has done one of them
    meanwhile."""
    changed(connection, BEGIN, entries)


def end(connection: Connection, entries: Sequence[Entry], state: str) -> None:
    """`state`: "done" or "failed". Raises `Conflict` ("run.busy") if one of them waits no longer."""
    changed(connection, END, entries, state=state)


def put_back(connection: Connection, entries: Sequence[Entry], counts: int) -> None:
    """Puts entries back after an attempt that ended in nothing, and `counts` for so many: 0 was no fault of
    theirs, and they wait as long as it takes. Entries that somebody has done meanwhile stay done."""
    attempts = max(entry.attempts for entry in entries) + counts
    wait_s = min(FIRST_WAIT_S * 2 ** min(attempts, 20), LONGEST_WAIT_S) if counts else 1.0
    bound = {
        "region": entries[0].region,
        "ids": [entry.id for entry in entries],
        "uncounted": 1 - counts,
        "wait": wait_s,
    }
    connection.execute(PUT_BACK, bound)


def leave(connection: Connection, entries: Sequence[Entry]) -> None:
    """Entries that were begun and not come to: they wait as before."""
    if entries:
        connection.execute(
            text(
                "update inbox set attempts = attempts - 1 where region = :region and id = "
                "any(:ids) and state = 'waiting'"
            ),
            {"region": entries[0].region, "ids": [entry.id for entry in entries]},
        )


def changed(connection: Connection, statement: Executable, entries: Sequence[Entry], **more: object) -> None:
    ids = [entry.id for entry in entries]
    if connection.execute(statement, {"region": entries[0].region, "ids": ids, **more}).rowcount != len(ids):
        raise Conflict("run.busy", feed=entries[0].feed)
