"""Whose each row is: the team or the organisation that a figure of a level is counted by.

An inquiry is of the team of the operator that its source names. Inspectors have no name in any source: their
teams are the districts. A performer is the organisation that the
incident names, else its category's. A lost call was answered by nobody, so it is no team's.
"""

from __future__ import annotations

from geo.statistics.definitions import INCIDENT, INQUIRY, Figure

NOBODY = "null::text"
OF_INQUIRY = "(select o.team from operator o where o.region = q.region and o.key = q.operator)"
PERSON = "q.operator"
OF_INCIDENT = {
    "inspectors": "(select d.key from district d where d.region = i.region and d.id = i.district_id)",
    "performers": """(select p.key from performer p where p.id = coalesce(i.performer_id,
        (select c.performer_id from category c where c.id = i.category_id)))""",
}
NAMES = {
    "inspectors": """select distinct on (key) key, name_{lang} as name from district where region = :region
        order by key, valid_from desc""",
    "performers": "select key, name_{lang} as name from performer",
}
"""Level -> SQL of its teams' names."""


def team_of(figure: Figure) -> str:
    """SQL of the key of a row's team; null = nobody's."""
    if figure.source is INQUIRY and figure.answers == "operators":
        return OF_INQUIRY
    return OF_INCIDENT.get(figure.answers, NOBODY) if figure.source is INCIDENT else NOBODY
