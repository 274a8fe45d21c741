"""The rows behind a figure: exactly those that it counts, and how many they are, from one snapshot. Never a
caller's words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text

from geo.errors import InvalidInput
from geo.ranges import moment_in, whole
from geo.settings import City
from geo.statistics.counting import Period, rows_condition
from geo.statistics.definitions import CALLS, INCIDENT, INQUIRY, RETURNED, Figure, find_figure
from geo.statistics.teams import NAMES, PERSON, team_of
from layers.reading import ReadMoment, read_moment
from layers.statistics.counts import total
from layers.statistics.requests import FIGURE_OF_SUBJECT, StatisticsRequest

PAGE_ROWS = 100
BELOW = """{column} in (with recursive below as (select id from category where id = :category
    union all select c.id from category c join below b on c.parent_id = b.id) select id from below)"""
COLUMNS = {
    "inquiry": """q.id, q.source_id as number, q.received_at as at, c.name_{lang} as category, q.channel,
        null::text as district, case when q.one_take then 'one_take' else 'passed_on' end as status,
        q.incident_id as incident""",
    "incident": """i.id, i.source_id as number, i.opened_at as at, c.name_{lang} as category, i.channel,
        d.name_{lang} as district, i.status, i.id as incident""",
    "calls": """extract(epoch from c.hour)::bigint as id, c.offered || ' / ' || c.lost as number,
        c.hour as at, null::text as category, null::text as channel,
        null::text as district, null::text as status,
        null::bigint as incident""",
    "project_milestone": """m.id, m.project || ' / ' || m.key as number, m.planned_at as at,
        m.name_{lang} as category, null::text as channel, null::text as district,
        case when m.done_on <= m.planned_on then 'done_in_time' when m.done_on is not null then 'done_late'
            else 'overdue' end as status, null::bigint as incident""",
}
TIMES = """, (select count(*) from incident_event e where e.region = i.region and e.incident_id = i.id
        and e.what = 'status' and e.from_value = 'closed') as times"""
"""How often an incident was returned: the figure counts it once."""
JOINS = {
    "inquiry": "left join category c on c.id = q.topic_id",
    "incident": """left join category c on c.id = i.category_id
        left join district d on d.region = i.region and d.id = i.district_id""",
    "calls": "",
    "project_milestone": "",
}


@dataclass(frozen=True)
class RowsRequest:
    """`numerator`: only the rows of it; `missed`: only those that keep it from its goal. `team`: only its own
    (`geo.statistics.teams`). `person`: only theirs; never read from an address alone
    (`layers.statistics.people.check_person`). `category`: at or below it, 0 = none. `channel` "" = none.
    `weekday` 1 = Monday, `hour` by the city's clock. `after`: (moment, id) of the last row of the page
    before."""

    figure: Figure
    numerator: bool = False
    missed: bool = False
    team: str | None = None
    person: str | None = None
    category: int | None = None
    channel: str | None = None
    weekday: int | None = None
    hour: int | None = None
    after: tuple[datetime, int] | None = None

    @classmethod
    def parse(cls, query: Mapping[str, str]) -> RowsRequest:
        """Raises `InvalidInput` ("statistics.value"), `NotFound` ("statistics.figure")."""
        after, part, figure = query.get("after"), query.get("part"), find_figure(query.get("figure", ""))
        if part not in (None, "yes", "missed") or (part == "missed" and figure.goal is None):
            raise InvalidInput("statistics.value", name="part", value=str(part)[:40])
        return cls(
            figure,
            part == "yes",
            part == "missed",
            query.get("team"),
            category=_whole(query, "category"),
            channel=query.get("channel"),
            weekday=_whole(query, "weekday"),
            hour=_whole(query, "hour"),
            after=_cursor(after) if after else None,
        )

    def as_query(self) -> dict[str, str]:
        given = {"figure": self.figure.key} | ({"part": "yes"} if self.numerator else {})
        given |= {"part": "missed"} if self.missed else {}
        given |= {} if self.team is None else {"team": self.team}
        given |= {} if self.person is None else {"person": self.person}
        numbers = {"category": self.category, "weekday": self.weekday, "hour": self.hour}
        given |= {name: str(value) for name, value in numbers.items() if value is not None}
        return given if self.channel is None else given | {"channel": self.channel}

    def where(self, city: City, request: StatisticsRequest) -> tuple[str, dict[str, Any]]:
        """SQL over the figure's source, and its values."""
        period = Period.of_days(city, request.first, request.last)
        condition, values = rows_condition(
            self.figure, request.population(city), period, self.numerator, self.missed
        )
        source, terms = self.figure.source, [condition]
        local = f"{source.at} at time zone :time_zone"
        column = "i.category_id" if source is INCIDENT else "q.topic_id"
        if self.category is not None and source in (INQUIRY, INCIDENT):
            terms.append(BELOW.format(column=column) if self.category else f"{column} is null")
        if self.channel is not None and source in (INQUIRY, INCIDENT):
            terms.append(f"coalesce({source.alias}.channel, '') = :channel")
        if self.team is not None:
            team = team_of(self.figure)
            terms.append(f"{team.of_row} = :team" if team else "false")
        if self.person is not None:
            terms.append(f"{PERSON} = :person" if source is INQUIRY else "false")
        if self.weekday is not None:
            terms.append(f"extract(isodow from {local}) = :weekday")
        if self.hour is not None:
            terms.append(f"extract(hour from {local}) = :hour")
        return " and ".join(terms), {
            **values,
            "time_zone": city.time_zone.key,
            "category": self.category,
            "channel": self.channel,
            "weekday": self.weekday,
            "hour": self.hour,
            "team": self.team,
            "person": self.person,
        }


