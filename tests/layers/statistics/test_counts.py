"""The cards' counts: each adds up to its total and to the list that it leads to, whatever the period, the
district and the scope."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, text

from dashboard.wording.statistics import NONE, change_of
from geo.database import connect_engine
from geo.errors import InvalidInput, NotFound
from geo.settings import Settings
from geo.statistics.day_counts import SUBJECTS
from layers.scope import Scope
from layers.statistics import counts
from layers.statistics.performers import by_performer
from layers.statistics.requests import COMPARISONS, FIGURE_OF_SUBJECT, WAITS, StatisticsRequest
from layers.statistics.rows import PAGE_ROWS, RowsRequest, read_rows_page
from layers.statistics.waiting import waiting_times
from tests.conftest import DEMO_UNTIL

TODAY = DEMO_UNTIL.date()
PERIODS = (
    (date(2025, 1, 1), date(2025, 3, 13)),
    (date(2024, 2, 20), date(2024, 3, 5)),
    (date(2022, 5, 1), date(2024, 8, 31)),
    (date(2019, 1, 1), date(2019, 2, 1)),
)
"""A year so far; the days around the change of the city's clock; years; before anything was recorded."""


@pytest.fixture(scope="module")
def reading(demo_settings: Settings) -> Engine:
    engine = connect_engine(demo_settings, "reader")
    yield engine
    engine.dispose()


@pytest.fixture
def connection(reading: Engine) -> Connection:
    with reading.connect() as connected:
        yield connected


def length(connection: Connection, settings: Settings, request: StatisticsRequest, **query: str) -> int:
    """The length of the list that a number leads to."""
    rows_request = RowsRequest.parse(query)
    return read_rows_page(connection, settings.city, request, rows_request, "ru").total


@pytest.mark.parametrize("period", PERIODS, ids=str)
@pytest.mark.parametrize("subject", SUBJECTS)
@pytest.mark.parametrize("district", [None, "esil"])
def test_every_card_adds_up_to_the_list(
    connection: Connection,
    demo_settings: Settings,
    period: tuple[date, date],
    subject: str,
    district: str | None,
) -> None:
    city, request = demo_settings.city, StatisticsRequest(*period, subject=subject, district=district)
    counted = request.counted()
    total = counts.total(connection, city, request, counted)
    assert total == length(connection, demo_settings, request, figure=FIGURE_OF_SUBJECT[counted].key)
    assert sum(counts.by_day(connection, city, request).values()) == total
    assert sum(counts.by_hour(connection, city, request).values()) == total
    assert sum(counts.by_channel(connection, city, request).values()) == total
    directions = counts.by_direction(connection, city, request, "ru")
    assert sum(one.n for one in directions) == total
    assert sum(one.before for one in directions) == counts.total(connection, city, request.before(), counted)
    if counted != "inquiry":
        assert sum(one.n for one in counts.by_district(connection, city, request, counted, "kk")) == total
    of_subject = replace(request, subject=counted)
    for wait in WAITS:
        of = "inquiries" if wait == "answer" else FIGURE_OF_SUBJECT[of_subject.of_incidents()].key
        found = waiting_times(connection, city, replace(of_subject, wait=wait))
        assert found.total == length(connection, demo_settings, request, figure=of), wait


@pytest.mark.parametrize("step", ["week", "month"])
@pytest.mark.parametrize("last", [date(2025, 3, 13), date(2024, 2, 29), date(2025, 2, 28)])
def test_weeks_and_months_are_as_long_as_their_lists(
    connection: Connection, demo_settings: Settings, step: str, last: date
) -> None:
    """The last one as far as the period reaches, each against the same days a year before."""
    city = demo_settings.city
    request = StatisticsRequest(last.replace(day=1), last, step=step)
    steps = counts.by_step(connection, city, request, 14)
    assert len(steps) == 14 and steps[-1].last == last
    assert all(one.last + timedelta(1) == other.first for one, other in zip(steps, steps[1:]))
    for one in (steps[0], steps[-1]):
        assert one.n == counts.total(connection, city, request.of(one.first, one.last), "inquiry")
    assert sum(one.n for one in steps) > 0
    before = {
        date(2025, 3, 13): (date(2024, 3, 1), date(2024, 3, 13)),
        date(2024, 2, 29): (date(2023, 2, 1), date(2023, 2, 28)),
        date(2025, 2, 28): (date(2024, 2, 1), date(2024, 2, 29)),
    }[last]
    if step == "week":
        before = tuple(day - timedelta(weeks=52) for day in (steps[-1].first, last))
    assert steps[-1].before == counts.total(connection, city, request.of(*before), "inquiry")


