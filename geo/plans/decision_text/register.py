"""The city's addresses as a legal text sees them: streets by their whole name in one language, on each the
houses in natural order, one side after the other.

Two buildings with one address are one house: no text can tell them apart.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from geo.addresses.folding import fold_street
from geo.addresses.house_numbers import house_key, is_plain, natural, side
from geo.addresses.street_names import street_key


@dataclass(frozen=True)
class RegisterAddress:
    """A building of the register; a street has a name in one language at least, or the building has no
    address."""

    building: int
    street_kk: str | None
    street_ru: str | None
    house: str | None

    def street(self, lang: str) -> str:
        """Its street in `lang`, else in the other language; empty for none."""
        names = (self.street_kk, self.street_ru) if lang == "kk" else (self.street_ru, self.street_kk)
        return " ".join((names[0] or names[1] or "").split())


@dataclass
class RegisterHouse:
    """`text` is the number as written; `side` none: it has no place in the order and is only ever named by
    itself."""

    key: str
    text: str
    side: str | None
    buildings: list[int]


@dataclass
class RegisterStreet:
    key: str
    name: str
    houses: dict[str, RegisterHouse] = field(default_factory=dict)

    @cached_property
    def sides(self) -> dict[str | None, list[RegisterHouse]]:
        """The houses of either side in natural order; those of no side under none. Read once all houses
        are in."""
        found: dict[str | None, list[RegisterHouse]] = defaultdict(list)
        for house in sorted(self.houses.values(), key=lambda house: natural(house.key)):
            found[house.side].append(house)
        return dict(found)


class Register:
    """`streets` by their key; `nameless` are the buildings that have no address."""

    def __init__(self, addresses: Iterable[RegisterAddress], lang: str) -> None:
        self.lang = lang
        self.streets: dict[str, RegisterStreet] = {}
        self.nameless: list[int] = []
        for address in sorted(addresses, key=lambda address: address.building):
            self._add(address)

    def _add(self, address: RegisterAddress) -> None:
        name, text = address.street(self.lang), " ".join((address.house or "").split())
        street, house = street_key(name), house_key(text)
        if not street or not house:
            self.nameless.append(address.building)
            return
        houses = self.streets.setdefault(street, RegisterStreet(street, name)).houses
        if house not in houses:
            houses[house] = RegisterHouse(house, text, side(house) if is_plain(text) else None, [])
        houses[house].buildings.append(address.building)

    @cached_property
    def by_bare_name(self) -> dict[str, list[RegisterStreet]]:
        """Streets by their name without the word for "street"."""
        found: dict[str, list[RegisterStreet]] = defaultdict(list)
        for street in self.streets.values():
            found[fold_street(street.name)].append(street)
        return dict(found)

    def untold(self, precinct_of: Mapping[int, int]) -> dict[int, str]:
        """Buildings that no text can give to their precinct, with the reason: "no_address", or
        "shared_address" with one of another precinct."""
        found = {building: "no_address" for building in self.nameless if building in precinct_of}
        for street in self.streets.values():
            for house in street.houses.values():
                if len({precinct_of.get(building) for building in house.buildings}) > 1:
                    found.update(
                        {
                            building: "shared_address"
                            for building in house.buildings
                            if building in precinct_of
                        }
                    )
        return found
