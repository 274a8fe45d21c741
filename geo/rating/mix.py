"""Adjustment for the mix of cases: what a manager's share would be, were their cases as the city's are.

Indirect standardisation (N. E. Breslow, N. E. Day, "Statistical Methods in Cancer Research" II, IARC 1987,
chapter 2). A miss is a case in the numerator where less of it is better, else one that is not. Misses that
were expected are those of the manager's cases, had each stratum of them missed as it did with all managers of
the month; the adjusted share of misses is observed / expected, times that of the whole city.

What only one manager has cannot be compared: were it expected to go as it went, nobody would answer for it.
So a stratum counts as far as others have it, too: fully where they have as many of its cases as the manager
and as many as a place needs, else in proportion, and the rest of it is expected to go as the whole city.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

Stratum = tuple[str, ...]
Strata = Mapping[str, Mapping[Stratum, tuple[int, int]]]
"""Manager -> stratum -> (part, whole) of an indicator."""


@dataclass(frozen=True)
class AdjustedShare:
    """`expected`: of the manager's cases in the numerator. `known`: as many cases of the city's mix tell as
    much: cases in which misses are rare tell less of them."""

    expected: float
    share: float
    known: float


def adjust(strata: Strata, is_less_better: bool, least: int) -> dict[str, AdjustedShare]:
    """By manager. `least`: as many cases of others make a stratum comparable. Empty where the city misses
    nothing, or everything: then all strata are alike."""
    missed = {
        manager: {
            key: (part if is_less_better else whole - part, whole) for key, (part, whole) in own.items()
        }
        for manager, own in strata.items()
    }
    city: dict[Stratum, tuple[int, int]] = {}
    for own in missed.values():
        for key, (misses, whole) in own.items():
            before = city.get(key, (0, 0))
            city[key] = before[0] + misses, before[1] + whole
    misses, cases = (sum(pair[n] for pair in city.values()) for n in (0, 1))
    if not 0 < misses < cases:
        return {}
    rate = misses / cases
    found = {}
    for manager, own in missed.items():
        whole = sum(pair[1] for pair in own.values())
        expected = sum(n * _expected_rate(n, city[key], rate, least) for key, (_, n) in own.items())
        observed = sum(pair[0] for pair in own.values())
        share = min(1.0, observed / expected * rate) if expected else rate
        found[manager] = AdjustedShare(
            expected if is_less_better else whole - expected,
            share if is_less_better else 1 - share,
            _known(expected / whole, rate, whole),
        )
    return found


def _expected_rate(own: int, of_all: tuple[int, int], rate: float, least: int) -> float:
    misses, whole = of_all
    comparable = min(1.0, (whole - own) / max(own, least))
    return comparable * misses / whole + (1 - comparable) * rate


def _known(expected: float, rate: float, whole: int) -> float:
    """The variance of the adjusted share is that of the observed one times (rate / expected)², where that of
    a share of `rate` over so many cases would be the same; never more than the cases themselves."""
    if expected >= 1:
        return float(whole)
    return max(1.0, whole * min(1.0, expected * (1 - rate) / (rate * (1 - expected))))