def test_each_part_of_a_card_leads_to_a_list_of_its_length(
    connection: Connection, demo_settings: Settings
) -> None:
    city, request = demo_settings.city, StatisticsRequest(*PERIODS[0])
    day, n = max(counts.by_day(connection, city, request).items(), key=lambda item: item[1])
    assert length(connection, demo_settings, request.of(day, day), figure="inquiries") == n > 1
    for (weekday, hour), n in list(counts.by_hour(connection, city, request).items())[:5]:
        query = {"weekday": str(weekday), "hour": str(hour)}
        assert length(connection, demo_settings, request, figure="inquiries", **query) == n
    for channel, n in counts.by_channel(connection, city, request).items():
        assert length(connection, demo_settings, request, figure="inquiries", channel=channel) == n
    for one in counts.by_direction(connection, city, request, "en"):
        assert length(connection, demo_settings, request, figure="inquiries", category=str(one.id)) == one.n
    for one in counts.by_district(connection, city, request, "service", "en"):
        if one.key:
            inside = replace(request, district=one.key)
            assert length(connection, demo_settings, inside, figure="service") == one.n


def test_years_hold_their_totals_and_a_year_without_records_is_absent(
    connection: Connection, demo_settings: Settings
) -> None:
    city, request = demo_settings.city, StatisticsRequest(*PERIODS[0])
    found = counts.by_year(connection, city, request)
    for subject, figure in FIGURE_OF_SUBJECT.items():
        for year, (n, same_days, tenge) in found[subject].items():
            whole = request.of(date(year, 1, 1), min(date(year, 12, 31), request.last))
            assert n == length(connection, demo_settings, whole, figure=figure.key), (subject, year)
            same = request.of(date(year, 1, 1), date(year, 3, 13))
            assert same_days == length(connection, demo_settings, same, figure=figure.key)
            assert (tenge > 0) == (subject == "offence")
    assert set(found["inquiry"]) == set(range(2020, 2026))
    assert 2020 not in found["offence"], "nothing recorded is not zero"


@pytest.mark.parametrize("subject", SUBJECTS)
@pytest.mark.parametrize("district", [None, "esil"])
@pytest.mark.parametrize("first", [date(2019, 1, 1), TODAY + timedelta(40)], ids=str)
def test_the_nearest_period_has_records_and_there_is_none_nearer(
    connection: Connection, demo_settings: Settings, first: date, district: str | None, subject: str
) -> None:
    city = demo_settings.city
    request = StatisticsRequest(first, first + timedelta(9), district=district)
    assert counts.total(connection, city, request, subject) == 0
    nearest = counts.nearest_period(connection, city, request, subject)
    assert nearest is not None and nearest.days == request.days and nearest.district == district
    is_before = nearest.last < request.first
    edge, between = (
        (nearest.last, (nearest.last + timedelta(1), request.last))
        if is_before
        else (nearest.first, (request.first, nearest.first - timedelta(1)))
    )
    assert counts.total(connection, city, request.of(edge, edge), subject) > 0
    assert counts.total(connection, city, request.of(*between), subject) == 0


def test_until_when_there_is_data(connection: Connection, demo_settings: Settings) -> None:
    city, far = demo_settings.city, TODAY + timedelta(40)
    newest = counts.newest_day(connection, city, StatisticsRequest(TODAY, far))
    assert newest is not None and TODAY - timedelta(3) < newest <= TODAY
    ends = StatisticsRequest(date(2024, 1, 1), date(2024, 5, 31))
    assert counts.newest_day(connection, city, ends) == date(2024, 5, 31)
    assert counts.newest_day(connection, city, ends.of(date(1990, 1, 1), date(1990, 1, 2))) is None


def test_a_scope_narrows_what_is_counted(connection: Connection, demo_settings: Settings) -> None:
    city, request = demo_settings.city, StatisticsRequest(*PERIODS[2])
    scope = Scope(kinds=frozenset({"service"}), districts=frozenset({"esil", "nura"}))
    mine = replace(request, scope=scope)
    assert counts.total(connection, city, mine, "police") == 0
    in_both = sum(
        counts.total(connection, city, replace(request, district=key), "service") for key in scope.districts
    )
    assert counts.total(connection, city, mine, "service") == in_both > 0
    assert length(connection, demo_settings, mine, figure="service") == in_both
    assert length(connection, demo_settings, mine, figure="police") == 0
    assert {one.key for one in counts.by_district(connection, city, mine, "service", "en")} == scope.districts
    beyond = replace(mine, district="almaty")
    assert counts.total(connection, city, beyond, "service") == 0


