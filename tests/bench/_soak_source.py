"""The feed of a soak: incidents that open, change and close once a second, and the relay that tells of
them."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from sqlalchemy import Connection, Engine, text

from geo.changes.relay import relay
from geo.database import connect_engine
from geo.incidents.payload import RECORD_INCIDENTS
from geo.settings import Settings

OPEN = 400
"""Incidents that stand on the map all the while."""
CHANGED = 3
CRITICAL_EVERY, CRITICAL_FOR = 40, 8
"""Refreshes from one critical incident to the next, and until it is closed."""
OF_SPEED = 18
"""At 216 times the clock a refresh of a second opens 12 incidents: 200 an hour, a city's busy day."""
LONGEST_TURN_S = 3600

INSERT = text("""
    insert into incident (region, source, source_id, kind, source_status, status, priority, opened_at, due_at,
        address, title, point_4326, point_3857)
    select '71', 'soak', :source_id, (array['service', 'police', 'emergency',
        'offence'])[1 + cast(:n as int) % 4], 'open', 'open', :priority, now(),
        now() + interval '20 hours', 'Мәңгілік Ел, 12', 'Су жоқ', p, st_transform(p, 3857)
    from st_setsrid(st_makepoint(71.3 + random() * 0.3, 51.05 + random() * 0.2), 4326) p returning id""")
CHANGE = text(
    """update incident set title = 'Су жоқ ' || :n, point_4326 = st_translate(point_4326, 0.0002, 0),
        version = version + 1 where id = any(:ids)"""
)
CLOSE = text("update incident set status = 'closed', closed_at = now(), version = version + 1 where id = :id")
RECORD = text(f"{RECORD_INCIDENTS} where i.id = any(:ids)")
FEEDS = text("""insert into feed (region, key, layer, interval_s, polled_at)
    select '71', k, 'incidents', :interval_s, now()
        from unnest(array['inquiries', 'calls', 'police', 'emergencies', 'offences']) k
    on conflict (region, key) do update set polled_at = now()""")


@dataclass
class Source:
    """The city that changes once a second."""

    engine: Engine
    rate: float
    speed: int = 1
    """The speed of the city's clock; where it is faster each refresh holds as much more."""
    refreshes: int = 0
    ids: list[int] = field(default_factory=list)
    failure: BaseException | None = None
    critical: bool = True

    def fill(self) -> None:
        with self.engine.begin() as connection:
            connection.execute(FEEDS, {"interval_s": 60 * self.speed})
            self.ids = [
                connection.scalar(INSERT, {"source_id": f"before-{n}", "n": n, "priority": int(n % 40 == 0)})
                for n in range(OPEN)
            ]

    def refresh(self) -> None:
        """One commit: one opens, the oldest or the one that was critical closes, three change."""
        n, after = self.refreshes, self.refreshes - CRITICAL_FOR
        with self.engine.begin() as connection:
            if n % max(1, round(5 * self.rate)) == 0:
                connection.execute(FEEDS, {"interval_s": 60 * self.speed})
            critical = 2 if self.critical and n % CRITICAL_EVERY == CRITICAL_EVERY - 1 else 0
            new = connection.scalar(INSERT, {"source_id": f"soak-{n}", "n": n, "priority": critical})
            is_critical_over = after > 0 and after % CRITICAL_EVERY == CRITICAL_EVERY - 1
            old, changed = (
                self.ids.pop(-CRITICAL_FOR if is_critical_over else 0),
                self.ids[n % 50 : n % 50 + CHANGED],
            )
            connection.execute(CLOSE, {"id": old})
            connection.execute(CHANGE, {"ids": changed, "n": n})
            self.ids.append(new)
            touched = {new, old, *changed, *self.more(connection, self.speed // OF_SPEED)}
            connection.execute(RECORD, {"ids": list(touched)})
        self.refreshes += 1

    def more(self, connection: Connection, count: int) -> list[int]:
        """So many open, and the oldest close."""
        names = [{"source_id": f"more-{self.refreshes}-{n}", "n": n, "priority": 0} for n in range(count)]
        opened = [connection.scalar(INSERT, name) for name in names]
        closed = [self.ids.pop(0) for _ in opened]
        for id_ in closed:
            connection.execute(CLOSE, {"id": id_})
        middle = len(self.ids) // 2
        self.ids[middle:middle] = opened
        return opened + closed

    def look(self) -> None:
        """It is up to date always: it runs in this process."""

    def run(self, stop: threading.Event) -> None:
        began = time.monotonic()
        try:
            while not stop.wait(max(0.0, began + self.refreshes / self.rate - time.monotonic())):
                self.refresh()
        except BaseException as failure:
            self.failure = failure
            raise


@contextmanager
def changing(settings: Settings, rate: float, critical: bool = True, speed: int = 1) -> Iterator[Source]:
    """The relay and the source, each in a thread."""
    stop, source = (
        threading.Event(),
        Source(connect_engine(settings, "owner"), rate, speed, critical=critical),
    )
    with source.engine.begin() as connection:
        connection.execute(
            text(
                "insert into wall_state (region, turn_s) values ('71', :turn_s) on conflict (region) do "
                "update set turn_s = excluded.turn_s"
            ),
            {"turn_s": min(5 * speed, LONGEST_TURN_S)},
        )
    source.fill()
    threads = [
        threading.Thread(target=relay, args=(settings, stop)),
        threading.Thread(target=source.run, args=(stop,)),
    ]
    for thread in threads:
        thread.start()
    try:
        yield source
    finally:
        stop.set()
        for thread in threads:
            thread.join(20)
        source.engine.dispose()
