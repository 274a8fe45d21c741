"""Whether the feeds that figures are counted from are on time: a figure of a silent source is of the past."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine

from layers.feeds import all_feeds
from layers.scope import Scope

COUNTED = "incidents"
"""The layer of the feeds of inquiries and of incidents."""


@dataclass(frozen=True)
class SourceState:
    """`late_since`: nothing good has come from it since then, none = it is on time."""

    key: str
    late_since: datetime | None


def source_states(engine: Engine, region: str, scope: Scope) -> list[SourceState]:
    """The feeds of inquiries and incidents that may bring a kind which the caller sees. Empty where none is
    declared."""
    return [
        SourceState(feed["key"], _late_since(feed))
        for feed in all_feeds(engine, region)
        if feed["layer"] == COUNTED and _seen(feed, scope)
    ]


def _seen(feed: dict, scope: Scope) -> bool:
    return scope.kinds is None or not feed["kinds"] or not scope.kinds.isdisjoint(feed["kinds"])


def _late_since(feed: dict) -> datetime | None:
    """What a feed that failed brought last is the newest there is."""
    if feed["failed_at"] or feed["alarmed_at"]:
        return feed["newest_at"] or feed["failed_at"] or feed["alarmed_at"]
    return feed["quiet_since"]
