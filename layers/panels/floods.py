"""Floods: one kind of incident coming far faster than it does at this hour of the week. A wall then shows
groups and one row in place of thousands of symbols.

A flood is more than `LEAST` in ten minutes **and** above the 99.9 % limit for that kind and hour of the
week; it is over when ten minutes have passed without such a window. The limit is that of a negative
binomial distribution with the mean and variance of the same hour's windows of ten minutes in the last
twelve weeks (a Poisson where they do not vary more than by chance); a past flood among them counts as
`CAPPED` times the median, or it would hide the next one. Without history `LEAST` alone.

Each window is judged by its own hour, and read is as far back as the flood goes: its start stays where it is
however long it lasts (up to `MOST_BACK_MIN`).

Floods are told as of full moments of the database's clock, `STEP_S` apart, each read once (`Moments`): two
screens that ask at different times hear of the same floods. Counted are whole minutes of the clock, of which
the running one is the last: when a flood began and when it was greatest does not depend on who asks when.

What was usual lies at least a week back: it is read once for each scope and window of the clock, or every
list of every officer would count twelve weeks while a flood lasts (`layers.incidents.folding`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from statistics import fmean, median, pvariance
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, text

from geo.statistics.limits import upper_limit
from layers.panels.requests import PanelRequest

LEAST = 10
WINDOW_MIN, QUIET_MIN, SHOWN_MIN = 10, 10, 30
BACK_MIN, FARTHER, MOST_BACK_MIN = 120, 4, 7 * 24 * 60
"""How far back is looked; so many times as far where a flood had begun before that; at most so far."""
WEEKS, SLOTS = 12, range(-3, 3)
"""The windows of ten minutes that are of one hour with a window: so many before it and after it."""
SHARE = 0.999
CAPPED = 4
STEP_S, KEPT = 5, 4
HELD = 200

MOMENT = f"select floor(extract(epoch from now()) / {STEP_S})::bigint * {STEP_S}"

RECENT = """
    select i.kind, (:at / 60 - floor(extract(epoch from i.opened_at) / 60))::int as ago, count(*)::int as n
    from incident i
    where {incidents} and i.opened_at >= to_timestamp((:at / 60 - :back + 1) * 60)
        and i.opened_at <= to_timestamp(:at) group by 1, 2"""
USUAL = f"""
    select i.kind, w.week,
        (:first + floor(extract(epoch from i.opened_at - w.begins) / {WINDOW_MIN * 60}))::int as slot,
        count(*)::int as n
    from (select week, to_timestamp(:first * {WINDOW_MIN * 60}) - week * interval '7 days' as begins
        from generate_series(1, {WEEKS}) week) w
    join incident i on i.opened_at >= w.begins
        and i.opened_at < w.begins + :slots * interval '{WINDOW_MIN} minutes'
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
    by_kind = _recent(connection, request, at, BACK_MIN)
    if not any(_window(counts, ago) > LEAST for counts in by_kind.values() for ago in range(QUIET_MIN)):
        return []
    back = BACK_MIN
    while True:
        usual = _usual(connection, request, at, back)
        lasted = {kind: began(counts, partial(usual.limit, kind, at)) for kind, counts in by_kind.items()}
        if back == MOST_BACK_MIN or max(lasted.values()) <= back - WINDOW_MIN - QUIET_MIN:
            break
        back = min(back * FARTHER, MOST_BACK_MIN)
        by_kind = _recent(connection, request, at, back)
    found = []
    for kind, minutes in lasted.items():
        if minutes:
            since = (at // 60 - minutes + 1) * 60
            mean, limit = usual.of(kind, at // (WINDOW_MIN * 60))
            found.append(
                _described(connection, request, kind, by_kind[kind], since, at)
                | {"usual": mean, "limit": max(LEAST, limit)}
            )
    return sorted(found, key=lambda flood: -flood["count"])


@dataclass
class _Kept:
    """What is usual in one window of the clock, by scope and span."""

    window: int
    usual: dict[Hashable, UsualWindows] = field(default_factory=dict)


_KEPT: WeakKeyDictionary[Engine, _Kept] = WeakKeyDictionary()
"""Two threads at once may read the same twice, and keep either."""


class UsualWindows:
    """What is usual of each kind in each window of ten minutes, by the clock: `slot` is its number since
    1970. `rows`: how many came in the same slot `week` weeks before it."""

    def __init__(self, rows: Iterable) -> None:
        self._counted: dict[str, dict[tuple[int, int], int]] = defaultdict(dict)
        self._weeks: dict[int, set[int]] = defaultdict(set)
        self._known: dict[tuple[str, int], tuple[float | None, float]] = {}
        for row in rows:
            self._counted[row.kind][row.week, row.slot] = row.n
            self._weeks[row.slot].add(row.week)

    def of(self, kind: str, slot: int) -> tuple[float | None, float]:
        """(mean, limit) of that hour; of the weeks that have any incident: a city whose data begins later has
        no windows of nothing. (None, 0) where there is none."""
        if (kind, slot) not in self._known:
            slots = [slot + step for step in SLOTS]
            weeks = sorted(set().union(*(self._weeks[one] for one in slots)))
            counted = self._counted.get(kind, {})
            windows = [counted.get((week, one), 0) for week in weeks for one in slots]
            self._known[kind, slot] = limit_of(windows) if counted and windows else (None, 0)
        return self._known[kind, slot]

    def limit(self, kind: str, at: int, ago: int) -> float:
        """The limit of the window that ends so many minutes before `at`."""
        return max(LEAST, self.of(kind, (at // 60 - ago) // WINDOW_MIN)[1])


def began(counts: Sequence[int], limit: Callable[[int], float]) -> int:
    """How many minutes of the clock the flood of these counts (by minutes ago, the running one first) has
    lasted, the running one among them; 0 where there is none. `limit(ago)`: of the window that ends so many
    minutes ago, no less than `LEAST`.

    began([0, 400, 500, 521, 480, 99, 0, 1, 0, ...], lambda ago: 10) is 6: its first minute ended when the
    fifth before the running one began."""
    windows = [_window(counts, ago) for ago in range(len(counts) - WINDOW_MIN + 1)]
    over = [ago for ago, window in enumerate(windows) if window > LEAST and window > limit(ago)]
    if not over or over[0] >= QUIET_MIN:
        return 0
    last = over[0]
    for ago in over:
        if ago - last > QUIET_MIN:
            break
        last = ago
    first = next(
        ago
        for ago in reversed(range(min(len(counts), last + WINDOW_MIN)))
        if ago == over[0] or counts[ago] > 1 and counts[ago] > limit(ago) / WINDOW_MIN
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


def _recent(connection: Connection, request: PanelRequest, at: int, back: int) -> dict[str, list[int]]:
    """By kind the counts of the last minutes, the running one first."""
    condition, scoped = request.incidents()
    counted: dict[str, list[int]] = defaultdict(lambda: [0] * back)
    for row in connection.execute(
        text(RECENT.format(incidents=condition)), {**scoped, "at": at, "back": back}
    ):
        if 0 <= row.ago < back:
            counted[row.kind][row.ago] = row.n
    return counted


def _usual(connection: Connection, request: PanelRequest, at: int, back: int) -> UsualWindows:
    """What is usual, as it was read first in this window of the clock: what is loaded into the weeks before
    counts from the next window on."""
    window = at // (WINDOW_MIN * 60)
    kept = _KEPT.get(connection.engine)
    if kept is None or kept.window != window or len(kept.usual) >= HELD:
        kept = _KEPT[connection.engine] = _Kept(window)
    key = (request.city.region, request.scope, back)
    if key not in kept.usual:
        kept.usual[key] = _read_usual(connection, request, at, back)
    return kept.usual[key]


def _read_usual(connection: Connection, request: PanelRequest, at: int, back: int) -> UsualWindows:
    condition, scoped = request.incidents()
    first = (at // 60 - back) // WINDOW_MIN + SLOTS.start
    slots = at // (WINDOW_MIN * 60) + SLOTS.stop - first
    values = {**scoped, "first": first, "slots": slots}
    return UsualWindows(connection.execute(text(USUAL.format(incidents=condition)), values))


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
