"""Text read as times in UTC, by the patterns of `etl.clean.spellings`: the century of a two-digit year,
day or month first, the zone of what has no offset, days of a spreadsheet; nothing impossible."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from etl.clean import formats, spellings
from etl.clean.numbers import mask
from etl.clean.texts import tidy, whole

UTC_US = pa.timestamp("us", "UTC")
DAY_US = 86_400 * 10**6
SERIAL_1970 = 25_569
"""1970-01-01 as a spreadsheet counts days."""
SERIAL_2100 = 73_051
MOST_OFFSET_US = 14 * 3600 * 10**6
"""No clock on Earth is further from UTC: 25 hours are no offset."""
PIVOT = 70
"""Two digits of a year from here on are of the last century."""


def parse(
    column: pa.Array | pa.ChunkedArray, zone: ZoneInfo, day_first: bool = True, formats: Sequence[str] = ()
) -> tuple[pa.Array, np.ndarray]:
    """UTC times, null where blank, and a mask of what is no time (the 31st of February, an hour 25,
    words).

    Without an offset a time is a clock of `zone`. An hour that the clock showed twice is taken as the
    first; one that it skipped as if it had not been. Ten or thirteen digits are seconds or milliseconds
    since 1970 (16 and 19: micro-, nanoseconds), five are days of a spreadsheet. A month without a day is its
    first moment (`months` tells which are). `formats`: the only spellings, as `etl.clean.formats` has them;
    none = all that can be read in one way only.
    """
    array = whole(column)
    if pa.types.is_timestamp(array.type):
        return typed(array, zone), np.zeros(len(array), dtype=bool)
    if pa.types.is_date(array.type):
        return typed(pc.cast(array, pa.timestamp("us")), zone), np.zeros(len(array), dtype=bool)
    array = tidy(array)
    if formats:
        values = by_formats(array, zone, formats)
    else:
        values = plain(array, zone)
        values = spelled(array, zone, day_first) if values is None else values
    return values, mask(pc.and_(pc.is_valid(array), pc.is_null(values)))


def months(column: pa.Array | pa.ChunkedArray) -> np.ndarray:
    """Mask of the times that name only a month, no day."""
    array = whole(column)
    if not pa.types.is_string(array.type):
        return np.zeros(len(array), dtype=bool)
    return mask(spellings.is_month(tidy(array)))


@dataclass(frozen=True)
class Order:
    """Masks of a column's times that can be read day first only, month first only, and either way
    ("03/04/2024")."""

    day_first: np.ndarray
    month_first: np.ndarray
    either: np.ndarray

    @property
    def verdict(self) -> bool | None:
        """True = day first, False = month first; none where nothing speaks for one of them, or as much for
        both."""
        days, months = self.day_first.sum(), self.month_first.sum()
        return None if days == months else bool(days > months)

    def only(self, which: np.ndarray) -> Order:
        """That of some of its rows."""
        return Order(self.day_first[which], self.month_first[which], self.either[which])


def order(column: pa.Array | pa.ChunkedArray) -> Order:
    """The evidence in a column's own values about the order of day and month; none of a typed column, or one
    whose years come first."""
    array = whole(column)
    if not pa.types.is_string(array.type):
        return Order(*[np.zeros(len(array), dtype=bool)] * 3)
    parts = pc.extract_regex(tidy(array), spellings.ORDERED)
    fits = mask(pc.is_valid(parts))
    a, b, c = (digits(parts, name) for name in ("a", "b", "c"))
    b = np.maximum(b, c)
    return Order(
        fits & (a > 12) & (b <= 12), fits & (b > 12) & (a <= 12), fits & (a <= 12) & (b <= 12) & (a != b)
    )


def resolved(found: Mapping[str, Order], known: Mapping[str, bool]) -> dict[str, bool]:
    """Time field -> whether its days come first: as is `known`, else as its own values say, else as all
    others of them do; not there where nothing says."""
    orders = {**{name: order.verdict for name, order in found.items() if order.verdict is not None}, **known}
    if len(set(orders.values())) != 1:
        return orders
    other = next(iter(orders.values()))
    return {name: other for name, order in found.items() if order.either.any()} | orders


def plain(array: pa.Array, zone: ZoneInfo) -> pa.Array | None:
    """ISO times, all without an offset or all with one, at Arrow's own speed; none where any is spelled
    otherwise."""
    for type_ in (pa.timestamp("us"), UTC_US):
        try:
            return typed(pc.cast(array, type_), zone)
        except pa.ArrowInvalid:
            continue
    return None


def typed(array: pa.Array, zone: ZoneInfo) -> pa.Array:
    """A timestamp column as UTC: shifted by the zone where it has none."""
    if array.type.tz is not None:
        return pc.cast(array, UTC_US, safe=False)
    micros = pc.cast(pc.cast(array, pa.timestamp("us"), safe=False), pa.int64())
    known = mask(pc.is_valid(micros))
    local = pc.fill_null(micros, 0).to_numpy(zero_copy_only=False)
    return as_utc(to_utc(local, zone), known)


def as_utc(micros: np.ndarray, known: np.ndarray) -> pa.Array:
    return pa.array(micros, pa.int64(), mask=~known).cast(UTC_US)


def spelled(array: pa.Array, zone: ZoneInfo, day_first: bool) -> pa.Array:
    """Column of mixed spellings; null for what is none of them. The rarer ones are looked for only among
    what is left."""
    order = ("b", "a") if day_first else ("a", "b")
    utc, known = first_of(array, zone, ((spellings.YEAR_FIRST, ("a", "b")), (spellings.YEAR_LAST, order)))
    left = np.flatnonzero(mask(pc.is_valid(array)) & ~known)
    if len(left):
        values, read = rarer(spellings.rewritten(array.take(pa.array(left)), zone), zone, order)
        utc[left[read]], known[left[read]] = values[read], True
    return as_utc(utc, known)


def rarer(array: pa.Array, zone: ZoneInfo, order: tuple[str, str]) -> tuple[np.ndarray, np.ndarray]:
    ways = [
        (spellings.YEAR_FIRST, ("a", "b")),
        (spellings.YEAR_LAST, order),
        (spellings.SHORT_YEAR, order),
        (spellings.COMPACT, ("a", "b")),
        *((pattern, ("a", "b")) for pattern in spellings.MONTHS),
    ]
    if spellings.worded(array):
        ways += [(pattern, ("name", "b")) for pattern in (*spellings.NAMED, *spellings.NAMED_MONTHS)]
    utc, known = first_of(array, zone, ways)
    for values, read in (numbered(array, zone), weeks(array, zone)):
        utc, known = np.where(known, utc, values), known | read
    return utc, known


def first_of(
    array: pa.Array, zone: ZoneInfo, ways: Iterable[tuple[str, tuple[str, str]]]
) -> tuple[np.ndarray, np.ndarray]:
    """UTC microseconds by the first pattern that each text fits, and which fit any."""
    utc, known = np.zeros(len(array), dtype=np.int64), np.zeros(len(array), dtype=bool)
    for pattern, order in ways:
        values, read = read_parts(pc.extract_regex(array, pattern), zone, order)
        utc, known = np.where(known, utc, values), known | read
    return utc, known


def by_formats(array: pa.Array, zone: ZoneInfo, declared: Sequence[str]) -> pa.Array:
    patterns = [formats.pattern(one) for one in declared]
    return as_utc(
        *first_of(array, zone, ((found, ("name" if "<name>" in found else "a", "b")) for found in patterns))
    )


def numbered(array: pa.Array, zone: ZoneInfo) -> tuple[np.ndarray, np.ndarray]:
    """Moments counted since 1970, and days of a spreadsheet by the zone's clock; and which they are."""
    utc, known = np.zeros(len(array), dtype=np.int64), np.zeros(len(array), dtype=bool)
    for us, pattern in spellings.EPOCHS.items():
        counted = matching_numbers(array, pattern)
        utc += np.round(np.nan_to_num(counted) * us).astype(np.int64)
        known |= np.isfinite(counted)
    days = matching_numbers(array, spellings.SERIAL)
    serial = (days >= SERIAL_1970) & (days < SERIAL_2100)
    local = (
        np.round((np.where(serial, days, SERIAL_1970) - SERIAL_1970) * (DAY_US / 1000)).astype(np.int64)
        * 1000
    )
    return np.where(serial, to_utc(local, zone), utc), serial | known


