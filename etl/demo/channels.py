"""Through which channel inquiries came: exact numbers, in chance order."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from etl.demo.facts import yearly
from etl.demo.houses import exact_sum
from etl.demo.scales import Scale
from etl.demo.to_date import ToDate

CHANNEL_KEYS = tuple(yearly.CHANNELS)


def channels_of(year: int, total: int, scale: Scale, rng: np.random.Generator) -> np.ndarray:
    """Channels in chance order, in exact numbers; the social ones of 2024 as published."""
    return _drawn_channels(total, yearly.CHANNELS_2024 if year == 2024 else {}, scale, rng)


def channels_to_date(
    published: ToDate, received: np.ndarray, scale: Scale, rng: np.random.Generator
) -> np.ndarray:
    """Channels as published up to the day, by their usual shares after it."""
    before = received < published.cut
    out = np.empty(len(received), np.int64)
    for rows, known in ((before, yearly.CHANNELS_TO_DATE), (~before, {})):
        out[rows] = _drawn_channels(int(rows.sum()), known, scale, rng)
    return out


def _drawn_channels(
    total: int, published: Mapping[str, int], scale: Scale, rng: np.random.Generator
) -> np.ndarray:
    shares = np.array(list(yearly.CHANNELS.values()))
    fixed = {key: scale.of(n) for key, n in published.items()}
    free = np.array([key not in fixed for key in CHANNEL_KEYS])
    counts = np.array([fixed.get(key, 0) for key in CHANNEL_KEYS], dtype=np.int64)
    counts[free] = exact_sum(shares[free], total - int(counts.sum()))
    return rng.permutation(np.repeat(np.arange(len(CHANNEL_KEYS)), counts))
