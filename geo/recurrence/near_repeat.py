"""How much more often than by chance a report follows another near by.

Pairs of reports within a distance and a number of days are counted, and compared with what the same places
and the same days would give if they were dealt to one another by chance. That keeps busy houses and busy
seasons, which make pairs without any of them causing the other.

Sources: E. G. Knox, "The detection of space-time interactions", J. R. Stat. Soc. C 13 (1964), 25-29; S. D.
Johnson and others, "Space-time patterns of risk", J. Quant. Criminol. 23 (2007), 201-219, for bands by
permutation.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely

BANDS_M = (0.0, 100.0, 200.0)
"""The same house, and how far from it at most."""
SPANS_D = (7, 14, 28)
PERMUTATIONS = 99
SEED = 109
SAME_M = 1.0
MOST = 4000
"""Reports are compared each with each near by; of more so many are drawn by chance, from the whole period."""


@dataclass(frozen=True)
class NearRepeat:
    """Within `metres` (0 = in the same house, else farther than the band before) and `days`: `pairs` of
    reports, of which `expected` by chance; `p`: how often chance gives as many."""

    metres: float
    days: int
    pairs: int
    expected: float
    p: float

    @property
    def times(self) -> float | None:
        return self.pairs / self.expected if self.expected > 0 else None


def near_repeats(
    xy: np.ndarray,
    days: np.ndarray,
    bands_m: Sequence[float] = BANDS_M,
    spans_d: Sequence[int] = SPANS_D,
    permutations: int = PERMUTATIONS,
    seed: int = SEED,
) -> list[NearRepeat]:
    """Rows (x, y) and days since any day. Each band with each span, the nearest and shortest first; empty for
    fewer than two reports."""
    if len(xy) < 2:
        return []
    chance = np.random.default_rng(seed)
    if len(xy) > MOST:
        drawn = chance.choice(len(xy), MOST, replace=False)
        xy, days = xy[drawn], days[drawn]
    one, other, band = _pairs(xy, bands_m)
    observed = _counts(days, one, other, band, len(bands_m), spans_d)
    dealt = np.array(
        [
            _counts(chance.permutation(days), one, other, band, len(bands_m), spans_d)
            for _ in range(permutations)
        ]
    )
    expected = dealt.mean(axis=0)
    p = (1 + (dealt >= observed).sum(axis=0)) / (permutations + 1)
    return [
        NearRepeat(metres, span, int(observed[b, s]), float(expected[b, s]), float(p[b, s]))
        for b, metres in enumerate(bands_m)
        for s, span in enumerate(spans_d)
    ]


def _pairs(xy: np.ndarray, bands_m: Sequence[float]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Two rows of each pair within the widest band, and the number of its band."""
    points = shapely.points(xy)
    reach = [max(metres, SAME_M) for metres in bands_m]
    one, other = shapely.STRtree(points).query(points, predicate="dwithin", distance=reach[-1])
    once = one < other
    one, other = one[once], other[once]
    apart = np.hypot(*(xy[one] - xy[other]).T)
    return one, other, np.searchsorted(reach, apart)


def _counts(
    days: np.ndarray,
    one: np.ndarray,
    other: np.ndarray,
    band: np.ndarray,
    bands: int,
    spans_d: Sequence[int],
) -> np.ndarray:
    """Pairs of each band within each span."""
    gap = np.abs(days[one] - days[other])
    return np.array([np.bincount(band[gap <= span], minlength=bands)[:bands] for span in spans_d]).T
