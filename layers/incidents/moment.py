"""A past moment, as an address says it: `moment=2026-11-28T18:00` by the city's clock, to the second at most,
and `known=then` for what was known at that moment; else what is known of it now.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import Connection, text

from geo.errors import InvalidInput
from geo.partitions import oldest_kept
from geo.settings import City

WRITTEN = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2})?")
EARLIEST = 1990
MOST = 50_000
"""Incidents that a page takes back to a past moment: a hundred thousand take it 10 s on two idle cores."""
BEYOND = text("""select opened_at from incident where region = :region and opened_at <= :until
    order by opened_at desc offset :most limit 1""")
KEPT = text("select true from setting where key = 'keep_incident_event_months' and value <> 'null'::jsonb")


@dataclass(frozen=True)
class Moment:
    """`clock`: the city's, without an offset; the hour that comes twice is its first. `then`: as it was known
    then."""

    clock: datetime
    then: bool = False

    @classmethod
    def read(cls, at: str, known: str | None) -> Moment:
        """Raises `InvalidInput` ("filter.value")."""
        try:
            clock = datetime.fromisoformat(at) if WRITTEN.fullmatch(at) else None
        except ValueError:
            clock = None
        if clock is None or clock.year < EARLIEST:
            raise InvalidInput("filter.value", filter="moment", value=at[:40])
        if known not in (None, "then"):
            raise InvalidInput("filter.value", filter="known", value=known[:40])
        return cls(clock, known == "then")

    def write(self) -> dict[str, str]:
        spec = "seconds" if self.clock.second else "minutes"
        return {"moment": self.clock.isoformat(timespec=spec)} | ({"known": "then"} if self.then else {})

    def instant(self, city: City) -> datetime:
        return self.clock.replace(tzinfo=city.time_zone).astimezone(UTC)


def need_past(connection: Connection, city: City, moment: Moment, now: datetime) -> None:
    """Raises `InvalidInput` ("moment.future"; "moment.forgotten": events of then are no longer kept)."""
    at = moment.instant(city)
    if at > now:
        raise InvalidInput("moment.future", at=moment.write()["moment"].replace("T", " "))
    since = _kept_since(connection, city)
    if since is not None and at < since:
        raise InvalidInput(
            "moment.forgotten", since=f"{since.astimezone(city.time_zone) + timedelta(days=1):%Y-%m-%d}"
        )


def need_few(connection: Connection, city: City, first: datetime, until: datetime) -> None:
    """Raises `InvalidInput` ("moment.many", with the first day that can be asked for) where more than `MOST`
    incidents were opened between."""
    bound = {"region": city.region, "until": until, "most": MOST}
    beyond = connection.scalar(BEYOND, bound)
    if beyond is not None and first <= beyond:
        since = beyond.astimezone(city.time_zone).date() + timedelta(days=1)
        raise InvalidInput("moment.many", most=MOST, since=since.isoformat())


def _kept_since(connection: Connection, city: City) -> datetime | None:
    """The time from which the events are whole; none = for ever."""
    if not connection.scalar(KEPT):
        return None
    month = oldest_kept(connection, "incident_event", city.today())
    return None if month == date.min else datetime(month.year, month.month, 1, tzinfo=UTC)
