"""What this web process answered, by class of route and minute: how much, how fast, what failed, how much is
being answered now. Kept for an hour in memory, for /metrics and the page /operations; no address, no caller.

To add a class: a line in `BEGINNINGS`, and "operations.route.CLASS" in each catalogue.
"""

from __future__ import annotations

import threading
import time
from bisect import bisect_left
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
KEPT_MIN = 60
BEGINNINGS = (
    ("/_dash-update-component", "callbacks"),
    ("/_dash", "files"),
    ("/assets/", "files"),
    ("/words/", "files"),
    ("/tiles/", "tiles"),
    ("/live", "live"),
    ("/layers/export/", "exports"),
    ("/layers/", "layers"),
    ("/api/v1/ingest/", "pushes"),
    ("/api/v1/", "commands"),
    ("/api/", "programs"),
    ("/account", "sign_in"),
    ("/sign-", "sign_in"),
    ("/healthz", "health"),
    ("/readyz", "health"),
    ("/metrics", "health"),
)
"""The beginning of a path, and the class of its route: the first that fits."""
OTHERS = ("pages", "other")
CLASSES = tuple(dict.fromkeys([*(name for _, name in BEGINNINGS), *OTHERS]))
ENDLESS = "live"
"""Its answers are streams, of which nobody says how long they take."""


def class_of(path: str, is_page: bool) -> str:
    """ "other": an address that no rule knows, so that a scan of them is seen apart."""
    found = next((name for beginning, name in BEGINNINGS if path.startswith(beginning)), None)
    return found or ("pages" if is_page or path == "/" else "other")


@dataclass
class RouteMinute:
    """`buckets`: answers by `BUCKETS_S`, the last one of those beyond."""

    minute: int
    answers: int = 0
    refused: int = 0
    failed: int = 0
    buckets: list[int] = field(default_factory=lambda: [0] * (len(BUCKETS_S) + 1))


@dataclass(frozen=True)
class RouteTraffic:
    """One class in the last minutes. `per_minute`: answers, oldest first, the running minute last;
    `median_s`, `p95_s` none = nothing was answered, or streams."""

    key: str
    per_minute: tuple[int, ...]
    answers: int
    refused: int
    failed: int
    median_s: float | None
    p95_s: float | None
    busy: int


class RouteLedger:
    """`clock`: seconds since 1970."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._minutes: dict[str, deque[RouteMinute]] = {name: deque(maxlen=KEPT_MIN) for name in CLASSES}
        self._busy = dict.fromkeys(CLASSES, 0)
        self._counting = threading.Lock()

    def begin(self, route: str) -> None:
        with self._counting:
            self._busy[route] += 1

    def end(self, route: str, status: int, seconds: float) -> None:
        """`status` 0 = there was no answer: the caller had gone."""
        minute = int(self._clock() // 60)
        with self._counting:
            self._busy[route] -= 1
            kept = self._minutes[route]
            if not kept or kept[-1].minute != minute:
                kept.append(RouteMinute(minute))
            now = kept[-1]
            now.answers += 1
            now.refused += 400 <= status < 500
            now.failed += status >= 500
            if route != ENDLESS:
                now.buckets[bisect_left(BUCKETS_S, seconds)] += 1

    def read(self, minutes: int = KEPT_MIN) -> list[RouteTraffic]:
        """By class, over the last minutes."""
        last = int(self._clock() // 60)
        with self._counting:
            return [self._of(name, last, minutes) for name in CLASSES]

    def _of(self, name: str, last: int, minutes: int) -> RouteTraffic:
        kept = {one.minute: one for one in self._minutes[name] if one.minute > last - minutes}
        buckets = [sum(counts) for counts in zip(*(one.buckets for one in kept.values()), strict=True)]
        span = range(last - minutes + 1, last + 1)
        return RouteTraffic(
            name,
            tuple(kept[minute].answers if minute in kept else 0 for minute in span),
            sum(one.answers for one in kept.values()),
            sum(one.refused for one in kept.values()),
            sum(one.failed for one in kept.values()),
            quantile(buckets, 0.5),
            quantile(buckets, 0.95),
            self._busy[name],
        )


def quantile(buckets: list[int], share: float) -> float | None:
    """Within which so many seconds that share was answered, to the edge of a bucket; the last edge for what
    is beyond. None without answers."""
    total = sum(buckets)
    if not total:
        return None
    seen = 0
    for edge, count in zip((*BUCKETS_S, BUCKETS_S[-1]), buckets, strict=True):
        seen += count
        if seen >= share * total:
            return edge
    return BUCKETS_S[-1]
