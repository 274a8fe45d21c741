"""What is wrong with a feed's content, as its runs find it, and the usual figures that they compare with
(`geo.intake.findings`)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, text

from geo.storable import as_json

PUT = text("""insert into finding (region, feed, code, source, parameters, run_id) values (:region, :feed,
    :code, :source, cast(:parameters as jsonb), :run_id)
    on conflict (region, feed, code, source) do update set parameters = excluded.parameters,
        run_id = excluded.run_id,
        accepted_by = case when :lasting then finding.accepted_by end, accepted_at = case when :lasting
            then finding.accepted_at end,
        found_at = case when :lasting or finding.accepted_at is null then finding.found_at
            else excluded.found_at end""")
LEAST_FOR_POINTS = 20
"""Rows that earlier runs must have read before it is said that they had points."""
LASTING = (
    "content.rejected",
    "content.rejects",
    "content.points",
    "content.coordinates",
    "content.coordinates_read",
    "content.empty",
    "content.header_only",
)
"""Once accepted, these findings stay accepted until a run is without them."""
CLEAR = text("""delete from finding where region = :region and feed = :feed and source = ''
    and code <> all(:found)
    and (code = any(:codes) or :used and accepted_at is not null)""")
NOTE = text(
    """update run set error_code = :code, error_parameters = cast(:parameters as jsonb) where region = :region
        and id = :run_id"""
)
CLEAR_GONE = text("""delete from finding n where region = :region and feed = :feed and source <> ''
    and not exists (
    select from delivery d where d.region = n.region and d.feed = n.feed and d.source = n.source
        and d.error_code is not null)""")
STANDING = text(
    "select code from finding where region = :region and feed = :feed and code = any(:codes) and source = '' "
    "and accepted_at is null"
)
ACCEPTED = text(
    "select parameters from finding where region = :region and feed = :feed and code = :code and "
    "accepted_at is not null"
)
USUAL = text("""select read_rows, rejected, no_coordinates from run where region = :region and feed = :feed
    and state = 'done' and id <> :run_id
    and (source like 'push %') = :pushed order by started_at desc limit :runs""")
STATE = text("select newest_at, columns from feed where region = :region and key = :feed")
KEEP_COLUMNS = text(
    "update feed set columns = :columns where region = :region and key = :feed and columns is null"
)
RATES = {
    "incident": "select count(*) from incident where region = :region and source = :feed and opened_at > "
    ":since and opened_at <= :until",
    "inquiry": "select count(*) from inquiry where region = :region and source = :feed and received_at > "
    ":since and received_at <= :until",
    "calls": "select count(*) from calls where region = :region and source = :feed and hour > :since and "
    "hour <= :until",
}
RUNS, RATE_DAYS = 20, 28


@dataclass(frozen=True)
class Usual:
    """How many rows the feed's latest runs read, the newest first, and the shares that they rejected and
    that had no point (none: too few rows to say)."""

    reads: tuple[int, ...]
    rejected_share: float | None
    no_points_share: float | None = None


def put(
    connection: Connection,
    region: str,
    feed: str,
    run_id: int,
    code: str,
    parameters: Mapping[str, object],
    source: str = "",
) -> None:
    """A finding that stands already keeps its time."""
    bound = {"region": region, "feed": feed, "code": code, "source": source, "run_id": run_id}
    connection.execute(
        PUT,
        bound | {"lasting": code in LASTING, "parameters": as_json(parameters)},
    )


def settle(
    connection: Connection,
    region: str,
    feed: str,
    run_id: int,
    found: Sequence[tuple[str, dict[str, Any]]],
    judged: Iterable[str],
    used: bool,
) -> list[tuple[str, dict[str, Any]]]:
    """After a run that has loaded all it read: what it found stands, and is noted with it; of the `judged`
    codes what it is without is over, and so is, if it has `used` that, what a person had accepted. Returns
    what it found and nobody has accepted."""
    codes = [code for code, _ in found]
    connection.execute(
        CLEAR, {"region": region, "feed": feed, "codes": list(judged), "found": codes, "used": used}
    )
    for code, parameters in found:
        put(connection, region, feed, run_id, code, parameters)
    standing = (
        connection.execute(STANDING, {"region": region, "feed": feed, "codes": codes}).scalars().all()
        if codes
        else ()
    )
    unaccepted = [(code, parameters) for code, parameters in found if code in standing]
    if unaccepted:
        code, parameters = unaccepted[0]
        connection.execute(
            NOTE,
            {
                "region": region,
                "run_id": run_id,
                "code": code,
                "parameters": as_json(parameters),
            },
        )
    clear_gone(connection, region, feed)
    return unaccepted


def clear_gone(connection: Connection, region: str, feed: str) -> None:
    """Removes findings about sources that have been read since, or are no longer there."""
    connection.execute(CLEAR_GONE, {"region": region, "feed": feed})


def accepted(connection: Connection, region: str, feed: str, code: str) -> dict[str, Any] | None:
    """The parameters of a finding that a person has accepted and no run has used yet."""
    return connection.execute(ACCEPTED, {"region": region, "feed": feed, "code": code}).scalar()


def usual(connection: Connection, region: str, feed: str, run_id: int, pushed: bool) -> Usual:
    """The usual counts of a feed: those of its runs of the same kind before `run_id`."""
    rows = connection.execute(
        USUAL, {"region": region, "feed": feed, "run_id": run_id, "pushed": pushed, "runs": RUNS}
    ).all()
    read = sum(row.read_rows for row in rows)
    return Usual(
        tuple(row.read_rows for row in rows),
        sum(row.rejected for row in rows) / read if read >= 100 else None,
        sum(row.no_coordinates for row in rows) / read if read >= LEAST_FOR_POINTS else None,
    )


def state(connection: Connection, region: str, feed: str) -> tuple[datetime | None, list[str] | None]:
    """The feed's newest event so far, and the columns that its sources usually have."""
    return tuple(connection.execute(STATE, {"region": region, "feed": feed}).one())


def keep_columns(connection: Connection, region: str, feed: str, columns: list[str]) -> None:
    """The first ones are the usual ones."""
    connection.execute(KEEP_COLUMNS, {"region": region, "feed": feed, "columns": columns})


def rows_a_day(connection: Connection, region: str, feed: str, noun: str, until: datetime) -> float:
    """How many events a day the feed had in the four weeks before; 0 for a noun without events."""
    if noun not in RATES:
        return 0.0
    bound = {"region": region, "feed": feed, "until": until, "since": until - timedelta(days=RATE_DAYS)}
    return connection.execute(text(RATES[noun]), bound).scalar_one() / RATE_DAYS
