"""An incident's columns as every reader of them gets them: the list, the card, the search."""

from __future__ import annotations

from geo.deadlines.clock import WARNINGS, RegulatoryClock
from geo.errors import InvalidInput
from geo.incidents.payload import PRESSES_AT
from geo.settings import City
from layers.incidents.restated import CASE_JOIN

COLUMNS = f"""i.id, i.version, i.kind, i.category_id as category, i.title, i.priority, i.status, i.address,
    i.inquiries, i.source, i.source_id, i.group_id as "group",
    extract(epoch from i.opened_at)::float8 as opened, i.opened_precision,
    extract(epoch from i.due_at)::float8 as due, extract(epoch from {PRESSES_AT})::float8 as presses,
    extract(epoch from i.closed_at)::float8 as closed,
    ST_X(i.point_4326) as lon, ST_Y(i.point_4326) as lat, c.name_{{lang}} as category_name,
        d.name_{{lang}} as district_name, p.name_{{lang}} as performer_name,
    coalesce(i.performer_id, c.performer_id) as performer,
    k.paused_at is not null as paused, extract(epoch from k.shelved_until)::float8 as shelved"""
JOINS = f"""left join category as c on c.id = i.category_id left join district as d on d.region = i.region
    and d.id = i.district_id
    left join performer as p on p.id = coalesce(i.performer_id, c.performer_id)
    {CASE_JOIN}"""


def columns(city: City, lang: str) -> str:
    """`COLUMNS` with names in one of the city's languages. Raises `InvalidInput` ("request.language")."""
    if lang not in city.languages:
        raise InvalidInput("request.language", language=lang[:10])
    return COLUMNS.format(lang=lang)


def warnings(clock: RegulatoryClock | None) -> list[float]:
    """The moments at which the one who must act is warned, when parts of the period are used, in seconds
    since 1970; empty where nothing is due."""
    reached = [] if clock is None else [clock.reached(share) for share in WARNINGS]
    return [at.timestamp() for at in reached if at is not None]
