"""How long requests wait to be closed: the estimate of Kaplan and Meier over what was opened in the period,
the open ones at the age that they have now."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, text

from geo.settings import City
from geo.statistics.counting import Period, rows_condition
from geo.statistics.survival import Survival, kaplan_meier
from layers.statistics.requests import FIGURE_OF_SUBJECT, INQUIRY, SERVICE, StatisticsRequest

MINUTE_S = 60
LASTED = f"floor(extract(epoch from coalesce(i.closed_at, now()) - i.opened_at) / {MINUTE_S})::bigint"
DURATIONS = f"""
    select i.status = 'closed' as closed, greatest({LASTED}, 0) as minutes, count(*)::int as n
    from incident i where {{condition}} and (i.status <> 'closed' or i.closed_at is not null)
    group by 1, 2"""
UNKNOWN = (
    "select count(*)::int from incident i where {condition} and i.status = 'closed' and i.closed_at is null"
)


@dataclass(frozen=True)
class ClosingTimes:
    """Times in minutes. `closed_only`: the same estimate as if nothing were open, which is what a mean of the
    closed hides. `durations`: (minutes, how many) of the closed. `unknown`: closed, their source does not say
    when."""

    estimate: Survival
    closed_only: Survival
    durations: list[tuple[int, int]]
    open_ages: list[tuple[int, int]]
    unknown: int

    @property
    def total(self) -> int:
        return self.estimate.events + self.estimate.censored + self.unknown


def closing_times(
    connection: Connection, city: City, request: StatisticsRequest, subject: str
) -> ClosingTimes:
    """The closing times of one kind of incidents. Inquiries are answered at once, so for them those of
    incidents from 109."""
    figure = FIGURE_OF_SUBJECT[SERVICE if subject == INQUIRY else subject]
    population, period = request.population(city), Period.of_days(city, request.first, request.last)
    condition, values = rows_condition(figure, population, period)
    rows = connection.execute(text(DURATIONS.format(condition=condition)), values).all()
    ended = [(row.minutes, row.n) for row in rows if row.closed]
    still_open = [(row.minutes, row.n) for row in rows if not row.closed]
    unknown = connection.execute(text(UNKNOWN.format(condition=condition)), values).scalar_one()
    return ClosingTimes(
        kaplan_meier(ended, still_open), kaplan_meier(ended), sorted(ended), still_open, unknown
    )
