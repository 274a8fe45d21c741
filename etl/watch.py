"""Watch: every feed that has a source, at its interval, and the inbox (pushed rows, runs to repeat). `python -m etl.watch` is a process of the supervisor.

Any number of these processes may run, on any number of machines: a feed is run under its advisory lock, and an inbox row is taken by one. A source that has not
changed since this process read it is a heartbeat. A failure is kept with the feed as a code and parameters, and tried again after the interval.
"""
from __future__ import annotations

import logging
import signal
import threading
import time
from dataclasses import dataclass, field, replace

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import OperationalError

from etl import engine, sources
from etl.declarations import load_feeds
from etl.mended import for_mended
from etl.readers import Source
from etl.registry import Feed, find
from geo.database import connect_engine
from geo.errors import Conflict, IkomekError
from geo.loading import ledger
from geo.settings import Settings

log = logging.getLogger(__name__)

PAUSE_S = 0.5
"""Between two looks at the inbox and at what is due."""

FORMATS = {
    "text/csv": "csv", "application/json": "json", "application/x-ndjson": "json", "application/geo+json": "geojson",
    "application/vnd.apache.parquet": "parquet", "application/geopackage+sqlite3": "gpkg",
}

DUE = text("""select key from feed where region = :region
    and coalesce(greatest(polled_at, failed_at), '-infinity') + make_interval(secs => interval_s) <= clock_timestamp()""")
TAKE = text("""update inbox set state = 'taken' where (region, id) in (
        select region, id from inbox i where region = :region and state = 'waiting' and feed = any(:feeds) and not exists (
            select from inbox earlier where earlier.region = i.region and earlier.feed = i.feed and earlier.state = 'taken')
        order by id limit 1 for update skip locked)
    returning id, feed, run_id, media_type, body, source, idempotency_key""")
SETTLE = text("update inbox set state = :state where region = :region and id = :id")
TAKEN = text("select distinct feed from inbox where region = :region and state = 'taken'")
GIVE_BACK = text("update inbox set state = 'waiting' where region = :region and feed = :feed and state = 'taken'")


@dataclass
class Watcher:
    """One watching process."""

    settings: Settings
    feeds: tuple[Feed, ...]
    database: Engine
    seen: dict[str, tuple] = field(default_factory=dict)
    """By feed: names, sizes and times of its sources when this process last read them whole."""

    def look(self) -> bool:
        """One look: everything that waits in the inbox, then every feed that is due. True if there was anything to do."""
        busy = False
        while self.take_one():
            busy = True
        for key in self.due():
            self.poll(find(self.feeds, key))
            busy = True
        return busy

    def begin(self) -> None:
        """Make the feeds known, so that a page shows those that have never come; give back what a killed process had taken."""
        region = self.settings.city.region
        with self.database.begin() as connection:
            for feed in self.feeds:
                ledger.declare_feed(connection, region, feed.key, feed.layer, feed.interval_s)
            for feed in connection.execute(TAKEN, {"region": region}).scalars().all():
                self.give_back(connection, feed)

    def give_back(self, connection: Connection, feed: str) -> None:
        """Rows that are taken while nobody holds their feed's lock were taken by a process that died."""
        region = self.settings.city.region
        if ledger.lock_feed(connection, region, feed):
            connection.execute(GIVE_BACK, {"region": region, "feed": feed})
            ledger.unlock_feed(connection, region, feed)

    def due(self) -> list[str]:
        polled = {feed.key for feed in self.feeds if feed.sources}
        if not polled:
            return []
        with self.database.begin() as connection:
            return [key for key in connection.execute(DUE, {"region": self.settings.city.region}).scalars() if key in polled]

    def poll(self, feed: Feed) -> None:
        """Run a feed over its own sources, or only say that it is alive where none has changed."""
        try:
            found = list(sources.resolve(feed, None))
            prints = tuple(fingerprint(source) for source in found)
            if self.seen.get(feed.key) == prints:
                with self.database.begin() as connection:
                    ledger.beat(connection, self.settings.city.region, feed.key)
                return
            engine.run(self.settings, feed, found)
            self.seen[feed.key] = prints
        except Conflict:
            log.info("%s is being run by another process", feed.key)
        except Exception as error:
            self.failed(feed.key, error)

    def take_one(self) -> bool:
        region = self.settings.city.region
        with self.database.begin() as connection:
            asked = connection.execute(TAKE, {"region": region, "feeds": [feed.key for feed in self.feeds]}).one_or_none()
        if asked is None:
            return False
        state = "done"
        try:
            self.do(asked)
        except Conflict:
            state = "waiting"  # the feed is being run: the row keeps its place
            time.sleep(PAUSE_S)
        except Exception as error:
            state = "failed"
            self.failed(asked.feed, error)
        with self.database.begin() as connection:
            connection.execute(SETTLE, {"region": region, "id": asked.id, "state": state})
        return True

    def do(self, asked) -> None:
        feed = find(self.feeds, asked.feed)
        if asked.body is None:
            engine.run(self.settings, feed, asked.source.split(engine.BETWEEN_SOURCES) if asked.source else None, run_id=asked.run_id)
            return
        media_type = (asked.media_type or "").partition(";")[0].strip().lower()
        # Pushed rows are news, not a list: of several about one thing the last one holds, and nothing vanishes.
        pushed = replace(feed, doubles="last", mode="delta", format=None)
        pushed = for_mended(pushed, asked.idempotency_key)
        source = Source(f"push {asked.idempotency_key}", body=bytes(asked.body), format=FORMATS.get(media_type))
        engine.run(self.settings, pushed, [source], run_id=asked.run_id)

    def failed(self, feed: str, error: Exception) -> None:
        log.error("%s: %s", feed, engine.reason(error)[0], exc_info=None if isinstance(error, IkomekError) else error)
        with self.database.begin() as connection:
            ledger.declare_feed(connection, self.settings.city.region, feed, *declared(self.feeds, feed))
            ledger.fail_feed(connection, self.settings.city.region, feed, *engine.reason(error))


def declared(feeds: tuple[Feed, ...], key: str) -> tuple[str | None, int]:
    feed = find(feeds, key)
    return feed.layer, feed.interval_s


def fingerprint(source: Source) -> tuple:
    """Raises OSError where the file is gone meanwhile."""
    about = source.path.stat()
    return source.name, about.st_size, about.st_mtime_ns


def watch(settings: Settings, stop: threading.Event, feeds: tuple[Feed, ...] | None = None) -> None:
    """Watch until `stop` is set. Raises `InvalidInput` for a declaration file that cannot be used; a database that is away is waited for."""
    watcher = Watcher(settings, load_feeds() if feeds is None else feeds, connect_engine(settings, "etl", pool_size=2))
    begun = False
    try:
        while not stop.is_set():
            try:
                if not begun:
                    watcher.begin()
                    begun = True
                busy = watcher.look()
            except OperationalError as error:
                log.error("database: %s", str(error.orig).strip().splitlines()[0])
                busy = False
                stop.wait(5)
            if not busy:
                stop.wait(PAUSE_S)
    finally:
        watcher.database.dispose()


def main() -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    stop = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stop.set())
    watch(Settings.load(), stop)


if __name__ == "__main__":
    main()
