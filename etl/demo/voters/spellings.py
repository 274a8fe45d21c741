"""The ways in which people write an address: each kind by a function of its own, so that what is found can
be counted by kind."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from etl.demo.facts.people import CITY_KK, CITY_RU, POSTAL
from etl.demo.voters.persons import InventedVoter

RUSSIAN = {
    "улица": ("ул.", "ул", "Ул."),
    "проспект": ("пр.", "пр-т", "просп.", "пр-кт"),
    "переулок": ("пер.",),
    "шоссе": ("ш.",),
    "площадь": ("пл.",),
    "микрорайон": ("мкр.", "мкр-н", "м-н"),
}
KAZAKH = {"көшесі": ("көш.", "көшесі"), "даңғылы": ("даң.", "даңғылы"), "шағын ауданы": ("ш/а",)}
SAME_LOOK = str.maketrans("аеорсухАЕОРСХКМТВН", "aeopcyxAEOPCXKMTBH")
TO_LATIN = dict(
    zip(
        "абвгдеёжзийклмнопрстуфхцчшщъыьэюяәғқңөұүһі",
        (
            *"a b v g d e yo zh z i y k l m n o p r s t u f kh ts ch sh sch".split(),
            *("", "y", "", "e", "yu", "ya", "a", "g", "k", "n", "o", "u", "u", "h", "i"),
        ),
    )
)
Rng = np.random.Generator


def pick(rng: Rng, of: tuple[str, ...]) -> str:
    return of[int(rng.integers(len(of)))]


def flat_ru(person: InventedVoter, rng: Rng) -> str:
    form = pick(rng, (", кв. {}", ", кв {}", ", квартира {}", " кв.{}"))
    return form.format(person.flat) if person.flat else ""


def flat_kk(person: InventedVoter, rng: Rng) -> str:
    form = pick(rng, (", {}-пәтер", ", пәтер {}", ", {} пәтер"))
    return form.format(person.flat) if person.flat else ""


def whole_russian(person: InventedVoter, rng: Rng) -> str:
    home = person.home
    return f"{CITY_RU}, {home.street_ru}, д. {home.house}{flat_ru(person, rng)}"


def whole_kazakh(person: InventedVoter, rng: Rng) -> str:
    home = person.home
    return f"{CITY_KK}, {home.street_kk}, {home.house}-үй{flat_kk(person, rng)}"


def short_russian(person: InventedVoter, rng: Rng) -> str:
    street = person.home.street_ru
    for word, shorts in RUSSIAN.items():
        street = street.replace(word, pick(rng, shorts))
    return f"{street} {person.home.house}{flat_ru(person, rng)}"


def short_kazakh(person: InventedVoter, rng: Rng) -> str:
    street = person.home.street_kk
    for word, shorts in KAZAKH.items():
        street = street.replace(word, pick(rng, shorts))
    return f"{street} {person.home.house}{flat_kk(person, rng)}"


def type_last(person: InventedVoter, rng: Rng) -> str:
    """ "Кенесары улица"."""
    first, _, rest = person.home.street_ru.partition(" ")
    return f"{rest} {first}, дом {person.home.house}{flat_ru(person, rng)}"


def capitals(person: InventedVoter, rng: Rng) -> str:
    return short_russian(person, rng).upper()


def latin_look(person: InventedVoter, rng: Rng) -> str:
    """Latin letters that look like Cyrillic ones, as a wrong keyboard leaves them."""
    home = person.home
    first, _, rest = home.street_ru.partition(" ")
    mixed = "".join(letter.translate(SAME_LOOK) if rng.random() < 0.5 else letter for letter in rest)
    return f"{first} {mixed}, {home.house}{flat_ru(person, rng)}"


def transliterated(person: InventedVoter, rng: Rng) -> str:
    first, _, rest = person.home.street_ru.partition(" ")
    latin = "".join(TO_LATIN.get(letter.lower(), letter) for letter in rest).title()
    return f"ul. {latin} {person.home.house.translate(SAME_LOOK)}" + (
        f", kv. {person.flat}" if person.flat else ""
    )


def other_part(person: InventedVoter, rng: Rng) -> str:
    """ "7/2" as "7 корпус 2", "14А" as '14 "А"'."""
    house = person.home.house
    if "/" in house:
        number, part = house.split("/", 1)
        written = pick(rng, ("{} корпус {}", "{} корп. {}", "{}, корп {}", "{} / {}")).format(number, part)
    elif house[-1:].isalpha():
        written = pick(rng, ('{} "{}"', "{} {}", "{}-{}", "{} литер {}")).format(house[:-1], house[-1])
    else:
        written = pick(rng, ("дом № {}", "д.{}", "№ {}")).format(house)
    return f"{person.home.street_ru} {written}{flat_ru(person, rng)}"


def in_full(person: InventedVoter, rng: Rng) -> str:
    home = person.home
    return f"{POSTAL}, {home.street_ru}, дом {home.house}" + (
        f", подъезд {1 + (person.flat or 1) // 30}{flat_ru(person, rng)}"
    )


def slip(person: InventedVoter, rng: Rng) -> str:
    """One letter of the street's name left out, doubled or exchanged with the next."""
    first, _, rest = person.home.street_ru.partition(" ")
    letters = [n for n in range(1, len(rest) - 1) if rest[n].isalpha() and rest[n + 1].isalpha()]
    if len(letters) < 3:
        return short_russian(person, rng)
    at = letters[int(rng.integers(len(letters)))]
    slipped = (
        rest[:at] + rest[at + 1 :],
        rest[:at] + rest[at] + rest[at:],
        rest[:at] + rest[at + 1] + rest[at] + rest[at + 2 :],
    )[int(rng.integers(3))]
    return f"{first} {slipped}, д. {person.home.house}{flat_ru(person, rng)}"


def no_such_house(person: InventedVoter, rng: Rng) -> str:
    """A number that no street of the city reaches."""
    return f"{person.home.street_ru}, д. {int(rng.integers(900, 999))}{flat_ru(person, rng)}"


def no_such_street(person: InventedVoter, rng: Rng) -> str:
    name = pick(rng, ("Вымышленная", "Несуществующая", "Жоқжердегі", "Неведомая"))
    return f"ул. {name}, д. {person.home.house}{flat_ru(person, rng)}"


Writer = Callable[[InventedVoter, Rng], str]
SOUND: dict[str, tuple[Writer, float]] = {
    "whole_russian": (whole_russian, 0.55),
    "whole_kazakh": (whole_kazakh, 0.18),
    "short_russian": (short_russian, 0.12),
    "short_kazakh": (short_kazakh, 0.05),
    "in_full": (in_full, 0.04),
    "type_last": (type_last, 0.02),
    "capitals": (capitals, 0.01),
    "latin_look": (latin_look, 0.01),
    "transliterated": (transliterated, 0.005),
    "other_part": (other_part, 0.01),
    "slip": (slip, 0.005),
}
"""Kind -> how it is written, and its share of the persons: each leads to the building."""
LOST: dict[str, tuple[Writer, float]] = {
    "no_such_house": (no_such_house, 0.001),
    "no_such_street": (no_such_street, 0.0005),
}
"""Kinds that lead to none; shares on top."""
