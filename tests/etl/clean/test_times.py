from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl.clean import day_and_clock, formats, times

ALMATY = ZoneInfo("Asia/Almaty")


def one(text: str, day_first: bool = True) -> datetime | None:
    values, bad = times.parse(pa.array([text]), ALMATY, day_first)
    assert bad[0] == (values[0].as_py() is None)
    return values[0].as_py()


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-02-29 12:00", utc(2024, 2, 29, 6)),  # UTC+6 before 1 March 2024
        ("2024-03-01 12:00", utc(2024, 3, 1, 7)),  # UTC+5 since
        ("2024-02-29 23:30", utc(2024, 2, 29, 17, 30)),  # shown twice that night: the first
        ("2024-03-01 00:00", utc(2024, 2, 29, 19)),
        ("01.03.2024 12:00:30", utc(2024, 3, 1, 7, 0, 30)),
        ("1/3/2024", utc(2024, 2, 29, 19)),
        ("2024-03-01T12:00:00+03:00", utc(2024, 3, 1, 9)),
        ("2024-03-01 12:00:00.25Z", utc(2024, 3, 1, 12, 0, 0, 250_000)),
        ("12/03/2024 11:05 PM", utc(2024, 3, 12, 18, 5)),
        ("1709290800", utc(2024, 3, 1, 11)),
        ("1709290800000", utc(2024, 3, 1, 11)),
        ("27.11.26 10:30", utc(2026, 11, 27, 5, 30)),
        ("27.11.2026, 10:30:00", utc(2026, 11, 27, 5, 30)),
        ("2026-11-27, 10:30", utc(2026, 11, 27, 5, 30)),
        ("20261127103000", utc(2026, 11, 27, 5, 30)),
        ("20261127T103000", utc(2026, 11, 27, 5, 30)),
        ("20261127", utc(2026, 11, 26, 19)),
        ("2026-11-26 24:00", utc(2026, 11, 26, 19)),
        ("2026-11-27 10.30", utc(2026, 11, 27, 5, 30)),
        ("10:30 27.11.2026", utc(2026, 11, 27, 5, 30)),
        ("Fri, 27 Nov 2026 05:30:00 GMT", utc(2026, 11, 27, 5, 30)),
        ("Fri Nov 27 10:30:00 2026", utc(2026, 11, 27, 5, 30)),
        ("27 Nov 2026 10:30", utc(2026, 11, 27, 5, 30)),
        ("27-Nov-26 10:30", utc(2026, 11, 27, 5, 30)),
        ("Nov 27 2026 10:30PM", utc(2026, 11, 27, 17, 30)),
        ("27 ноября 2026 г. 10:30", utc(2026, 11, 27, 5, 30)),
        ("пт, 27.11.2026г. 10:30", utc(2026, 11, 27, 5, 30)),
        ("2026 жылғы 27 қараша, 10:30", utc(2026, 11, 27, 5, 30)),
        ("/Date(1795757400000+0500)/", utc(2026, 11, 27, 5, 30)),
        ("1795757400.5", utc(2026, 11, 27, 5, 30, 0, 500_000)),
        ("1795757400000.0", utc(2026, 11, 27, 5, 30)),
        ("46353.4375", utc(2026, 11, 27, 5, 30)),
        ("46353,4375", utc(2026, 11, 27, 5, 30)),
        ("46353", utc(2026, 11, 26, 19)),
        ("2026-11-27 10:30 GMT+5", utc(2026, 11, 27, 5, 30)),
        ("2026-11-27T10:30:00+05:00[Asia/Almaty]", utc(2026, 11, 27, 5, 30)),
        ("2026-W48-5", utc(2026, 11, 26, 19)),
        ("2026-W54-1", None),
        ("2026-W53-1", utc(2026, 12, 27, 19)),
        ("2025-W53-1", None),
        ("2018-07", utc(2018, 6, 30, 18)),
        ("07.2018", utc(2018, 6, 30, 18)),
        ("July 2018", utc(2018, 6, 30, 18)),
        ("шілде 2018", utc(2018, 6, 30, 18)),
        ("2026-11-27 10:30:00 ALMT", utc(2026, 11, 27, 5, 30)),
        ("2023-11-27 10:30 (ALMT)", utc(2023, 11, 27, 4, 30)),
        ("2026-11-27 10:30:60", utc(2026, 11, 27, 5, 31)),
        ("2026-12-31T23:59:60+05:00", utc(2026, 12, 31, 19)),
        ("Fri Nov 27 2026 10:30:00 GMT+0500 (Qyzylorda Standard Time)", utc(2026, 11, 27, 5, 30)),
        ("Fri Nov 27 10:30:00 ALMT 2026", utc(2026, 11, 27, 5, 30)),
        ("2026-11-27 05:30:00 +0000 UTC", utc(2026, 11, 27, 5, 30)),
        ("2026-11-27 10:30:00.5 +0500 +05", None),
        ("2026-11-27 10:30:00 +05:00 Asia/Almaty", utc(2026, 11, 27, 5, 30)),
        ("27.11.2026 10:30 (GMT+05:00)", utc(2026, 11, 27, 5, 30)),
        ("27.11.2026 в 10:30", utc(2026, 11, 27, 5, 30)),
        ("November 27, 2026 at 10:30 AM", utc(2026, 11, 27, 5, 30)),
        ("27.11.2026 10:30 ч.", utc(2026, 11, 27, 5, 30)),
        ("1795757400000000", utc(2026, 11, 27, 5, 30)),
        ("1795757400000000000", utc(2026, 11, 27, 5, 30)),
        ("1999112710300000", None),
        ("2026-11-27T10:30+14:00", utc(2026, 11, 26, 20, 30)),
        ("2026-11-27T10:30+25:00", None),
        ("26-11-27", None),
        ("2026-11-27 10:30:00 MSK", None),
        ("2026-11-27 10:30:61", None),
        ("2026-11-27 10:60", None),
        ("2018-13", None),
        ("24:00 2026-11-26 x", None),
        ("Foo 27 2026", None),
        ("31.02.2024", None),
        ("2024-13-01", None),
        ("2024-01-01 25:00", None),
        ("2024-01-01 13:00 PM", None),
        ("вчера", None),
        ("99999", None),
    ],
)
def test_a_time_is_read_in_each_usual_spelling(text: str, expected: datetime | None) -> None:
    assert one(text) == expected


