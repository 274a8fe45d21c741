"""Every text box of the wall at its true distance: each scene at 2, 4, 6, 8 and 10 m from screens 0.685
and 1.2 m high, at 1080p and 4K, in three languages, calm and with a critical incident: 120 layouts a scene.
There is no peer: the goal is that nothing overlaps, is cut, covered or lost (`tests/support/wall_boxes.py`
says what that is). With `--flood` 2,000 events of five minutes lie over it. With `--orders` what a layout is
made of comes in so many orders, to three of them, and the layout must be the same each time
(`tests/support/wall_arrivals.py`).
"""

from __future__ import annotations

import argparse
import os
import time
from pathlib import Path
from random import Random

from playwright.sync_api import Page, sync_playwright
from sqlalchemy import text

from geo.database import connect_engine
from geo.settings import Settings
from tests.bench._cluster import own_cluster
from tests.support.wall_arrivals import arrive, hold, steps
from tests.support.wall_boxes import Case, await_flood, every_case, faults, open_language, spread
from tests.support.wall_city import BURST, CALM, LONG, PRESSING
from tests.support.web import CHROMIUM, CHROMIUM_FLAGS, Server

PRINT_EVERY = 40
ARRIVALS = [
    Case("ru", "operations", "1080p", 4.0, 0.685, True),
    Case("ru", "operations", "1080p", 6.0, 0.685, False),
    Case("kk", "districts", "1080p", 4.0, 0.685, True),
]


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="./ikomek bench wall", description=__doc__)
    parser.add_argument(
        "--only", default="", help="cases whose name holds all of these words, such as 'operations ru 4K'"
    )
    parser.add_argument("--sample", type=int, help="so many, spread over all")
    parser.add_argument("--flood", action="store_true", help="in a burst of 2,000 police events")
    parser.add_argument("--pictures", type=Path, help="a folder for a picture of each case that is wrong")
    parser.add_argument("--orders", type=int, default=0, help="in place of that: so many orders of arrival")
    args = parser.parse_args(argv)
    cases = [
        case
        for case in (spread(args.sample) if args.sample else every_case())
        if all(word in str(case).split() for word in args.only.split())
    ]
    began = time.monotonic()
    if args.orders:
        cases = ARRIVALS
    with own_cluster() as settings:
        wrong = measure(settings, cases, args.pictures, args.orders, args.flood)
    print(
        f"{len(cases)} layouts, {wrong} wrong, {time.monotonic() - began:.0f} s, load "
        + " ".join(f"{load:.2f}" for load in os.getloadavg())
    )
    return 1 if wrong else 0


def measure(
    settings: Settings, cases: list[Case], pictures: Path | None, orders: int, flood: bool = False
) -> int:
    """Print what is wrong with each; how many are."""
    engine = connect_engine(settings, "owner")
    with engine.begin() as connection:
        connection.execute(text(CALM))
        connection.execute(text(PRESSING.format(title=LONG)))
        if flood:
            connection.execute(text(BURST))
    engine.dispose()
    server, wrong = Server(settings), 0
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(CHROMIUM_FLAGS))
        page = browser.new_page(viewport={"width": 1920, "height": 1080})
        page.goto(server.link())
        for n, (before, case) in enumerate(zip([None, *cases], cases), 1):
            if orders or before is None or before.lang != case.lang:
                open_language(page, server.url, case.lang)
                if flood:
                    await_flood(page)
            wrong += depends_on_order(page, case, orders) if orders else is_wrong(page, case, pictures)
            if n % PRINT_EVERY == 0:
                print(f"{n} of {len(cases)} layouts, {wrong} wrong", flush=True)
        browser.close()
    server.close()
    return wrong


def is_wrong(page: Page, case: Case, pictures: Path | None) -> bool:
    found = list(dict.fromkeys(faults(page, case)))
    for fault in found:
        print(f"  {case}: {fault}", flush=True)
    if found and pictures:
        pictures.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=pictures / f"{str(case).replace(' ', '_')}.png")
    return bool(found)


def depends_on_order(page: Page, case: Case, orders: int) -> bool:
    hold(page, case)
    random, layout, different = Random(str(case)), arrive(page, case, []), 0
    for before in [steps(random) for _ in range(orders)]:
        if (after := arrive(page, case, before)) != layout:
            different += 1
            print(f"  {case}: after {before}: {sorted({*layout} ^ {*after})}", flush=True)
    return different > 0


if __name__ == "__main__":
    import sys

    raise SystemExit(main(sys.argv[1:]))
