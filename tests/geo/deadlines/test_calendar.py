"""The city's calendar: what the library proposes is what the law says, a person's word stands over it, and a
year that nobody has confirmed is told."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Connection, text

from geo.deadlines.calendar import (
    clear_day,
    confirm_year,
    load_calendar,
    read_year,
    set_day,
    set_hours,
    unconfirmed_years,
    week,
)
from geo.deadlines.clock import RegulatoryClock as Clock
from geo.deadlines.holidays import propose, proposed_days
from geo.errors import InvalidInput, NotFound
from geo.settings import DEFAULT_CITY, City

CITY = City.load(DEFAULT_CITY)
REGION = CITY.region
ASTANA = ZoneInfo("Asia/Almaty")

FACTS = [  # day, off or worked, why
    ("2021-12-16", False, "Independence Day"),
    ("2021-12-17", False, "its second day, until 2021"),
    ("2022-12-01", True, "the Day of the First President, abolished that year"),
    ("2023-03-23", False, "the third day of Nauryz"),
    ("2023-12-18", False, "for the 16th, a Saturday"),
    ("2024-05-04", True, "a Saturday, worked for the 8th of May"),
    ("2024-05-08", False, "moved from the 4th"),
    ("2024-03-25", False, "for the 23rd, a Saturday"),
    ("2025-01-03", False, "moved from the 5th"),
    ("2025-01-05", True, "a Sunday, worked for the 3rd"),
    ("2025-08-30", False, "Constitution Day in August, for the last time"),
    ("2025-09-01", False, "for the 30th of August, a Saturday"),
    ("2025-10-27", False, "for Republic Day, a Saturday"),
    ("2026-03-23", False, "the third day of Nauryz, a Monday"),
    ("2026-03-25", False, "for its first two days, a weekend"),
    ("2026-08-31", True, "Constitution Day is no longer in August"),
    ("2026-12-16", False, "Independence Day, a Wednesday"),
    ("2026-12-17", True, "no second day any more"),
    ("2027-03-15", False, "Constitution Day in March, for the first time"),
    ("2027-08-30", True, "a Monday like others"),
]


@pytest.fixture
def proposed(connection: Connection) -> Connection:
    propose(connection, CITY, range(2021, 2028), "command")
    return connection


def is_worked(connection: Connection, day: str) -> bool:
    return bool(load_calendar(connection, CITY).hours_of(date.fromisoformat(day)))


def test_the_proposal_agrees_with_the_law_year_by_year(proposed: Connection) -> None:
    calendar = load_calendar(proposed, CITY)
    wrong = [fact for fact in FACTS if bool(calendar.hours_of(date.fromisoformat(fact[0]))) != fact[1]]
    assert not wrong


@pytest.mark.parametrize("year", range(2012, 2028))
def test_every_year_has_its_holidays_named_in_kazakh_and_english(year: int) -> None:
    days = [day for day in proposed_days("KZ", year) if not day.working]
    assert len(days) >= 12 and all(set(day.names) >= {"kk", "en"} for day in days)
    assert {(1, 1), (3, 8), (3, 21), (3, 22), (3, 23), (5, 1), (5, 9), (12, 16)} <= {
        (day.day.month, day.day.day) for day in days
    }


def test_a_person_stands_over_the_library_and_it_can_be_taken_back(proposed: Connection) -> None:
    set_day(proposed, REGION, date(2026, 12, 16), True, "worked, by decree", "aigerim")
    set_day(proposed, REGION, date(2026, 12, 14), False, "moved", "aigerim")
    propose(proposed, CITY, [2026], "command")
    assert is_worked(proposed, "2026-12-16") and not is_worked(proposed, "2026-12-14")
    clear_day(proposed, REGION, date(2026, 12, 14), "aigerim")
    assert is_worked(proposed, "2026-12-14")
    with pytest.raises(NotFound, match="calendar.day"):
        clear_day(proposed, REGION, date(2026, 12, 14), "aigerim")
    with pytest.raises(InvalidInput, match="calendar.reason"):
        set_day(proposed, REGION, date(2026, 12, 14), False, " ", "aigerim")
    done = proposed.execute(text("select what from audit where who = 'aigerim' order by id")).scalars()
    assert list(done) == ["calendar.day", "calendar.day", "calendar.cleared"]


def test_a_confirmed_year_stays_as_it_is_and_the_next_is_asked_for_in_autumn(proposed: Connection) -> None:
    assert unconfirmed_years(proposed, CITY, date(2026, 11, 29)) == [2026, 2027]
    confirm_year(proposed, REGION, 2026, "aigerim")
    assert unconfirmed_years(proposed, CITY, date(2026, 9, 30)) == []
    assert unconfirmed_years(proposed, CITY, date(2026, 10, 1)) == [2027]
    before = read_year(proposed, REGION, 2026)
    assert (
        propose(proposed, CITY, [2026, 2027], "command") == [2027]
        and read_year(proposed, REGION, 2026) == before
    )
    with pytest.raises(NotFound, match="calendar.year"):
        confirm_year(proposed, REGION, 2040, "aigerim")


def test_hours_are_the_citys_until_somebody_sets_others(proposed: Connection) -> None:
    opened = datetime(2026, 11, 30, 10, tzinfo=ASTANA)
    day = timedelta(hours=24) / timedelta(hours=1)
    assert Clock.of_hours(opened, day, (), load_calendar(proposed, CITY)).due_at == opened + timedelta(days=1)
    set_hours(proposed, REGION, ["08:00-12:00"], [1, 2, 3, 4, 5, 6], "aigerim")
    calendar = load_calendar(proposed, CITY)
    assert [sum(end - begin for begin, end in of_day) for of_day in calendar.hours] == [240] * 6 + [0]


@pytest.mark.parametrize(
    "spans, weekdays",
    [
        (["9-18"], [1]),
        (["18:00-09:00"], [1]),
        (["09:00-25:00"], [1]),
        (["09:00-24:30"], [1]),
        (["09:00-13:00", "12:00-18:00"], [1]),
        (["09:00-18:00"], [0]),
        (["09:00-18:00"], []),
        ([], [1]),
    ],
)
def test_hours_that_are_none_are_refused(spans: list[str], weekdays: list[int]) -> None:
    with pytest.raises(InvalidInput, match="calendar"):
        week(spans, weekdays)
