"""Failures planted in the demo city: which houses one reaches, and who calls when.

A heating line reaches the houses along it, and they grow cold slowly, by about a degree an hour; a substation
those around it, and they are dark at once; a lift firm the high houses that it serves, anywhere. Callers of a
house do not know of each other; most operators see that the house has called before, and add the call to its
incident.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

ADDED = 0.9
"""Calls of a house that are added to its incident of the same topic."""
LASTS_MIN = 240.0


@dataclass(frozen=True)
class FailureKind:
    """`topics` with their chances. `peak_h`: calls an hour, from..to, reached with the time constant
    `slow_min`; `size_m`: length of a line, or radius, from..to."""

    cause: str
    topics: dict[str, float]
    peak_h: tuple[float, float]
    slow_min: float
    size_m: tuple[float, float]


KINDS = (
    FailureKind(
        "heating_line",
        {"heating.none": 0.6, "heating.weak": 0.3, "water.hot": 0.1},
        (10, 30),
        120,
        (1200, 3000),
    ),
    FailureKind(
        "substation", {"electricity.outage": 0.85, "electricity.voltage": 0.15}, (15, 40), 10, (250, 600)
    ),
    FailureKind("lift_firm", {"lifts.broken": 0.9, "lifts.people": 0.1}, (8, 20), 30, (0, 0)),
)
FIRMS = 6
"""Lift firms of a city: in the demo's tables they are one."""
ALONG_M = 120.0
"""The reach of a line to either side."""


@dataclass(frozen=True)
class Failure:
    """A call a row, the earliest first: `at_min` after it began, from `house` (an index), about `topic`.
    `is_new`: it opens an incident, else it is added to one of its house."""

    kind: FailureKind
    at_min: np.ndarray
    house: np.ndarray
    topic: list[str]
    is_new: np.ndarray


def plant(
    kind: FailureKind, xy: np.ndarray, people: np.ndarray, firm: np.ndarray, rng: np.random.Generator
) -> Failure:
    """`xy`, `people`: of the houses; `firm`: which lift firm serves each, below 0 = it has no lift."""
    reached = np.zeros(0, int)
    while len(reached) < 3:
        centre = xy[rng.choice(len(xy), p=people / people.sum())]
        reached = _reached(kind, xy, firm, centre, rng)
    at = _moments(kind, rng)
    weight = people[reached] / people[reached].sum()
    house = reached[rng.choice(len(reached), len(at), p=weight)]
    names = list(kind.topics)
    topic = [names[one] for one in rng.choice(len(names), len(at), p=list(kind.topics.values()))]
    return Failure(kind, at, house, topic, _opens(house, topic, rng))


def _reached(
    kind: FailureKind, xy: np.ndarray, firm: np.ndarray, centre: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    size = rng.uniform(*kind.size_m)
    if kind.cause == "lift_firm":
        return np.flatnonzero(firm == rng.integers(FIRMS))
    away = xy - centre
    if kind.cause == "substation":
        return np.flatnonzero(np.hypot(*away.T) <= size)
    turn = rng.uniform(0, np.pi)
    along = away @ (np.cos(turn), np.sin(turn))
    across = away @ (-np.sin(turn), np.cos(turn))
    return np.flatnonzero((np.abs(along) <= size / 2) & (np.abs(across) <= ALONG_M))


def _moments(kind: FailureKind, rng: np.random.Generator) -> np.ndarray:
    """Calls of a rate that rises to its peak, by thinning."""
    peak = rng.uniform(*kind.peak_h) / 60
    at = np.sort(rng.uniform(0, LASTS_MIN, rng.poisson(peak * LASTS_MIN)))
    return at[rng.random(len(at)) < 1 - np.exp(-at / kind.slow_min)]


def _opens(house: np.ndarray, topic: list[str], rng: np.random.Generator) -> np.ndarray:
    seen: set[tuple[int, str]] = set()
    opens = np.ones(len(house), bool)
    for n, key in enumerate(zip(house.tolist(), topic)):
        opens[n] = key not in seen or rng.random() >= ADDED
        seen.add(key)
    return opens
