"""Whether a wall's page stays the same for months: its heap, listeners, nodes and layers while the picture
changes every second.

A refresh is one commit: an incident opens, another closes, some change; now and then one is critical and
takes the wall, and the playlist changes its scenes all the while. After each forced collection (twice,
through the DevTools protocol) the heap is read, kind by kind (`_soak_heap`). The slope of what scripts hold
over the refreshes is fitted with each scene's own level apart, and its upper 95 % bound is what counts: at
most 1 MB for 3,600 refreshes, an hour of one a second. What grew most is named. Elements, listeners and the
bytes of buffers are counted beside it. `--leak` plants one, which has to be found. There is no peer: the goal
is the measure.

First at the true clock, then with clock and feed at 216 times (Debian's package faketime): 20 minutes are 72
hours. Memory of the browser and of the server is read as the system counts it, proportional set size of
their processes without pages of files, of a page that stands still and to which nobody listens
(`_soak_page`); nothing may be in the console, no turn of the playlist may be missed, and no frame may come
later than 5 s. Each goal is printed with what was found.
"""

from __future__ import annotations

import argparse
import math
import os
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from playwright.sync_api import Page, sync_playwright

from geo.accounts import sessions
from geo.database import connect_engine
from geo.settings import Settings
from tests.bench._soak_city import running
from tests.bench._soak_goals import Goal, all_met
from tests.bench._soak_heap import Counts, DevTools, by_scripts, count, growth_by_kind
from tests.bench._soak_page import BarePage
from tests.bench._soak_watch import Watch, in_parts
from tests.support.web import CHROMIUM, CHROMIUM_FLAGS, Server

GOAL_MB = 1.0
PER = 3600
WARM = 0.2
"""The first share of the samples, in which caches still fill, is left out."""
NORMAL_95 = 1.96

COUNT = """() => ({
    scene: ikomek.wallConductor.scene + (ikomek.wallTurn() ? '!' : ''), incidents: ikomek.live.incidents.size,
    nodes: document.getElementsByTagName('*').length, canvases:
        document.getElementsByTagName('canvas').length,
    maps: ikomek.maps.size, listeners: ikomek.live.listeners,
    layers: Math.max(0, ...[...ikomek.maps.values()].map(({ map }) => Object.keys(map._layers).length)),
})"""


HOLD = (
    "() => { const { show } = ikomek.wallConductor; window.playlist = show.turns; show.turns = "
    "[[show.turns[0][0], 86400]]; }"
)
CALM = """() => { const { scene, show, shown, building, last } = ikomek.wallConductor;
    return scene === show.turns[0][0] && !ikomek.wallTurn() && shown && !building && !last && !document.querySelector('.wall-curtain')
        && ikomek.wallCurtain.ready(scene, last) && ikomek.wall.isArranged(); }"""  # noqa: E501
"""The first scene of the playlist is there, and the one before it has been let go: while one is built the
page holds both, and a copy."""
GO_ON = "() => { ikomek.wallConductor.show.turns = window.playlist; window.playlist = null; }"
LEAST_SAMPLES = 6
OPENED = (
    "() => window.ikomek && ikomek.live && ikomek.live.loaded && ikomek.wallConductor.element "
    "&& ikomek.maps.size"
)
LEAKS = {
    "objects": "() => ({ kept: Array.from({ length: 200 }, Math.random) })",
    "buffers": "() => new Uint8Array(2048).fill(1)",
    "elements": "() => document.createElement('canvas')",
}
"""What a page that leaks keeps of each refresh: about 2 kB, in a year of one a second 60 GB."""
FAST = 216
"""20 minutes of it are 72 hours: every hour of a day and weekday, midnights, ages, deadlines."""


class Feed(Protocol):
    """What a soak asks of the feed: `look` brings the two up to date."""

    refreshes: int
    failure: object

    def look(self) -> None: ...


class Opened(Protocol):
    """What a soak asks of the page."""

    def evaluate(self, function: str, /) -> Any: ...
    def wait_for_function(self, function: str, /, *, timeout: float) -> object: ...
    def wait_for_timeout(self, wait_ms: float, /) -> None: ...


@dataclass(frozen=True)
class Sample:
    refreshes: int
    counts: Counts
    page: dict


