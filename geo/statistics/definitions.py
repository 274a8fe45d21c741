"""The figures: one definition each, for whoever shows them.

A figure is a condition on rows of one source: `whole` says which rows are counted and `part` which of them
make the numerator of a share. Its list is the rows of that condition and nothing else, so a figure and the
length of its list cannot differ. SQL is over a row `q` of `inquiry`, `i` of `incident`, `c` of `calls`, `m`
of `project_milestone`.

To add one:

1. a `Figure` below, and its line in `DEFINITIONS`
2. `dashboard/locale/LANGUAGE/LC_MESSAGES/ikomek.po`: "statistics.figure.KEY" (its name) and
   "statistics.figure.KEY.formula", in each language
3. `tests/geo/statistics/test_definitions.py`: an example counted by hand in `BY_HAND`
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from geo.errors import NotFound
from geo.incidents.payload import PRESSES_AT

Unit = Literal["count", "share", "seconds", "tenge"]


@dataclass(frozen=True)
class FigureSource:
    """`table` under `alias`. `at`: the moment by which a row belongs to a period. `span`: how long that
    moment lasts; a row belongs to every period that it touches."""

    table: str
    alias: str
    at: str
    span: str | None = None

    def within(self, since: str, until: str) -> str:
        """SQL: the row belongs to the period from `since` (included) to `until` (not included), both SQL of
        a moment."""
        begins = f"{since} - interval '{self.span}'" if self.span else since
        compared = ">" if self.span else ">="
        return f"{self.at} {compared} {begins} and {self.at} < {until}"


INQUIRY = FigureSource("inquiry", "q", "q.received_at")
INCIDENT = FigureSource("incident", "i", "i.opened_at")
CALLS = FigureSource("calls", "c", "c.hour", "1 hour")
"""Telephony counts whole hours."""
MILESTONE = FigureSource("project_milestone", "m", "m.planned_at")
"""The milestones in the project office's file."""


@dataclass(frozen=True)
class Goal:
    """`at_least` true: the figure should be no less than `value` (a share 0..1, or seconds); else no more.
    `limit`: what it may come to at the utmost, shown beside the goal."""

    value: float
    at_least: bool
    limit: float | None = None

    def lacks(self, value: float | None) -> float:
        """How far a value is from the goal; 0 = it is reached, or there is no value."""
        if value is None:
            return 0.0
        return max(0.0, self.value - value if self.at_least else value - self.value)


@dataclass(frozen=True)
class Figure:
    """`whole`: the rows that are counted. `part`: of these, the rows of the numerator. `weight`: what a row
    counts in numerator and denominator, where that is not one row each; for a mean or a sum the first is what
    is added up. `answers`: who answers for it: operators, inspectors, performers, managers, or the
    city.

    The value is `sum(weight of part) / sum(weight of whole)` for a share, the mean of `weight[0]` over the
    rows that have one for seconds, and the sum of `weight[0]` (a row counts 1 where there is none) for the
    rest.
    """

    key: str
    source: FigureSource
    unit: Unit
    answers: str
    whole: str = "true"
    part: str | None = None
    weight: tuple[str, str] | None = None
    goal: Goal | None = None
    recorded: str | None = None
    """SQL: whether the source records what is counted at all. Where it does not, there is no value: no record
    is not a good record."""

    @property
    def sql(self) -> str:
        """How it is counted, as a person reads it beside the chart."""
        if self.unit == "share":
            top, bottom = self.terms()
            return f"{top} / {bottom}"
        return self.mean() if self.unit == "seconds" else self.terms()[1]

    @property
    def numerator(self) -> str:
        """SQL: a row is counted in the numerator."""
        if self.part is None or self.whole == "true":
            return self.part or self.whole
        return f"({self.whole}) and ({self.part})"

    @property
    def missed(self) -> str | None:
        """SQL: a row is counted and keeps the figure from its goal; none = it has none."""
        if self.goal is None:
            return None
        if self.unit == "seconds" and self.weight:
            return f"({self.whole}) and {self.weight[0]} > {self.goal.value:g}"
        if self.goal.at_least:
            return f"({self.whole}) and ({self.part}) is not true"
        return f"{self.weight[0]} > 0" if self.weight else self.numerator

    def mean(self) -> str:
        """SQL of the mean of what is measured in seconds; null of what is not."""
        if self.unit != "seconds" or self.weight is None:
            return "null::float8"
        return f"(avg({self.weight[0]}) filter (where {self.whole}))::float8"

    def terms(self) -> tuple[str, str]:
        """SQL of numerator and denominator as aggregates; of what is no share both are the same."""
        of_part, of_whole = self.weight or ("1", "1")
        if self.unit == "tenge":
            of_whole = of_part
        elif self.unit == "seconds":
            of_part = of_whole = "1"
        return (
            _added(of_part, self.numerator),
            _added(of_whole, self.whole),
        )


def _added(weight: str, condition: str) -> str:
    counted = "count(*)" if weight == "1" else f"sum({weight})"
    return counted if condition == "true" else f"{counted} filter (where {condition})"


EVENTS = (
    "select e.incident_id from incident_event e where e.region = :region and e.recorded_at >= :events_since"
)
RECLASSIFIED = f"i.id in ({EVENTS} and e.what = 'category')"
CORRECTED = """i.id in (select e.incident_id from case_check e where e.region = :region
    and e.recorded_at >= :events_since and e.field in ('category', 'performer', 'outcome'))"""
"""By an inspector (`geo.desk.check`). `e`, like an event: who counts as of a moment counts both so."""
REOPENED = f"i.id in ({EVENTS} and e.what = 'status' and e.from_value = 'closed')"
RAISED = """i.id in (select e.incident_id from incident_event e join incident o on o.region = e.region
    and o.id = e.incident_id where e.region = :region and e.recorded_at >= :events_since
    and e.what = 'priority' and e.to_value > '0' and e.happened_at <= o.due_at)"""
