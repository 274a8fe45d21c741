"""Watch: every feed that has a source, at its interval, and the inbox (pushed rows, runs to repeat).
`python -m geo.process etl.runs.watch` is a process of the supervisor.

Each feed works in a thread of its own, so a source that does not answer delays no other; batches take
turns at the database (`LOADING`), so a slow one is not asked for more than it can do, and a feed that is
still at work is not begun again. Any number of these processes may run, on any number of machines: a due
feed is claimed by one, is run under its advisory lock, and so is what waits for it in the inbox
(`etl.runs.inbox`): a poll and the inbox take turns, so that neither starves the other. A source that has
not changed since it was read whole (`geo.intake.deliveries`) is a heartbeat; a file that somebody is
still writing waits for the next look (`etl.sources.folder`), and what was written after it waits with it.
A failure is kept with the feed as a code and parameters and tried again, each time later
(`geo.loading.schedule`); a feed without a good poll for longer than its patience is an alarm.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import takewhile

from sqlalchemy import Engine

from etl import sources
from etl.declarations.files import load_feeds
from etl.readers import Source
from etl.registry import Feed, find
from etl.runs import engine, inbox
from etl.runs.each import run_each
from etl.runs.freshness import before, is_fresh, is_written
from etl.runs.opening import named
from geo import logs, traces
from geo.database import connect_engine, is_full
from geo.errors import Conflict, IkomekError
from geo.loading import deliveries, findings, ledger, schedule
from geo.loading import inbox as waiting
from geo.loading.deliveries import Known
from geo.outage import Outage, takes_nothing
from geo.settings import Settings

log = logging.getLogger(__name__)

BUSY_S = 10.0
"""The pause after which a feed is polled again that another process was running."""
PAUSE_S = 0.5
"""Between two looks at the inbox and at what is due."""
AT_ONCE = 128
"""Feeds at work in this process: a thread each, most of them waiting for their source."""
LOADING = 2
"""Batches that this process loads at a time."""
LOOK_AGAIN_S = 30
"""The pause after which a file that was still being written is looked at again, or at the feed's interval if
that is shorter."""
LEAVE_S = 10
"""How long a process that is told to stop lets its runs go on."""


@dataclass
class Watcher:
    """One watching process."""

    settings: Settings
    feeds: tuple[Feed, ...]
    database: Engine
    working: dict[str, threading.Thread] = field(default_factory=dict)
    turn: threading.Semaphore = field(default_factory=lambda: threading.BoundedSemaphore(LOADING))
    begun_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    polled_last: set[str] = field(default_factory=set)
    """Feeds whose last turn was a poll: what waits in their inbox goes first now."""
    outage: Outage = field(default_factory=lambda: Outage(log, "the watch"))
    seen: dict[str, dict[str, tuple | None]] = field(default_factory=dict)
    """Feed -> source -> its fingerprint at the last look: what is as it was is no longer being written."""

    @property
    def region(self) -> str:
        return self.settings.city.region

    def look(self) -> bool:
        """One look: begin what waits in the inbox and what is due, each in its thread. True if anything
        was begun."""
        self.working = {key: thread for key, thread in self.working.items() if thread.is_alive()}
        waiting = self.waiting()
        due = self.claim(self.polled_last.intersection(waiting))
        for key in due:
            self.begin_work(key, self.poll)
        self.polled_last = self.polled_last.difference(waiting).union(due)
        for key in waiting:
            if key not in due:
                self.begin_work(key, self.empty_inbox)
        self.raise_alarms()
        return bool(waiting or due)

    def begin_work(self, key: str, work: Callable[[Feed], None]) -> None:
        thread = threading.Thread(
            target=self.safely, args=(work, find(self.feeds, key)), name=f"feed {key}", daemon=True
        )
        self.working[key] = thread
        thread.start()

    def safely(self, work: Callable[[Feed], None], feed: Feed) -> None:
        try:
            work(feed)
        except Exception as error:
            if takes_nothing(error):  # the main thread meets it as well, and waits
                self.outage.note(error)
                return
            log.error("%s: %s", feed.key, engine.reason(error)[1].get("reason", error))

    def finish(self, within_s: float | None = None) -> None:
        """Wait for what is at work."""
        until = None if within_s is None else time.monotonic() + within_s
        for thread in list(self.working.values()):
            thread.join(None if until is None else max(0.0, until - time.monotonic()))

    def begin(self) -> None:
        """Make the feeds known, so that a page shows those that have never come."""
        with self.database.begin() as connection:
            for feed in self.feeds:
                ledger.declare_feed(
                    connection, self.region, feed.key, feed.layer, feed.interval_s, feed.public, feed.kinds
                )
            deliveries.retry(connection, self.region)

    def polled(self) -> list[Feed]:
        return [feed for feed in self.feeds if feed.sources]

    def claim(self, but: set[str]) -> list[str]:
        free = [feed.key for feed in self.polled() if feed.key not in self.working and feed.key not in but]
        room = AT_ONCE - len(self.working)
        if not free or room <= 0:
            return []
        with self.database.begin() as connection:
            return schedule.claim_due(connection, self.region, free, room)

    def waiting(self) -> list[str]:
        free = [feed.key for feed in self.feeds if feed.key not in self.working]
        with self.database.begin() as connection:
            return waiting.waiting(connection, self.region, free)

    def raise_alarms(self) -> None:
        patience = {feed.key: feed.patience_s for feed in self.polled()}
        if patience:
            with self.database.begin() as connection:
                for key in schedule.raise_alarms(connection, self.region, patience, self.begun_at):
                    log.error("%s: no good poll for longer than %d s", key, patience[key])
        with self.database.begin() as connection:
            for key, late in schedule.mark_backlogs(connection, self.region):
                log.log(
                    logging.ERROR if late else logging.INFO,
                    "%s: pushed rows %s",
                    key,
                    "wait for too long" if late else "are in time again",
                )

    def poll(self, feed: Feed) -> None:
        """Run a feed over its own sources, or only say that it is alive where none has changed."""
        try:
            found = list(sources.resolve(feed, None))
            known = self.known(feed)
            found = [
                replace(source, fingerprint=sources.fingerprint(source, feed, before(known.get(source.key))))
                for source in found
            ]
            chosen = self.fresh(feed, found, known)
            ready = self.written(feed, found, chosen, known)
            if ready:
                self.read(feed, ready)
            with self.database.begin() as connection:
                deliveries.mark_gone(connection, self.region, feed.key, [source.key for source in found])
                findings.clear_gone(connection, self.region, feed.key)
                ledger.beat(connection, self.region, feed.key)
                if len(ready) < len(chosen):
                    schedule.bring_forward(connection, self.region, feed.key, LOOK_AGAIN_S)
        except Conflict:
            log.info("%s is being run by another process", feed.key)
            with self.database.begin() as connection:
                schedule.bring_forward(connection, self.region, feed.key, BUSY_S)
        except Exception as error:
            self.failed(feed, error)
            with self.database.begin() as connection:
                schedule.put_off(connection, self.region, feed.key)

    def written(
        self, feed: Feed, found: Sequence[Source], chosen: list[Source], known: Mapping[str, Known]
    ) -> list[Source]:
        """The chosen sources that may be read now. Of news those before the first that is still being
        written: what comes after it says something later. A list is read when all of it is written."""
        last_look = self.seen.get(feed.key, {})
        self.seen[feed.key] = {source.key: source.fingerprint for source in found}
        if not found and last_look:
            log.info("%s: no file is there; the feed is quiet", feed.key)

        def ready(source: Source) -> bool:
            return (
                not is_fresh(source, known.get(source.key))
                or last_look.get(source.key) == source.fingerprint
                or is_written(source)
            )

        if feed.mode == "snapshot":
            return chosen if all(map(ready, chosen)) else []
        return list(takewhile(ready, chosen))

    def read(self, feed: Feed, ready: Sequence[Source]) -> None:
        """Raises what has not been set aside, once all are read; of a list whatever is wrong with it."""
        left: Exception | None = None
        for done in run_each(self.settings, feed, ready, turn=self.turn):
            if done.error is None:
                continue
            if done.aside and feed.mode == "delta":
                log.error("%s: %s set aside: %s", feed.key, named(done.sources), done.error.code)
            else:
                left = left or done.error
        if left is not None:
            raise left

    def known(self, feed: Feed) -> Mapping[str, Known]:
        with self.database.begin() as connection:
            return deliveries.known(connection, self.region, feed.key)

    def fresh(self, feed: Feed, found: list[Source], known: Mapping[str, Known]) -> list[Source]:
        """The sources to read: of a list of news the files that have changed, of a snapshot all of them once
        any has."""
        changed = [source for source in found if is_fresh(source, known.get(source.key))]
        gone = any(not one.gone for key, one in known.items() if key not in {source.key for source in found})
        return found if feed.mode == "snapshot" and (changed or gone) else changed

    def empty_inbox(self, feed: Feed) -> None:
        inbox.empty(self.settings, self.database, feed, self.turn)

    def failed(self, feed: Feed, error: Exception) -> None:
        """Raises a full disk: nothing can be noted, and it is one outage of all feeds."""
        if is_full(error):
            raise error
        log.error(
            "%s: %s",
            feed.key,
            engine.reason(error)[0],
            exc_info=None if isinstance(error, IkomekError) else error,
        )
        with self.database.begin() as connection:
            ledger.declare_feed(
                connection, self.region, feed.key, feed.layer, feed.interval_s, feed.public, feed.kinds
            )
            ledger.fail_feed(connection, self.region, feed.key, *engine.reason(error))


def watch(settings: Settings, stop: threading.Event, feeds: tuple[Feed, ...] | None = None) -> None:
    """Watch until `stop` is set. Raises `InvalidInput` for a declaration file that cannot be used; a
    database that is away is waited for."""
    watcher = Watcher(
        settings, load_feeds() if feeds is None else feeds, connect_engine(settings, "etl", pool_size=8)
    )
    begun = False
    try:
        while not stop.is_set():
            try:
                if not begun:
                    watcher.begin()
                    begun = True
                busy = watcher.look()
                watcher.outage.over()
            except Exception as error:  # through either driver, a pool, or within a transaction
                if not takes_nothing(error):
                    raise
                watcher.outage.note(error)
                busy = False
            stop.wait(PAUSE_S / 10 if busy else PAUSE_S)
        watcher.finish(LEAVE_S)
    finally:
        watcher.database.dispose()


def main(stop: threading.Event, arguments: Sequence[str]) -> int:
    logs.configure()
    traces.begin("etl")
    watch(Settings.load(), stop)
    traces.end()
    return 0
