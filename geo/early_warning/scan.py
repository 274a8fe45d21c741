"""The space-time scan: of the zones around the reports of late and of spans of the last minutes the one with
most beyond what is expected there. A zone is a circle, or for what runs along a line an ellipse.

How far beyond is the logarithm of the likelihood ratio of "more inside than expected" against "as expected",
n ln(n / e) - (n - e) for n reports where e are expected (Poisson).

Sources: M. Kulldorff, "A spatial scan statistic", Commun. Stat. Theory Methods 26 (1997), 1481-1496; M.
Kulldorff, "Prospective time periodic geographical disease surveillance using a scan statistic", J. R. Stat.
Soc. A 164 (2001), 61-72, for cylinders that reach up to now; M. Kulldorff and others, "An elliptic spatial
scan statistic", Stat. Med. 25 (2006), 3929-3943.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

RADII_M = (150.0, 300.0, 500.0, 800.0, 1200.0, 2000.0)
LINES_FROM_M = 500.0
LONGER = 8.0
"""An ellipse is so many times as long as it is wide."""
TURNS = 12
SPANS_MIN = (10, 20, 30, 45, 60, 90, 120)
LONGEST_MIN = SPANS_MIN[-1]


@dataclass(frozen=True)
class Zone:
    """Half its length and half its width; `turn`: of its length, in radians from the east."""

    length_m: float
    width_m: float
    turn: float = 0.0

    def holds(self, east_m: np.ndarray, north_m: np.ndarray) -> np.ndarray:
        """Whether each point lies in it, by how far it is from the centre."""
        along = east_m * np.cos(self.turn) + north_m * np.sin(self.turn)
        across = north_m * np.cos(self.turn) - east_m * np.sin(self.turn)
        return (along / self.length_m) ** 2 + (across / self.width_m) ** 2 <= 1.0


@dataclass(frozen=True)
class FoundCluster:
    """`rows`: the reports inside, none older than `minutes`. `centre`: the row that the zone is drawn
    around; `zone`: its number."""

    centre: int
    zone: int
    minutes: int
    rows: np.ndarray
    expected: float
    surprise: float

    @property
    def n(self) -> int:
        return len(self.rows)


def surprise(n: np.ndarray, expected: np.ndarray) -> np.ndarray:
    """0 where there are no more than expected. surprise([3], [0.1]) = [7.3]."""
    more = n > expected
    safe = np.where(more, n, 1.0)
    ratio = np.log(safe / np.where(more, np.maximum(expected, 1e-12), 1.0))
    return np.where(more, safe * ratio - (safe - expected), 0.0)


def scan(
    within: np.ndarray,
    ages_min: np.ndarray,
    shares: np.ndarray,
    expected: np.ndarray,
    least: int,
    houses: np.ndarray,
) -> FoundCluster | None:
    """`within[i, j, r]`: report j lies in zone r around report i. `ages_min`: how old each is. `shares[i,
    r]`: of the reports of the whole city how many come from that zone usually; `expected[s]`: how many the
    whole city has in the last `SPANS_MIN[s]`. None = nowhere are at least `least` houses.

    `houses`: the house of each. One that reports twice counts once: neighbours are no second witness of a
    line's failure, and by chance they come far more often than two houses do."""
    late = ages_min[:, None] < np.array(SPANS_MIN)
    counted = _newest_of_each(houses, ages_min)
    n = np.einsum("ijr,js->irs", within[:, counted], late[counted], dtype=float)
    usual = shares[:, :, None] * expected
    found = np.where(n >= least, surprise(n, usual), 0.0)
    if not found.size or found.max() <= 0:
        return None
    # Of equally surprising ones the first zone and the shortest span: `argmax` takes the first.
    centre, zone, span = (int(at) for at in np.unravel_index(found.argmax(), found.shape))
    return FoundCluster(
        centre,
        zone,
        SPANS_MIN[span],
        np.flatnonzero(within[centre, :, zone] & late[:, span]),
        float(usual[centre, zone, span]),
        float(found[centre, zone, span]),
    )


def _newest_of_each(houses: np.ndarray, ages_min: np.ndarray) -> np.ndarray:
    order = np.argsort(ages_min, kind="stable")
    _, first = np.unique(houses[order], return_index=True)
    return order[first]


def zones_of(reach_m: float, is_line: bool) -> tuple[Zone, ...]:
    """Zones as wide as a cause reaches, the smallest first; ellipses too for what runs along a line."""
    radii = tuple(metres for metres in RADII_M if metres <= reach_m) or (reach_m,)
    lines = [metres for metres in radii if is_line and metres >= LINES_FROM_M]
    turns = [np.pi * n / TURNS for n in range(TURNS)]
    return (
        *(Zone(metres, metres) for metres in radii),
        *(Zone(metres, metres / LONGER, turn) for metres in lines for turn in turns),
    )


def within_of(xy: np.ndarray, zones: tuple[Zone, ...]) -> np.ndarray:
    """Whether each row (x, y) lies in each zone around each other."""
    east, north = (xy[None, :, axis] - xy[:, None, axis] for axis in (0, 1))
    return np.stack([zone.holds(east, north) for zone in zones], axis=-1)


def same_owner(owners: np.ndarray) -> np.ndarray:
    """Whether each two rows have the same owner; an owner below 0 is nobody's."""
    return ((owners[:, None] == owners[None, :]) & (owners[:, None] >= 0))[:, :, None]
