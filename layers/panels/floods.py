"""Floods: one kind of incident coming far faster than it does at this hour of the week. A wall then shows
groups and one row in place of thousands of symbols.

A flood is more than `LEAST` in ten minutes **and** above the 99.9 % limit for that kind and hour of the
week; it is over when ten minutes have passed without such a window. The limit is that of a negative
binomial distribution with the mean and variance of the same hour's windows of ten minutes in the last
twelve weeks (a Poisson where they do not vary more than by chance); a past flood among them counts as
`CAPPED` times the median, or it would hide the next one. Without history `LEAST` alone.

Floods are told as of full moments of the database's clock, `STEP_S` apart, each read once (`Moments`): two
screens that ask at different times hear of the same floods. Counted are whole minutes of the clock, of which
the running one is the last: when a flood began and when it was greatest does not depend on who asks when.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from statistics import fmean, median, pvariance

from sqlalchemy import Connection, text

from geo.statistics.limits import upper_limit
from layers.panels.requests import PanelRequest

LEAST = 10
WINDOW_MIN, QUIET_MIN, BACK_MIN, SHOWN_MIN = 10, 10, 120, 30
WEEKS, SLOTS = 12, 6
SHARE = 0.999
CAPPED = 4
STEP_S, KEPT = 5, 4
HELD = 200

MOMENT = f"select floor(extract(epoch from now()) / {STEP_S})::bigint * {STEP_S}"

RECENT = f"""
    select i.kind, (:at / 60 - floor(extract(epoch from i.opened_at) / 60))::int as ago, count(*)::int as n
    from incident i
    where {{incidents}} and i.opened_at >= to_timestamp((:at / 60 - {BACK_MIN - 1}) * 60)
        and i.opened_at <= to_timestamp(:at) group by 1, 2"""
USUAL = f"""
    select i.kind, w.week, floor(extract(epoch from i.opened_at - w.begins) / {WINDOW_MIN * 60})::int as slot,
        count(*)::int as n
    from (select week, to_timestamp(:at / {WINDOW_MIN * 60} * {WINDOW_MIN * 60})
            - week * interval '7 days' - interval '30 minutes' as begins
        from generate_series(1, {WEEKS}) week) w
    join incident i on i.opened_at >= w.begins and i.opened_at < w.begins + interval '1 hour'
    where {{incidents}} group by 1, 2, 3"""
WHERE = """
    select d.key, d.name_{lang} as name, count(*)::int as n,
           (count(*) filter (where i.priority >= 1))::int as urgent,
           (count(*) filter (where i.status = 'open'))::int as waiting,
               (count(*) filter (where i.point_4326 is null))::int as nowhere
    from incident i left join district d on d.region = i.region and d.id = i.district_id
    where {incidents} and i.kind = :kind
        and i.opened_at >= to_timestamp(:since)
        and i.opened_at <= to_timestamp(:at)
    group by 1, 2 order by n desc, name"""


class Moments:
    """The floods of the last `KEPT` moments for each screen that asks, so that one that was late still hears
    of it. Not for two threads at once."""

    def __init__(self) -> None:
        self._held: dict[Hashable, tuple[dict, ...]] = {}

    def read(self, who: Hashable, connection: Connection, request: PanelRequest) -> dict:
        """{"moments": [{"moment": seconds since 1970, "floods": as `floods` tells them}]}, the newest at
        the end."""
        at = connection.execute(text(MOMENT)).scalar_one()
        known = self._held.get(who, ())
        if not known or known[-1]["moment"] != at:
            before = [moment for moment in known if at - KEPT * STEP_S < moment["moment"] < at]
            known = (*before, {"moment": at, "floods": floods(connection, request, at)})
            if len(self._held) >= HELD:
                self._held.clear()
            self._held[who] = known
        return {"moments": list(known)}


def floods(connection: Connection, request: PanelRequest, at: int) -> list[dict]:
    """The floods at `at`, seconds since 1970: [{"kind", "count", "since": the minute of its first row, in
    seconds since 1970, "minutes": from then on, "usual": in ten minutes, "limit", "urgent", "waiting": not
    yet taken up, "nowhere": without a point, "districts": [{"key", "name", "n", "urgent", "waiting"}] most
    first, key and name none where it lies in none, "per_minute": 30 counts, of the running minute at the
    end}], the greatest first; none while it is calm."""
    condition, scoped = request.incidents()
    scoped = {**scoped, "at": at}
    by_kind = _per_minute(connection.execute(text(RECENT.format(incidents=condition)), scoped))
    if not any(_window(counts, ago) > LEAST for counts in by_kind.values() for ago in range(QUIET_MIN)):
        return []
    usual = _windows(connection.execute(text(USUAL.format(incidents=condition)), scoped))
    found = []
    for kind, counts in by_kind.items():
        mean, limit = _limits(usual.get(kind, ()))
        minutes = began(counts, max(LEAST, limit))
        if minutes:
            found.append(
                _described(connection, request, kind, counts, (at // 60 - minutes + 1) * 60, at)
                | {"usual": mean, "limit": max(LEAST, limit)}
            )
    return sorted(found, key=lambda flood: -flood["count"])


def began(counts: Sequence[int], limit: float) -> int:
    """How many minutes of the clock the flood of these counts (by minutes ago, the running one first) has
    lasted, the running one among them; 0 where there is none.

    began([0, 400, 500, 521, 480, 99, 0, 1, 0, ...], 10) is 6: its first minute ended when the fifth before
    the running one began."""
    over = [ago for ago in range(len(counts) - WINDOW_MIN + 1) if _window(counts, ago) > limit]
    if not over or over[0] >= QUIET_MIN:
        return 0
    last = over[0]
    for ago in over:
        if ago - last > QUIET_MIN:
            break
        last = ago
    first = max(
        ago
        for ago in range(min(len(counts), last + WINDOW_MIN))
        if counts[ago] > max(1, limit / WINDOW_MIN) or ago == over[0]
    )
    # The minute in which it rose has but its end to count.
    return first + 2 if any(counts[first + 1 : first + 2]) else first + 1


def limit_of(windows: Sequence[int]) -> tuple[float, float]:
    """(mean, the count that `SHARE` of windows do not exceed). limit_of([8] * 72) is (8, 18): a Poisson of
    8."""
    cap = CAPPED * median(windows) + LEAST
    kept = [min(count, cap) for count in windows]
    mean = fmean(kept)
    return mean, upper_limit(mean, max(pvariance(kept), mean), SHARE)


def _limits(windows: Sequence[int]) -> tuple[float | None, float]:
    return limit_of(windows) if windows else (None, 0)


def _per_minute(rows: Iterable) -> dict[str, list[int]]:
    counted: dict[str, list[int]] = defaultdict(lambda: [0] * BACK_MIN)
    for row in rows:
        if 0 <= row.ago < BACK_MIN:
            counted[row.kind][row.ago] = row.n
    return counted


def _windows(rows: Iterable) -> dict[str, list[int]]:
    """The windows by kind, of the weeks that have any incident: a city whose data begins later has no windows
    of nothing."""
    counted: dict[str, dict[tuple[int, int], int]] = defaultdict(dict)
    weeks = set()
    for row in rows:
        counted[row.kind][row.week, row.slot] = row.n
        weeks.add(row.week)
    return {
        kind: [of.get((week, slot), 0) for week in sorted(weeks) for slot in range(SLOTS)]
        for kind, of in counted.items()
    }


def _window(counts: Sequence[int], ago: int) -> int:
    return sum(counts[ago : ago + WINDOW_MIN])


def _described(
    connection: Connection, request: PanelRequest, kind: str, counts: Sequence[int], since: int, at: int
) -> dict:
    condition, scoped = request.incidents()
    rows = list(
        connection.execute(
            text(WHERE.format(lang=request.lang, incidents=condition)),
            {**scoped, "kind": kind, "since": since, "at": at},
        )
    )
    return {
        "kind": kind,
        "count": sum(row.n for row in rows),
        "since": since,
        "minutes": max(1, -((since - at) // 60)),
        "urgent": sum(row.urgent for row in rows),
        "waiting": sum(row.waiting for row in rows),
        "nowhere": sum(row.nowhere for row in rows),
        "districts": [
            {"key": row.key, "name": row.name, "n": row.n, "urgent": row.urgent, "waiting": row.waiting}
            for row in rows
        ],
        "per_minute": list(counts[SHOWN_MIN - 1 :: -1]),
    }
