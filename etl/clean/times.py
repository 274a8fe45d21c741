"""Times: many spellings, a zone for those without an offset, and nothing impossible."""
from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from etl.clean.numbers import mask
from etl.clean.texts import tidy, whole

UTC_US = pa.timestamp("us", "UTC")
CLOCK = r"(?:[T ]+(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,](?P<fraction>\d{1,9}))?)? ?(?P<half>[AaPp][Mm])?)?"
OFFSET = r" ?(?P<offset>Z|z|UTC|[+-]\d{2}:?\d{2}|[+-]\d{2})?$"
YEAR_FIRST = r"^(?P<year>\d{4})[-./](?P<a>\d{1,2})[-./](?P<b>\d{1,2})" + CLOCK + OFFSET
YEAR_LAST = r"^(?P<a>\d{1,2})[-./](?P<b>\d{1,2})[-./](?P<year>\d{4})" + CLOCK + OFFSET
SHORT = r"^(?P<a>\d{1,2})[-./](?P<b>\d{1,2})[-./]\d{4}"
EPOCH = r"^\d{10}(\d{3})?(\.0*)?$"


def parse(column: pa.Array | pa.ChunkedArray, zone: ZoneInfo, day_first: bool = True) -> tuple[pa.Array, np.ndarray]:
    """UTC times, null where blank, and a mask of what is no time (the 31st of February, an hour 25, words).

    Without an offset a time is a clock of `zone`. An hour that the clock showed twice is taken as the first; one that it skipped as if it had not
    been. Ten or thirteen digits are seconds or milliseconds since 1970.
    """
    array = whole(column)
    if pa.types.is_timestamp(array.type):
        return typed(array, zone), np.zeros(len(array), dtype=bool)
    if pa.types.is_date(array.type):
        return typed(pc.cast(array, pa.timestamp("us")), zone), np.zeros(len(array), dtype=bool)
    array = tidy(array)
    values = plain(array, zone)
    if values is None:
        values = spelled(array, zone, day_first)
    return values, mask(pc.and_(pc.is_valid(array), pc.is_null(values)))


@dataclass(frozen=True)
class Order:
    """How many times of a column can only be read day first, only month first, and either way ("03/04/2024")."""

    day_first: int = 0
    month_first: int = 0
    either: int = 0

    def __add__(self, other: Order) -> Order:
        return Order(self.day_first + other.day_first, self.month_first + other.month_first, self.either + other.either)

    @property
    def verdict(self) -> bool | None:
        """True = day first, False = month first; none where nothing speaks for one of them, or as much for both."""
        return None if self.day_first == self.month_first else self.day_first > self.month_first


def order(column: pa.Array | pa.ChunkedArray) -> Order:
    """What a column's own values say about the order of day and month; nothing of a typed column, or one whose years come first."""
    array = whole(column)
    if not pa.types.is_string(array.type):
        return Order()
    parts = pc.extract_regex(tidy(array), SHORT).drop_null()
    a, b = (pc.cast(pc.struct_field(parts, name), pa.int64()).to_numpy(zero_copy_only=False) for name in ("a", "b"))
    return Order(int(((a > 12) & (b <= 12)).sum()), int(((b > 12) & (a <= 12)).sum()), int(((a <= 12) & (b <= 12) & (a != b)).sum()))


def plain(array: pa.Array, zone: ZoneInfo) -> pa.Array | None:
    """ISO times, all without an offset or all with one, at Arrow's own speed; none where any is spelled otherwise."""
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


def to_utc(local_us: np.ndarray, zone: ZoneInfo) -> np.ndarray:
    """Microseconds of a zone's clock since 1970 as microseconds of UTC."""
    starts, offsets = transitions(zone)
    return local_us - offsets[np.searchsorted(starts, local_us, side="right")]


