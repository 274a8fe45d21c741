"""What the law says of precincts and of the days before a vote: figures of the city's file, each set with its
source and the day from which it holds. Laws change; nothing of them is a constant of code."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal, NamedTuple, get_args

from geo.city_file import MOST_VOTERS, CityTable, day, days_of_year, texts_by_name, whole
from geo.city_texts import in_each_language

DateKey = Literal["register", "applications", "commissions", "inspection", "inspection_closed", "voting"]
"""The list as of a day, applications until, lists to the commissions, open for inspection (later in closed
precincts), the vote."""
COUNTED: tuple[DateKey, ...] = get_args(DateKey)[1:-1]
"""Those that are so many days before the vote."""
MOST_DAYS = 180


@dataclass(frozen=True)
class ElectionLaw:
    """A table [[election_law]] of the city's file."""

    since: date
    cap: int
    """Most voters of a precinct."""
    register: tuple[tuple[int, int], ...]
    """(month, day) of the days as of which the list is made."""
    days_before: dict[DateKey, int]
    source: dict[str, str]
    """Language -> what the law is called."""
    articles: dict[str, str]
    """The article of the law that each figure comes from, by the keys of `days_before`, "register" and
    "cap"."""

    @classmethod
    def read(cls, table: CityTable) -> ElectionLaw:
        """Raises `InvalidInput` ("city.key") for what is missing or cannot be used."""
        return cls(
            since=table.take("since", day),
            cap=table.take("cap", whole(1, MOST_VOTERS)),
            register=table.take("register", days_of_year),
            days_before={key: table.take(f"{key}_days", whole(0, MOST_DAYS)) for key in COUNTED},
            source=table.take("source", in_each_language),
            articles=table.take("articles", texts_by_name, {}),
        )


class ElectionDate(NamedTuple):
    """`days_before` the vote; none of the day as of which the list is made."""

    key: DateKey
    day: date
    days_before: int | None


def law_on(laws: Sequence[ElectionLaw], day: date) -> ElectionLaw:
    """The newest that has come by a day; before all of them the first."""
    ordered = sorted(laws, key=lambda law: law.since)
    come = [law for law in ordered if law.since <= day]
    return come[-1] if come else ordered[0]


def election_dates(law: ElectionLaw, voting_day: date) -> list[ElectionDate]:
    """The dates in the order of their days."""
    counted = [
        ElectionDate(key, voting_day - timedelta(days=days), days) for key, days in law.days_before.items()
    ]
    found = [ElectionDate("register", _as_of(law, voting_day), None), *counted]
    return [*sorted(found, key=lambda one: one.day), ElectionDate("voting", voting_day, 0)]


def _as_of(law: ElectionLaw, voting_day: date) -> date:
    """The last day of the register before the lists go to the commissions."""
    latest = voting_day - timedelta(days=law.days_before["commissions"])
    days = [date(year, month, day) for year in (latest.year - 1, latest.year) for month, day in law.register]
    return max(day for day in days if day <= latest)
