"""Where things happen: at buildings, more where more people live, and again and again at some of them."""

from __future__ import annotations

import numpy as np

OUTDOORS = (
    "transport",
    "snow",
    "roads",
    "hatches",
    "waste",
    "lighting.street",
    "dogs",
    "greenery",
    "flooding",
    "police",
    "offence",
    "yards",
)
HIGH_ONLY = ("lifts",)
"""Where there are lifts: five floors and more."""


class LocationWeights:
    """Chances of each building by category. A category keeps its own trouble spots: one in thirty
    buildings is eight times as likely. `pace`: of the akimat that answers for a building, as a factor of how
    long it takes; none = 1."""

    def __init__(
        self, voters: np.ndarray, floors: np.ndarray, seed: int, pace: np.ndarray | None = None
    ) -> None:
        self.pace = np.ones(len(voters)) if pace is None else pace
        self._people = voters.astype(float) ** 0.8 + 1.5
        self.voters, self._floors = voters, floors
        self._seed = seed
        self._cumulative: dict[str, np.ndarray] = {}

    def firms(self, rng: np.random.Generator, firms: int) -> np.ndarray:
        """The lift firm, of so many, that serves each building; below 0 = it has no lift."""
        return np.where(
            self._floors >= min(5, self._floors.max()), rng.integers(0, firms, len(self._floors)), -1
        )

    def outdoors(self, category: str) -> bool:
        return category.startswith(OUTDOORS)

    def draw(self, category: str, n: int, rng: np.random.Generator) -> np.ndarray:
        """`n` buildings, by their places in the list."""
        if category not in self._cumulative:
            self._cumulative[category] = self._chances(category)
        return np.searchsorted(self._cumulative[category], rng.random(n), side="right")

    def _chances(self, category: str) -> np.ndarray:
        rng = np.random.default_rng([self._seed, *category.encode()])
        weight = np.sqrt(self._people) if self.outdoors(category) else self._people.copy()
        weight *= rng.lognormal(0.0, 0.5, len(weight)) * np.where(rng.random(len(weight)) < 1 / 30, 8.0, 1.0)
        if category.startswith(HIGH_ONLY):
            weight = np.where(self._floors >= min(5, self._floors.max()), weight, 0.0)
        cumulative = np.cumsum(weight) / weight.sum()
        cumulative[-1] = 1.0
        return cumulative
