"""Panels about incidents: the figures of now and of 24 hours, what presses by name, the day's categories,
one district.

"24 hours" is a sliding window up to the moment of reading. A figure has one definition
(`geo.statistics.definitions`), whichever panel shows it.
"""

from __future__ import annotations

from sqlalchemy import Connection, text

from geo.incidents.payload import PRESSES_AT
from geo.statistics.counting import LAST_24_HOURS, LAST_30_DAYS, count_rows
from geo.statistics.definitions import EMERGENCIES, INCIDENT, OFFENCES, ON_TIME, POLICE
from layers.panels.indicators import indicators
from layers.panels.inquiries import answering
from layers.panels.requests import PanelRequest, read_rows
from layers.tiles.districts import IN_FORCE

ATTENTION_ROWS = 60
"""How many incidents are named. Their number is counted without a bound."""
OPEN = "i.status <> 'closed'"
DUE = f"(i.due_at is not null and now() >= {PRESSES_AT})"
PRESSING = f"(i.priority >= 1 or {DUE})"
OPEN_NOW = f"""
    select count(*) as open, count(*) filter (where i.due_at < now()) as overdue,
        count(*) filter (where {PRESSING}) as urgent,
           count(*) filter (where i.point_4326 is null) as no_coordinates
    from incident i where {{incidents}} and {OPEN}"""
CLOSED_TODAY = """
    select count(*) from incident i
    where {incidents} and i.closed_at >= now() - interval '24 hours' and {period}"""
ATTENTION = f"""
    select i.id, c.name_{{lang}} as category, d.name_{{lang}} as district, p.name_{{lang}} as performer
    from incident i left join category c on c.id = i.category_id left join performer p
        on p.id = coalesce(i.performer_id, c.performer_id)
    left join district d on d.region = i.region and d.id = i.district_id
    where {{incidents}} and {OPEN} and {PRESSING}
    order by i.priority < 2, least(case when {DUE} then abs(extract(epoch from i.due_at - now())) end,
                                   case when i.priority >= 1 then extract(epoch
                                       from now() - i.opened_at) end),
             i.id desc limit {ATTENTION_ROWS}"""
CATEGORIES = """
    select c.id, c.name_{lang} as name, t.n from (
        select i.category_id, count(*)::int as n from incident i where {incidents}
            and i.opened_at between now() - interval '24 hours' and now() group by 1
    ) t join category c on c.id = t.category_id order by t.n desc, c.id limit :rows"""
DISTRICT = """
    select id as district, name_{lang} as name from district
    where {in_force} and key = :district
    order by valid_from desc limit 1"""


def figures(connection: Connection, request: PanelRequest) -> dict:
    """Counts, and shares 0..1 (none where nothing was counted), those of `answering` and `closing` among
    them. `urgent`: what presses. Of a level: its figures, key to value (`indicators`), and nothing else."""
    if request.level:
        return {str(row["key"]): row["value"] for row in indicators(connection, request)["rows"]}
    condition, scoped = request.incidents()

    def one(statement: str) -> dict:
        return dict(connection.execute(text(statement.format(incidents=condition)), scoped).mappings().one())

    day = count_rows(connection, (POLICE, EMERGENCIES, OFFENCES), request.population(), LAST_24_HOURS)
    return {
        **answering(connection, request),
        **{key: counted.whole for key, counted in day.items()},
        **one(OPEN_NOW),
        **closing(connection, request),
    }


def closing(connection: Connection, request: PanelRequest) -> dict:
    """{"on_time": closed on time / `counted`, "counted": closed + open and overdue, of what was opened in
    30 days and has a deadline; "closed": in 24 hours, of what was opened in 30 days}."""
    condition, scoped = request.incidents()
    statement = CLOSED_TODAY.format(
        incidents=condition, period=INCIDENT.within(LAST_30_DAYS.since, LAST_30_DAYS.until)
    )
    on_time = count_rows(connection, (ON_TIME,), request.population(), LAST_30_DAYS)["on_time"]
    return {
        "on_time": on_time.value,
        "counted": on_time.whole,
        "closed": connection.execute(text(statement), scoped).scalar_one(),
    }


def attention(connection: Connection, request: PanelRequest) -> dict:
    """{"named": {incident id: its category, district and performer by name}}; the incidents themselves are
    in the live feed. "district": the id of the one asked for."""
    condition, scoped = request.incidents()
    rows = connection.execute(
        text(ATTENTION.format(lang=request.lang, incidents=condition)), scoped
    ).mappings()
    named = {
        str(row["id"]): {name: row[name] for name in ("category", "district", "performer")} for row in rows
    }
    return {
        "named": named,
        "district": district(connection, request)["district"] if request.district else None,
    }


def categories(connection: Connection, request: PanelRequest) -> dict:
    """{"rows": [{"id", "name", "n"}]} of the incidents opened in 24 hours, most first."""
    condition, scoped = request.incidents()
    return read_rows(connection, CATEGORIES.format(lang=request.lang, incidents=condition), scoped)


def district(connection: Connection, request: PanelRequest) -> dict:
    """{"district": its id, "name"} of the district in force, both none where the city has none of that
    key."""
    row = (
        connection.execute(text(DISTRICT.format(lang=request.lang, in_force=IN_FORCE)), request.values())
        .mappings()
        .one_or_none()
    )
    return dict(row) if row else {"district": None, "name": None}
