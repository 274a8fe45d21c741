"""The figures of the wall's panels, by kind: one snapshot of the database for all that a scene asks, read once for many walls.

To add a kind: a function `(connection, asked) -> dict` in a module beside this one, and a line in `SOURCES`. A panel whose read fails says so in its own
place; the others keep their figures, because each is read behind a savepoint.
"""
from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from geo.errors import InvalidInput, Unavailable
from layers import panel_electoral, panel_incidents, panel_indicators, panel_inquiries
from layers.panel_asked import PanelAsked
from layers.reading import snapshot

log = logging.getLogger(__name__)

WAIT_S = 10.0
"""Who waits longer than this for another caller's read is told that the database is slow, instead of holding a thread."""
PANEL_TIMEOUT_S = 5
HELD = 200


@dataclass(frozen=True)
class Source:
    """`keep_s`: for how long a read serves everybody; more where a figure moves slowly and costs much."""

    read: Callable[[Connection, PanelAsked], dict]
    keep_s: float = 2.0


SOURCES: Mapping[str, Source] = {
    "figures": Source(panel_incidents.figures),
    "attention": Source(panel_incidents.attention),
    "categories": Source(panel_incidents.categories, 5),
    "district": Source(panel_incidents.district, 30),
    "topics": Source(panel_inquiries.topics, 5),
    "channels": Source(panel_inquiries.channels, 5),
    "hours": Source(panel_inquiries.hours, 5),
    "indicators": Source(panel_indicators.indicators, 30),
    "performers": Source(panel_indicators.performers, 30),
    "tagging": Source(panel_electoral.tagging, 10),
    "precincts": Source(panel_electoral.precincts, 10),
    "loads": Source(panel_electoral.loads, 10),
    "plan": Source(panel_electoral.plan, 10),
}

Ask = tuple[str, PanelAsked]


@dataclass(frozen=True)
class Reading:
    """`read_at` in seconds since 1970. `figures` none = could not be read."""

    read_at: float
    figures: dict | None
    taken: float
    """`time.monotonic()` of the read."""


class PanelDesk:
    """Keeps the newest reading of every question. One caller reads what has grown old, those who come meanwhile wait for that read."""

    def __init__(self, sources: Mapping[str, Source] = SOURCES) -> None:
        self.sources = sources
        self._held: dict[tuple, Reading] = {}
        self._reading = threading.Lock()

    def ask(self, engine: Engine, asks: Mapping[str, Ask]) -> dict[str, dict]:
        """{name: {"read_at", "figures"}} of every question. Raises `InvalidInput` for an unknown language, `Unavailable` when the database does not answer."""
        for kind, asked in asks.values():
            if kind not in self.sources or asked.lang not in asked.city.languages:
                raise InvalidInput("request.language", language=asked.lang)
        if not self._reading.acquire(timeout=WAIT_S):
            raise Unavailable("database.slow")
        try:
            self._renew(engine, set(asks.values()))
            return {name: {"read_at": held.read_at, "figures": held.figures} for name, ask in asks.items() if (held := self._held[(engine.url, ask)])}
        finally:
            self._reading.release()

    def _renew(self, engine: Engine, asks: set[Ask]) -> None:
        old = [ask for ask in asks if not self._is_fresh(self._held.get((engine.url, ask)), self.sources[ask[0]].keep_s)]
        if not old:
            return
        if len(self._held) > HELD:
            self._held = {key: held for key, held in self._held.items() if key[1] in asks}
        with snapshot(engine, PANEL_TIMEOUT_S) as connection:
            read_at = connection.exec_driver_sql("select extract(epoch from now())::float8").scalar_one()
            for ask in sorted(old, key=lambda ask: ask[0]):
                self._held[(engine.url, ask)] = Reading(read_at, self._read(connection, ask), time.monotonic())

    def _read(self, connection: Connection, ask: Ask) -> dict | None:
        kind, asked = ask
        try:
            with connection.begin_nested():
                return self.sources[kind].read(connection, asked)
        except SQLAlchemyError:
            if connection.invalidated:
                raise
            log.exception("the panel %s could not be read", kind)
            return None

    @staticmethod
    def _is_fresh(held: Reading | None, keep_s: float) -> bool:
        return held is not None and held.figures is not None and time.monotonic() - held.taken < keep_s
