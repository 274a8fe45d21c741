"""When a polled feed is due, how long a failing one is left alone, and when it becomes an alarm. The clock
is the database's: many processes, one time."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, text

from geo.loading.ledger import announce_feed

FIRST_WAIT_S, LONGEST_WAIT_S = 30, 900
"""The wait after a failure: 30 s, 60, 120 ..., at most 15 minutes or the feed's interval, whichever is
longer; a feed that comes more often begins at its interval."""

CLAIM = text("""update feed set next_at = clock_timestamp() + make_interval(secs => interval_s) where (region,
    key) in (
        select region, key from feed where region = :region and key = any(:free) and coalesce(next_at,
            '-infinity') <= clock_timestamp()
        order by next_at nulls first, key limit :room for update skip locked)
    returning key""")
PUT_OFF = text("""update feed set failures = failures + 1, next_at = clock_timestamp() + make_interval(secs =>
        least(least(interval_s, :first) * power(2, least(failures, 20)), greatest(interval_s, :longest)))
    where region = :region and key = :key""")
BRING_FORWARD = text("""update feed set next_at = least(next_at, clock_timestamp()
    + make_interval(secs => least(interval_s, :most))) where region = :region and key = :key""")
ALARM = text("""update feed f set alarmed_at = clock_timestamp(), failed_at = clock_timestamp(),
    failing_since = coalesce(f.failing_since, clock_timestamp()),
        error_code = coalesce(f.error_code, 'source.silent')
    from unnest(cast(:keys as text[]), cast(:patience as int[])) as p (key, seconds)
    where f.region = :region and f.key = p.key and f.alarmed_at is null
      and greatest(coalesce(f.polled_at, f.failing_since, f.next_at - make_interval(secs => f.interval_s)),
          :since) + make_interval(secs => p.seconds)
        < clock_timestamp()
    returning f.key""")

BACKLOG = text("""update feed f set backlog_alarmed_at = case when w.late then clock_timestamp() end
    from (select key, coalesce((select i.asked_at < clock_timestamp() - make_interval(secs => :limit)
        from inbox i
            where i.region = feed.region and i.feed = feed.key and i.state = 'waiting' order by i.id limit 1),
                false) as late
        from feed where region = :region) as w
    where f.region = :region and f.key = w.key and w.late = (f.backlog_alarmed_at is null) returning f.key,
        w.late""")
BACKLOG_ALARM_S = 120
"""Pushed rows that wait longer are an alarm."""


def claim_due(connection: Connection, region: str, free: list[str], room: int) -> list[str]:
    """Those of the feeds `free` that are due, at most `room`, the longest overdue first. Claimed: no other
    process gets them before their next interval."""
    return list(connection.execute(CLAIM, {"region": region, "free": free, "room": room}).scalars())


def put_off(connection: Connection, region: str, key: str) -> None:
    """Puts the next poll off after a failed one: later than after the failure before it."""
    connection.execute(
        PUT_OFF, {"region": region, "key": key, "first": FIRST_WAIT_S, "longest": LONGEST_WAIT_S}
    )


def bring_forward(connection: Connection, region: str, key: str, most_s: float) -> None:
    """The next poll after so many seconds at most: this one has left something to be read."""
    connection.execute(BRING_FORWARD, {"region": region, "key": key, "most": most_s})


def raise_alarms(
    connection: Connection, region: str, patience: Mapping[str, int], since: datetime
) -> list[str]:
    """Mark feeds whose last good poll is longer ago than their patience (seconds) as alarms, once, and
    announce them; returns their keys.

    `since`: when the watching began; the silence of a machine that was off is no feed's fault. The next
    good poll clears an alarm (`ledger.beat`).
    """
    bound = {"region": region, "keys": list(patience), "patience": list(patience.values()), "since": since}
    raised = list(connection.execute(ALARM, bound).scalars())
    for key in raised:
        announce_feed(connection, region, key)
    return raised


def mark_backlogs(connection: Connection, region: str) -> list[tuple[str, bool]]:
    """Make feeds whose pushed rows wait too long an alarm, once, and clear it where they wait no longer;
    announce both: (feed, whether it is one)."""
    changed = [
        tuple(row) for row in connection.execute(BACKLOG, {"region": region, "limit": BACKLOG_ALARM_S})
    ]
    for key, _ in changed:
        announce_feed(connection, region, key)
    return changed
