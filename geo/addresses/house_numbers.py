"""House numbers as a legal text and a register mean them: one key for every way to write a number, a
natural order, and the side of the street.

A number is plain when it begins with digits ("14/1", "7А", "13 корпус 2"): it then has a side and a place
in the order. Others ("б/н") are only themselves.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from geo.addresses.folding import HOMOGLYPHS, KAZAKH

LETTER = "A-Za-zА-Яа-яЁёӘәҒғҚқҢңӨөҰұҮүҺһІі"
PLAIN = re.compile(
    rf"[0-9]{{1,5}}(?:[/\-]?[0-9{LETTER}])*(?: (?:корпус|корп|к|блок|строение|стр|литер|лит)\.? "
    rf"?[0-9{LETTER}]+)?"
)
HOUSE_WORD = re.compile(r"^(?:дома?|д|үй(?:лер)?і?|house|no|№)\b\.?\s*|^№\s*", re.IGNORECASE)
PARTS = (
    (re.compile("(?<=[0-9а-я])(?:корпус|корп|блок|к)(?=[0-9а-я])"), "к"),
    (re.compile("(?<=[0-9а-я])(?:строение|стр)(?=[0-9])"), "с"),
    (re.compile("(?<=[0-9])(?:литера|литер|лит)(?=[а-я])"), ""),
)
NUMBERED_PART = re.compile("(?<=[0-9а-я])(?:к|с|-)(?=[0-9])")
LETTER_PART = re.compile("(?<=[0-9])(?:к|-|/)([а-я])(?![а-я])")
DIGITS = re.compile("[0-9]+|[^0-9]+")

ODD, EVEN = "odd", "even"


@lru_cache(maxsize=100_000)
def house_key(house: str) -> str:
    """The number however it is written; empty for a text that names none.

    >>> house_key("д. 13 корп. 2"), house_key("13к2"), house_key("7 А")
    ('13к2', '13к2', '7а')
    """
    key = (
        re.sub(r"[\s.]+", "", HOUSE_WORD.sub("", house.strip().casefold()))
        .translate(KAZAKH)
        .translate(HOMOGLYPHS)
    )
    for pattern, short in PARTS:
        key = pattern.sub(short, key)
    return key


@lru_cache(maxsize=100_000)
def corpus_key(house: str) -> str:
    """The number with the ways to write a part of it made one: two houses of a street seldom differ by them
    alone. Take what agrees by `house_key` first.

    >>> [corpus_key(house) for house in ("7 корпус 1", "7 стр. 1", "7-1", "7 литера А", "7-А")]
    ['7/1', '7/1', '7/1', '7а', '7а']
    """
    return LETTER_PART.sub(r"\1", NUMBERED_PART.sub("/", house_key(house)))


@lru_cache(maxsize=100_000)
def natural(key: str) -> tuple[Any, ...]:
    """Sorts 2, 14, 14/1, 14/2, 14/10, 14а, 16: figures as figures, letters as letters."""
    return tuple(
        (0, int(part), "") if "0" <= part[0] <= "9" else (1, 0, part) for part in DIGITS.findall(key)
    ), key


def is_plain(house: str) -> bool:
    return PLAIN.fullmatch(house) is not None


def side(key: str) -> str | None:
    """The side of a street by the leading figures of a key; none without them.

    >>> side("14/1"), side("7а"), side("б/н")
    ('even', 'odd', None)
    """
    digits = re.match("[0-9]+", key)
    return None if digits is None else (ODD if int(digits[0][-1]) % 2 else EVEN)
