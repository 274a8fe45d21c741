"""Whether slow work of one class delays the others: 20 exports and lists at once, behind a lock that is
held, beside 200 screens.

The lock is on a table that only lists and exports read, so each of them stays in hand for as long as it
may: what is measured is what the others wait for. Each screen notes when its ticks arrive; people sign in
by password all the while, and everything they then need is asked for. There is no peer: the goals are the
measure (a tick at most 1 s later than its interval at the 99th percentile, half a second to sign in at the
95th).
"""

from __future__ import annotations

import argparse
import asyncio
import os
import threading
import time
from collections import Counter
from contextlib import suppress

import httpx
from sqlalchemy import text

from geo.accounts.users import add_user
from geo.database import connect_engine
from geo.settings import Settings
from layers.live.hub import TICK_S
from tests.bench._cluster import own_cluster
from tests.bench.live import fill, percentile, relay_process
from tests.support.web import Server

GOAL_TICK_S, GOAL_SIGN_IN_S = 1.0, 0.5
PASSWORD = "crowd-of-screens-109"
SLOW = ("/layers/export/incidents.csv?window=dates", "/layers/export/incidents.geojson?window=dates")
LAYOUT = {
    "output": "page.children",
    "outputs": {"id": "page", "property": "children"},
    "changedPropIds": ["address.pathname"],
    "inputs": [{"id": "address", "property": "pathname", "value": "/map"}],
    "state": [{"id": "address", "property": "search", "value": ""}],
}
OTHERS = ("/readyz", "/layers/incidents.geojson", "/tiles/basemap/12/2860/1400.mvt", "/words/kk.json")


async def screen(client: httpx.AsyncClient, late: list[float]) -> None:
    """One stream: how much later than its interval each tick comes."""
    last = None
    async with client.stream("GET", "/live", timeout=60) as answer:
        async for line in answer.aiter_lines():
            if line == "event: tick":
                now = time.perf_counter()
                if last is not None:
                    late.append(now - last - TICK_S)
                last = now


async def slow(client: httpx.AsyncClient, number: int, statuses: Counter) -> None:
    """One export or list after another."""
    while True:
        with suppress(httpx.HTTPError):
            if number % 2:
                answer = await client.post("/_dash-update-component", json=LAYOUT, timeout=60)
            else:
                answer = await client.get(SLOW[number // 2 % 2], timeout=60)
            statuses["list" if number % 2 else "export", answer.status_code] += 1
        await asyncio.sleep(1)


async def sign_in(url: str, headers: dict[str, str], seconds: list[float]) -> None:
    while True:
        await asyncio.sleep(0.7)
        async with httpx.AsyncClient(base_url=url, headers=headers) as stranger:
            began = time.perf_counter()
            answer = await stranger.post("/sign-in", data={"name": "crowd", "password": PASSWORD}, timeout=60)
            seconds.append(time.perf_counter() - began)
            if answer.status_code != 303:
                raise RuntimeError(f"signing in answered {answer.status_code}")


async def others(client: httpx.AsyncClient, seconds: dict[str, list[float]]) -> None:
    while True:
        await asyncio.sleep(0.5)
        for path in OTHERS:
            began = time.perf_counter()
            answer = await client.get(path, timeout=60)
            seconds.setdefault(f"{path} {answer.status_code}", []).append(time.perf_counter() - began)


async def measure(server: Server, cookies: httpx.Cookies, args: argparse.Namespace) -> bool:
    headers = {"Sec-Fetch-Site": "same-origin", "Origin": server.url}
    late: list[float] = []
    entered: list[float] = []
    statuses: Counter = Counter()
    waited: dict[str, list[float]] = {}
    limits = httpx.Limits(max_connections=None)
    async with httpx.AsyncClient(
        base_url=server.url, cookies=cookies, headers=headers, limits=limits
    ) as client:
        tasks = [asyncio.create_task(screen(client, late)) for _ in range(args.screens)]
        tasks += [asyncio.create_task(slow(client, number, statuses)) for number in range(args.slow)]
        tasks += [
            asyncio.create_task(sign_in(server.url, headers, entered)),
            asyncio.create_task(others(client, waited)),
        ]
        await asyncio.wait(tasks, timeout=args.seconds, return_when=asyncio.FIRST_EXCEPTION)
        for task in tasks:
            if task.done():
                task.result()
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    tick, entry = percentile(late, 0.99), percentile(entered, 0.95)
    print(
        f"  {len(late)} ticks on {args.screens} screens: later than their interval p50 "
        f"{percentile(late, 0.5):.2f} s, p99 {tick:.2f} s, most {max(late, default=0):.2f} s"
    )
    print(f"  {len(entered)} signed in: p50 {percentile(entered, 0.5):.2f} s, p95 {entry:.2f} s")
    for name, seconds in sorted(waited.items()):
        print(f"  {name}: {len(seconds)} times, p95 {percentile(seconds, 0.95):.2f} s")
    print(
        "  slow work:",
        ", ".join(f"{name} {status}: {count}" for (name, status), count in sorted(statuses.items())),
    )
    return bool(late and entered) and tick <= GOAL_TICK_S and entry <= GOAL_SIGN_IN_S


def hold(settings: Settings, held: threading.Event, release: threading.Event) -> None:
    engine = connect_engine(settings, "owner")
    with engine.begin() as connection:
        connection.execute(text("lock table performer in access exclusive mode"))
        held.set()
        release.wait()
    engine.dispose()


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="./ikomek bench crowd", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--screens", type=int, default=200)
    parser.add_argument("--slow", type=int, default=20)
    args = parser.parse_args(argv)
    held, release = threading.Event(), threading.Event()
    with own_cluster() as settings, relay_process(settings):
        fill(settings)
        accounts = connect_engine(settings, "accounts")
        add_user(accounts, "crowd", "duty", PASSWORD)
        accounts.dispose()
        server, holding = Server(settings), threading.Thread(target=hold, args=(settings, held, release))
        try:
            with server.client() as client:
                cookies = client.cookies
            holding.start()
            held.wait()
            good = asyncio.run(measure(server, cookies, args))
        finally:
            release.set()
            holding.join()
            server.close()
    print("  machine load " + " ".join(f"{load:.2f}" for load in os.getloadavg()))
    print("goals reached" if good else "goals missed")
    return 0 if good else 1


if __name__ == "__main__":
    import sys

    raise SystemExit(main(sys.argv[1:]))
