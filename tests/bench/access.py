"""`./ikomek bench access`: whether everybody can use every page: what axe finds on each page in three
languages, dark and light, at a desk and on a phone, and which targets of the phone are smaller than 44 px.
There is no peer: the goal is nothing.
"""

from __future__ import annotations

import argparse
import os
import time

from playwright.sync_api import sync_playwright

import etl.demo
from tests.bench._cluster import own_cluster
from tests.support.accessible import every_look, faults
from tests.support.web import CHROMIUM, CHROMIUM_FLAGS, Server


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="./ikomek bench access", description=__doc__)
    parser.add_argument(
        "--only", default="", help="looks whose name holds all of these words, such as 'kk 390'"
    )
    args = parser.parse_args(argv)
    looks = [look for look in every_look() if all(word in str(look).split() for word in args.only.split())]
    began, wrong = time.monotonic(), 0
    with own_cluster() as settings, sync_playwright() as playwright:
        etl.demo.load(settings, scale="tiny")
        server = Server(settings)
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(CHROMIUM_FLAGS))
        page = browser.new_page()
        page.goto(server.link())
        for look in looks:
            found = faults(page, server.url, look)
            for fault in found:
                print(f"  {look}: {fault}", flush=True)
            wrong += bool(found)
        browser.close()
        server.close()
    load = " ".join(f"{load:.2f}" for load in os.getloadavg())
    print(f"{len(looks)} looks, {wrong} wrong, {time.monotonic() - began:.0f} s, load {load}")
    return 1 if wrong else 0


if __name__ == "__main__":
    import sys

    raise SystemExit(main(sys.argv[1:]))