def open_wall(page: Page, server: Server, settings: Settings, show: str, query: str = "") -> None:
    """Opens the wall by the screen's own address, like a kiosk."""
    engine = connect_engine(settings, "accounts")
    token = sessions.add_device(engine, show, "soak")
    engine.dispose()
    page.goto(f"{server.url}/wall/{show}?token={token}&{query}")
    page.wait_for_function(OPENED, timeout=60_000)


def measure(
    page: Opened, protocol: DevTools, source: Feed, weigh: Callable[[], None] = lambda: None
) -> Sample:
    """`weigh` is called once the page stands still."""
    page.evaluate(HOLD)
    page.wait_for_function(CALM, timeout=120_000)
    weigh()
    source.look()
    sample = Sample(source.refreshes, count(protocol), page.evaluate(COUNT))
    page.evaluate(GO_ON)
    return sample


def soak(
    page: Opened,
    protocol: DevTools,
    source: Feed,
    seconds: float,
    every_s: float,
    note: Callable[[Sample], None] = lambda sample: None,
    weigh: Callable[[], None] = lambda: None,
) -> list[Sample]:
    """Samples until the time is over, and at least `LEAST_SAMPLES`."""
    samples, ends = [], time.monotonic() + seconds
    while (time.monotonic() < ends or len(samples) < LEAST_SAMPLES) and source.failure is None:
        page.wait_for_timeout(every_s * 1000)
        samples.append(measure(page, protocol, source, weigh))
        note(samples[-1])
    return samples


def slope(points: list[tuple[str, float, float]]) -> tuple[float, float]:
    """Least squares of y over x with a level of its own for each group: (slope, its upper 95 % bound).
    Infinite where there are too few.

    slope([("a", 0, 5), ("a", 10, 7), ("b", 0, 50), ("b", 10, 52)]) is (0.2, 0.2): both groups rise by 2 in
    10."""
    groups = defaultdict(list)
    for group, x, y in points:
        groups[group].append((x, y))
    centred = []
    for members in groups.values():
        mean_x, mean_y = (sum(values) / len(members) for values in zip(*members))
        centred += [(x - mean_x, y - mean_y) for x, y in members]
    spread, freedom = sum(x * x for x, _ in centred), len(centred) - len(groups) - 1
    if freedom < 1 or spread == 0:
        return math.inf, math.inf
    fitted = sum(x * y for x, y in centred) / spread
    residual = sum((y - fitted * x) ** 2 for x, y in centred) / freedom
    return fitted, fitted + NORMAL_95 * math.sqrt(residual / spread)


def leak(kind: str, every_ms: float) -> str:
    """A script that keeps so much of each refresh."""
    return f"() => {{ const kept = []; setInterval(() => kept.push(({LEAKS[kind]})()), {every_ms}); }}"


def settled(samples: list[Sample]) -> list[Sample]:
    return samples[int(len(samples) * WARM) :]


def heap_slope(samples: list[Sample]) -> tuple[float, float]:
    """MB for 3,600 refreshes, and the upper 95 % bound."""
    points = [
        (sample.page["scene"], sample.refreshes, by_scripts(sample.counts.held))
        for sample in settled(samples)
    ]
    return tuple(value / 1e6 * PER for value in slope(points))