@pytest.mark.parametrize(
    ("text", "zone", "expected"),
    [
        ("11/01/2026 01:30:00 AM EST", "America/New_York", utc(2026, 11, 1, 6, 30)),
        ("2026-11-01 01:30 EDT", "America/New_York", utc(2026, 11, 1, 5, 30)),
        ("2026-07-01 10:00:00.5 PDT", "America/Los_Angeles", utc(2026, 7, 1, 17, 0, 0, 500_000)),
        ("2013-07-01 10:00 MSK", "Europe/Moscow", utc(2013, 7, 1, 6)),
        ("2026-07-01 10:00 MSK", "Europe/Moscow", utc(2026, 7, 1, 7)),
        ("2026-07-01 10:00 EDT", "Europe/Moscow", None),
    ],
)
def test_letters_of_a_zone_are_those_of_the_feeds_own_zone(
    text: str, zone: str, expected: datetime | None
) -> None:
    values, bad = times.parse(pa.array([text]), ZoneInfo(zone), day_first=False)
    assert (values[0].as_py(), bool(bad[0])) == (expected, expected is None)


def test_a_month_is_told_from_a_day() -> None:
    column = pa.array(["2018-07", "July 2018", "2018-07-01", "2018-07-01 10:00", "07.2018", None, "x"])
    assert times.months(column).tolist() == [True, True, False, False, True, False, False]


@given(
    st.datetimes(datetime(1970, 1, 2), datetime(2068, 12, 31)),
    st.sampled_from(
        [
            "%Y %m %d %H%M",
            "%d.%m.%y %H:%M",
            "%y%m%d %H:%M",
            "%d %b %Y %I:%M %p",
            "%m/%d/%Y %H%M",
            "%Y-%m-%dT%H:%M:%S",
        ]
    ),
)
def test_a_declared_format_reads_what_it_writes(moment: datetime, form: str) -> None:
    whole = moment.replace(second=0, microsecond=0)
    values, bad = times.parse(pa.array([whole.strftime(form), "x"]), ZoneInfo("UTC"), formats=(form,))
    assert values.to_pylist() == [whole.replace(tzinfo=UTC), None] and bad.tolist() == [False, True]


