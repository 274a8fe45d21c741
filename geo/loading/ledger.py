"""The run's figures, kept in the transaction of each batch, and the state of its feed."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from psycopg2.extras import execute_values
from sqlalchemy import Connection, text

from geo.audit.records import record_audit
from geo.changes.outbox import record
from geo.loading.staging import driver_cursor
from geo.storable import as_json, storable

LOCK_FEED = 8109
"""First of the two numbers of a feed's advisory lock; the second is a hash of region and feed."""


@dataclass(frozen=True)
class RunCounts:
    """What a batch adds to its run. Always read = written + unchanged + rejected; the table refuses
    anything else."""

    read: int = 0
    written: int = 0
    unchanged: int = 0
    rejected: int = 0
    no_coordinates: int = 0
    vanished: int = 0
    placed: int = 0
    """Rows whose point came of their address."""

    @property
    def brings_news(self) -> bool:
        """Whether anything is other than it was before."""
        return self.written + self.vanished > 0

    def __add__(self, other: RunCounts) -> RunCounts:
        return RunCounts(*(getattr(self, name) + getattr(other, name) for name in self.__dataclass_fields__))


def lock_feed(connection: Connection, region: str, feed: str) -> bool:
    """Take the feed's lock for this session; False where another run holds it. It falls when the session
    ends, however it ends."""
    return connection.execute(
        text("select pg_try_advisory_lock(:space, hashtext(:key))"),
        {"space": LOCK_FEED, "key": f"{region}/{feed}"},
    ).scalar_one()


def unlock_feed(connection: Connection, region: str, feed: str) -> None:
    connection.execute(
        text("select pg_advisory_unlock(:space, hashtext(:key))"),
        {"space": LOCK_FEED, "key": f"{region}/{feed}"},
    )


BEGIN_RUN = text("""insert into run (region, id, feed, source, state)
    values (:region, coalesce(:id, nextval(pg_get_serial_sequence('run', 'id'))), :feed, :source, 'running')
    on conflict (region, id) do update set source = excluded.source, state = 'running',
        started_at = excluded.started_at, ended_at = null, read_rows = 0,
        written = 0, unchanged = 0, rejected = 0, no_coordinates = 0, placed = 0, vanished = 0, mended = '{}',
            seconds = null, error_code = null,
        error_parameters = null, copy_of = null, copied_at = null
    returning id""")


def begin_run(
    connection: Connection, region: str, feed: str, source: str | None, run_id: int | None = None
) -> int:
    """Open a run, under the feed's lock: what still calls itself running has been killed, and is marked
    failed.

    A run whose id is known already was cut short: it begins anew, without what it had counted and
    rejected. What it had written it finds unchanged.
    """
    connection.execute(
        text("""update run set state = 'failed', ended_at = now(), error_code = 'run.killed'
            where region = :region and feed = :feed
            and state = 'running'"""),
        {"region": region, "feed": feed},
    )
    if run_id is not None:
        connection.execute(
            text("delete from reject where region = :region and run_id = :id"),
            {"region": region, "id": run_id},
        )
    return connection.execute(
        BEGIN_RUN, {"region": region, "id": run_id, "feed": feed, "source": source}
    ).scalar_one()


def add_counts(connection: Connection, region: str, run_id: int, counts: RunCounts) -> None:
    connection.execute(
        text("""update run set read_rows = read_rows + :read, written = written + :written,
            unchanged = unchanged + :unchanged,
            rejected = rejected + :rejected, no_coordinates = no_coordinates + :no_coordinates,
                vanished = vanished + :vanished,
            placed = placed + :placed where region = :region and id = :run_id"""),
        {"region": region, "run_id": run_id, **vars(counts)},
    )


ADD_CORRECTIONS = text("""update run set mended = (select jsonb_object_agg(code, n) from (
        select code, sum(n::bigint) as n from (select * from jsonb_each_text(mended) union all select *
            from jsonb_each_text(cast(:mended as jsonb)))
            as counted (code, n) group by code) as summed)
    where region = :region and id = :run_id""")


def add_corrections(connection: Connection, region: str, run_id: int, corrections: Mapping[str, int]) -> None:
    """Add to what the run corrected by itself, by code; a zero says nothing."""
    counted = {code: n for code, n in corrections.items() if n}
    if counted:
        connection.execute(
            ADD_CORRECTIONS, {"region": region, "run_id": run_id, "mended": json.dumps(counted)}
        )


