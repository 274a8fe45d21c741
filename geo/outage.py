"""What a process that asks the database again and again says while it takes nothing (a backup is restored, it
is away, its disk is full): a line when that begins, a line when it is over."""

from __future__ import annotations

import logging
import threading
import time
from typing import Literal

from geo.database import is_away, is_full, is_read_only
from geo.errors import Unavailable

FULL_S = 30
"""So long nothing must have met a full disk before it is over: what only reads succeeds meanwhile."""
Kind = Literal["restore", "full", "away"]
WORDS: dict[Kind, str] = {
    "restore": "a backup is being restored, the database can only be read",
    "full": "the database has no room on its disk",
    "away": "the database does not answer",
}


def takes_nothing(error: BaseException) -> bool:
    """Whether the work waits for the database: it is away, being restored, or has no room."""
    away = isinstance(error, Unavailable) and error.code == "database.away"
    return away or is_away(error) or is_full(error)


class Outage:
    """What is known of an outage of the database by one piece of work, in however many threads.

    A connection that was lost does not say why: it is the next try that tells of a restore, or that the
    database is away. Whoever was told of a restore knows that it is away as well when the copy takes its
    place."""

    def __init__(self, log: logging.Logger, who: str) -> None:
        """`who`: begins each line."""
        self.log, self.who = log, who
        self._logged: set[Kind] = set()
        self._since: float | None = None
        self._last = 0.0
        self._lock = threading.Lock()

    def note(self, error: BaseException) -> None:
        """An error for which the work waits."""
        kind: Kind = "restore" if is_read_only(error) else "full" if is_full(error) else "away"
        with self._lock:
            first = self._since is None
            self._last = time.monotonic()
            self._since = self._since or self._last
            if kind in self._logged or kind == "away" and (first or self._logged):
                return
            self._logged.add(kind)
        reason = f": {first_line(error)}" if kind == "away" else ""
        self.log.warning("%s waits: %s%s", self.who, WORDS[kind], reason)

    def over(self) -> None:
        """The work has been done again; nothing where it had not waited, or some of it met a full disk just
        now."""
        with self._lock:
            if "full" in self._logged and time.monotonic() - self._last < FULL_S:
                return
            since, self._since = self._since, None
            self._logged.clear()
        if since is not None:
            self.log.info("%s goes on after %.0f s", self.who, time.monotonic() - since)


def first_line(error: BaseException) -> str:
    return next(iter(str(getattr(error, "orig", error)).splitlines()), type(error).__name__)
