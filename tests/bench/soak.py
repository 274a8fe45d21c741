"""Whether a wall's page stays the same for months: its heap, listeners, nodes and layers while the picture
changes every second.

A refresh is one commit: an incident opens, another closes, some change; now and then one is critical and
takes the wall, and the playlist changes its scenes all the while. After each forced collection (twice,
through the DevTools protocol) the heap in use is read. The slope of the heap over the refreshes is fitted
with each scene's own level apart, and its upper 95 % bound is what counts: at most 1 MB for 3,600
refreshes, an hour of one a second. There is no peer: the goal is the measure.
"""

from __future__ import annotations

import argparse
import math
import os
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from playwright.sync_api import CDPSession, Page, sync_playwright
from sqlalchemy import Engine, text

import etl.demo
from geo.accounts import sessions
from geo.changes.relay import relay
from geo.database import connect_engine
from geo.incidents.payload import RECORD_INCIDENTS
from geo.settings import Settings
from tests.bench._cluster import own_cluster
from tests.support.web import CHROMIUM, CHROMIUM_FLAGS, Server

GOAL_MB = 1.0
PER = 3600
OPEN = 400
"""Incidents that stand on the map all the while."""
CHANGED = 3
CRITICAL_EVERY, CRITICAL_FOR = 40, 8
"""Refreshes from one critical incident to the next, and until it is closed."""
WARM = 0.2
"""The first share of the samples, in which caches still fill, is left out."""
NORMAL_95 = 1.96

INSERT = text("""
    insert into incident (region, source, source_id, kind, source_status, status, priority, opened_at, due_at,
        address, title, point_4326, point_3857)
    select '71', 'soak', :source_id, (array['service', 'police', 'emergency',
        'offence'])[1 + cast(:n as int) % 4], 'open', 'open', :priority, now(),
        now() + interval '20 hours', 'Мәңгілік Ел, 12', 'Су жоқ', p, st_transform(p, 3857)
    from st_setsrid(st_makepoint(71.3 + random() * 0.3, 51.05 + random() * 0.2), 4326) p returning id""")
CHANGE = text(
    """update incident set title = 'Су жоқ ' || :n, point_4326 = st_translate(point_4326, 0.0002, 0),
        version = version + 1 where id = any(:ids)"""
)
CLOSE = text("update incident set status = 'closed', closed_at = now(), version = version + 1 where id = :id")
RECORD = text(f"{RECORD_INCIDENTS} where i.id = any(:ids)")
FEEDS = text("""insert into feed (region, key, layer, interval_s, polled_at)
    select '71', k, 'incidents', 60, now() from unnest(array['inquiries', 'calls', 'police', 'emergencies',
        'offences']) k
    on conflict (region, key) do update set polled_at = now()""")
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
GO_ON = "() => { ikomek.wallConductor.show.turns = window.playlist; }"
LEAST_SAMPLES = 6


@dataclass(frozen=True)
class Sample:
    """After a forced collection. `nodes` and `js_listeners` as the DevTools protocol counts them, those
    not in the document included."""

    refreshes: int
    heap: int
    nodes: int
    js_listeners: int
    detached: int
    page: dict


