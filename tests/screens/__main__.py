"""Take the README's pictures of a running system: `.venv/bin/python -m tests.screens LINK`, LINK being the one-time address that `./ikomek up` prints.

Writes wall.jpg and map.jpg beside this file, 1920 x 1080. The packages of the tests must be installed (`./ikomek test` does).
"""
from __future__ import annotations

import sys
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Page, sync_playwright

from tests.web import CHROMIUM, CHROMIUM_FLAGS

HERE = Path(__file__).parent
SETTLE_MS = 6000
"""Until every tile of the first view is drawn."""


def picture(page: Page, name: str) -> None:
    page.wait_for_timeout(SETTLE_MS)
    page.screenshot(path=HERE / name, type="jpeg", quality=80)


def take(link: str) -> None:
    origin = "{0.scheme}://{0.netloc}".format(urlsplit(link))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(CHROMIUM_FLAGS))
        page = browser.new_context(viewport={"width": 1920, "height": 1080}, locale="ru-RU").new_page()
        page.goto(link)
        page.goto(f"{origin}/wall/operations")
        page.wait_for_selector("[data-banner]")
        picture(page, "wall.jpg")
        page.goto(f"{origin}/map?sort=urgent")
        page.locator("#duty-rows li a").first.click()
        picture(page, "map.jpg")
        browser.close()


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    take(sys.argv[1])
