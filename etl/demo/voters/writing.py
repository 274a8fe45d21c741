"""The invented list and its answers as files."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
from sqlalchemy import Connection, text

from etl.demo.city import SEED
from etl.demo.voters.faults import ListLine, plant, sound_lines
from etl.demo.voters.persons import Home, invent
from geo.errors import InvalidInput
from geo.settings import City

ANSWERS = ("line", "kind", "building", "fault")
HOMES = text("""select id, coalesce(street_kk, street_ru) as street_kk,
        coalesce(street_ru, street_kk) as street_ru, house, voters
    from building where region = :region and voters > 0 and house is not null
        and coalesce(street_kk, street_ru) is not null order by id""")


SHARES = {"tenth": 0.1, "full": 1.0}


def share_of(scale: str) -> float:
    """Raises `InvalidInput` ("demo.scale")."""
    if scale not in SHARES:
        raise InvalidInput("demo.scale", scale=scale, known=", ".join(SHARES))
    return SHARES[scale]


@dataclass(frozen=True)
class InventedList:
    """Rows of the file in order, the first after the header is line 1."""

    lines: list[ListLine]


def invent_list(
    connection: Connection, city: City, share: float, voting_day: date, seed: int = SEED
) -> InventedList:
    """The list of the city whose buildings the database holds: `share` of the voters of each."""
    rows = connection.execute(HOMES, {"region": city.region})
    homes = [Home(row.id, row.street_kk, row.street_ru, row.house, row.voters) for row in rows]
    rng = np.random.default_rng(seed)
    persons = invent(homes, share, voting_day, rng)
    return InventedList(plant(sound_lines(persons, rng), persons, voting_day, rng))


def write_list(found: InventedList, path: Path, answers: Path | None = None, encoding: str = "utf-8") -> None:
    """The list as CSV; `answers`: beside it the kind, the building and the fault of each line."""
    with path.open("w", encoding=encoding, newline="") as file:
        rows = csv.writer(file, delimiter=";")
        rows.writerow(found.lines[0].cells)
        rows.writerows(line.cells.values() for line in found.lines)
    if answers is not None:
        with answers.open("w", encoding="utf-8", newline="") as file:
            rows = csv.writer(file)
            rows.writerow(ANSWERS)
            rows.writerows(
                (number, line.kind, line.building, line.fault)
                for number, line in enumerate(found.lines, start=1)
            )
