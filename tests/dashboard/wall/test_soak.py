"""The soak bench itself, and a short soak: what leaks with every refresh or scene is found within a
minute; the hour's bound needs the long run of `./ikomek bench soak`.

`IKOMEK_SOAK_S` is for how long, 20 s by default; with 180 it is the three minutes of the long run's
beginning.
"""

from __future__ import annotations

import math
import os
from collections import Counter

import pytest
from playwright.sync_api import Browser, Page

from geo.settings import Settings
from tests.bench import soak
from tests.bench._soak_goals import Goal, all_met
from tests.bench._soak_heap import Counts, by_scripts, count
from tests.bench._soak_page import BarePage
from tests.bench._soak_source import changing
from tests.support.web import Server

SECONDS = float(os.environ.get("IKOMEK_SOAK_S", "20"))
WARM_S = 20
"""Until the tiles, words and pictures that are kept are there, also on a machine that does other things:
they are no leak."""
GROSS = 4_000_000
"""Bytes: what caches that still fill take in so short a time. A map that kept its listeners took more, and
is found by them too."""


BESIDE_KB = 8_000
"""A scene that is being drawn at a look holds 2 to 3 MB more for the moment; a third of so short a soak has
three looks; the long one takes its floor from many."""


def test_the_slope_keeps_the_levels_of_scenes_apart() -> None:
    points = [("a", x, 5 + 0.2 * x) for x in range(10)] + [("b", x, 50 + 0.2 * x) for x in range(5, 20)]
    assert soak.slope(points) == (pytest.approx(0.2), pytest.approx(0.2))
    noisy = [(group, x, y + (-1) ** x) for group, x, y in points]
    fitted, bound = soak.slope(noisy)
    assert fitted < bound and bound == pytest.approx(0.2, abs=0.2)
    assert soak.slope(points[:1])[1] == float("inf")


def sample_of(scene: str, value: int) -> soak.Sample:
    return soak.Sample(value, Counts(value, Counter(), 0, 0, 0, 0), {"scene": scene})


def test_growth_compares_a_scene_with_itself() -> None:
    """The larger scene stands first in one case and last in another; neither is a leak, and a leak is found
    through both."""
    alternating = [sample_of(*one) for one in [("small", 10), ("large", 100)] * 6]
    one_each = [sample_of("small", 10)] * 6 + [sample_of("large", 100)] * 6
    mixed = [sample_of("small", 10), *alternating, sample_of("large", 100)]
    leaking = [
        sample_of(one.page["scene"], one.refreshes + 5 * number) for number, one in enumerate(alternating)
    ]
    found = [soak.growth(samples, lambda one: one.refreshes) for samples in (alternating, mixed, leaking)]
    assert found[:2] == [0, 0] and found[2] > 20
    assert soak.growth(one_each, lambda one: one.refreshes) == 90, "nothing to compare with: all of it"


def test_a_goal_says_what_was_found_and_whether_it_was_met(capsys: pytest.CaptureFixture[str]) -> None:
    goals = [
        Goal("rise of memory", 59.6, 60, " MB"),
        Goal("missed turns", 2, 0, why="[['operations', 5000]]"),
        Goal("loads", 1, 1, least=1),
        Goal("frames", 0, math.inf, least=1),
    ]
    assert not all_met(goals) and all_met(goals[:1])
    assert capsys.readouterr().out.splitlines()[:4] == [
        "  met    rise of memory: 59.6 MB (at most 60)",
        "  MISSED missed turns: 2 (at most 0): [['operations', 5000]]",
        "  met    loads: 1 (at least 1, at most 1)",
        "  MISSED frames: 0 (at least 1)",
    ]


def test_a_bare_page_answers_and_tells_what_goes_wrong_in_it(browser: Browser) -> None:
    page, heard, uncaught = BarePage(browser, 800, 600), [], []
    page.on("Runtime.consoleAPICalled", heard.append)
    page.on("Runtime.exceptionThrown", uncaught.append)
    page.goto("data:text/html,<title>here</title>")
    assert page.evaluate("(n) => [document.title, innerWidth, innerHeight, n]", 3) == ["here", 800, 600, 3]
    page.evaluate("() => { console.warn('late'); setTimeout(() => { throw new Error('lost'); }); }")
    page.wait_for_timeout(500)
    assert [one["args"][0]["value"] for one in heard] == ["late"] and len(uncaught) == 1
    with pytest.raises(RuntimeError, match="broken"):
        page.evaluate("() => { throw new Error('broken'); }")
    page.close()


KEPT = 1200
"""Refreshes, twenty minutes of one a second."""
KEEP = """([n, kept]) => {
    for (let i = 0; i < n; i += 1) { const one = (MAKE)(); if (kept) window.kept.push(one); }
}"""


@pytest.mark.parametrize("kind", soak.LEAKS)
def test_a_leak_is_counted_and_its_goal_missed(browser: Browser, kind: str) -> None:
    """2 kB a refresh; not what a page lets go again. The page rests before each look at it."""
    page = BarePage(browser, 400, 300)
    page.goto("data:text/html,<title>leaks</title>")

    def counts(n: int, kept: bool) -> list[soak.Sample]:
        page.evaluate("() => { window.kept = []; }")
        found = []
        for at in range(n):
            page.evaluate(KEEP.replace("MAKE", soak.LEAKS[kind]), [KEPT // n, kept])
            page.wait_for_timeout(10)
            same = {"scene": "one", "nodes": 0, "canvases": 0, "listeners": 0, "layers": 0}
            found.append(soak.Sample((at + 1) * (KEPT // n), count(page), same))
        return found

    try:
        clean, leaking = (soak.report(counts(10, kept)) for kept in (False, True))
    finally:
        page.close()
    assert [goal.name for goal in clean if not goal.met] == []
    assert [goal.name for goal in leaking if not goal.met]


def test_a_wall_stays_the_same_while_everything_changes(demo_copy: Settings, browser_page: Page) -> None:
    server = Server(demo_copy)
    try:
        with changing(demo_copy, rate=5) as source:
            soak.open_wall(browser_page, server, demo_copy, "rotation")
            browser_page.evaluate(
                "() => { ikomek.wallConductor.show.turns = [['operations', 4], ['safety', 4]]; }"
            )
            browser_page.wait_for_timeout(WARM_S * 1000)
            protocol = browser_page.context.new_cdp_session(browser_page)
            samples = soak.soak(browser_page, protocol, source, SECONDS, 2)
            protocol.detach()
            browser_page.goto("about:blank")
    finally:
        server.close()
    assert source.failure is None and samples[-1].refreshes > SECONDS
    assert soak.growth(samples, lambda sample: by_scripts(sample.counts.held)) < GROSS, [
        (sample.refreshes, sample.counts.heap) for sample in samples
    ]
    room = soak.ROOM | {"kB beside the heap": BESIDE_KB}
    assert {
        name: grown for name, what in soak.FLAT.items() if (grown := soak.growth(samples, what)) > room[name]
    } == {}
