"""What the simulator knows of the city: read from the database at each start, so that it goes on where it
was stopped."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

import numpy as np
from sqlalchemy import Connection, text

from etl.demo.facts import yearly
from etl.demo.locations import LocationWeights
from etl.demo.scales import find_scale

BUILDINGS = """select street_ru, house, voters, coalesce(floors, 1) as floors, st_x(point_4326) as lon,
    st_y(point_4326) as lat, d.key as district
    from building b left join district d on d.region = b.region and d.id = b.district_id
    where b.region = :region and b.point_4326 is not null order by b.id"""
OPEN = """select i.id, i.source, i.source_id, i.kind, c.key as category, i.title, i.source_status as status,
    i.source_priority as priority, i.opened_at, i.due_at,
        i.address, p.key as performer, i.fine_tenge::float8 as fine_tenge, st_x(i.point_4326) as lon,
            st_y(i.point_4326) as lat,
        q.source_id as inquiry, q.channel, q.received_at, q.answer_s, q.operator, t.key as topic
    from incident i left join category c on c.id = i.category_id left join performer p
        on p.id = i.performer_id
    left join lateral (select * from inquiry q where q.region = i.region and q.incident_id = i.id
        order by q.received_at desc, q.id desc limit 1) q on i.kind = 'service'
    left join category t on t.id = q.topic_id
    where i.region = :region and i.status <> 'closed' and i.status = i.source_status and i.vanished_at is null
        and i.source in ('inquiries', 'police', 'emergencies', 'offences') and (i.kind <> 'service'
            or q.id is not null)"""
LAST_NUMBER = """select coalesce(max(split_part(source_id, '-', :part)::bigint), 0) from {table}
    where region = :region and source = :source
    and source_id like :prefix and split_part(source_id, '-', :part) ~ '^[0-9]+$'"""


@dataclass
class Standing:
    """The buildings as arrays, chances of places, the open incidents as rows, and the last numbers given
    by prefix."""

    addresses: list[str]
    districts: list[str | None]
    lonlat: np.ndarray
    location_weights: LocationWeights
    wanted_open: int
    wanted_overdue: int
    wanted_without_point: int
    open: list[dict] = field(default_factory=list)
    numbers: dict[str, int] = field(default_factory=dict)

    @classmethod
    def read(cls, connection: Connection, region: str) -> Standing:
        rows = connection.execute(text(BUILDINGS), {"region": region}).all()
        state = connection.scalar(text("select value from setting where key = 'demo'"))
        part = find_scale(state["scale"]).now if isinstance(state, dict) else 1.0
        voters, floors = (
            np.array([getattr(row, name) for row in rows], dtype=float) for name in ("voters", "floors")
        )
        return cls(
            [short_address(row.street_ru, row.house) for row in rows],
            [row.district for row in rows],
            np.array([[row.lon, row.lat] for row in rows]),
            LocationWeights(voters, floors, 1),
            round(yearly.OPEN_NOW * part),
            round(yearly.OVERDUE_NOW * part),
            round(yearly.WITHOUT_POINT_NOW * part),
        )

    def refresh(self, connection: Connection, region: str) -> None:
        self.open = [dict(row) for row in connection.execute(text(OPEN), {"region": region}).mappings()]

    def next_number(self, connection: Connection, region: str, table: str, source: str, prefix: str) -> str:
        """The next free number of a prefix such as '109-26-', as text."""
        if prefix not in self.numbers:
            bound = {
                "region": region,
                "source": source,
                "prefix": f"{prefix}%",
                "part": prefix.count("-") + 1,
            }
            self.numbers[prefix] = connection.scalar(text(LAST_NUMBER.format(table=table)), bound)
        self.numbers[prefix] += 1
        return f"{prefix}{self.numbers[prefix]:07}"


def short_address(street_ru: str | None, house: str | None) -> str:
    """'пр. Мангилик Ел 35'."""
    return f"{(street_ru or '').replace('проспект ', 'пр. ').replace('улица ', 'ул. ')} {house or ''}".strip()


def utc_now() -> datetime:
    return datetime.now(UTC)