@dataclass
class Source:
    """The city that changes once a second."""

    engine: Engine
    rate: float
    refreshes: int = 0
    ids: list[int] = field(default_factory=list)
    failure: BaseException | None = None
    critical: bool = True

    def fill(self) -> None:
        with self.engine.begin() as connection:
            connection.execute(FEEDS)
            self.ids = [
                connection.scalar(INSERT, {"source_id": f"before-{n}", "n": n, "priority": int(n % 40 == 0)})
                for n in range(OPEN)
            ]

    def refresh(self) -> None:
        """One commit: one opens, the oldest or the one that was critical closes, three change."""
        n, after = self.refreshes, self.refreshes - CRITICAL_FOR
        with self.engine.begin() as connection:
            if n % max(1, round(5 * self.rate)) == 0:
                connection.execute(FEEDS)
            critical = 2 if self.critical and n % CRITICAL_EVERY == CRITICAL_EVERY - 1 else 0
            new = connection.scalar(INSERT, {"source_id": f"soak-{n}", "n": n, "priority": critical})
            is_critical_over = after > 0 and after % CRITICAL_EVERY == CRITICAL_EVERY - 1
            old, changed = (
                self.ids.pop(-CRITICAL_FOR if is_critical_over else 0),
                self.ids[n % 50 : n % 50 + CHANGED],
            )
            connection.execute(CLOSE, {"id": old})
            connection.execute(CHANGE, {"ids": changed, "n": n})
            self.ids.append(new)
            connection.execute(RECORD, {"ids": [new, old, *changed]})
        self.refreshes += 1

    def run(self, stop: threading.Event) -> None:
        began = time.monotonic()
        try:
            while not stop.wait(max(0.0, began + self.refreshes / self.rate - time.monotonic())):
                self.refresh()
        except BaseException as failure:
            self.failure = failure
            raise


@contextmanager
def changing(settings: Settings, rate: float, critical: bool = True) -> Iterator[Source]:
    """The relay and the source, each in a thread."""
    stop, source = threading.Event(), Source(connect_engine(settings, "owner"), rate, critical=critical)
    with source.engine.begin() as connection:
        connection.execute(
            text(
                "insert into wall_state (region, turn_s) values ('71', 5) on conflict (region) do "
                "update set turn_s = 5"
            )
        )
    source.fill()
    threads = [
        threading.Thread(target=relay, args=(settings, stop)),
        threading.Thread(target=source.run, args=(stop,)),
    ]
    for thread in threads:
        thread.start()
    try:
        yield source
    finally:
        stop.set()
        for thread in threads:
            thread.join(20)
        source.engine.dispose()


def open_wall(page: Page, server: Server, settings: Settings, show: str, query: str = "") -> None:
    """As a kiosk does: by the screen's own address."""
    engine = connect_engine(settings, "accounts")
    token = sessions.add_device(engine, show, "soak")
    engine.dispose()
    page.goto(f"{server.url}/wall/{show}?token={token}&{query}")
    page.wait_for_function(
        "() => window.ikomek && ikomek.live && ikomek.live.loaded && ikomek.wallConductor.element "
        "&& ikomek.maps.size",
        timeout=60_000,
    )


def measure(page: Page, protocol: CDPSession, source: Source) -> Sample:
    page.evaluate(HOLD)
    page.wait_for_function(CALM, timeout=120_000)
    for _ in range(2):
        protocol.send("HeapProfiler.collectGarbage")
    counters, heap = protocol.send("Memory.getDOMCounters"), protocol.send("Runtime.getHeapUsage")
    # Whoever asks for detached nodes is given handles, which hold them: the agent is closed each time, or the
    # measurement is the leak.
    protocol.send("DOM.enable")
    detached = sum(
        len(tree["retainedNodeIds"]) for tree in protocol.send("DOM.getDetachedDomNodes")["detachedNodes"]
    )
    protocol.send("DOM.disable")
    sample = Sample(
        source.refreshes,
        heap["usedSize"],
        counters["nodes"],
        counters["jsEventListeners"],
        detached,
        page.evaluate(COUNT),
    )
    page.evaluate(GO_ON)
    return sample


def soak(
    page: Page,
    source: Source,
    seconds: float,
    every_s: float,
    note: Callable[[Sample], None] = lambda sample: None,
) -> list[Sample]:
    """Samples until the time is over, and at least `LEAST_SAMPLES`."""
    protocol = page.context.new_cdp_session(page)
    for domain in ("HeapProfiler", "Runtime"):
        protocol.send(f"{domain}.enable")
    samples, ends = [], time.monotonic() + seconds
    while (time.monotonic() < ends or len(samples) < LEAST_SAMPLES) and source.failure is None:
        page.wait_for_timeout(every_s * 1000)
        samples.append(measure(page, protocol, source))
        note(samples[-1])
    protocol.detach()
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


