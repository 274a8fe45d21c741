"""What a report says is what the definitions count, in every kind, and the same twice."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import Engine

from geo.reports.keep import line_of
from geo.settings import Settings
from geo.statistics.counting import Period, Population, count_rows
from geo.statistics.definitions import BY_KEY, LEVELS
from layers.reading import snapshot
from layers.statistics.report import COUNTED, DIRECTIONS, read_report
from layers.statistics.requests import StatisticsRequest
from tests.support.connected import engine_as

engine = engine_as("reader", "engine", of="demo_settings", scope="module")
DAYS = {
    "morning": (date(2025, 3, 12), date(2025, 3, 12)),
    "week": (date(2025, 3, 3), date(2025, 3, 9)),
    "month": (date(2025, 2, 1), date(2025, 2, 28)),
}


@pytest.mark.parametrize("kind", DAYS)
def test_its_figures_are_those_of_the_definitions(engine: Engine, demo_settings: Settings, kind: str) -> None:
    city, (first, last) = demo_settings.city, DAYS[kind]
    with snapshot(engine) as connection:
        found = read_report(connection, city, kind, first, last)
        again = read_report(connection, city, kind, first, last)
        period = Period.of_days(city, first, last)
        counted = count_rows(connection, COUNTED, Population(city.region), period)
    assert line_of(found) == line_of(again)
    assert {one["figure"]: one["n"] for one in found["counts"]} == {
        key: one.value or 0 for key, one in counted.items()
    }
    n = {one["figure"]: one["n"] for one in found["counts"]}
    assert n["inquiries"] > 0
    assert sum(one["n"] for one in found["directions"]) == n["inquiries"]
    assert len(found["directions"]) <= DIRECTIONS + 1
    assert sum(one["n"] for one in found["districts"]) == n["service"]
    days = (last - first).days + 1
    assert sum(now for now, _ in found["hours"]) * days == pytest.approx(n["inquiries"], abs=0.2 * days)
    shown = {day: count for day, count, _ in found["days"]}
    assert sum(shown[day] for day in shown if day >= first.isoformat()) == n["inquiries"]
    assert [BY_KEY[one["figure"]] for one in found["levels"]] == [
        f for level in LEVELS.values() for f in level
    ]


def test_a_morning_is_compared_with_the_same_weekday_and_a_month_with_its_year(
    engine: Engine, demo_settings: Settings
) -> None:
    with snapshot(engine) as connection:
        before = {
            kind: read_report(connection, demo_settings.city, kind, *days)["before"]
            for kind, days in DAYS.items()
        }
    assert before == {
        "morning": ["2025-03-05", "2025-03-05"],
        "week": ["2025-02-24", "2025-03-02"],
        "month": ["2024-02-01", "2024-02-29"],
    }


def test_a_month_of_29_days_is_compared_with_one_of_28(engine: Engine, demo_settings: Settings) -> None:
    with snapshot(engine) as connection:
        city = demo_settings.city
        found = read_report(connection, city, "month", date(2024, 2, 1), date(2024, 2, 29))
        period = Period.of_days(city, date(2023, 2, 1), date(2023, 2, 28))
        counted = count_rows(connection, COUNTED, Population(city.region), period)
    before = {one["figure"]: one["before"] for one in found["counts"]}
    assert before == {key: one.value or 0 for key, one in counted.items()}
    *days, (_, _, last) = found["days"]
    assert last is None and sum(then for _, _, then in days) == before["inquiries"] > 0


@pytest.mark.parametrize(
    ("last", "before"),
    [("2025-03-12", "2025-03-05"), ("2025-03-18", "2025-03-11"), ("2025-03-19", "2025-03-05")],
)
def test_whole_weeks_just_before(last: str, before: str) -> None:
    query = {"from": "2025-03-12", "to": last, "compare": "week"}
    request = StatisticsRequest.parse(query, date(2025, 4, 1))
    assert request.before().last == date.fromisoformat(before)
    assert request.before().first.weekday() == request.first.weekday()
    assert StatisticsRequest.parse(request.as_query(), date(2025, 4, 1)) == request
