"""Every part slow, deaf, cut off or refusing at random: does a screen ever show as now what is old, is an
answer ever wrong, and does each recover by itself?

A proxy of the tests' own stands between browsers and server, another between server and database. Every
few seconds each takes another fault: answers late by up to 2 s, a hang of up to 12 s, 503, every
connection cut. Meanwhile incidents are committed to the database beside them. 60 clients follow the live
feed by its protocol and ask questions of the rows; a wall, the duty officers' map and the page of feeds
stand in a real browser. Each second each of them is judged by what was committed: whoever says that it is
live (what is 10 s old is "connection lost") may lack nothing older than 14 s, a list may hold nothing but
what was so between question and answer. At the end all is well again, and everything must show the truth,
without having been loaded anew. There is no peer.
"""

from __future__ import annotations

import argparse
import os
import random
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Error as BrowserError
from playwright.sync_api import Page, sync_playwright

from geo.settings import Settings
from tests.bench._cluster import own_cluster
from tests.bench._strain_clients import Crowd
from tests.bench._strain_ledger import Ledger, write
from tests.bench.live import relay_process
from tests.support.faulty_link import WELL, Fault, FaultyLink, database_through
from tests.support.web import CHROMIUM, CHROMIUM_FLAGS, Server

SLACK_S = 14.0
"""Ten seconds of age until it is said, the error of the clock on a slow line, and a busy machine."""
RECOVER_S = 60.0
PAGES = {"wall": "/wall/operations", "map": "/map", "feeds": "/feeds"}

LOOK = """() => {
    const live = window.ikomek && ikomek.live;
    if (!live) return { ready: false };
    const now = live.serverNow() / 1000, wall = document.querySelector('.wall'), panels = ikomek.wall && ikomek.wall.state.element ? ikomek.wall.state.panels : [];
    return {
        ready: live.loaded && Boolean(live.tick), marked: window.strainMark === true, lost: Boolean(live.lost),
        shown: [...live.incidents].map(([id, { version }]) => [id, version]),
        saysLost: !wall || !live.lost || wall.classList.contains('lost'),
        unmarked: wall ? panels.filter((panel) => !(ikomek.wall.panels[panel.kind] || {}).live && panel.readAt != null && now - panel.readAt > 3 * Number(wall.dataset.refresh) + 45
            && !panel.element.classList.contains('old')).map((panel) => panel.place) : [],
    };
}"""  # noqa: E501
"""What a page shows and says. Panels that draw the live set have no reading of their own: what they show
is judged as the set is."""


@dataclass
class Findings:
    looks: int = 0
    silent: int = 0
    wrong: list[str] = field(default_factory=list)
    faults: Counter = field(default_factory=Counter)


def weather(links: dict[str, FaultyLink], findings: Findings, stop: threading.Event, seed: int) -> None:
    """Until the stop each link has one fault after another, then none."""
    dice, due = random.Random(seed), dict.fromkeys(links, 0.0)
    while not stop.wait(0.1):
        for name, link in links.items():
            if time.monotonic() < due[name]:
                continue
            fault, seconds, cut = pick(dice, http=name == "browser")
            findings.faults[f"{name}: {kind_of(fault, cut)}"] += 1
            link.fault, due[name] = fault, time.monotonic() + seconds
            if cut:
                link.cut()
    for link in links.values():
        link.fault = WELL


def pick(dice: random.Random, http: bool) -> tuple[Fault, float, bool]:
    """A fault, for how many seconds, and whether what is open is cut as it begins."""
    draw = dice.random()
    if draw < 0.4:
        return WELL, dice.uniform(4, 12), False
    if draw < 0.6:
        most = dice.uniform(0.1, 2.0 if http else 0.5)
        return Fault(delay_s=(0.0, most)), dice.uniform(3, 10), False
    if draw < 0.75:
        return Fault(hung=True), dice.uniform(2, 12), False
    if draw < 0.88 and http:
        return Fault(refused=True), dice.uniform(2, 8), dice.random() < 0.3
    return WELL, dice.uniform(2, 6), True


def kind_of(fault: Fault, cut: bool) -> str:
    return (
        "cut"
        if cut
        else "hung"
        if fault.hung
        else "refused"
        if fault.refused
        else "slow"
        if fault.delay_s[1]
        else "well"
    )


@contextmanager
def beside(work: Callable, *args: object) -> Iterator[threading.Event]:
    """The work in a thread; its last argument is the event that ends it with the block."""
    stop = threading.Event()
    thread = threading.Thread(target=work, args=(*args, stop))
    thread.start()
    try:
        yield stop
    finally:
        stop.set()
        thread.join()


