"""The clock of a time zone and UTC, for whole columns: when the clock was changed, and by how much."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np


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
