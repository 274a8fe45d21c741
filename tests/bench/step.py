"""How far apart the screens of one wall change their scene: each change of each screen, on the machine's
own clock, while the city changes once a second.

The screens agree by the server's clock alone, and draw a scene before its turn; one that is not drawn in
time is waited for. What counts is the time from the first screen to the last of each change; late is what
came after its moment. There is no peer: the goal is 100 ms for 95 of 100 changes.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections import defaultdict
from statistics import median

from playwright.sync_api import Browser, Page, sync_playwright

import etl.demo
from geo.settings import Settings
from tests.bench._cluster import own_cluster
from tests.bench._soak_source import changing
from tests.bench.soak import open_wall
from tests.support.web import CHROMIUM, CHROMIUM_FLAGS, Server

GOAL_MS = 100
SHARE = 0.95
WATCH = """(turn_s) => {
    ikomek.wallConductor.show.turns = [['operations', turn_s], ['safety', turn_s]];
    window.changes = [];
    const show = document.getElementById('wall-show'), now = () => performance.timeOrigin + performance.now();
    new MutationObserver(() => { window.changes.push([show.dataset.shown, now(), ikomek.wallCurtain.ready(show.dataset.shown, null)]); })
        .observe(show, { attributes: true, attributeFilter: ['data-shown'] });
}"""  # noqa: E501
"""Each change as (scene, ms since 1970, whether it was drawn)."""


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="./ikomek bench step", description=__doc__)
    parser.add_argument(
        "--changes",
        type=int,
        default=20,
        help="so many of each screen, after the two in which the playlist was given",
    )
    parser.add_argument("--screens", type=int, default=2)
    parser.add_argument("--turn", type=float, default=10, help="seconds of each scene")
    args = parser.parse_args(argv)
    with own_cluster() as settings:
        etl.demo.load(settings, scale="tiny")
        seen = watch(settings, args)
    return 0 if report(together(seen, args.turn), args.turn) else 1


def watch(settings: Settings, args: argparse.Namespace) -> list[list[tuple[str, float, bool]]]:
    """The changes of each screen, each in a browser's profile of its own."""
    with changing(settings, 1, critical=False), sync_playwright() as playwright:
        server = Server(settings)
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(CHROMIUM_FLAGS))
        try:
            pages = [
                open_screen(browser, server, settings, column, args.screens)
                for column in range(1, args.screens + 1)
            ]
            for page in pages:
                page.evaluate(WATCH, args.turn)
            for page in pages:
                page.wait_for_function(
                    "(count) => window.changes.length >= count", arg=args.changes + 2, timeout=0
                )
            return [page.evaluate("() => window.changes") for page in pages]
        finally:
            browser.close()
            server.close()


def open_screen(browser: Browser, server: Server, settings: Settings, column: int, screens: int) -> Page:
    page = browser.new_context(viewport={"width": 1280, "height": 720}).new_page()
    open_wall(page, server, settings, "rotation", f"screen=1x{screens}:1,{column}")
    return page


def together(seen: list[list[tuple[str, float, bool]]], turn_s: float) -> list[tuple[list[float], bool]]:
    """For each change that every screen made: how late each was, ms, and whether all had drawn it. The first
    two turns are those in which the playlist was given."""
    changes: dict[int, dict[int, tuple[float, bool]]] = defaultdict(dict)
    for screen, made in enumerate(seen):
        for _, at, drawn in made:
            turn = round(at / 1000 / turn_s - 0.3)
            changes[turn].setdefault(screen, (at - turn * turn_s * 1000, drawn))
    whole = [changes[turn] for turn in sorted(changes) if len(changes[turn]) == len(seen)][2:]
    return [
        ([late for late, _ in change.values()], all(drawn for _, drawn in change.values()))
        for change in whole
    ]


def report(changes: list[tuple[list[float], bool]], turn_s: float) -> bool:
    apart, late = (
        [max(lates) - min(lates) for lates, _ in changes],
        [value for lates, _ in changes for value in lates],
    )
    p95 = sorted(apart)[int(SHARE * (len(apart) - 1))]
    print(
        f"{len(changes)} changes of turns of {turn_s:g} s: apart median {median(apart):.0f} ms, "
        f"p95 {p95:.0f} ms, most {max(apart):.0f} ms; "
        f"late median {median(late):.0f} ms, most {max(late):.0f} ms; not drawn in time "
        f"{sum(not drawn for _, drawn in changes)}, load "
        + " ".join(f"{load:.2f}" for load in os.getloadavg())
    )
    good = sum(value <= GOAL_MS for value in apart) >= SHARE * len(apart)
    print("goal reached" if good else "goal missed")
    return good


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
