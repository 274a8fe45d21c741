"""Whether what was acknowledged is kept, and how soon the centre serves again, whatever is done to it
while programs push.

`--kills` times one of its processes is killed with -9 at a random moment: PostgreSQL (its postmaster or
one of its sessions), Redis, web, etl, relay, the supervisor and its watcher (each replaces the other).
Then each is frozen for 20 s, Redis refuses every write, the disk is full, the clock of the application
jumps an hour and back. Pushes go on all the while and keep a ledger of what was acknowledged; a screen
listens. After each fault: when a push is acknowledged again (goal 5 s, PostgreSQL 10 s), and when the
screen shows it (10 s after that). In the end every row of every acknowledged push must stand in the
database once. There is no peer: the goals are the measure. Needs root, for the small disk, and Debian's
package faketime.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

import httpx
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from tests.bench._faults_load import FEEDS, WAITING, Ledger, Pusher, Screen, Verdict, admit, judge, push
from tests.bench._faults_site import Site, descendants, faketime, send

TARGETS = ("postgres", "redis", "web", "etl", "relay", "supervisor", "watcher")
GOAL_SERVING_S = {"postgres": 10.0}
GOAL_SERVING_ELSE_S, GOAL_SHOWN_S = 5.0, 10.0
GIVE_UP_S = 90.0
FROZEN_S, FULL_S, JUMPED_S = 20.0, 20.0, 15.0
DISK_MB = 1600
HOUR_S = 3600
RESTARTED = "application restarted"
WAITED_OUT_S = 300.0
"""For what waits at the end."""
ALLOWED = {"202", "503", "507", "lost"}
"""Answers to a push: taken, or to be sent again. A connection that breaks is one of them."""


@dataclass
class Times:
    """The times of one kind of fault: seconds until a push was acknowledged, and from then until the screen
    showed it."""

    serving: list[float] = field(default_factory=list)
    shown: list[float] = field(default_factory=list)


@dataclass
class Trial:
    """A centre under pushes."""

    site: Site
    ledger: Ledger
    screen: Screen
    token: str
    times: dict[str, Times] = field(default_factory=lambda: defaultdict(Times))
    markers: int = 0

    def measure(self, name: str, began: float | None = None) -> None:
        """From `began`, or now, when the fault is over, to a push that is acknowledged, to the screen that
        shows it. Raises `TimeoutError`."""
        self.markers += 1
        key, began = f"marker-{self.markers}", began or time.monotonic()
        with httpx.Client(
            base_url=self.site.url,
            headers={"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"},
            timeout=3,
        ) as client:
            until(lambda: push(client, self.ledger, "police", key), f"{name}: no push is acknowledged")
        served = time.monotonic()
        until(lambda: self.shows(f"{key}.0"), f"{name}: the screen does not show {key}")
        self.times[name].serving.append(served - began)
        self.times[name].shown.append(time.monotonic() - served)

    def shows(self, source_id: str) -> bool:
        engine = self.site.engine("reader")
        try:
            with engine.connect() as connection:
                found = connection.execute(
                    text("select id from incident where source_id = :id"), {"id": source_id}
                ).scalar()
        except DBAPIError:
            return False
        finally:
            engine.dispose()
        return found in self.screen.ids


def until(true: Callable[[], object], what: str, within_s: float = GIVE_UP_S) -> None:
    end = time.monotonic() + within_s
    while not true():
        if time.monotonic() > end:
            raise TimeoutError(f"{what} after {within_s:.0f} s")
        time.sleep(0.1)


@contextmanager
def under_pushes(site: Site, rate: float) -> Iterator[Trial]:
    """Pushes to three feeds, `rate` a second in all, and a screen, until the end; then everything that
    waits is waited for."""
    site.up()
    accounts, web = site.engine("accounts"), site.engine("web")
    token, cookies = admit(accounts, site.url)
    until(lambda: declared(web), "no feed is declared")
    for engine in (accounts, web):
        engine.dispose()
    ledger, screen = Ledger(), Screen(site.url, cookies)
    pushers = [Pusher(site.url, token, feed, rate / len(FEEDS), ledger) for feed in FEEDS]
    for thread in (screen, *pushers):
        thread.start()
    try:
        yield Trial(site, ledger, screen, token)
        for pusher in pushers:
            pusher.stop.set()
        for pusher in pushers:
            pusher.join(30)
        try:
            until(lambda: waiting(site) == 0, "pushes still wait", WAITED_OUT_S)
        except TimeoutError as error:  # the verdict names them
            print(error, flush=True)
    finally:
        for thread in (screen, *pushers):
            thread.stop.set()


def declared(web: Engine) -> bool:
    with web.connect() as connection:
        return set(FEEDS) <= set(connection.execute(text("select key from feed")).scalars())


def waiting(site: Site) -> int:
    engine = site.engine("owner")
    try:
        with engine.connect() as connection:
            return connection.execute(WAITING).scalar_one()
    finally:
        engine.dispose()


def verdict(site: Site, ledger: Ledger) -> Verdict:
    engine = site.engine("owner")
    try:
        return judge(engine, ledger)
    finally:
        engine.dispose()


def kill(trial: Trial, name: str, rng: random.Random) -> None:
    """One kill at a random moment, and how long it takes to be back."""
    time.sleep(rng.uniform(0.2, 1.5))
    sessions = descendants(trial.site.processes().get("postgres", 0)) if name == "postgres" else []
    began = time.monotonic()
    if sessions and rng.random() < 0.5:
        send(rng.choice(sessions), signal.SIGKILL)
    else:
        trial.site.kill(name)
    trial.measure(name, began)


def freeze(trial: Trial, name: str) -> None:
    trial.site.freeze(name, FROZEN_S)
    trial.measure(f"{name} frozen")


def redis_full(trial: Trial) -> None:
    """Redis refuses every write."""
    with trial.site.redis() as client:
        before = client.config_get("maxmemory*")
        client.config_set("maxmemory-policy", "noeviction")
        client.config_set("maxmemory", "1")
    trial.measure("Redis at maxmemory")
    with trial.site.redis() as client:
        for name in ("maxmemory", "maxmemory-policy"):
            client.config_set(name, before[name])
    trial.measure("Redis has room again")


def disk_full(trial: Trial) -> None:
    """No byte is free while pushes go on, large ones among them."""
    large = Pusher(trial.site.url, trial.token, "emergencies", 4, trial.ledger, padding=60_000)
    filler = trial.site.fill_disk()
    large.start()
    time.sleep(FULL_S)
    filler.unlink()
    trial.measure("disk was full")
    large.stop.set()
    large.join(30)


def clock_jumps(trial: Trial) -> None:
    with trial.site.own_clock():
        trial.measure(RESTARTED)
        trial.times.pop(RESTARTED)  # it was the bench that started it
        for seconds, name in ((HOUR_S, "clock an hour ahead"), (0, "clock back")):
            trial.site.set_clock(seconds)
            time.sleep(2)  # the library looks once a second
            trial.measure(name)
            time.sleep(JUMPED_S)
            trial.measure(name)


def steps(trial: Trial, kills: int, rng: random.Random) -> list[tuple[str, Callable[[], None]]]:
    """All that is done, by name, in a random order."""
    killed = [
        (name, lambda name=name: kill(trial, name, rng))
        for name in (TARGETS[n % len(TARGETS)] for n in range(kills))
    ]
    frozen = [(f"{name} frozen", lambda name=name: freeze(trial, name)) for name in TARGETS]
    found = [
        *killed,
        *frozen,
        ("Redis full", lambda: redis_full(trial)),
        ("clock", lambda: clock_jumps(trial)),
        ("disk full", lambda: disk_full(trial)),
    ]
    rng.shuffle(found)
    return found


def main(argv: list[str]) -> int:
    args = parse(argv)
    faketime()
    if os.geteuid():
        print("A small disk of its own needs root: sudo ./ikomek bench faults", file=sys.stderr)
        return 1
    began, faults, kills, rng = time.monotonic(), [], 0, random.Random(args.seed)
    with ExitStack() as stack:
        site = Site(DISK_MB)
        stack.callback(site.close)
        with under_pushes(site, args.rate) as trial:
            trial.measure("undisturbed")
            for n, (name, step) in enumerate(steps(trial, args.kills, rng), 1):
                if time.monotonic() - began > 60 * args.minutes:
                    break
                try:
                    step()
                except TimeoutError as error:
                    faults.append(str(error))
                    print(error, flush=True)
                kills += name in TARGETS
                if n % 10 == 0:
                    print(
                        f"{n} faults, {len(trial.ledger.acknowledged):,} pushes acknowledged, load "
                        f"{os.getloadavg()[0]:.1f}",
                        flush=True,
                    )
        found = verdict(site, trial.ledger)
        if trial.ledger.wrong:
            print(site.complaints())
    return report(trial, found, faults, kills, args.kills, time.monotonic() - began)


def report(trial: Trial, found: Verdict, faults: list[str], kills: int, wanted: int, seconds: float) -> int:
    slow = []
    print(
        f"{'fault':<22} {'times':>5}  {'serving s: median':>17} {'worst':>6} {'goal':>5}  "
        f"{'shown s: median':>15} {'worst':>6}"
    )
    for name, times in sorted(trial.times.items()):
        goal = GOAL_SERVING_S.get(name.split()[0], GOAL_SERVING_ELSE_S)
        print(
            f"{name:<22} {len(times.serving):>5}  {statistics.median(times.serving):>17.1f} "
            f"{max(times.serving):>6.1f} {goal:>5.0f}  "
            f"{statistics.median(times.shown):>15.1f} {max(times.shown):>6.1f}"
        )
        if max(times.serving) > goal or max(times.shown) > GOAL_SHOWN_S:
            slow.append(name)
    answers = trial.ledger.answers
    print("answers: " + ", ".join(f"{name} {n:,}" for name, n in sorted(answers.items())))
    for line in [
        *trial.ledger.wrong[:5],
        *(
            f"{name}: {', '.join(keys[:5])}"
            for name in ("lost", "twice", "half", "failed")
            if (keys := getattr(found, name))
        ),
    ]:
        print(line)
    print(
        f"{kills} of {wanted} kills in {seconds / 60:.0f} min: {found.acknowledged:,} pushes "
        f"acknowledged, {len(found.lost)} lost, {len(found.twice)} twice, "
        f"{len(found.half)} half, {len(found.failed)} not done; slower than the goal: "
        f"{', '.join(slow) or 'none'}; load {os.getloadavg()[0]:.1f}"
    )
    kept = found.clean and set(answers) <= ALLOWED and not faults and kills == wanted
    print(f"kept: {'yes' if kept else 'NO'}; in time: {'yes' if not slow else 'NO'}")
    return 0 if kept and not slow else 1


def parse(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./ikomek bench faults")
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--rate", type=float, default=12, help="pushes a second")
    parser.add_argument(
        "--minutes", type=float, default=60, help="stop after so long, and say how many kills there were"
    )
    parser.add_argument("--seed", type=int, default=109)
    return parser.parse_args(argv)