@lru_cache
def transitions(zone: ZoneInfo) -> tuple[np.ndarray, np.ndarray]:
    """When a zone's clock changed, as microseconds of the clock itself, and its offsets before, between and after (microseconds east of UTC)."""
    day, last = datetime(1969, 1, 1, tzinfo=timezone.utc), datetime(2100, 1, 1, tzinfo=timezone.utc)
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
    return np.array(starts, dtype=np.int64), np.array([offset // timedelta(microseconds=1) for offset in offsets], dtype=np.int64)


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


def spelled(array: pa.Array, zone: ZoneInfo, day_first: bool) -> pa.Array:
    """Column of mixed spellings; null for what is none of them."""
    utc, known = read_parts(pc.extract_regex(array, YEAR_FIRST), zone, ("a", "b"))
    late, late_known = read_parts(pc.extract_regex(array, YEAR_LAST), zone, ("b", "a") if day_first else ("a", "b"))
    number = pc.if_else(pc.match_substring_regex(array, EPOCH), pc.replace_substring_regex(array, r"\..*", ""), pa.scalar(None, pa.string()))
    epoch = pc.fill_null(pc.cast(number, pa.int64()), -1).to_numpy(zero_copy_only=False)
    epoch_us = np.where(epoch < 10**10, epoch * 10**6, epoch * 10**3)
    values = np.where(known, utc, np.where(late_known, late, epoch_us))
    return as_utc(values, known | late_known | (epoch >= 0))


def read_parts(parts: pa.Array, zone: ZoneInfo, order: tuple[str, str]) -> tuple[np.ndarray, np.ndarray]:
    """Year, month, ... as matched -> UTC microseconds, and where they are a real moment. `order`: which of the parts a and b is month, day."""
    matched = mask(pc.is_valid(parts))

    def number(name: str) -> np.ndarray:
        digits = pc.struct_field(parts, name)
        return pc.cast(pc.if_else(pc.match_substring_regex(digits, r"^\d+$"), digits, "0"), pa.int64()).fill_null(0).to_numpy(zero_copy_only=False)

    year, month, day = number("year"), number(order[0]), number(order[1])
    hour, minute, second = number("hour"), number("minute"), number("second")
    half = pc.struct_field(parts, "half").fill_null("")
    afternoon, twelve_hours = mask(pc.match_substring_regex(half, "^[Pp]")), mask(pc.not_equal(half, ""))
    real = matched & (1 <= month) & (month <= 12) & (1 <= day) & (day <= 31) & (hour < 24) & (minute < 60) & (second < 60) & (year >= 1)
    real &= ~twelve_hours | ((1 <= hour) & (hour <= 12))
    hour = np.where(twelve_hours, hour % 12 + 12 * afternoon, hour)
    months = np.where(real, (year - 1970) * 12 + month - 1, 0).astype("datetime64[M]")
    days = months.astype("datetime64[D]") + (np.where(real, day, 1) - 1)
    real &= days.astype("datetime64[M]") == months
    local = days.astype("datetime64[us]").astype(np.int64) + ((hour * 60 + minute) * 60 + second) * 10**6 + fraction_us(parts)
    offset, has_offset = offset_us(parts)
    return np.where(has_offset, local - offset, to_utc(local, zone)), real


def fraction_us(parts: pa.Array) -> np.ndarray:
    digits = pc.utf8_slice_codeunits(pc.utf8_rpad(pc.struct_field(parts, "fraction").fill_null("0"), 6, "0"), 0, 6)
    digits = pc.if_else(pc.match_substring_regex(digits, r"^\d+$"), digits, "0")
    return pc.cast(digits, pa.int64()).to_numpy(zero_copy_only=False)


def offset_us(parts: pa.Array) -> tuple[np.ndarray, np.ndarray]:
    """Microseconds east of UTC, and where an offset was written at all."""
    text = pc.struct_field(parts, "offset").fill_null("")
    digits = pc.utf8_rpad(pc.replace_substring_regex(text, r"\D", ""), 4, "0")
    number = pc.cast(digits, pa.int64()).to_numpy(zero_copy_only=False)
    sign = np.where(mask(pc.starts_with(text, "-")), -1, 1)
    return sign * (number // 100 * 60 + number % 100) * 60 * 10**6, mask(pc.not_equal(text, ""))
