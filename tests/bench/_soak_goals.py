"""Goals of a soak, each printed with what was found and whether it was met."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Goal:
    """Met where `found` is in the bounds. `why` says more where it is not: which turn, which message."""

    name: str
    found: float
    most: float
    unit: str = ""
    least: float | None = None
    why: str = ""

    @property
    def met(self) -> bool:
        return self.found <= self.most and (self.least is None or self.found >= self.least)

    def __str__(self) -> str:
        bounds = [] if self.least is None else [f"at least {self.least:g}"]
        if self.most < math.inf:
            bounds.append(f"at most {self.most:g}")
        return (
            f"  {'met   ' if self.met else 'MISSED'} {self.name}: {self.found:.4g}{self.unit} "
            f"({', '.join(bounds)})" + (f": {self.why}" if self.why and not self.met else "")
        )


def all_met(goals: Iterable[Goal]) -> bool:
    """Print each; whether all of them were met."""
    found = list(goals)
    for goal in found:
        print(goal)
    return all(goal.met for goal in found)