def settled(samples: list[Sample]) -> list[Sample]:
    return samples[int(len(samples) * WARM) :]


def heap_slope(samples: list[Sample]) -> tuple[float, float]:
    """MB for 3,600 refreshes, and the upper 95 % bound."""
    return tuple(
        value / 1e6 * PER
        for value in slope(
            [(sample.page["scene"], sample.refreshes, sample.heap) for sample in settled(samples)]
        )
    )


def growth(samples: list[Sample], what: Callable[[Sample], int]) -> int:
    """By how much the least in the last third of the samples is above the least in the first: a scene
    being built has more, only a leak lifts the floor."""
    kept = settled(samples)
    third = max(1, len(kept) // 3)
    return min(map(what, kept[-third:])) - min(map(what, kept[:third]))


FLAT = {
    "js listeners": lambda sample: sample.js_listeners,
    "detached nodes": lambda sample: sample.detached,
    "elements": lambda sample: sample.page["nodes"],
    "canvases": lambda sample: sample.page["canvases"],
    "live listeners": lambda sample: sample.page["listeners"],
    "layers": lambda sample: sample.page["layers"],
}
ROOM = {
    "js listeners": 40,
    "detached nodes": 60,
    "elements": 200,
    "canvases": 60,
    "live listeners": 0,
    "layers": 0,
}
"""By what a scene differs from itself at another time: rows of a list, tiles of a map."""


def report(samples: list[Sample]) -> bool:
    """Print what was found; true if the goals were reached."""
    rise, bound = heap_slope(samples)
    print(
        f"  heap {settled(samples)[0].heap / 1e6:.1f} -> {samples[-1].heap / 1e6:.1f} MB; slope "
        f"{rise:+.2f} MB per {PER} refreshes, upper 95 % bound {bound:+.2f}"
    )
    grown = {name: growth(samples, what) for name, what in FLAT.items()}
    for name, what in FLAT.items():
        print(
            f"  {name:<15} {min(map(what, settled(samples)))} to "
            f"{max(map(what, settled(samples)))}, growth {grown[name]:+d}"
        )
    return bound <= GOAL_MB and all(grown[name] <= ROOM[name] for name in FLAT)


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="./ikomek bench soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=3)
    parser.add_argument("--rate", type=float, default=1, help="refreshes a second")
    parser.add_argument("--every", type=float, default=5, help="seconds between two measurements")
    parser.add_argument("--show", default="rotation", help="the playlist or scene")
    parser.add_argument("--quiet", action="store_true", help="no line a minute")
    args = parser.parse_args(argv)
    began, printed_at = time.monotonic(), [0.0]

    def note(sample: Sample) -> None:
        if not args.quiet and time.monotonic() - printed_at[0] > 60:
            printed_at[0] = time.monotonic()
            print(
                f"  {(time.monotonic() - began) / 60:5.1f} min, {sample.refreshes} refreshes, heap "
                f"{sample.heap / 1e6:.2f} MB, nodes {sample.nodes}, "
                f"listeners {sample.js_listeners}, detached {sample.detached}, scene {sample.page['scene']}",
                flush=True,
            )

    with own_cluster() as settings:
        etl.demo.load(settings, scale="tiny")
        samples = kiosk(settings, args, note)
    print(
        f"{args.minutes:g} minutes, {samples[-1].refreshes} refreshes, {len(samples)} measurements, load "
        + " ".join(f"{load:.2f}" for load in os.getloadavg())
    )
    good = report(samples)
    print("goals reached" if good else "goals missed")
    return 0 if good else 1


def kiosk(settings: Settings, args: argparse.Namespace, note: Callable[[Sample], None]) -> list[Sample]:
    with changing(settings, args.rate) as source, sync_playwright() as playwright:
        server = Server(settings)
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(CHROMIUM_FLAGS))
        page = browser.new_page(viewport={"width": 1920, "height": 1080})
        try:
            open_wall(page, server, settings, args.show)
            return soak(page, source, args.minutes * 60, args.every, note)
        finally:
            browser.close()
            server.close()


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
