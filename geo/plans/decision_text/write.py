"""The legal text of precincts: by street, side and number, in Kazakh or in Russian.
`geo.plans.decision_text.read` gives back exactly the buildings it was written from.

A range stands only for what is there: "2–48" of the even side is written when every even house of the
register from 2 to 48, fractions and letters included, belongs to the precinct, and both ends exist. What
could be misread is put in «».
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby

from geo.addresses.house_numbers import EVEN, ODD
from geo.addresses.street_names import has_type
from geo.plans.decision_text.register import Register, RegisterHouse, RegisterStreet
from geo.plans.decision_text.words import BORDERS, HEAD, LOCATION, SIDE, means_nothing

SHORTEST_RANGE = 3
"""Two neighbours are named each."""
RANGE = "–"
MARKS = re.compile(r"[,;:()«»\n–—\"]")


@dataclass(frozen=True)
class StreetLine:
    """The houses of one street in a precinct: `sides` as (side, items as they are written)."""

    street: str
    sides: tuple[tuple[str | None, tuple[str, ...]], ...]

    def items(self, lang: str) -> list[str]:
        """The items in the notation of decisions: "2–48 (чётные)", "52", "1", "14/1"."""
        return [
            f"{item} ({SIDE[lang][side]})" if side and RANGE in item else item
            for side, items in self.sides
            for item in items
        ]

    def written(self, lang: str) -> str:
        """ "улица Кенесары: 2–48 (чётные), 52, 1, 14/1"."""
        return f"{self.street}: {', '.join(self.items(lang))}"


def lines(register: Register, precinct_of: Mapping[int, int]) -> dict[int, list[StreetLine]]:
    """The lines of each precinct's streets in the order of their names. Houses that `Register.untold` names
    are in none."""
    found: dict[int, list[StreetLine]] = defaultdict(list)
    for street in sorted(register.streets.values(), key=lambda street: street.key):
        for precinct, sides in _shares(street, precinct_of).items():
            found[precinct].append(
                StreetLine(
                    _street_name(street),
                    tuple((side, tuple(sides[side])) for side in (EVEN, ODD, None) if sides[side]),
                )
            )
    return dict(sorted(found.items()))


def document(number: int, lang: str, written: Iterable[StreetLine], location: str | None = None) -> str:
    """One precinct's part of the decision: its head, where its station is, its borders; without houses (a
    hospital, an embassy) the place is all."""
    placed = [f"{LOCATION[lang]}: {location}"] if location else []
    borders = [line.written(lang) for line in written]
    return (
        "\n".join(
            [HEAD[lang].format(number=number), *placed, *([f"{BORDERS[lang]}:", *borders] if borders else [])]
        )
        + "\n"
    )


def _shares(street: RegisterStreet, precinct_of: Mapping[int, int]) -> dict[int, dict[str | None, list[str]]]:
    """Precinct -> side -> items."""
    found: dict[int, dict[str | None, list[str]]] = defaultdict(lambda: defaultdict(list))
    for side, houses in street.sides.items():
        for precinct, run in groupby(houses, lambda house: _owner(house, precinct_of)):
            if precinct is not None:
                found[precinct][side] += _items(list(run), side)
    return found


def _owner(house: RegisterHouse, precinct_of: Mapping[int, int]) -> int | None:
    owners = {precinct_of.get(building) for building in house.buildings}
    return owners.pop() if len(owners) == 1 else None


def _items(run: list[RegisterHouse], side: str | None) -> list[str]:
    """Neighbours of one side as a range, others each."""
    if side is None:
        return [quoted(house.text) for house in run]
    if len(run) >= SHORTEST_RANGE:
        return [f"{run[0].text}{RANGE}{run[-1].text}"]
    return [house.text for house in run]


def _street_name(street: RegisterStreet) -> str:
    """The street's own name, unless it could be read as a number or in pieces."""
    name = street.name
    first = name.split()[0].rstrip(".")
    plain = (
        not MARKS.search(name)
        and not name.endswith(".")
        and (name[0].isalpha() or has_type(name))
        and not means_nothing(first)
    )
    return name if plain else quoted(name)


def quoted(text: str) -> str:
    return "«" + text.replace("»", "»»") + "»"