def open_pages(stack: ExitStack, server: Server, url: str, findings: Findings) -> dict[str, Page]:
    """Opened while all is well, and marked: a page that was loaded anew has lost its mark."""
    browser = stack.enter_context(sync_playwright()).chromium.launch(
        executable_path=CHROMIUM, args=list(CHROMIUM_FLAGS)
    )
    stack.callback(browser.close)
    context, pages = browser.new_context(viewport={"width": 1280, "height": 720}), {}
    context.new_page().goto(server.link("administrator").replace(server.url, url))
    for name, path in PAGES.items():
        page = pages[name] = context.new_page()
        page.on(
            "pageerror",
            lambda error, name=name: findings.wrong.append(f"{name}: uncaught {error.stack or error}"),
        )
        page.goto(url + path)
        page.wait_for_function("() => window.ikomek && ikomek.live && ikomek.live.on", timeout=60_000)
        page.evaluate("() => { window.strainMark = true; ikomek.live.on(() => {}); }")
        page.wait_for_function("() => ikomek.live.loaded && ikomek.live.tick", timeout=60_000)
    return pages


def look(pages: dict[str, Page], ledger: Ledger, findings: Findings, slack_s: float) -> bool:
    """Judge every page once; true if all were live and right."""
    good = True
    for name, page in pages.items():
        try:
            before, seen = time.monotonic() - slack_s, page.evaluate(LOOK)
        except BrowserError as error:
            findings.wrong.append(f"{name}: {str(error).splitlines()[0]}")
            continue
        if not seen["ready"] or not seen["marked"]:
            findings.wrong.append(f"{name}: the page was loaded anew")
            page.evaluate("() => { window.strainMark = true; }")
            continue
        mistakes = [] if seen["lost"] else ledger.judge(dict(map(tuple, seen["shown"])), before)
        mistakes += [f"{panel} is old and not marked" for panel in seen["unmarked"]] + (
            [] if seen["saysLost"] else ["lost and does not say so"]
        )
        findings.wrong += [f"{name}: {mistake}" for mistake in mistakes]
        findings.looks += 1
        findings.silent += seen["lost"]
        good = good and not seen["lost"] and not mistakes
    return good


def recovered(pages: dict[str, Page], crowd: Crowd, ledger: Ledger) -> str:
    """Empty once everything shows exactly what is open; else what is missing after `RECOVER_S`."""
    end, left = time.monotonic() + RECOVER_S, ["nothing was looked at"]
    while left and time.monotonic() < end:
        time.sleep(0.5)
        final = Findings()
        with suppress(BrowserError):
            left = crowd.behind(ledger) + (
                [] if look(pages, ledger, final, 0.0) else [*final.wrong, "a page is not live"]
            )
    return "; ".join(left[:5])


def strain(
    settings: Settings, seconds: float, clients: int, with_pages: bool, seed: int = 1
) -> tuple[Findings, Crowd]:
    """One run on a migrated database with a relay beside it; what is wrong is in `wrong` of both."""
    ledger, findings = Ledger(), Findings()
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="ikomek-"))
        slowly, database = database_through(settings, Path(folder))
        stack.enter_context(database)
        server = Server(slowly)
        stack.callback(server.close)
        browser = stack.enter_context(FaultyLink(("127.0.0.1", server.port)))
        url = f"http://127.0.0.1:{browser.port}"
        with server.client("duty") as signed_in:
            cookies = signed_in.cookies
        writing = ExitStack()
        stack.callback(writing.close)
        writing.enter_context(beside(write, settings, ledger, 3.0))
        pages = open_pages(stack, server, url, findings) if with_pages else {}
        crowd = stack.enter_context(Crowd(url, cookies, clients, ledger, SLACK_S))
        with beside(lambda stop: weather({"browser": browser, "database": database}, findings, stop, seed)):
            end = time.monotonic() + seconds
            while time.monotonic() < end:
                look(pages, ledger, findings, SLACK_S)
                pages[next(iter(pages))].wait_for_timeout(1000) if pages else time.sleep(0.2)
        writing.close()
        if left := recovered(pages, crowd, ledger):
            findings.wrong.append(f"not recovered in {RECOVER_S:.0f} s: {left}")
    return findings, crowd


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="./ikomek bench strain", description=__doc__)
    parser.add_argument("--minutes", type=float, default=20)
    parser.add_argument("--clients", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(argv)
    with own_cluster() as settings, relay_process(settings):
        findings, crowd = strain(settings, options.minutes * 60, options.clients, True, options.seed)
    record = crowd.record
    print("faults:", ", ".join(f"{name} {count}" for name, count in sorted(findings.faults.items())))
    print(f"pages: {findings.looks} looks, {findings.silent} of them at one that said it was lost")
    print(f"clients: {record.claims} times live and judged, {record.silent} times silent and known to be")
    print(
        "answers:",
        ", ".join(
            f"{question} {status}: {count}"
            for (question, status), count in sorted(record.answers.items(), key=str)
        ),
    )
    wrong = findings.wrong + record.wrong
    for mistake, count in Counter(wrong).most_common(20):
        print(f"  wrong, {count} times: {mistake}")
    print(f"{len(wrong)} wrong; machine load " + " ".join(f"{load:.2f}" for load in os.getloadavg()))
    return 1 if wrong else 0


if __name__ == "__main__":
    import sys

    raise SystemExit(main(sys.argv[1:]))