def add_rejects(connection: Connection, region: str, rejects: Mapping[int, Sequence[dict[str, Any]]]) -> None:
    """Adds rejected rows by run: row_number, code, field, value and the row itself as a dictionary of
    text."""
    if not any(rejects.values()):
        return
    bound = [
        (
            region,
            run_id,
            *(row["row_number"], row["code"], row["field"]),
            storable(row["value"]),
            as_json(row["row"]),
        )
        for run_id, rows in rejects.items()
        for row in rows
    ]
    execute_values(
        driver_cursor(connection),
        "insert into reject (region, run_id, row_number, code, field, value, row) values %s",
        bound,
        page_size=1000,
    )


@dataclass(frozen=True)
class Ended:
    """A run that was over before it was written down: in the transaction of its rows."""

    run_id: int
    source: str
    counts: RunCounts
    corrections: Mapping[str, int]
    seconds: float
    delivery_id: int
    error: tuple[str, dict[str, Any]] | None = None


ENDED = """insert into run (region, id, feed, source, state, started_at, ended_at, read_rows, written,
    unchanged, rejected, no_coordinates, vanished, placed,
        mended, seconds, delivery_id, error_code, error_parameters) values %s
    on conflict (region, id) do update set source = excluded.source, state = excluded.state,
        started_at = excluded.started_at, ended_at = excluded.ended_at,
        read_rows = excluded.read_rows, written = excluded.written, unchanged = excluded.unchanged,
            rejected = excluded.rejected,
        no_coordinates = excluded.no_coordinates, vanished = excluded.vanished, placed = excluded.placed,
            mended = excluded.mended,
        seconds = excluded.seconds, delivery_id = excluded.delivery_id, error_code = excluded.error_code,
            error_parameters = excluded.error_parameters"""


def add_ended(connection: Connection, region: str, feed: str, runs: Sequence[Ended]) -> None:
    """Write down runs that began and ended with this transaction; one that was begun before begins anew."""
    template = f"(%s, %s, %s, %s, %s, now(), clock_timestamp(), {', '.join(['%s'] * 12)})"
    bound = [
        (
            region,
            run.run_id,
            feed,
            run.source,
            "failed" if run.error else "done",
            *vars(run.counts).values(),
            as_json({code: n for code, n in run.corrections.items() if n}),
            run.seconds,
            run.delivery_id,
            *(run.error and (run.error[0], as_json(run.error[1])) or (None, None)),
        )
        for run in runs
    ]
    connection.execute(
        text("delete from reject where region = :region and run_id = any(:ids)"),
        {"region": region, "ids": [run.run_id for run in runs]},
    )
    execute_values(driver_cursor(connection), ENDED, bound, template, 1000)


def end_run(
    connection: Connection,
    region: str,
    run_id: int,
    seconds: float,
    error: tuple[str, dict[str, Any]] | None = None,
) -> None:
    """Close a run as done, or as failed with a code and parameters. One that wrote is in the audit."""
    code, parameters = error or (None, None)
    run = connection.execute(
        text("""update run set state = :state, ended_at = now(), seconds = :seconds, error_code = :code,
            error_parameters = cast(:parameters as jsonb)
            where region = :region and id = :run_id
            returning feed, read_rows as read, written, unchanged, rejected, vanished, state"""),
        {
            "state": "failed" if error else "done",
            "seconds": seconds,
            "code": code,
            "region": region,
            "run_id": run_id,
            "parameters": as_json(parameters) if parameters else None,
        },
    ).one()
    if run.written or run.vanished:
        record_audit(connection, f"feed:{run.feed}", "run.ended", run=run_id, **run._mapping)


FAIL_RUN = text("""insert into run (region, id, feed, source, state, ended_at, error_code, error_parameters)
    values (:region, :id, :feed, :source, 'failed', now(), :code, cast(:parameters as jsonb))
    on conflict (region, id) do update set state = 'failed', ended_at = now(),
        error_code = excluded.error_code, error_parameters = excluded.error_parameters""")


def fail_run(
    connection: Connection,
    region: str,
    feed: str,
    run_id: int,
    source: str | None,
    code: str,
    parameters: dict[str, Any],
) -> None:
    """Mark a run as failed for good; it may never have been opened."""
    bound = {
        "region": region,
        "id": run_id,
        "feed": feed,
        "source": source,
        "code": code,
        "parameters": as_json(parameters),
    }
    connection.execute(FAIL_RUN, bound)


