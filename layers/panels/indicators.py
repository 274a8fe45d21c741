"""Indicators of the three levels, by formulas that cannot be gamed: what is open and overdue counts
against, and every share says of how many.

Operators: of 24 hours. Inspectors and performers: of the incidents opened in 30 days. What is counted stands
in `geo.statistics.definitions`, for every panel and page. A share is none where nothing was counted, and
where the source of what it counts records nothing at all: no record is not a good record.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Connection

from geo.statistics.counting import LAST_24_HOURS, LAST_30_DAYS, Period, count_rows
from geo.statistics.definitions import INCIDENT, LEVELS, ON_TIME, Figure
from layers.panels.requests import PanelRequest, read_rows

PERIOD = INCIDENT.within(LAST_30_DAYS.since, LAST_30_DAYS.until)
PERFORMERS = f"""
    select p.id, p.name_{{lang}} as name, t.overdue, t.on_time, t.counted from (
        select coalesce(i.performer_id, c.performer_id) as id, count(*) filter (where i.status <> 'closed'
            and i.due_at < now())::int as overdue,
               count(*) filter (where {ON_TIME.part})::int as on_time,
                   count(*) filter (where {ON_TIME.whole})::int as counted
        from incident i left join category c on c.id = i.category_id where {{incidents}} and {PERIOD}
            group by 1
    ) t join performer p on p.id = t.id where t.counted > 0 order by t.overdue desc,
        t.on_time::float8 / t.counted, p.id limit :rows"""


def indicators(connection: Connection, request: PanelRequest) -> dict:
    """{"rows": [{"key", "value", "of"}]} of the level asked for: `value` is a share 0..1 (`answer`:
    seconds), `of` how many it is counted from."""
    return {"rows": READ[request.level](connection, request)}


def performers(connection: Connection, request: PanelRequest) -> dict:
    """{"rows": [{"id", "name", "overdue", "on_time", "counted"}]}: those with most open and overdue first;
    the share on time is on_time / counted."""
    condition, scoped = request.incidents()
    return read_rows(connection, PERFORMERS.format(lang=request.lang, incidents=condition), scoped)


def _by(
    *definitions: Figure, period: Period
) -> Callable[[Connection, PanelRequest], list[dict[str, object]]]:
    def read(connection: Connection, request: PanelRequest) -> list[dict[str, object]]:
        counted = count_rows(connection, definitions, request.population(), period)
        return [{"key": key, "value": of.value, "of": of.whole} for key, of in counted.items()]

    return read


READ: dict[str, Callable[[Connection, PanelRequest], list[dict[str, object]]]] = {
    level: _by(*definitions, period=LAST_24_HOURS if level == "operators" else LAST_30_DAYS)
    for level, definitions in LEVELS.items()
}
"""Shares are of what was opened in 30 days: a day's closing says little of deadlines of a week."""