def matching_numbers(array: pa.Array, pattern: str) -> np.ndarray:
    """Numbers of the texts that match, NaN for the others."""
    number = pc.if_else(
        pc.match_substring_regex(array, pattern),
        pc.replace_substring(array, ",", "."),
        pa.scalar(None, pa.string()),
    )
    return pc.cast(number, pa.float64()).to_numpy(zero_copy_only=False)


def weeks(array: pa.Array, zone: ZoneInfo) -> tuple[np.ndarray, np.ndarray]:
    """Days of ISO weeks (2026-W48-5)."""
    parts = pc.extract_regex(array, spellings.WEEK)
    year, week, weekday = (digits(parts, name) for name in ("year", "week", "weekday"))
    fourth = (np.where(year, year, 1970) - 1970).astype("datetime64[Y]").astype(
        "datetime64[D]"
    ) + 3  # 4 January lies in week 1
    monday = fourth - (fourth.astype(np.int64) + 3) % 7
    days = monday + (week - 1) * 7 + weekday - 1
    real = (
        mask(pc.is_valid(parts))
        & (week >= 1)
        & (days < monday + 371)
        & ((days - weekday + 4).astype("datetime64[Y]").astype(np.int64) == year - 1970)
    )
    return to_utc(days.astype("datetime64[us]").astype(np.int64), zone), real


def digits(parts: pa.Array, name: str) -> np.ndarray:
    """A group of a pattern as numbers; 0 where it is not there."""
    if parts.type.get_field_index(name) < 0:
        return np.zeros(len(parts), dtype=np.int64)
    found = pc.struct_field(parts, name)
    return (
        pc.cast(pc.if_else(pc.match_substring_regex(found, r"^\d+$"), found, "0"), pa.int64())
        .fill_null(0)
        .to_numpy(zero_copy_only=False)
    )