def growth(samples: list[Sample], what: Callable[[Sample], int]) -> int:
    """By how much the least in the last third of the samples is above the least in the first, of the same
    scene: one that is being built has more, and one scene more than another. The smallest rise of all that
    stand in both thirds: a leak lifts the floor of each. All samples are one group where no scene stands in
    both."""
    kept = settled(samples)
    third = max(1, len(kept) // 3)
    first, last = (_floors(some, what) for some in (kept[:third], kept[-third:]))
    rises = [last[scene] - first[scene] for scene in first.keys() & last.keys()]
    return min(rises) if rises else min(last.values()) - min(first.values())


def _floors(samples: list[Sample], what: Callable[[Sample], int]) -> dict[str, int]:
    """The least of each scene."""
    floors: dict[str, int] = {}
    for sample in samples:
        scene, value = sample.page["scene"], what(sample)
        floors[scene] = min(value, floors.get(scene, value))
    return floors


FLAT = {
    "kB beside the heap": lambda sample: sample.counts.beside // 1000,
    "js listeners": lambda sample: sample.counts.js_listeners,
    "detached nodes": lambda sample: sample.counts.detached,
    "elements": lambda sample: sample.page["nodes"],
    "canvases": lambda sample: sample.page["canvases"],
    "live listeners": lambda sample: sample.page["listeners"],
    "layers": lambda sample: sample.page["layers"],
}
ROOM = {
    "kB beside the heap": 1000,
    "js listeners": 40,
    "detached nodes": 60,
    "elements": 200,
    "canvases": 60,
    "live listeners": 0,
    "layers": 0,
}
"""By what a scene differs from itself at another time: rows of a list, tiles of a map. Beside the heap: what
the browser holds for scripts, elements and the bytes of buffers."""


def report(samples: list[Sample]) -> list[Goal]:
    """Print what was found."""
    first, last = settled(samples)[0].counts, samples[-1].counts
    fitted, bound = heap_slope(samples)
    print(
        f"  heap {first.heap / 1e6:.1f} -> {last.heap / 1e6:.1f} MB, what scripts hold "
        f"{by_scripts(first.held) / 1e6:.2f} -> {by_scripts(last.held) / 1e6:.2f} MB; slope of that "
        f"{fitted:+.2f} MB per {PER} refreshes, upper 95 % bound {bound:+.2f}"
    )
    goals = [Goal(f"slope of what scripts hold, upper 95 % bound for {PER} refreshes", bound, GOAL_MB, " MB")]
    for kind, size in growth_by_kind(first.held, last.held):
        print(f"  {size / 1e3:+9.1f} kB {kind}")
    for name, what in FLAT.items():
        found = [what(sample) for sample in settled(samples)]
        grown = growth(samples, what)
        print(f"  {name:<15} {min(found)} to {max(found)}, growth {grown:+d}")
        goals.append(Goal(f"growth of {name}", grown, ROOM[name]))
    return goals


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="./ikomek bench soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=30, help="at the true clock")
    parser.add_argument("--fast", type=float, default=20, help="minutes at a clock 216 times as fast")
    parser.add_argument("--rate", type=float, default=1, help="refreshes a second")
    parser.add_argument("--every", type=float, default=20, help="seconds between two measurements")
    parser.add_argument("--leak", choices=LEAKS, help="planted, to see that it is found")
    parser.add_argument("--show", default="rotation", help="the playlist or scene")
    args = parser.parse_args(argv)
    parts = [
        part(args, minutes, speed) for minutes, speed in ((args.minutes, 1), (args.fast, FAST)) if minutes > 0
    ]
    print("goals reached" if all(parts) else "goals missed")
    return 0 if all(parts) else 1


def part(args: argparse.Namespace, minutes: float, speed: int) -> bool:
    """One of the two soaks, printed as it goes; whether it reached its goals."""
    print(f"{minutes:g} minutes at {speed} times the clock: {minutes * speed / 60:.1f} h of the city")
    began = time.monotonic()
    with running(args.show, args.rate, speed) as city, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(CHROMIUM_FLAGS))
        page = BarePage(browser, 1920, 1080)
        watch = Watch(page, city.server)
        page.goto(city.address)
        page.wait_for_function(OPENED, timeout=120_000)
        watch.turns(speed)
        if args.leak:
            page.evaluate(leak(args.leak, 1000 / args.rate))

        def note(sample: Sample) -> None:
            used, counts = watch.used[-1], sample.counts
            print(
                f"  {(time.monotonic() - began) / 60:5.1f} min, {sample.refreshes} refreshes, heap "
                f"{counts.heap / 1e6:.2f} MB, of scripts {by_scripts(counts.held) / 1e6:.2f} MB, beside "
                f"{counts.beside / 1e6:.2f} MB, browser {in_parts(used.browser)}, server "
                f"{used.server.total():.0f} MB, nodes {counts.nodes}, detached {counts.detached}, turns "
                f"{watch.look()}, console {len(watch.complaints)}, scene {sample.page['scene']}",
                flush=True,
            )

        samples = soak(page, page, city, minutes * 60, args.every, note, watch.weigh)
        goals = [*report(samples), *watch.report()]
        browser.close()
    print("  load " + " ".join(f"{load:.2f}" for load in os.getloadavg()))
    if city.failure is not None:
        print(f"  the feed has failed: {city.failure}")
    return all_met(goals) and city.failure is None


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
