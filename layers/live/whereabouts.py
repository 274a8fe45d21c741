"""Where every live incident is and whose it is, as the hub has told it: a client of one district, kind or
performer must be told when an incident leaves its scope."""

from __future__ import annotations

import asyncio

from geo.database import for_driver
from geo.incidents.model import CRITICAL
from layers.live.stream import ANYWHERE, LiveChange, Location
from layers.pools import Pools

LOCATIONS = f"""
    with later as (
        select distinct noun_id as id from change
        where region = :region and noun = 'incident' and (position > :position or position is null))
    select id, null, null, null, null, true from later
    union all
    select i.id, i.kind, d.key, i.priority >= {CRITICAL}, p.key, false from incident i left join district d
        on d.region = i.region and d.id = i.district_id
    left join category c on c.id = i.category_id
    left join performer p on p.id = coalesce(i.performer_id, c.performer_id)
    where i.region = :region and i.status <> 'closed' and i.vanished_at is null and not exists (select
        from later where later.id = i.id)"""
"""Kind, district, urgency and performer of each live incident at a position. The rows of those that have
changed since (true) say only what they are now."""
MOVERS = ("incidents", "all")
"""Layers whose reset may have taken incidents to other districts or kinds."""


class Whereabouts:
    """Read once somebody needs it, then kept up with the changes; until then an incident was `ANYWHERE`.
    Memory holds the live ones alone."""

    def __init__(self, pools: Pools, region: str) -> None:
        self.pools, self.region = pools, region
        self.wanted, self.known = asyncio.Event(), asyncio.Event()
        self._known: dict[int, Location] | None = None
        self._moved: dict[int, Location | None] = {}
        """Moves that came while the locations were being read."""
        self._forgotten = 0

    def __len__(self) -> int:
        return len(self._known or ())

    def want(self) -> None:
        if self._known is None:
            self.wanted.set()

    def forget(self) -> None:
        """They have moved by more than the changes tell; what is being read now may be older than that."""
        self._known = None
        self._forgotten += 1
        self.wanted.clear()
        self.known.clear()

    def of(self, incident: int | None) -> Location | None:
        """None: it was not live."""
        return ANYWHERE if self._known is None else self._known.get(incident)

    def follow(self, change: LiveChange) -> None:
        """The move that a change tells."""
        if change.noun != "incident":
            return
        location = change.location if change.live else None
        if self._known is not None:
            _put(self._known, change.noun_id, location)
        elif self.wanted.is_set():
            self._moved[change.noun_id] = location

    async def load(self, position: int) -> None:
        """Loads the locations of incidents as they were at `position`, and applies the moves that later
        changes told."""
        forgotten = self._forgotten
        self._moved.clear()
        async with self.pools.resumes.connection() as connection:
            cursor = await connection.execute(
                for_driver(LOCATIONS), {"region": self.region, "position": position}
            )
            rows = await cursor.fetchall()
        if forgotten != self._forgotten:
            return
        known = {
            incident: ANYWHERE if changed else (kind, district, critical, performer)
            for incident, kind, district, critical, performer, changed in rows
        }
        for incident, location in self._moved.items():
            _put(known, incident, location)
        self._known = known
        self._moved.clear()
        self.wanted.clear()
        self.known.set()


def _put(locations: dict[int, Location], incident: int, location: Location | None) -> None:
    if location is None:
        locations.pop(incident, None)
    else:
        locations[incident] = location
