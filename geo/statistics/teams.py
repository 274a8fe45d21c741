"""Whose each row is: the team or the organisation that a figure of a level is counted by.

An inquiry is of the team of the operator that its source names. Inspectors have no name in any source: their
teams are the districts. A performer is the organisation that the
incident names, else its category's. A lost call was answered by nobody, so it is no team's.
"""

from __future__ import annotations

from dataclasses import dataclass

from geo.statistics.definitions import INCIDENT, INQUIRY, Figure
from geo.statistics.inquiry_days import DayGrouping


@dataclass(frozen=True)
class TeamSource:
    """The team of a row is `key` of the one row of `table` that fits it `on`, at most one; `id` is that row's
    own, `of_region` says that it is of the region."""

    table: str
    on: str
    key: str
    id: str = "null"
    of_region: str = "true"

    @property
    def of_row(self) -> str:
        """SQL of a row's team, null = nobody's."""
        return f"(select {self.key} from {self.table} where {self.on})"

    @property
    def joined(self) -> str:
        """What makes `key` known of every row of a source. Of thousands of rows this costs a tenth of asking
        for the team of each."""
        return f"left join {self.table} on {self.on}"


OF_INQUIRY = TeamSource("operator o", "o.region = q.region and o.key = q.operator", "o.team")
PERSON = "q.operator"
OF_OPERATOR = "left join operator o on o.region = :region and o.key = d.value"
OF_DAY = DayGrouping("o.team", joined=OF_OPERATOR, facet="operator")
"""The team of the inquiries of a day, where they are counted ahead by operator."""
OF_INCIDENT = {
    "inspectors": TeamSource(
        "district d",
        "d.region = i.region and d.id = i.district_id",
        "d.key",
        "d.id",
        "d.region = :region",
    ),
    "performers": TeamSource(
        "performer p",
        """p.id = coalesce(i.performer_id,
            (select c.performer_id from category c where c.id = i.category_id))""",
        "p.key",
        "p.id",
    ),
}
PERFORMERS = OF_INCIDENT["performers"]
NAMES = {
    "inspectors": """select distinct on (key) key, name_{lang} as name from district where region = :region
        order by key, valid_from desc""",
    "performers": "select key, name_{lang} as name from performer",
}
"""Level -> SQL of its teams' names."""


def team_of(figure: Figure) -> TeamSource | None:
    """Where the team of a row of its source is found; none = it is nobody's. What the city answers for is
    its performers'."""
    if figure.source is INQUIRY and figure.answers == "operators":
        return OF_INQUIRY
    return OF_INCIDENT.get(figure.answers, PERFORMERS) if figure.source is INCIDENT else None
