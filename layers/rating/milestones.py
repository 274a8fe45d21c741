"""The milestones behind an indicator of a manager in a closed month, with what the newest file says of their
projects."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import Connection, text

from geo.settings import City

ROWS = """select k.project, k.milestone as key, k.planned_on, k.done_on, p.name_{lang} as name,
        m.name_{lang} as milestone, m.reason
    from rating_milestone k left join project p on p.region = k.region and p.key = k.project
        left join project_milestone m on m.region = k.region and m.project = k.project and m.key = k.milestone
    where k.region = :region and k.month = :month and k.manager = :manager
        and k.pattern >> :whole & 1 = 1
        and (cast(:part as int) is null or k.pattern >> (:whole + 1) & 1 = cast(:part as int))
    order by k.planned_on, k.project, k.milestone"""


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
