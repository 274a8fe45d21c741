"""Take the README's pictures of a running system: `.venv/bin/python -m tests.screens LINK`, LINK being the
one-time address that `./ikomek up` prints.

Writes map.jpg, precincts.jpg (of a draft, which it makes) and a picture of every scene of the wall
(wall.jpg, wall_<scene>.jpg), and of the first as seen from 8 and 4 m (wall_far.jpg, wall_near.jpg), beside
this file, 1920 x 1080. The packages of the tests must be installed (`./ikomek test` does).
"""

from __future__ import annotations

import sys
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Page, sync_playwright

from dashboard.wall.scenes import FIRST, shipped
from tests.support.web import CHROMIUM, CHROMIUM_FLAGS

HERE = Path(__file__).parent
SETTLE_MS = 6000
"""Until every tile of the first view is drawn."""


def picture(page: Page, name: str) -> None:
    page.wait_for_timeout(SETTLE_MS)
    page.screenshot(path=HERE / name, type="jpeg", quality=80)


def draft(page: Page, origin: str) -> None:
    """Open a new draft of the plan in force, with the precinct in the middle of the map chosen."""
    page.goto(f"{origin}/precincts")
    page.locator(".studio-new-draft").first.click()
    page.locator(".studio-dialog button[value=yes]").click()
    page.wait_for_selector("#studio[data-ready]")
    page.wait_for_selector("#studio-checks[data-read]")
    page.locator("#ikomek-map-studio").click()


def take(link: str) -> None:
    origin = "{0.scheme}://{0.netloc}".format(urlsplit(link))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=[*CHROMIUM_FLAGS, "--autoplay-policy=no-user-gesture-required"]
        )
        page = browser.new_context(viewport={"width": 1920, "height": 1080}, locale="ru-RU").new_page()
        page.goto(link)
        for scene in shipped():
            page.goto(f"{origin}/wall/{scene}")
            page.wait_for_selector("[data-banner]")
            picture(page, "wall.jpg" if scene == FIRST else f"wall_{scene}.jpg")
        for name, seat_m in (("wall_far.jpg", 8), ("wall_near.jpg", 4)):
            page.goto(f"{origin}/wall/{FIRST}?seat_m={seat_m}&screen_m=0.685")
            page.wait_for_selector("#wall-mode:not(:empty)")
            picture(page, name)
        page.goto(f"{origin}/map?sort=urgent")
        page.locator("#duty-rows li a").first.click()
        picture(page, "map.jpg")
        draft(page, origin)
        picture(page, "precincts.jpg")
        browser.close()


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    take(sys.argv[1])
