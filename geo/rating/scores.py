"""Shares drawn towards the mean, points, intervals, and the places that they allow.

A share of few cases says little, so it is drawn towards the share of all: the beta-binomial estimate whose
strength follows from how far managers differ beyond chance (J. C. Kleinman, "Proportions with extraneous
variance", J. Am. Stat. Assoc. 68 (1973), 46-54). Points are linear from the indicator's zero to its plan, a
score is their sum. Where an indicator is adjusted for the mix of cases (`geo.rating.mix`), the adjusted share
takes the place of the share. The variance of a score counts that one case speaks in several indicators: their
errors are correlated as they are over the shared cases.

Who is tied is read from the intervals (H. Goldstein, D. J. Spiegelhalter, "League tables and their
limitations", J. R. Stat. Soc. A 159 (1996), 385-443): a manager's best place has above it those alone whose
interval lies wholly above, and the worst those alone below it whose interval lies wholly below.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import sqrt
from types import MappingProxyType

from geo.rating.mix import AdjustedShare, Strata, adjust
from geo.rating.strategy import Indicator, Strategy
from geo.statistics.survival import Z_95

STRONGEST = 100.0
"""Cases that the mean weighs at most: eleven managers cannot prove that they do not differ at all."""
MILESTONE_BIT = 62
"""Set in the pattern of a milestone, which is no case: who has few cases has no place, however many projects
they have."""
UNCOUNTED_BIT = 61
"""Alone in the pattern of a case that is listed and counts nowhere."""
Patterns = Mapping[str, Counter[int]]
"""Manager -> pattern -> how many cases have it. Bit 2n of a pattern: the case is counted by indicator n; bit
2n + 1: it is in its numerator."""


@dataclass(frozen=True)
class IndicatorScore:
    """`part` of `whole` cases; `value` is their share, none where nothing was counted; `drawn` is the share
    drawn towards the mean, of which `points` are given, with standard deviation `deviation`. `expected`: the
    part that the mix of cases lets expect, `adjusted`: the share that is drawn then; none of each where the
    indicator is not adjusted."""

    part: int
    whole: int
    value: float | None
    drawn: float | None
    points: float
    deviation: float
    expected: float | None = None
    adjusted: float | None = None


@dataclass(frozen=True)
class ManagerScore:
    """`low` and `high`: the 95 % interval of `score`. `best` and `worst`: the places that it allows, none of
    each where there are too few cases; `incomplete`: an indicator of theirs has no value."""

    manager: str
    cases: int
    score: float
    low: float
    high: float
    indicators: Mapping[str, IndicatorScore]
    incomplete: bool
    best: int | None = None
    worst: int | None = None


@dataclass(frozen=True)
class Mean:
    """The mean of an indicator over all managers: their common share, how many cases it weighs, and over how
    many `managers` it was taken."""

    share: float
    strength: float
    managers: int

    def variance(self, drawn: float, value: float, whole: float) -> float:
        """The variance of a share shrunk towards this mean: what chance leaves, and what is not known of the
        mean and its weight (C. N. Morris, "Parametric empirical Bayes inference", J. Am. Stat. Assoc. 78
        (1983), 47-55)."""
        known = whole + self.strength
        pull = self.strength / known
        between = self.share * (1 - self.share) / (self.strength + 1)
        unknown = 2 * (value - self.share) ** 2 / max(1, self.managers - 1) + between / self.managers
        return drawn * (1 - drawn) / (known + 1) + pull * pull * unknown


def score_managers(
    strategy: Strategy, patterns: Patterns, strata: Mapping[int, Strata] = MappingProxyType({})
) -> list[ManagerScore]:
    """Every manager of the strategy: first those with places, the highest score first, then those with too
    few cases. `strata`: of the indicators that are adjusted, by their numbers."""
    adjusted = {
        n: adjust(of, strategy.indicators[n].is_less_better, strategy.least_cases) for n, of in strata.items()
    }
    means = []
    for n in range(len(strategy.indicators)):
        of = adjusted.get(n, {})
        means.append(
            mean_of([_weighed(patterns.get(key, Counter()), n, of.get(key)) for key in strategy.weights])
        )
    scored = [
        _score(
            strategy,
            manager,
            patterns.get(manager, Counter()),
            means,
            {n: of[manager] for n, of in adjusted.items() if manager in of},
        )
        for manager in strategy.weights
    ]
    ranked = sorted(
        (one for one in scored if one.cases >= strategy.least_cases),
        key=lambda one: (-one.score, one.manager),
    )
    rest = sorted((one for one in scored if one.cases < strategy.least_cases), key=lambda one: one.manager)
    return [*with_ranks(ranked), *rest]


def mean_of(counts: Sequence[tuple[float, float]]) -> Mean:
    """The mean over the (part, whole) of each manager. Half a case is added to each side, so that a share is
    never quite 0 or 1."""
    rows = [(part, whole) for part, whole in counts if whole]
    cases = sum(whole for _, whole in rows)
    share = (sum(part for part, _ in rows) + 0.5) / (cases + 1)
    chance = share * (1 - share)
    spread = sum(whole * (part / whole - share) ** 2 for part, whole in rows)
    room = cases - sum(whole * whole for _, whole in rows) / cases if cases else 0.0
    between = (spread - (len(rows) - 1) * chance) / room if room > 0 else 0.0
    strength = chance / between - 1 if between > 0 else STRONGEST
    return Mean(share, min(STRONGEST, max(0.0, strength)), max(1, len(rows)))


def with_ranks(ranked: Sequence[ManagerScore]) -> list[ManagerScore]:
    """The places that the intervals allow; `ranked` from the highest score down."""
    return [
        replace(
            one,
            best=1 + sum(other.low > one.high for other in ranked),
            worst=len(ranked) - sum(other.high < one.low for other in ranked),
        )
        for one in ranked
    ]


def _counted(patterns: Counter[int], n: int) -> tuple[int, int]:
    """(part, whole) of indicator n."""
    part = sum(count for pattern, count in patterns.items() if pattern >> (2 * n + 1) & 1)
    return part, sum(count for pattern, count in patterns.items() if pattern >> (2 * n) & 1)


def _weighed(patterns: Counter[int], n: int, adjusted: AdjustedShare | None) -> tuple[float, float]:
    """(part, whole) of indicator n as the mean counts them."""
    return _counted(patterns, n) if adjusted is None else (adjusted.share * adjusted.known, adjusted.known)


def _score(
    strategy: Strategy,
    manager: str,
    patterns: Counter[int],
    means: Sequence[Mean],
    adjusted: Mapping[int, AdjustedShare],
) -> ManagerScore:
    weights = strategy.weights[manager]
    found: dict[str, IndicatorScore] = {}
    slopes: dict[int, float] = {}
    for n, indicator in enumerate(strategy.indicators):
        if indicator.key in weights:
            weight = weights[indicator.key]
            found[indicator.key], slopes[n] = _points(
                strategy.indicator_of(manager, n), weight, *_counted(patterns, n), means[n], adjusted.get(n)
            )
    score = sum(one.points for one in found.values())
    half = Z_95 * sqrt(max(0.0, _variance(patterns, slopes)))
    return ManagerScore(
        manager,
        sum(count for pattern, count in patterns.items() if not pattern >> UNCOUNTED_BIT),
        score,
        max(0.0, score - half),
        min(float(sum(weights.values())), score + half),
        found,
        any(one.value is None for one in found.values()),
    )


def _points(
    indicator: Indicator, weight: int, part: int, whole: int, mean: Mean, adjusted: AdjustedShare | None
) -> tuple[IndicatorScore, float]:
    """The points, and their deviation with its sign: below 0 where more of the share gives fewer."""
    if not whole:
        return IndicatorScore(part, whole, None, None, 0.0, 0.0), 0.0
    counted, cases = (adjusted.share * adjusted.known, adjusted.known) if adjusted else (part, whole)
    drawn = (counted + mean.share * mean.strength) / (cases + mean.strength)
    deviation = sqrt(mean.variance(drawn, counted / cases, cases))
    step = weight * (indicator.reached(drawn + deviation) - indicator.reached(drawn - deviation)) / 2
    points = weight * indicator.reached(drawn)
    found = IndicatorScore(part, whole, part / whole, drawn, points, abs(step))
    if adjusted:
        found = replace(found, expected=adjusted.expected, adjusted=adjusted.share)
    return found, step


def _variance(patterns: Counter[int], steps: Mapping[int, float]) -> float:
    """The variance of the sum of points whose signed deviations are `steps`, by indicator."""
    return sum(
        steps[one] * steps[other] * _correlation(patterns, one, other) for one in steps for other in steps
    )


def _correlation(patterns: Counter[int], one: int, other: int) -> float:
    """The correlation of the errors of two shares, over the cases that both count."""
    if one == other:
        return 1.0
    (part, whole), (other_part, other_whole) = _counted(patterns, one), _counted(patterns, other)
    if not part < whole or not other_part < other_whole or not part or not other_part:
        return 0.0
    share, other_share = part / whole, other_part / other_whole
    shared = sum(
        count * ((pattern >> (2 * one + 1) & 1) - share) * ((pattern >> (2 * other + 1) & 1) - other_share)
        for pattern, count in patterns.items()
        if pattern >> (2 * one) & 1 and pattern >> (2 * other) & 1
    )
    spread = share * (1 - share) * other_share * (1 - other_share)
    return shared / sqrt(whole * other_whole * spread)
