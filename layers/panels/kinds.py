"""The figures of the wall's panels, by kind: one snapshot of the database for all that a scene asks, read
once for many walls.

To add a kind: `dashboard.wall.scenes.panels` lists the places. A panel whose read fails says so in its own
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
from layers.panels import electoral, floods, incidents, indicators, inquiries, rating
from layers.panels.requests import PanelRequest
from layers.reading import read_moment, snapshot

log = logging.getLogger(__name__)

WAIT_S = 10.0
"""Who waits longer than this for another caller's read is told that the database is slow, instead of
holding a thread."""
PANEL_TIMEOUT_S = 5
HELD = 200
KEEP_S = 2.0
"""How long a read serves everybody."""

FLOODS = "floods"
"""Asked like a panel, and read once for each moment (`layers.panels.floods.Moments`)."""

Source = Callable[[Connection, PanelRequest], dict]

SOURCES: Mapping[str, Source] = {
    "figures": incidents.figures,
    "attention": incidents.attention,
    "categories": incidents.categories,
    "district": incidents.district,
    "topics": inquiries.topics,
    "channels": inquiries.channels,
    "hours": inquiries.hours,
    "indicators": indicators.indicators,
    "performers": indicators.performers,
    "rating": rating.read_rating,
    "tagging": electoral.tagging,
    "precincts": electoral.precincts,
    "loads": electoral.loads,
    "plan": electoral.plan,
    "days": electoral.days,
}

Ask = tuple[str, PanelRequest]


@dataclass(frozen=True)
class PanelReading:
    """What was read in one snapshot. `read_at` in seconds since 1970. None among `figures` = that request
    could not be answered."""

    read_at: float
    position: int
    """The change feed's, then."""
    figures: Mapping[Ask, dict | None]
    taken: float
    """`time.monotonic()` of the read."""


class PanelDesk:
    """Keeps the newest readings of every set of questions. One caller reads what has grown old, those who
    come meanwhile wait for that read.

    What is asked together is read together: two panels of a scene never count two moments.
    """

    def __init__(self, sources: Mapping[str, Source] = SOURCES, keep_s: float = KEEP_S) -> None:
        self.sources, self.keep_s = sources, keep_s
        self._held: dict[tuple, PanelReading] = {}
        self._moments = floods.Moments()
        self._reading = threading.Lock()

    def ask(self, engine: Engine, asks: Mapping[str, Ask]) -> dict[str, dict]:
        """{name: {"read_at", "position", "figures"}} of every question. Raises `InvalidInput` for an unknown
        language, `Unavailable` when the database does not answer."""
        for kind, request in asks.values():
            if kind not in (FLOODS, *self.sources) or request.lang not in request.city.languages:
                raise InvalidInput("request.language", language=request.lang)
        if not self._reading.acquire(timeout=WAIT_S):
            raise Unavailable("database.slow")
        try:
            held = self._newest(engine, frozenset(asks.values()))
        finally:
            self._reading.release()
        read = {"read_at": held.read_at, "position": held.position}
        return {name: {**read, "figures": held.figures[ask]} for name, ask in asks.items()}

    def _newest(self, engine: Engine, asks: frozenset[Ask]) -> PanelReading:
        held = self._held.get((engine.url, asks))
        if held is None or time.monotonic() - held.taken >= self.keep_s:
            if len(self._held) >= HELD:
                self._held.clear()
            held = self._held[(engine.url, asks)] = self._read_all(engine, asks)
        return held

    def _read_all(self, engine: Engine, asks: frozenset[Ask]) -> PanelReading:
        with snapshot(engine, PANEL_TIMEOUT_S) as connection:
            read = read_moment(connection)
            return PanelReading(
                read.at.timestamp(),
                read.position,
                {ask: self._read(connection, ask) for ask in sorted(asks, key=lambda ask: ask[0])},
                time.monotonic(),
            )

    def _read(self, connection: Connection, ask: Ask) -> dict | None:
        kind, request = ask
        try:
            with connection.begin_nested():
                if kind == FLOODS:
                    return self._moments.read((connection.engine.url, request), connection, request)
                return self.sources[kind](connection, request)
        except SQLAlchemyError:
            if connection.invalidated:
                raise
            log.exception("the panel %s could not be read", kind)
            return None