def test_pages_of_a_list_hold_every_row_once(connection: Connection, demo_settings: Settings) -> None:
    request, query, seen = StatisticsRequest(*PERIODS[0]), {"figure": "inquiries"}, []
    while True:
        rows_request = RowsRequest.parse(query)
        page = read_rows_page(connection, demo_settings.city, request, rows_request, "en")
        seen += [row["id"] for row in page.rows]
        if page.next is None:
            break
        query = query | {"after": page.next}
    assert len(seen) == len(set(seen)) == page.total > PAGE_ROWS


YEAR_DAYS = st.tuples(st.dates(date(1999, 1, 1), date(2030, 12, 31)), st.integers(0, 365))
"""The first day and how many more: at most a year, which has 366 where its February is long."""


@given(YEAR_DAYS, st.sampled_from(COMPARISONS))
def test_a_period_of_at_most_a_year_is_never_compared_with_itself(days: tuple[date, int], how: str) -> None:
    first, more = days
    anniversary = (
        first.replace(year=first.year + 1, day=min(first.day, 28))
        if first.month == 2
        else (first.replace(year=first.year + 1))
    )
    last = min(first + timedelta(more), anniversary - timedelta(1))
    before = StatisticsRequest(first, last, how).before()
    assert before.first <= before.last < first
    assert abs(before.days - (last - first).days - 1) <= (how == "year")
    if how == "year":
        assert before.first.year == first.year - 1 and before.last.year == last.year - 1


