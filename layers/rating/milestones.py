"""The milestones behind an indicator of a manager in a closed month, with what the newest file says of their
projects."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import Connection, text

from geo.rating.cases import next_month
from geo.settings import City

ROWS = """select k.project, k.milestone as key, k.planned_on, k.moved_to, k.done_on, p.name_{lang} as name,
        m.name_{lang} as milestone, m.reason
    from rating_milestone k left join project p on p.region = k.region and p.key = k.project
        left join project_milestone m on m.region = k.region and m.project = k.project and m.key = k.milestone
    where k.region = :region and k.month = :month and k.manager = :manager
        and k.pattern >> :whole & 1 = 1
        and (cast(:part as int) is null or k.pattern >> (:whole + 1) & 1 = cast(:part as int))
    order by k.planned_on, k.project, k.milestone"""

LATER = text("""select count(*) from rating_milestone k join project_milestone m on m.region = k.region
        and m.project = k.project and m.key = k.milestone
    where k.region = :region and k.month = :month and k.manager = :manager
        and k.done_on is distinct from m.done_on and least(k.done_on, m.done_on) < :after""")


def count_recorded_later(connection: Connection, city: City, month: date, manager: str) -> int:
    """Milestones of a closed month whose day of completion lies before the month's end by the newest file or
    was told so when it was counted, and was recorded otherwise after that: the signed month keeps what it
    counted."""
    values = {"region": city.region, "month": month, "manager": manager, "after": next_month(month)}
    return int(connection.execute(LATER, values).scalar_one())


def read_rated_milestones(
    connection: Connection, city: City, month: date, manager: str, n: int, part: bool | None, lang: str
) -> list[dict[str, Any]]:
    """The milestones of indicator `n`; `part`: only those that are in its numerator, or are not; none =
    all."""
    values = {"region": city.region, "month": month, "manager": manager, "whole": 2 * n}
    rows = connection.execute(
        text(ROWS.format(lang=lang)), {**values, "part": None if part is None else int(part)}
    )
    return [dict(row) for row in rows.mappings()]
