"""What the page /statistics asks for, read from its address and written back to it."""

from __future__ import annotations

import re
from calendar import isleap, monthrange
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from geo.errors import InvalidInput
from geo.ranges import day_in
from geo.settings import City
from geo.statistics import definitions
from geo.statistics.counting import Population
from geo.statistics.day_counts import SUBJECTS
from geo.statistics.definitions import EMERGENCIES, INQUIRIES, OFFENCES, POLICE, Figure
from geo.storable import UNSTORABLE
from layers.scope import Scope

COMPARISONS = ("year", "before", "week", "weekdays")
"""The comparison is with the same days of the year before, with as many days just before, with the same
weekdays just before, or with those of 52 weeks before."""
STEPS = ("day", "week", "month")
"""By what the course of a figure is shown."""
WAITS = ("answer", "assigned", "closed")
"""What waiting ends with."""
TOPICS = ("most", "grown")
"""The topics that come first: those with the most, or those that grew most."""
ORGANISATIONS = ("most", "late")
"""The organisations that come first: those with the most, or those that are least on time."""
MIXED = 0.03
"""By how much the part of days that are counted in full (`full_from`) may differ between a period and the one
it is compared with. When a demo city is made, a year so far has
in all what it should: its days in full take theirs from the others (`etl.demo.scales`)."""
WEEKS_OF_A_YEAR = timedelta(weeks=52)
LONGEST_DAYS = 3660
DAY_FIRST = re.compile(r"([0-9]{2})\.([0-9]{2})\.([0-9]{4})")
"""A day as people here write it; an address may have it as ISO 8601 as well."""
INQUIRY, SERVICE = SUBJECTS[:2]
FIGURE_OF_SUBJECT: Mapping[str, Figure] = dict(
    zip(SUBJECTS, (INQUIRIES, definitions.SERVICE, POLICE, EMERGENCIES, OFFENCES))
)


