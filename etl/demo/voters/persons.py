"""Who lives where: for each building as many persons as it has voters, times the scale."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from etl.demo.facts import people
from etl.demo.houses import exact_sum
from geo.voters import iin

AGES = ((18, 29, 0.24), (30, 44, 0.36), (45, 59, 0.24), (60, 95, 0.16))
"""(from, to, share of the persons)."""
PER_FLAT = 2.1


@dataclass(frozen=True)
class Home:
    """A building with an address, as the register has it."""

    id: int
    street_kk: str
    street_ru: str
    house: str
    voters: int


@dataclass
class InventedVoter:
    """A person that nobody is. `flat` none = a house of its own."""

    iin: str
    surname: str
    first_name: str
    patronymic: str
    birth: date
    home: Home
    flat: int | None


def invent(
    homes: Sequence[Home], share: float, voting_day: date, rng: np.random.Generator
) -> list[InventedVoter]:
    """Persons, building by building: `share` of all voters, exactly."""
    voters = np.array([home.voters for home in homes], dtype=float)
    counts = exact_sum(voters, round(float(voters.sum()) * share))
    births = _births(int(counts.sum()), voting_day, rng)
    numbers = _numbers(births, rng)
    women = rng.random(len(births)) < 0.53
    kazakh = rng.random(len(births)) < people.KAZAKH_SHARE
    draws = {key: _drawn(names, len(births), rng) for key, names in NAMES.items()}
    persons: list[InventedVoter] = []
    for home, count in zip(homes, counts.tolist()):
        for nth in range(count):
            n = len(persons)
            kind, woman = ("kazakh" if kazakh[n] else "russian"), bool(women[n])
            family = draws[f"{kind}_surname"][n]
            first = draws[f"{kind}_woman" if woman else f"{kind}_man"][n]
            father = draws[f"{kind}_man"][-1 - n]
            persons.append(
                InventedVoter(
                    numbers[n],
                    people.surname(family, woman),
                    first,
                    people.patronymic(father, woman, bool(kazakh[n])),
                    births[n],
                    home,
                    1 + int(nth / PER_FLAT) if count > 4 else None,
                )
            )
    return persons


NAMES = {
    "kazakh_surname": people.KAZAKH_SURNAMES,
    "russian_surname": people.RUSSIAN_SURNAMES,
    "kazakh_man": people.KAZAKH_MEN,
    "kazakh_woman": people.KAZAKH_WOMEN,
    "russian_man": people.RUSSIAN_MEN,
    "russian_woman": people.RUSSIAN_WOMEN,
}


def _drawn(names: Sequence[str], count: int, rng: np.random.Generator) -> list[str]:
    weights = 1 / np.arange(2, len(names) + 2)
    return np.array(names, dtype=object)[rng.choice(len(names), count, p=weights / weights.sum())].tolist()


def _births(count: int, voting_day: date, rng: np.random.Generator) -> list[date]:
    band = rng.choice(len(AGES), count, p=[share for _, _, share in AGES])
    low = np.array([low for low, _, _ in AGES])[band] + 1
    high = np.array([high for _, high, _ in AGES])[band] + 1
    days = (rng.uniform(low, high) * 365.25).astype(int).tolist()
    return [voting_day - timedelta(days=age) for age in days]


def _numbers(births: Sequence[date], rng: np.random.Generator) -> list[str]:
    """Valid numbers that nobody can have, each once."""
    taken: set[str] = set()
    numbers = []
    for born, start in zip(births, rng.integers(0, 10_000, len(births)).tolist()):
        for serial in range(start, start + 10_000):
            eleven = f"{born:%y%m%d}{iin.INVENTED}{serial % 10_000:04d}"
            digit = iin.check_digit(eleven) if eleven not in taken else None
            if digit is not None:
                break
        taken.add(eleven)
        numbers.append(f"{eleven}{digit}")
    return numbers
