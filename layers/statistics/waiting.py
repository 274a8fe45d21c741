"""How long it took until an operator answered, until work began, until a request was closed: the estimate of
Kaplan and Meier over what came in the period, what still waits at the age that it has now."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, text

from geo.settings import City
from geo.statistics.counting import Period, rows_condition
from geo.statistics.definitions import ANSWER, INQUIRIES, Figure
from geo.statistics.inquiry_days import answer_times, count_days
from geo.statistics.survival import Survival, kaplan_meier
from layers.statistics.requests import FIGURE_OF_SUBJECT, StatisticsRequest

MINUTE_S = 60
CLOSED = "i.status = 'closed'"
BEGUN = """left join (select e.incident_id, min(e.happened_at) as at from incident_event e
        where e.region = :region and e.recorded_at >= :since and (e.what = 'status'
            and e.to_value = 'in_progress' or e.what = 'performer' and e.to_value is not null)
        group by 1) b on b.incident_id = i.id"""
"""When a performer took an incident up, or was named by a person. No event is recorded before its incident
was opened, so the period's beginning keeps the search to the months that matter."""


@dataclass(frozen=True)
class WaitUntil:
    """An end that incidents `i` wait for: `at` is SQL of its moment over a row that may be `joined`. One that
    is closed waits no longer, whether or not it is known until when it did."""

    at: str
    joined: str = ""

    @property
    def sql(self) -> str:
        lasted = f"date_part('epoch', coalesce({self.at}, now()) - i.opened_at) / {MINUTE_S}"
        state = f"case when {self.at} is not null then 'ended' when {CLOSED} then 'unknown' else 'waits' end"
        return f"""select {state} as state, greatest(floor({lasted}), 0) as minutes, count(*)::int as n
            from incident i {self.joined} where {{condition}} group by 1, 2"""


UNTIL = {
    "assigned": WaitUntil("b.at", BEGUN),
    "closed": WaitUntil(f"case when {CLOSED} then i.closed_at end"),
}
"""What incidents wait for; inquiries wait for an "answer"."""


@dataclass(frozen=True)
class WaitingTimes:
    """Times in minutes. `ended_only`: the same estimate as if nothing waited still, which is what a mean of
    the ended hides. `durations`: (minutes, how many) of the ended. `unknown`: ended, nobody recorded when."""

    figure: Figure
    estimate: Survival
    ended_only: Survival
    durations: list[tuple[float, int]]
    open_ages: list[tuple[float, int]]
    unknown: int

    @property
    def total(self) -> int:
        return self.estimate.events + self.estimate.censored + self.unknown


def waiting_times(connection: Connection, city: City, request: StatisticsRequest) -> WaitingTimes:
    """Until what the request says. Inquiries are closed by their answer: what else is asked of them is asked
    of the incidents from 109."""
    if request.wait == "answer":
        return _answered(connection, city, request)
    figure, until = FIGURE_OF_SUBJECT[request.of_incidents()], UNTIL[request.wait]
    population, period = request.population(city), Period.of_days(city, request.first, request.last)
    condition, values = rows_condition(figure, population, period)
    rows = connection.execute(text(until.sql.format(condition=condition)), values).all()
    ended, waits = (
        [(row.minutes, row.n) for row in rows if row.state == state] for state in ("ended", "waits")
    )
    unknown = sum(row.n for row in rows if row.state == "unknown")
    return WaitingTimes(
        figure, kaplan_meier(ended, waits), kaplan_meier(ended), sorted(ended), waits, unknown
    )


def _answered(connection: Connection, city: City, request: StatisticsRequest) -> WaitingTimes:
    """The times of inquiries, where they are given; nobody waits still, for a lost call is no inquiry."""
    times = [(s / MINUTE_S, n) for s, n in answer_times(connection, city, request.first, request.last)]
    counted = count_days(connection, city, request.first, request.last)[ANSWER.key].get(True)
    estimate = kaplan_meier(times)
    unknown = (counted.whole if counted else 0) - estimate.events
    return WaitingTimes(INQUIRIES, estimate, estimate, times, [], unknown)