def words_of(parts: pa.Array, name: str) -> pa.Array:
    return (
        pc.struct_field(parts, name).fill_null("")
        if parts.type.get_field_index(name) >= 0
        else pa.array([""] * len(parts), pa.string())
    )


def read_parts(parts: pa.Array, zone: ZoneInfo, order: tuple[str, str]) -> tuple[np.ndarray, np.ndarray]:
    """Year, month, ... as matched -> UTC microseconds, and where they are a real moment. `order`: the
    groups that are month and day; a pattern without a day is of months, 24:00 is the end of its day, and a
    60th second (a leap second) the beginning of the next minute."""
    matched = mask(pc.is_valid(parts))
    month = (
        spellings.month_numbers(words_of(parts, "name")).to_numpy(zero_copy_only=False)
        if order[0] == "name"
        else digits(parts, order[0])
    )
    day = (
        digits(parts, order[1])
        if parts.type.get_field_index(order[1]) >= 0
        else np.ones(len(parts), dtype=np.int64)
    )
    short = mask(pc.equal(pc.utf8_length(words_of(parts, "year")), 2))
    year = digits(parts, "year") + np.where(short, np.where(digits(parts, "year") < PIVOT, 2000, 1900), 0)
    hour, minute, second = digits(parts, "hour"), digits(parts, "minute"), digits(parts, "second")
    half = words_of(parts, "half")
    afternoon, twelve_hours = mask(pc.match_substring_regex(half, "^[Pp]")), mask(pc.not_equal(half, ""))
    clock = (hour < 24) & (minute < 60) & (second <= 60) | (hour == 24) & (minute == 0) & (second == 0)
    real = matched & (1 <= month) & (month <= 12) & (1 <= day) & (day <= 31) & clock & (year >= 1)
    real &= ~twelve_hours | ((1 <= hour) & (hour <= 12))
    hour = np.where(twelve_hours, hour % 12 + 12 * afternoon, hour)
    first = np.where(real, (year - 1970) * 12 + month - 1, 0).astype("datetime64[M]")
    days = first.astype("datetime64[D]") + (np.where(real, day, 1) - 1)
    real &= days.astype("datetime64[M]") == first
    local = (
        days.astype("datetime64[us]").astype(np.int64)
        + ((hour * 60 + minute) * 60 + second) * 10**6
        + fraction_us(parts)
    )
    offset, has_offset = offset_us(parts)
    real &= np.abs(offset) <= MOST_OFFSET_US
    return np.where(has_offset, local - offset, to_utc(local, zone)), real


def fraction_us(parts: pa.Array) -> np.ndarray:
    tenths = pc.utf8_slice_codeunits(pc.utf8_rpad(words_of(parts, "fraction"), 6, "0"), 0, 6)
    return pc.cast(tenths, pa.int64()).to_numpy(zero_copy_only=False)


def offset_us(parts: pa.Array) -> tuple[np.ndarray, np.ndarray]:
    """Microseconds east of UTC, and where an offset was written at all."""
    sign = np.where(mask(pc.equal(words_of(parts, "sign"), "-")), -1, 1)
    east = (digits(parts, "east") * 60 + digits(parts, "east_minute")) * 60 * 10**6
    return sign * east, mask(pc.not_equal(words_of(parts, "zone"), ""))


def to_utc(local_us: np.ndarray, zone: ZoneInfo) -> np.ndarray:
    """Microseconds of a zone's clock since 1970 as microseconds of UTC."""
    starts, offsets = transitions(zone)
    return local_us - offsets[np.searchsorted(starts, local_us, side="right")]


@lru_cache
def transitions(zone: ZoneInfo) -> tuple[np.ndarray, np.ndarray]:
    """When a zone's clock changed, as microseconds of the clock itself, and its offsets before, between
    and after (microseconds east of UTC)."""
    day, last = datetime(1969, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
    before = day.astimezone(zone).utcoffset()
    starts, offsets = [], [before]
    while day < last:
        after = (day + timedelta(days=1)).astimezone(zone).utcoffset()
        if after != before:
            instant = changed_at(day, zone, before)
            starts.append(int(instant.timestamp()) * 10**6 + max(before, after) // timedelta(microseconds=1))
            offsets.append(after)
            before = after
        day += timedelta(days=1)
    return np.array(starts, dtype=np.int64), np.array(
        [offset // timedelta(microseconds=1) for offset in offsets], dtype=np.int64
    )


def changed_at(day: datetime, zone: ZoneInfo, before: timedelta) -> datetime:
    """The second within a day at which the offset stops being `before`."""
    low, high = 0, 86_400
    while high - low > 1:
        middle = (low + high) // 2
        if (day + timedelta(seconds=middle)).astimezone(zone).utcoffset() == before:
            low = middle
        else:
            high = middle
    return day + timedelta(seconds=high)