"""`:events_since`: no event of an incident is recorded before it was opened, so the period's beginning keeps
the search to the months that matter."""
PRESSED = f"i.source_priority = 0 and {PRESSES_AT} <= least(now(), coalesce(i.closed_at, now()))"
ESCALATES = f"exists ({EVENTS} and e.what = 'priority')"

INQUIRIES = Figure("inquiries", INQUIRY, "count", "city")
SERVICE = Figure("service", INCIDENT, "count", "city", "i.kind = 'service'")
POLICE = Figure("police", INCIDENT, "count", "city", "i.kind = 'police'")
EMERGENCIES = Figure("emergencies", INCIDENT, "count", "city", "i.kind = 'emergency'")
OFFENCES = Figure("offences", INCIDENT, "count", "city", "i.kind = 'offence'")
FINES = Figure("fines", INCIDENT, "tenge", "city", "i.kind = 'offence'", weight=("i.fine_tenge", "1"))

ONE_TAKE = Figure("one_take", INQUIRY, "share", "operators", part="q.one_take", goal=Goal(0.82, True))
LOST_CALLS = Figure(
    "lost_calls", CALLS, "share", "operators", weight=("c.lost", "c.offered"), goal=Goal(0.05, False)
)
ANSWER = Figure(
    "answer", INQUIRY, "seconds", "operators", weight=("q.answer_s", "1"), goal=Goal(15, False, 20)
)
TIMED = "q.answer_s is not null"
ANSWERED_15 = Figure(
    "answered_15", INQUIRY, "share", "operators", TIMED, "q.answer_s <= 15", goal=Goal(0.9, True)
)
ANSWERED_20 = Figure(
    "answered_20", INQUIRY, "share", "operators", TIMED, "q.answer_s <= 20", goal=Goal(0.95, True)
)
"""NENA-STA-020: 90 % of calls answered within 15 s, 95 % within 20 s. A call that nobody answered has no time
and stands in `LOST_CALLS`."""

CLASSIFIED = Figure(
    "classified",
    INCIDENT,
    "share",
    "inspectors",
    "i.kind = 'service'",
    f"not {RECLASSIFIED} and not {CORRECTED}",
    goal=Goal(1.0, True),
)
ESCALATED = Figure(
    "escalated",
    INCIDENT,
    "share",
    "inspectors",
    f"i.kind = 'service' and {PRESSED}",
    RAISED,
    goal=Goal(0.95, True),
    recorded=ESCALATES,
)

ON_TIME = Figure(
    "on_time",
    INCIDENT,
    "share",
    "performers",
    "i.due_at is not null and (i.status = 'closed' or i.due_at < now())",
    "i.status = 'closed' and i.closed_at <= i.due_at",
    goal=Goal(0.95, True),
)
"""On time = closed on time / (closed + open and overdue): what is left open counts against."""
RETURNED = Figure(
    "returned",
    INCIDENT,
    "share",
    "performers",
    f"i.status = 'closed' or {REOPENED}",
    REOPENED,
    goal=Goal(0.0, False),
)
"""The share is of incidents that were closed at least once, so one that is open again stays in both."""

AGAIN = """exists (select from incident r where r.region = i.region and r.building_id = i.building_id
    and r.category_id = i.category_id and r.id <> i.id and r.opened_at > i.closed_at
    and r.opened_at <= least(i.closed_at + interval '30 days', now()))"""
REPEATED = Figure(
    "repeated",
    INCIDENT,
    "share",
    "performers",
    "i.status = 'closed' and i.building_id is not null",
    AGAIN,
)
"""Closed, and the same came again from the same address within 30 days."""

WAITED = Figure(
    "waited",
    INCIDENT,
    "seconds",
    "city",
    "i.kind = 'service'",
    weight=("extract(epoch from coalesce(i.closed_at, now()) - i.opened_at)", "1"),
    goal=Goal(2 * 86400, False),
)
"""From the inquiry to the answer; one that is open has waited until now, so that leaving it open helps
nobody. Its median is what the centre brought from 7 days to 2."""

MILESTONES = Figure(
    "milestones",
    MILESTONE,
    "share",
    "managers",
    "m.done_on is not null or m.due_at <= now()",
    "m.done_on is not null and m.done_on <= m.planned_on",
    goal=Goal(1.0, True),
)
"""By the planned day: what is open after it counts against, as what was done later does."""

DEFINITIONS: tuple[Figure, ...] = (
    INQUIRIES,
    SERVICE,
    POLICE,
    EMERGENCIES,
    OFFENCES,
    FINES,
    ONE_TAKE,
    LOST_CALLS,
    ANSWER,
    ANSWERED_15,
    ANSWERED_20,
    CLASSIFIED,
    ESCALATED,
    ON_TIME,
    RETURNED,
    REPEATED,
    WAITED,
    MILESTONES,
)
BY_KEY: Mapping[str, Figure] = {figure.key: figure for figure in DEFINITIONS}
LEVELS: Mapping[str, tuple[Figure, ...]] = {
    level: tuple(figure for figure in DEFINITIONS if figure.answers == level and figure.goal)
    for level in ("operators", "inspectors", "performers")
}
"""Who answers -> the figures that have a goal."""


def find_figure(key: str) -> Figure:
    """Raises `NotFound` ("statistics.figure") with the keys that there are."""
    if key not in BY_KEY:
        raise NotFound("statistics.figure", figure=key[:40], known=", ".join(BY_KEY))
    return BY_KEY[key]