@dataclass(frozen=True)
class StatisticsRequest:
    """Days of the city from `first` to `last`, both included. `district`: a key, none = all. `subject`: what
    is counted by day, hour, category and channel; `step`: by what its
    course is shown; `wait`: until when waiting is measured; `topics`, `organisations`: which come first."""

    first: date
    last: date
    compare: str = "year"
    district: str | None = None
    subject: str = INQUIRY
    step: str = STEPS[0]
    wait: str = WAITS[-1]
    topics: str = TOPICS[0]
    organisations: str = ORGANISATIONS[0]
    scope: Scope = Scope()
    full_from: date | None = None
    """From this day on the counts of a demo city are in full, before it in part; none = all are of one
    scale."""

    @classmethod
    def parse(cls, query: Mapping[str, str], today: date) -> StatisticsRequest:
        """Reads a query; without a period: this year up to yesterday. Raises `InvalidInput`
        ("statistics.period", "statistics.value")."""
        yesterday = today - timedelta(1)
        last = _day(query, "to") or yesterday
        first = _day(query, "from") or last.replace(month=1, day=1)
        if not first <= last or (last - first).days >= LONGEST_DAYS:
            raise InvalidInput("statistics.period", first=first, last=last, most=LONGEST_DAYS)
        return cls(
            first,
            last,
            _one_of(query, "compare", COMPARISONS) or "year",
            _storable(query, "district"),
            _one_of(query, "subject", SUBJECTS) or INQUIRY,
            _one_of(query, "step", STEPS) or STEPS[0],
            _one_of(query, "wait", WAITS) or WAITS[-1],
            _one_of(query, "topics", TOPICS) or TOPICS[0],
            _one_of(query, "organisations", ORGANISATIONS) or ORGANISATIONS[0],
        )

    def as_query(self) -> dict[str, str]:
        """The address that parses to this request, whatever day it is then."""
        given = {"from": self.first.isoformat(), "to": self.last.isoformat()}
        given |= {"compare": self.compare} if self.compare != "year" else {}
        given |= {"district": self.district} if self.district else {}
        given |= {"subject": self.subject} if self.subject != INQUIRY else {}
        given |= {"step": self.step} if self.step != STEPS[0] else {}
        given |= {"wait": self.wait} if self.wait != WAITS[-1] else {}
        given |= {"topics": self.topics} if self.topics != TOPICS[0] else {}
        return given | (
            {"organisations": self.organisations} if self.organisations != ORGANISATIONS[0] else {}
        )

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def is_of_whole_city(self) -> bool:
        """Every incident counts, whoever may see it and wherever it is."""
        return self.scope.is_whole and not self.district

    def each_day(self) -> list[date]:
        return [self.first + timedelta(n) for n in range(self.days)]

    def before(self) -> StatisticsRequest:
        """The period that this one is compared with: never one of its own days. Of as many days, but for the
        same dates of a year that has one more or fewer."""
        if self.compare == "before":
            return self.moved(timedelta(days=self.days))
        weeks = timedelta(weeks=-(-self.days // 7))
        if self.compare == "week":
            return self.moved(weeks)
        if self.compare == "weekdays":
            return self.moved(max(weeks, WEEKS_OF_A_YEAR))
        return self.years_before(self.years)

    @property
    def is_comparable(self) -> bool:
        """A change against the period before is one of what happened, not of the scale of the counts."""
        return abs(self._full_part() - self.before()._full_part()) <= MIXED

    def _full_part(self) -> float:
        """The part of its days that are counted in full."""
        if self.full_from is None:
            return 1.0
        return min(max((self.last - self.full_from).days + 1, 0), self.days) / self.days

    @property
    def years(self) -> int:
        """How many years back its dates are others: 1 of a period of at most a year."""
        back = 1
        while self.years_before(back).last >= self.first:
            back += 1
        return back

    def years_before(self, years: int) -> StatisticsRequest:
        """The same dates so many years ago; whole months stay whole."""
        ends_month = self.first.day == 1 and (self.last + timedelta(1)).day == 1
        last = month_end(self.last, years) if ends_month else day_before(self.last, years)
        return self.of(day_before(self.first, years), last)

    def moved(self, back: timedelta) -> StatisticsRequest:
        return replace(self, first=self.first - back, last=self.last - back)

    def of(self, first: date, last: date) -> StatisticsRequest:
        return replace(self, first=first, last=last)

    def counted(self) -> str:
        """The subject that can be counted: an inquiry belongs to no district, the request it led to does."""
        return SERVICE if self.district and self.subject == INQUIRY else self.subject

    def of_incidents(self) -> str:
        """The subject where incidents alone can be counted: for inquiries what they led to."""
        return SERVICE if self.subject == INQUIRY else self.subject

    def visible(self, subjects: tuple[str, ...]) -> list[str]:
        """Those of `subjects` that the caller may see: inquiries are the city's in every scope."""
        kinds = self.scope.kinds
        return [subject for subject in subjects if subject == INQUIRY or kinds is None or subject in kinds]

    def districts(self) -> list[str] | None:
        """Keys of the districts that count; none = every one, and what has none."""
        narrowed = self.scope.narrowed(districts=[self.district] if self.district else None).districts
        return None if narrowed is None else sorted(narrowed)

    def population(self, city: City) -> Population:
        """The incidents that may be counted."""
        narrowed = self.scope.narrowed(districts=[self.district] if self.district else None)
        condition, bound = narrowed.where()
        return Population(city.region, f"i.vanished_at is null and {condition}", bound)


def day_before(day: date, years: int) -> date:
    """The same date so many years ago; of a 29th of February that there was not, the 28th."""
    leap = (day.month, day.day) == (2, 29) and not isleap(day.year - years)
    return day.replace(year=day.year - years, day=28 if leap else day.day)


def month_end(day: date, years: int) -> date:
    """The last day of the month so many years ago: of a leap year's February the 29th."""
    return day.replace(year=day.year - years, day=monthrange(day.year - years, day.month)[1])


def _day(query: Mapping[str, str], name: str) -> date | None:
    value = query.get(name)
    if not value:
        return None
    written = DAY_FIRST.fullmatch(value.strip())
    day = day_in("-".join(reversed(written.groups())) if written else value)
    if day is None:
        raise InvalidInput("statistics.value", name=name, value=value[:40])
    return day


def _storable(query: Mapping[str, str], name: str) -> str | None:
    given = query.get(name) or None
    if given is not None:
        need_storable(name, given)
    return given


def need_storable(name: str, value: str) -> None:
    """Raises `InvalidInput` ("statistics.value") for what no text of the database holds."""
    if UNSTORABLE.search(value):
        raise InvalidInput("statistics.value", name=name, value=value[:40])


def _one_of(query: Mapping[str, Any], name: str, known: tuple[str, ...]) -> str | None:
    value = query.get(name)
    if value and value not in known:
        raise InvalidInput("statistics.value", name=name, value=value[:40])
    return value or None
