"""The studio in a real browser, for `./ikomek bench precincts`: how long from the pointer's release until
new polygons and counters are painted.

Each drag takes hold of a border in the middle of its longest straight and moves it by some metres, in a
plan that is open whole (every precinct, edge and building), at places all over it. The page itself notes
the times: from `pointerup` to the server's answer, and to the frame after it.
"""

from __future__ import annotations

from dataclasses import dataclass

from playwright.sync_api import Page, sync_playwright

from geo.settings import Settings
from tests.support.web import CHROMIUM, CHROMIUM_FLAGS, Server

READY_MS = 60_000
STEP_PX = 12
AT_A_POINT = 10
POINTS = (0.2, 0.35, 0.5, 0.65, 0.8)
"""Parts of the way through the precincts, by number."""
FLY = """(part) => { const s = window.ikomek.studio, all = [...s.plan.precincts.values()];
    s.fly(all[Math.floor(part * all.length)].label, 15); }"""
CHOOSE = """(n) => { const { plan, map, layer } = window.ikomek.studio, size = map.getSize(),
    box = map.getContainer().getBoundingClientRect(), found = [];
    for (const edge of plan.edges.values()) {
      if (edge.left == null || edge.right == null) continue;
      const lengths = edge.xy.slice(1).map((b, i) => Math.hypot(b[0] - edge.xy[i][0], b[1] - edge.xy[i][1])),
          i = lengths.indexOf(Math.max(...lengths));
      const [a, b] = edge.xy.slice(i), at = map.layerPointToContainerPoint(layer.toLayer([(a[0] + b[0]) / 2,
          (a[1] + b[1]) / 2]));
      if (at.x > 400 && at.y > 120 && at.x < size.x - 120 && at.y < size.y - 200) found.push([at.x + box.x,
          at.y + box.y]);
    }
    return found.slice(0, n); }"""


@dataclass(frozen=True)
class Times:
    """Milliseconds of each drag that was saved, and how many were refused."""

    total: list[float]
    server: list[float]
    refused: int


def released_to_painted(settings: Settings, plan: int, drags: int) -> Times:
    """Raises `TimeoutError` where the studio does not open or an answer does not come."""
    server = Server(settings)
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(CHROMIUM_FLAGS))
            page = browser.new_context(viewport={"width": 1920, "height": 1080}).new_page()
            times = _drag_all(page, server, plan, drags)
            browser.close()
        return times
    finally:
        server.close()


def _drag_all(page: Page, server: Server, plan: int, drags: int) -> Times:
    page.goto(server.link("electoral_editor"))
    page.goto(f"{server.url}/precincts?plan={plan}")
    page.wait_for_selector("#studio[data-ready]", timeout=READY_MS)
    refused = sum(
        _drag_here(page, min(AT_A_POINT, drags - AT_A_POINT * n), part)
        for n, part in enumerate(POINTS)
        if drags > AT_A_POINT * n
    )
    timings = page.evaluate("window.ikomek.studio.timings")
    return Times([one["total"] for one in timings], [one["server"] for one in timings], refused)


def _drag_here(page: Page, drags: int, part: float) -> int:
    """Drag so many borders in view of a place; returns how many were refused."""
    page.evaluate(FLY, part)
    page.wait_for_timeout(2000)
    refused = 0
    for x, y in page.evaluate(CHOOSE, drags):
        page.evaluate("document.querySelector('#studio-message').textContent = ''")
        page.mouse.click(x, y)
        page.mouse.move(x, y)
        page.mouse.down()
        page.mouse.move(x + STEP_PX, y + STEP_PX, steps=4)
        page.mouse.up()
        page.wait_for_selector(
            "#studio-refused, #studio-message[data-kind='done']:not(:empty), "
            "#studio-message[data-kind='refused']:not(:empty)"
        )
        refused += (
            page.locator("#studio-refused").count()
            or page.get_attribute("#studio-message", "data-kind") == "refused"
        )
        page.keyboard.press("Escape")
        page.wait_for_timeout(100)
    return refused