@pytest.mark.parametrize("form", ["%H:%M", "%Y", "%Y %m %m", "%Q %Y %m"])
def test_a_format_that_is_none_is_refused(form: str) -> None:
    with pytest.raises(ValueError, match="%"):
        formats.pattern(form)


def test_a_time_is_joined_of_typed_columns_of_day_and_clock() -> None:
    day, clock = (
        pa.array([datetime(2026, 11, 27).date()] * 3, pa.date32()),
        pa.array([time(10, 30), None, time(0, 0)], pa.time64("us")),
    )
    midnight, length = (
        pa.array([datetime(2026, 11, 27)] * 2, pa.timestamp("us")),
        pa.array([timedelta(hours=10, minutes=30), None], pa.duration("us")),
    )
    assert times.parse(day_and_clock.joined([day, clock]), ALMATY)[0].to_pylist() == [
        utc(2026, 11, 27, 5, 30),
        utc(2026, 11, 26, 19),
        utc(2026, 11, 26, 19),
    ]
    assert times.parse(day_and_clock.joined([midnight, length]), ALMATY)[0].to_pylist() == [
        utc(2026, 11, 27, 5, 30),
        utc(2026, 11, 26, 19),
    ]
    assert times.parse(day_and_clock.joined([midnight, pa.array([0.4375, None])]), ALMATY)[0].to_pylist() == [
        utc(2026, 11, 27, 5, 30),
        utc(2026, 11, 26, 19),
    ]


def test_the_month_comes_first_where_the_feed_says_so() -> None:
    assert one("03/04/2024", day_first=False) == utc(2024, 3, 3, 19)


def test_blank_is_no_fault() -> None:
    values, bad = times.parse(pa.array(["", "  ", None]), ALMATY)
    assert values.null_count == 3 and not bad.any()


def test_typed_columns_of_dates_are_read_as_they_are() -> None:
    naive = pa.array([datetime(2024, 3, 1, 12)], pa.timestamp("ms"))
    aware = pa.array([utc(2024, 3, 1, 7)], pa.timestamp("s", "UTC"))
    day = pa.array([datetime(2024, 3, 1).date()], pa.date32())
    assert [times.parse(column, ALMATY)[0][0].as_py() for column in (naive, aware, day)] == [
        utc(2024, 3, 1, 7),
        utc(2024, 3, 1, 7),
        utc(2024, 2, 29, 19),
    ]


@given(
    st.lists(st.datetimes(datetime(1970, 1, 2), datetime(2090, 1, 1)), min_size=1),
    st.sampled_from(["Asia/Almaty", "America/Chicago", "Europe/Moscow", "Australia/Lord_Howe"]),
)
def test_iso_times_are_read_as_the_standard_library_reads_them(moments: list[datetime], name: str) -> None:
    """Clocks shown twice are the first, skipped ones count on from before: what `datetime` does with fold
    0."""
    zone = ZoneInfo(name)
    values, _ = times.parse(pa.array(moments, pa.timestamp("us")), zone)
    assert values.to_pylist() == [moment.replace(tzinfo=zone).astimezone(UTC) for moment in moments]


@given(
    st.datetimes(datetime(1970, 1, 2), datetime(2090, 1, 1)),
    st.sampled_from(
        [
            "%Y-%m-%d %H:%M:%S",
            "%Y-%m-%dT%H:%M:%S",
            "%d.%m.%Y %H:%M:%S",
            "%d/%m/%Y %I:%M:%S %p",
            "%Y/%m/%d %H:%M:%S",
        ]
    ),
)
def test_a_time_that_was_written_is_read_back(moment: datetime, form: str) -> None:
    whole = moment.replace(microsecond=0)
    values, _ = times.parse(pa.array([whole.strftime(form), "x"]), ZoneInfo("UTC"))
    assert values[0].as_py() == whole.replace(tzinfo=UTC)


@given(st.text())
def test_no_text_breaks_the_reading_of_times(text: str) -> None:
    values, bad = times.parse(pa.array([text, "2024-01-01"]), ALMATY)
    assert values[1].as_py() == utc(2024, 1, 1) - timedelta(hours=6)
    assert bad[0] <= (values[0].as_py() is None)
