"""What a stream of `/live` is made of: events, changes as each scope gets them, and the bounded queue of a
client. One that lags is let go and resumes from its cursor."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass

from geo.incidents.model import CRITICAL
from layers.live.cut import cut_titles
from layers.live.feed_rows import Entry
from layers.scope import Scope

QUEUE_LIMIT = 2000
"""Frames that may wait for one client before it is let go."""

Location = tuple[str | None, str | None, bool, str | None]
"""The kind and the district of an incident, whether it is critical and who must act, which decide who sees
it."""
ANYWHERE: Location = ("*", "*", False, "*")
"""It is not known what the incident was."""


SCOPED = frozenset({"incident", "viewer", "alarm"})
"""Entities of changes that only those hear of who see the incident."""
BESIDE = frozenset({"viewer", "alarm"})
"""Those of which nothing is removed where a scope no longer holds them."""


@dataclass(frozen=True)
class LiveChange:
    """One change as it goes out. `gone_from` is where an incident was before, if that was elsewhere."""

    position: int
    frame: bytes
    noun: str
    noun_id: int | None
    version: int
    kind: str | None = None
    district: str | None = None
    gone_from: Location | None = None
    live: bool = False
    """For an incident: neither closed nor vanished."""
    critical: bool = False
    performer: str | None = None
    cut_frame: bytes | None = None
    """The same for what strangers read, where that differs."""

    @property
    def location(self) -> Location:
        return self.kind, self.district, self.critical, self.performer

    def for_scope(self, scope: Scope, epoch: str) -> bytes | None:
        """The frame that a client of this scope gets: the change, a bare removal where it left the scope,
        empty for what it does not hear of; none for an incident that it does not see."""
        if not scope.hears(self.noun):
            return b""
        if self.noun not in SCOPED or scope.sees(*self.location):
            return self.cut_frame or self.frame if scope.cut else self.frame
        if self.noun in BESIDE:
            return b""
        if self._may_have_been_seen(scope):
            return frame(
                "change",
                {"noun": self.noun, "id": self.noun_id, "version": self.version, "payload": None},
                epoch,
                self.position,
            )
        return None

    def _may_have_been_seen(self, scope: Scope) -> bool:
        """A removal of what a client never had changes nothing there, so where it is unknown, every scope
        is told."""
        return self.gone_from is not None and (self.gone_from == ANYWHERE or scope.sees(*self.gone_from))


def frame(event: str, data: dict, epoch: str, position: int) -> bytes:
    """One server-sent event whose id is the cursor to resume from."""
    return (
        f"id: {epoch}-{position}\nevent: {event}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n".encode()
    )


@dataclass(frozen=True)
class ScopeKeys:
    """The keys of districts and performers by their ids, as text."""

    districts: Mapping[str, str]
    performers: Mapping[str, str]


def live_change(row: Entry, epoch: str, keys: ScopeKeys, before: Location | None) -> LiveChange:
    """A row of the change feed as it goes out. `before`: where an incident was until then, if that is of
    interest."""
    position, noun, noun_id, version, payload = row
    if noun == "layer":
        return LiveChange(
            position, frame("reset", json.loads(payload), epoch, position), noun, noun_id, version
        )
    data = f'{{"noun": "{noun}", "id": {json.dumps(noun_id)}, "version": {version}, "payload": {payload}}}'
    encoded = f"id: {epoch}-{position}\nevent: change\ndata: {data}\n\n".encode()
    cut = cut_titles(data)
    cut_frame = None if cut == data else f"id: {epoch}-{position}\nevent: change\ndata: {cut}\n\n".encode()
    if noun not in SCOPED:
        return LiveChange(position, encoded, noun, noun_id, version)
    values = json.loads(payload)
    kind, district = values.get("kind"), keys.districts.get(str(values.get("district")))
    performer = keys.performers.get(str(values.get("performer")))
    if noun in BESIDE:
        return LiveChange(position, encoded, noun, noun_id, version, kind, district, performer=performer)
    critical = values.get("priority", 0) >= CRITICAL
    live = values.get("status") != "closed" and not values.get("vanished")
    gone_from = before if before != (kind, district, critical, performer) else None
    return LiveChange(
        position,
        encoded,
        noun,
        noun_id,
        version,
        kind,
        district,
        gone_from,
        live,
        critical,
        performer,
        cut_frame,
    )


class Client:
    """The bounded queue of one stream."""

    def __init__(self, scope: Scope, position: int) -> None:
        self.scope = scope
        self.position = position
        """Where it joined: what comes later is in the queue."""
        self.ended = False
        self._frames: deque[bytes] = deque()
        self._bell = asyncio.Event()

    @property
    def waiting(self) -> int:
        """Frames that were not yet sent."""
        return len(self._frames)

    def put(self, data: bytes) -> None:
        if len(self._frames) >= QUEUE_LIMIT:
            self.end()
        if not self.ended:
            self._frames.append(data)
            self._bell.set()

    def end(self) -> None:
        """Let it go: it resumes from what it was sent last."""
        self.ended = True
        self._frames.clear()
        self._bell.set()

    async def take(self) -> bytes:
        """Everything that waits, as one piece; empty when the stream is to end."""
        await self._bell.wait()
        if not self.ended:
            self._bell.clear()
        data = b"".join(self._frames)
        self._frames.clear()
        return data