@given(st.dates(date(1999, 1, 1), date(2030, 12, 31)), st.integers(1, 24))
def test_whole_months_and_years_are_compared_with_whole_ones(day: date, months: int) -> None:
    first, until = day.replace(day=1), day.year * 12 + day.month - 1 + months
    request = StatisticsRequest(first, date(until // 12, until % 12 + 1, 1) - timedelta(1))
    before, back = request.before(), 1 if months <= 12 else 2
    assert before.first == first.replace(year=first.year - back)
    assert before.last + timedelta(1) == date(until // 12 - back, until % 12 + 1, 1)
    assert before.last < first


def test_what_was_said_before_is_of_as_many_days() -> None:
    request = StatisticsRequest(date(2024, 2, 29), date(2024, 3, 10))
    for compare, first in (("year", "2023-02-28"), ("before", "2024-02-18"), ("weekdays", "2023-03-02")):
        before = replace(request, compare=compare).before()
        assert (before.first.isoformat(), before.days) == (first, request.days)
    assert replace(request, compare="weekdays").before().first.weekday() == request.first.weekday()


@given(YEAR_DAYS, st.sampled_from(COMPARISONS), st.integers(-800, 400))
def test_no_change_is_told_across_the_day_from_which_counts_are_in_full(
    days: tuple[date, int], how: str, shift: int
) -> None:
    first, more = days[0], min(days[1], 364)
    request = StatisticsRequest(first, first + timedelta(more), how)
    assert request.is_comparable
    full_from = first + timedelta(shift)
    before = request.before()
    mixed = replace(request, full_from=full_from)
    if full_from > request.last or full_from <= before.first:
        assert mixed.is_comparable
    if before.last < full_from <= request.first:
        assert not mixed.is_comparable
        assert change_of(mixed, 100, 10) == NONE


def test_directions_come_in_the_order_that_is_asked_for_and_all_of_them(
    connection: Connection, demo_settings: Settings
) -> None:
    most = StatisticsRequest(*PERIODS[0])
    first, grown = (
        counts.by_direction(connection, demo_settings.city, one, "ru")
        for one in (most, replace(most, topics="grown"))
    )
    assert sorted(first, key=lambda one: one.id) == sorted(grown, key=lambda one: one.id)
    assert [one.n for one in first] == sorted((one.n for one in first), reverse=True)
    assert [one.growth for one in grown] == sorted((one.growth for one in grown), reverse=True)
    assert first != grown


def test_organisations_come_in_the_order_that_is_asked_for(
    connection: Connection, demo_settings: Settings
) -> None:
    most = StatisticsRequest(*PERIODS[0])
    first, late = (
        [one for one in by_performer(connection, demo_settings.city, one, "ru") if one.key]
        for one in (most, replace(most, organisations="late"))
    )
    assert {one.key for one in first} == {one.key for one in late}
    assert [one.n for one in first] == sorted((one.n for one in first), reverse=True)
    assert [one.share_on_time for one in late] == sorted(one.share_on_time for one in late)
    assert first != late


def test_the_address_is_read_and_written_back() -> None:
    assert StatisticsRequest.parse({}, TODAY) == StatisticsRequest(date(2025, 1, 1), TODAY - timedelta(1))
    query = {
        "from": "2024-01-05",
        "to": "2024-02-29",
        "compare": "before",
        "district": "esil",
        "subject": "police",
        "topics": "grown",
        "organisations": "late",
    }
    assert StatisticsRequest.parse(query, TODAY).as_query() == query
    written = StatisticsRequest.parse({"from": "05.01.2024", "to": "29.02.2024"}, TODAY)
    assert (written.first, written.last) == (date(2024, 1, 5), date(2024, 2, 29))


@pytest.mark.parametrize(
    "query",
    [
        {"from": "2025-02-30"},
        {"from": "yesterday"},
        {"from": "2025-03-02", "to": "2025-03-01"},
        {"from": "1900-01-01", "to": "2025-01-01"},
        {"compare": "nothing"},
        {"subject": "inquiry; drop table inquiry"},
    ],
)
def test_what_cannot_be_read_is_refused(query: dict[str, str]) -> None:
    with pytest.raises(InvalidInput) as error:
        StatisticsRequest.parse(query, TODAY)
    assert error.value.code in ("statistics.period", "statistics.value")


@pytest.mark.parametrize("query", [{"category": "1 or 1=1"}, {"hour": "-1"}, {"after": "now|x"}])
def test_a_list_refuses_what_it_cannot_read(query: dict[str, str]) -> None:
    with pytest.raises(InvalidInput):
        RowsRequest.parse({"figure": "inquiries", **query})
    with pytest.raises(NotFound):
        RowsRequest.parse({"figure": "nothing"})


def test_a_list_has_no_word_of_a_caller(connection: Connection, demo_settings: Settings) -> None:
    page = read_rows_page(
        connection,
        demo_settings.city,
        StatisticsRequest(*PERIODS[0]),
        RowsRequest.parse({"figure": "inquiries"}),
        "ru",
    )
    assert {*page.rows[0]} == {"id", "number", "at", "category", "channel", "district", "status", "incident"}
    with pytest.raises(Exception, match="permission denied"):
        connection.execute(text("select * from personal.inquiry_text"))


@given(st.dates(date(2019, 1, 1), date(2026, 12, 31)), st.integers(0, 800))
def test_the_parts_of_years_are_told_apart_as_the_days_of_the_period(last: date, days: int) -> None:
    request = StatisticsRequest(last - timedelta(days), last)
    spans = counts._spans_of_years(request)
    edges = counts._edges(spans)
    for day in (date(2020, 1, 1) + timedelta(n) for n in range(0, (last - date(2020, 1, 1)).days + 1, 7)):
        begins = edges[bisect_right(edges, day) - 1]
        assert begins.year == day.year
        assert counts._years_with(spans, begins) == counts._years_with(spans, day)
    assert spans[last.year] == (request.first, last)
    before = request.before()
    assert spans[before.last.year] == (before.first, before.last)


LEAP_PERIODS = (
    (date(2024, 1, 1), date(2024, 12, 31)),
    (date(2024, 2, 1), date(2024, 2, 29)),
    (date(2025, 1, 1), date(2025, 3, 13)),
    (date(2025, 2, 1), date(2025, 2, 28)),
    (date(2024, 3, 1), date(2025, 2, 28)),
    (date(2023, 12, 20), date(2024, 1, 10)),
    (date(2022, 5, 1), date(2024, 8, 31)),
)


@pytest.mark.parametrize("period", LEAP_PERIODS, ids=str)
def test_headline_table_and_list_say_the_same_of_the_year_before(
    connection: Connection, demo_settings: Settings, period: tuple[date, date]
) -> None:
    city, request = demo_settings.city, StatisticsRequest(*period)
    before = request.before()
    for subject, years in counts.by_year(connection, city, request).items():
        now, then = (counts.total(connection, city, one, subject) for one in (request, before))
        assert now == years.get(request.last.year, (0, 0, 0))[1]
        assert then == years.get(before.last.year, (0, 0, 0))[1], subject
        figure = FIGURE_OF_SUBJECT[subject].key
        assert then == length(connection, demo_settings, before, figure=figure)