def declare_feed(
    connection: Connection,
    region: str,
    key: str,
    layer: str | None,
    interval_s: int | None,
    public: Sequence[str] = (),
    kinds: Sequence[str] | None = None,
) -> None:
    """Make the feed's row, or bring it up to its declaration. `public`: of the columns that it keeps, those
    that may be shown. `kinds`: those of the incidents that its rows may become, none = any."""
    connection.execute(
        text("""insert into feed as f (region, key, layer, interval_s, public, kinds)
            values (:region, :key, :layer, :interval_s, :public, :kinds)
            on conflict (region, key) do update set layer = excluded.layer,
                interval_s = excluded.interval_s, public = excluded.public, kinds = excluded.kinds
            where (f.layer, f.interval_s, f.public, f.kinds) is distinct from
                (excluded.layer, excluded.interval_s, excluded.public, excluded.kinds)"""),
        {
            "region": region,
            "key": key,
            "layer": layer,
            "interval_s": interval_s,
            "public": list(public),
            "kinds": None if kinds is None else list(kinds),
        },
    )


NEWS_FADES_DAYS = 28
"""The days after which the longest pause between news counts for half: a long one is not usual for ever."""
BEAT = text(f"""update feed f set polled_at = clock_timestamp(), newest_at = greatest(f.newest_at,
    cast(:newest as timestamptz)), failures = 0,
        news_since = case when :news then coalesce(f.news_since, statement_timestamp()) else f.news_since end,
        news_pause_s = case when :news then greatest(extract(epoch from statement_timestamp() - f.news_at),
            f.news_pause_s * power(0.5, extract(epoch from statement_timestamp() - f.news_at)
                / {NEWS_FADES_DAYS * 86400})) else f.news_pause_s end,
        news_at = case when :news then statement_timestamp() else f.news_at end,
        error_code = found.code, error_parameters = found.parameters, failing_since = found.found_at,
        alarmed_at = case when found.code is not null then coalesce(f.alarmed_at, clock_timestamp()) end,
        failed_at = case when found.code is null then f.failed_at else clock_timestamp() end
    from (select error_code from feed where region = :region and key = :key for update) old
    left join (select code, parameters, found_at from finding where region = :region and feed = :key
        and accepted_at is null
        order by found_at, code, source limit 1) found on true
    where f.region = :region and f.key = :key returning old.error_code is distinct from found.code""")


def beat(
    connection: Connection, region: str, key: str, newest_at: object | None = None, news: bool = False
) -> None:
    """A successful poll or heartbeat: the feed's age starts again at zero. `newest_at`: the newest event
    of the poll, none if it brought none; `news`: something was written, and the feed is not quiet.

    It is well again unless something stands that was found in its content (`geo.intake.findings`): then it
    is an alarm, however young it is. Ages reach the screens with the tick of the live stream; only a feed
    that recovers, or does not any more, is announced, or fifty pushes a second were fifty changes.
    """
    if connection.execute(BEAT, {"region": region, "key": key, "newest": newest_at, "news": news}).scalar():
        announce_feed(connection, region, key)


def fail_feed(connection: Connection, region: str, key: str, code: str, parameters: dict[str, Any]) -> None:
    """A failed poll: its age goes on growing, and the reason is kept. It is an alarm at once where a
    person has to look at it (`geo.intake.findings`)."""
    connection.execute(
        text("""update feed set failed_at = clock_timestamp(), failing_since = coalesce(failing_since,
            clock_timestamp()), error_code = :code,
            error_parameters = cast(:parameters as jsonb), alarmed_at = coalesce(alarmed_at,
                (select clock_timestamp() from finding n
                where n.region = feed.region and n.feed = feed.key and n.accepted_at is null limit 1))
            where region = :region and key = :key"""),
        {"region": region, "key": key, "code": code, "parameters": as_json(parameters)},
    )
    announce_feed(connection, region, key)


FEED_PAYLOAD = """jsonb_build_object('key', key, 'layer', layer, 'interval_s', interval_s, 'polled_at',
    extract(epoch from polled_at)::float8,
    'newest_at', extract(epoch from newest_at)::float8, 'failed_at', extract(epoch from failed_at)::float8,
        'error', error_code, 'alarmed_at', extract(epoch from alarmed_at)::float8,
    'backlog_alarmed_at', extract(epoch from backlog_alarmed_at)::float8)"""


def announce_feed(connection: Connection, region: str, key: str) -> None:
    """Tell the screens the feed's new state; `version` is its time in milliseconds."""
    row = connection.execute(
        text(f"""select {FEED_PAYLOAD} as payload, (extract(epoch
            from clock_timestamp()) * 1000)::bigint as version from feed
            where region = :region and key = :key"""),
        {"region": region, "key": key},
    ).one()
    record(connection, region, "feed", None, row.version, row.payload)
