"""What is planted in a list: which rows, and what should be found in each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np

from etl.demo.voters import spellings
from etl.demo.voters.persons import InventedVoter

Rng = np.random.Generator


@dataclass
class ListLine:
    """A row of the file, and the right answer: `fault` is empty for a sound one, `kind` how its address is
    written, `building` where it leads, none = to no building."""

    cells: dict[str, str]
    kind: str
    building: int | None
    fault: str = ""
    also: list[ListLine] = field(default_factory=list)
    """Rows that follow somewhere behind it."""


def sound_lines(persons: Sequence[InventedVoter], rng: Rng) -> list[ListLine]:
    """A row for each, its address written in one of the ways."""
    kinds = {**spellings.SOUND, **spellings.LOST}
    shares = np.array([share for _, share in kinds.values()])
    drawn = rng.choice(len(kinds), len(persons), p=shares / shares.sum()).tolist()
    names = list(kinds)
    return [written(person, names[kind], rng) for person, kind in zip(persons, drawn)]


def written(person: InventedVoter, kind: str, rng: Rng) -> ListLine:
    writer = (spellings.SOUND.get(kind) or spellings.LOST[kind])[0]
    cells = {
        "ИИН": person.iin,
        "Фамилия": person.surname,
        "Имя": person.first_name,
        "Отчество": person.patronymic,
        "Дата рождения": f"{person.birth:%d.%m.%Y}",
        "Адрес регистрации": writer(person, rng),
        "Дата смерти": "",
    }
    return ListLine(cells, kind, person.home.id if kind in spellings.SOUND else None)


@dataclass(frozen=True)
class Planting:
    """What a planter may draw from."""

    rng: Rng
    others: Sequence[InventedVoter]
    voting_day: date

    def other(self) -> InventedVoter:
        return self.others[int(self.rng.integers(len(self.others)))]


def wrong_digit(line: ListLine, planting: Planting) -> None:
    """The last digit is another one."""
    number = line.cells["ИИН"]
    line.cells["ИИН"] = number[:-1] + str((int(number[-1]) + 1 + int(planting.rng.integers(9))) % 10)
    line.fault = "iin"


def twice(line: ListLine, planting: Planting) -> None:
    """The same row once more: the second is one too many."""
    line.also.append(ListLine(dict(line.cells), line.kind, line.building, "iin_twice"))


def two_homes(line: ListLine, planting: Planting) -> None:
    """One number at two addresses: neither can be believed."""
    elsewhere = written(planting.other(), "whole_russian", planting.rng)
    if elsewhere.building != line.building:
        cells = {**line.cells, "Адрес регистрации": elsewhere.cells["Адрес регистрации"]}
        line.also.append(ListLine(cells, "whole_russian", elsewhere.building, "two_homes"))
        line.fault = "two_homes"


def too_young(line: ListLine, planting: Planting) -> None:
    born = planting.voting_day - timedelta(days=int(planting.rng.integers(1, 17 * 365)))
    line.cells["Дата рождения"] = f"{born:%d.%m.%Y}"
    line.fault = "under_age"


def dead(line: ListLine, planting: Planting) -> None:
    died = planting.voting_day - timedelta(days=int(planting.rng.integers(30, 900)))
    line.cells["Дата смерти"] = f"{died:%d.%m.%Y}"
    line.fault = "deceased"


def without_field(line: ListLine, planting: Planting) -> None:
    names = ("ИИН", "Фамилия", "Имя", "Дата рождения", "Адрес регистрации")
    line.cells[names[int(planting.rng.integers(len(names)))]] = ""
    line.fault = "missing"


def no_date(line: ListLine, planting: Planting) -> None:
    line.cells["Дата рождения"] = ("31.02.1980", "00.00.1975", "17.13.1990")[int(planting.rng.integers(3))]
    line.fault = "birth"


def namesake(line: ListLine, planting: Planting) -> None:
    """Another person with the same name and birth date: to be counted, and nobody refused."""
    other = planting.other()
    line.cells |= {
        "Фамилия": other.surname,
        "Имя": other.first_name,
        "Отчество": other.patronymic,
        "Дата рождения": f"{other.birth:%d.%m.%Y}",
    }
    line.fault = "namesake"


PLANTED: tuple[Callable[[ListLine, Planting], None], ...] = (
    *(wrong_digit, twice, two_homes, too_young, dead, without_field, no_date, namesake),
)
SHARE = 0.0003
"""The share of rows with each kind of fault; at least three rows."""


def plant(
    lines: list[ListLine], persons: Sequence[InventedVoter], voting_day: date, rng: Rng
) -> list[ListLine]:
    """The lines with faults of each kind in rows of their own, and what the faults add among them."""
    each = min(max(3, round(len(lines) * SHARE)), len(lines) // len(PLANTED))
    chosen = rng.permutation(len(lines))[: each * len(PLANTED)].reshape(len(PLANTED), each)
    planting = Planting(rng, persons, voting_day)
    for planter, rows in zip(PLANTED, chosen.tolist()):
        for row in rows:
            planter(lines[row], planting)
    more = [extra for line in lines for extra in line.also]
    return [*lines, *(more[n] for n in rng.permutation(len(more)).tolist())]
