"""What was committed and when, so that what a client shows can be judged: the incidents of a run, written
one commit each."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from sqlalchemy import text

from geo.database import connect_engine
from geo.incidents.payload import RECORD_INCIDENTS
from geo.settings import Settings

KINDS = ("service", "police", "emergency", "offence")
INSERT = text("""
    insert into incident (region, source, source_id, kind, source_status, status, opened_at, point_4326,
        point_3857)
    select '71', 'strain', :source_id, :kind, 'open', 'open', now(), p, st_transform(p, 3857)
    from st_setsrid(st_makepoint(71.3 + random() * 0.3, 51.05 + random() * 0.2), 4326) p returning id""")
CHANGE = text(
    "update incident set priority = (priority + 1) % 3, version = version + 1 where id = :id "
    "returning version"
)
CLOSE = text(
    "update incident set status = 'closed', closed_at = now(), version = version + 1 where id = "
    ":id returning version"
)
RECORD = text(f"{RECORD_INCIDENTS} where i.id = :id")
POLLED = text("""insert into feed (region, key, layer, interval_s, polled_at) values ('71', 'strain',
    'incidents', 60, now())
    on conflict (region, key) do update set polled_at = now()""")


@dataclass(frozen=True)
class Entry:
    """One commit, known to have ended at `at` (`time.monotonic()`)."""

    at: float
    version: int
    open: bool


@dataclass
class Ledger:
    kinds: dict[int, str] = field(default_factory=dict)
    entries: dict[int, list[Entry]] = field(default_factory=dict)
    committing: int | None = None
    """The incident whose commit is under way: a reader may know of it before the ledger does."""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def noted(self, incident: int, version: int, is_open: bool) -> Iterator[None]:
        """Around a commit."""
        self.committing = incident
        yield
        with self._lock:
            self.entries.setdefault(incident, []).append(Entry(time.monotonic(), version, is_open))
            self.committing = None

    def histories(self) -> list[tuple[int, list[Entry]]]:
        with self._lock:
            return [(incident, list(history)) for incident, history in self.entries.items()]

    def settled(self) -> list[tuple[int, list[Entry]]]:
        """Those of which everything is known that a reader may have seen."""
        with self._lock:
            return [
                (incident, list(history))
                for incident, history in self.entries.items()
                if incident != self.committing
            ]

    def judge(self, shown: Mapping[int, int], before: float) -> list[str]:
        """What is wrong with incidents shown by id and version, for one who claims to know all that was
        committed before a moment."""
        wrong = []
        for incident, history in self.settled():
            known = [index for index, entry in enumerate(history) if entry.at < before]
            if not known:
                continue
            last = known[-1]
            if incident in shown:
                if shown[incident] < history[last].version:
                    wrong.append(
                        f"{incident} is shown as of version {shown[incident]}, was {history[last].version}"
                    )
            elif all(entry.open for entry in history[last:]):
                wrong.append(f"{incident} is missing")
        return wrong

    def judge_list(self, found: set[int], kind: str, requested_at: float) -> list[str]:
        """What is wrong with the answer to "which are open, of this kind", asked at a moment and answered
        now."""
        wrong = [f"{incident} is no {kind}" for incident in found if self.kinds.get(incident, kind) != kind]
        for incident, history in self.settled():
            if self.kinds[incident] != kind:
                continue
            before = [entry for entry in history if entry.at < requested_at]
            since = history[len(before) :]
            if incident in found and before and not before[-1].open:
                wrong.append(f"{incident} was closed before it was asked")
            if incident not in found and before and before[-1].open and all(entry.open for entry in since):
                wrong.append(f"{incident} is missing from its list")
        return wrong

    def count_open(self) -> int:
        return sum(history[-1].open for _, history in self.histories())


def write(settings: Settings, ledger: Ledger, rate: float, stop: threading.Event) -> None:
    """New incidents, changes, closings, evenly spaced, some 200 of them open at a time; and the feed's
    heartbeat."""
    engine, dice, number = connect_engine(settings, "etl"), random.Random(7), 0
    opened: list[int] = []
    while not stop.wait(1 / rate):
        number += 1
        with engine.connect() as connection:
            if len(opened) > 200 or (len(opened) > 20 and dice.random() < 0.2):
                incident, is_open, kind = opened.pop(dice.randrange(len(opened))), False, None
                version = connection.execute(CLOSE, {"id": incident}).scalar_one()
            elif opened and dice.random() < 0.5:
                incident, is_open, kind = dice.choice(opened), True, None
                version = connection.execute(CHANGE, {"id": incident}).scalar_one()
            else:
                kind, is_open, version = KINDS[number % 4], True, 1
                incident = connection.execute(
                    INSERT, {"source_id": f"{time.time()}-{number}", "kind": kind}
                ).scalar_one()
                opened.append(incident)
            connection.execute(RECORD, {"id": incident})
            if number % 10 == 0:
                connection.execute(POLLED)
            if kind:
                ledger.kinds[incident] = kind
            with ledger.noted(incident, version, is_open):
                connection.commit()
    engine.dispose()
