"""Requests of 109 by who answers for them: how many, how many before, how many on time and returned."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, text

from geo.settings import City
from geo.statistics.counting import Counted
from geo.statistics.definitions import ON_TIME, RETURNED, SERVICE
from geo.statistics.teams import NAMES
from layers.statistics.incident_spans import count_incident_spans
from layers.statistics.requests import StatisticsRequest

LEVEL = "performers"
NOTHING = Counted(None, 0, 0)
OF_MANAGER = text("""select p.key from performer p join manager m on m.id = p.manager_id
    where m.key = :manager""")


@dataclass(frozen=True)
class PerformerCount:
    """`key` none = nobody's."""

    key: str | None
    name: str | None
    n: int
    before: int
    on_time: Counted
    returned: Counted

    @property
    def share_on_time(self) -> float:
        """1 where nothing is due yet: who has nothing is not late."""
        return self.on_time.part / self.on_time.whole if self.on_time.whole else 1.0


def by_performer(
    connection: Connection, city: City, request: StatisticsRequest, lang: str
) -> list[PerformerCount]:
    """In the order of the request, what is nobody's last."""
    before = request.before()
    found = count_incident_spans(connection, city, request, LEVEL, [(request.first, request.last)])
    # Shares of the period before are not shown; to find them would read the events of all the time between.
    [then] = count_incident_spans(connection, city, request, LEVEL, [(before.first, before.last)], [SERVICE])[
        SERVICE.key
    ]
    rows = connection.execute(text(NAMES[LEVEL].format(lang=lang)), {"region": city.region})
    names = {row.key: row.name for row in rows}
    [now] = found[SERVICE.key]
    counted = [
        PerformerCount(
            key,
            names.get(key, key) if key else None,
            now.get(key, NOTHING).whole,
            then.get(key, NOTHING).whole,
            found[ON_TIME.key][0].get(key, NOTHING),
            found[RETURNED.key][0].get(key, NOTHING),
        )
        for key in {*now, *then}
    ]
    by_share = request.organisations == "late"
    return sorted(
        counted,
        key=lambda one: (one.key is None, one.share_on_time if by_share else 0, -one.n, one.key or ""),
    )


def performers_of(connection: Connection, manager: str) -> set[str]:
    """The keys of the organisations that a manager answers for."""
    return set(connection.scalars(OF_MANAGER, {"manager": manager}))
