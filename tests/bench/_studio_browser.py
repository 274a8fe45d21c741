"""The studio in a real browser, for `./ikomek bench precincts`: how long from the pointer's release until new polygons and counters are painted.

Each drag takes hold of a border in the middle between two junctions and moves it by some metres, back and forth, in a plan that is open whole (every precinct, edge and building).
The page itself notes the times: from `pointerup` to the server's answer, and to the frame after it.
"""
from __future__ import annotations

from dataclasses import dataclass

from playwright.sync_api import Page, sync_playwright

from geo.settings import Settings
from tests.web import CHROMIUM, CHROMIUM_FLAGS, Server

READY_MS = 60_000
STEP_PX = 12
CHOOSE = """(n) => { const { plan, map, layer } = window.ikomek.studio, size = map.getSize(), box = map.getContainer().getBoundingClientRect(), found = [];
    for (const edge of plan.edges.values()) {
      if (edge.left == null || edge.right == null || edge.xy.length !== 2) continue;
      const [a, b] = edge.xy, at = map.layerPointToContainerPoint(layer.toLayer([(a[0] + b[0]) / 2, (a[1] + b[1]) / 2]));
      if (at.x > 400 && at.y > 120 && at.x < size.x - 120 && at.y < size.y - 200) found.push([at.x + box.x, at.y + box.y]);
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
    page.evaluate("() => { const s = window.ikomek.studio, m = [...s.plan.precincts.values()][Math.floor(s.plan.precincts.size / 2)]; s.fly(m.label, 15); }")
    page.wait_for_timeout(2000)
    done, refused = 0, 0
    for x, y in page.evaluate(CHOOSE, drags):
        page.evaluate("document.querySelector('#studio-said').textContent = ''")
        page.mouse.click(x, y)
        page.mouse.move(x, y)
        page.mouse.down()
        page.mouse.move(x + STEP_PX, y + STEP_PX, steps=4)
        page.mouse.up()
        page.wait_for_selector("#studio-said[data-kind='done']:not(:empty), #studio-said[data-kind='refused']:not(:empty)")
        refused += page.get_attribute("#studio-said", "data-kind") == "refused"
        page.keyboard.press("Escape")
        page.wait_for_timeout(100)
    timings = page.evaluate("window.ikomek.studio.timings")
    return Times([one["total"] for one in timings], [one["server"] for one in timings], refused)
