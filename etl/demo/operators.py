"""The operators of the demo contact centre: 212 in 8 groups, as many as a centre of its size has. They are
invented, and so is who answered what; the first of each group is its head, and each may sign in under their
key."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

OPERATORS, TEAMS = 212, 8
SLOWEST = 0.2
"""How much likelier the last group than the first is to have answered late."""
SEED = 109


@lru_cache
def operators() -> tuple[tuple[str, str, str, str, bool], ...]:
    """key, name, team, account, whether they head it."""
    return tuple(
        (key(n), f"Оператор {n + 1:03}", f"Группа {n % TEAMS + 1}", key(n), n < TEAMS)
        for n in range(OPERATORS)
    )


def key(n: int) -> str:
    return f"op-{n + 1:03}"


def answered_by(answer_s: np.ndarray, year: int) -> np.ndarray:
    """Who answered each of a year's inquiries, an index into `operators()`: later groups a little more often
    where it took long. Of its own seed, so that nothing else of the history depends on it."""
    rng = np.random.default_rng([SEED, year])
    lean = np.where(answer_s > (np.median(answer_s) if len(answer_s) else 0), SLOWEST, -SLOWEST)
    # The quantile function of the density 1 + lean * (2 * position - 1) over 0..1.
    position = (lean - 1 + np.sqrt((1 - lean) ** 2 + 4 * lean * rng.random(len(lean)))) / (2 * lean)
    team = np.minimum((position * TEAMS).astype(np.int64), TEAMS - 1)
    members = (OPERATORS - team + TEAMS - 1) // TEAMS
    return team + TEAMS * rng.integers(0, members)


def answer_seconds(drawn: np.ndarray) -> np.ndarray:
    """From what is drawn (mean 28) to seconds: 12 in the mean; six of seven within 15 s,
    all but one of a hundred within 20 s."""
    return (3 + 10 * np.sqrt(drawn / 28)).astype(np.int64)