@dataclass(frozen=True)
class TeamRows:
    """How many rows of a list are of one team or organisation; `key` none = of nobody."""

    key: str | None
    name: str | None
    n: int


@dataclass(frozen=True)
class RowsPage:
    """`total`: of the whole list. `next`: where the next page begins, none at the end. `teams`: of a list of
    what misses a goal, whose its rows are, most first; together they are `total`."""

    total: int
    rows: list[dict[str, Any]]
    next: str | None
    read: ReadMoment
    teams: list[TeamRows]


def read_rows_page(
    connection: Connection, city: City, request: StatisticsRequest, rows_request: RowsRequest, lang: str
) -> RowsPage:
    """Newest first."""
    source = rows_request.figure.source
    condition, values = rows_request.where(city, request)
    moment = read_moment(connection)
    whole = _total(connection, city, request, rows_request, condition, values)
    teams = _teams(connection, rows_request, condition, values, lang)
    key = f"extract(epoch from {source.at})::bigint" if source is CALLS else f"{source.alias}.id"
    if rows_request.after:
        condition += f" and ({source.at}, {key}) < (:after_at, :after_id)"
        values |= dict(zip(("after_at", "after_id"), rows_request.after))
    found = connection.execute(
        text(f"""select {COLUMNS[source.table].format(lang=lang)} {_times(rows_request)}
            from {source.table} {source.alias} {JOINS[source.table]} where {condition}
            order by {source.at} desc, {key} desc limit {PAGE_ROWS + 1}"""),
        values,
    ).mappings()
    rows = [dict(row) for row in found]
    last = rows[PAGE_ROWS - 1] if len(rows) > PAGE_ROWS else None
    further = f"{last['at'].isoformat()}|{last['id']}" if last else None
    return RowsPage(whole, rows[:PAGE_ROWS], further, moment, teams)


def _times(rows_request: RowsRequest) -> str:
    return TIMES if rows_request.figure is RETURNED and rows_request.missed else ""


def _teams(
    connection: Connection, rows_request: RowsRequest, condition: str, values: Mapping[str, Any], lang: str
) -> list[TeamRows]:
    figure, team = rows_request.figure, team_of(rows_request.figure)
    if team is None or not rows_request.missed or rows_request.team or rows_request.person:
        return []
    counted = connection.execute(
        text(f"""select {team.key} as key, count(*) as n from {figure.source.table} {figure.source.alias}
            {team.joined} where {condition} group by 1 order by 2 desc, 1"""),
        values,
    ).all()
    names = {}
    if figure.answers in NAMES:
        named = connection.execute(
            text(NAMES[figure.answers].format(lang=lang)), {"region": values["region"]}
        )
        names = {row.key: row.name for row in named}
    return [TeamRows(row.key, names.get(row.key, row.key), row.n) for row in counted]


def _total(
    connection: Connection,
    city: City,
    request: StatisticsRequest,
    rows_request: RowsRequest,
    condition: str,
    values: Mapping[str, Any],
) -> int:
    """All the rows of a subject are counted by the days that are counted ahead: to count millions of rows
    would cost more than the page."""
    source = rows_request.figure.source
    is_all = rows_request == RowsRequest(rows_request.figure, after=rows_request.after)
    if is_all and request.is_of_whole_city:
        for subject, figure in FIGURE_OF_SUBJECT.items():
            if figure is rows_request.figure:
                return total(connection, city, request, subject)
    statement = text(f"select count(*) from {source.table} {source.alias} where {condition}")
    return connection.execute(statement, values).scalar_one()


def _whole(query: Mapping[str, str], name: str) -> int | None:
    value = query.get(name)
    if value is None or value == "":
        return None
    if (number := whole(value)) is None:
        raise InvalidInput("statistics.value", name=name, value=value[:40])
    return number


def _cursor(value: str) -> tuple[datetime, int]:
    at, _, id_ = value.partition("|")
    moment, number = moment_in(at), whole(id_)
    if moment is None or number is None:
        raise InvalidInput("statistics.value", name="after", value=value[:40])
    return moment, number
