"""Names of streets and districts as keys: one for Kazakh, Russian and Latin spellings, case endings and
homoglyphs of one name.

A key is coarse on purpose: two streets may share one, and who matches by it takes only a key that leads to
one of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import TypeVar

from geo.addresses.folding import FOLDED_TYPES, HOMOGLYPHS, fold

LATIN = dict(
    zip(
        "абвгдежзиклмнопрстуфхцчшщъыьэюя",
        (
            "a",
            "b",
            "v",
            "g",
            "d",
            "e",
            "zh",
            "z",
            "i",
            "k",
            "l",
            "m",
            "n",
            "o",
            "p",
            "r",
            "s",
            "t",
            "u",
            "f",
            "h",
            "c",
            "ch",
            "sh",
            "sh",
            "",
            "i",
            "",
            "e",
            "u",
            "ia",
        ),
    )
)
SPELLINGS = (
    ("yu", "u"),
    ("ya", "ia"),
    ("ye", "e"),
    ("kh", "h"),
    ("gh", "g"),
    ("q", "k"),
    ("y", "i"),
    ("w", "u"),
    ("j", "zh"),
    ("zhzh", "zh"),
    ("ts", "c"),
)
ENDINGS = ("ogo", "nin", "din", "tin", "oi", "ei", "ii", "a", "e", "i", "o", "u")
"""Russian genitives ("Абая", "Молдагуловой") and Kazakh ones ("көшесінің") leave the same stem as the name
itself."""
NOT_NAMES = frozenset(
    "imen im atindag ulic ul koshes koshesi prospekt prosp pr pereulk dangil dangili mkr gorod kalas kalasi "
    "raion "
    "r-n audan district city of the".split()
)
"""Stems of words that say what a thing is, or that it is named after somebody."""
ADJECTIVE = re.compile("(?:in)?sk(?:i|ogo|omu|oe|aia|oi|uu|im|om)$")
SHORTEST_STEM = 3
CODED = re.compile(r"([^\W\d_]{1,2})-?(\d+)")


@lru_cache(maxsize=50_000)
def name_key(name: str) -> str:
    """The stems of a name's words, in an order of their own; empty where nothing of the name is left.

    >>> name_key("ул. Алии Молдагуловой") == name_key("Әлия Молдағұлова көшесі"), name_key("Saraiyshyq
    District") == name_key("Сарайшық ауданы") (True, True)
    """
    words = [
        latin(coded(word))
        for word in fold(name.replace("«", " ").replace("»", " ")).split()
        if word not in FOLDED_TYPES
    ]
    stems = {stem(word) for word in words if len(word) > 1 or word.isdigit()}
    return " ".join(sorted(stems - NOT_NAMES))


def coded(word: str) -> str:
    """A folded word of a letter or two and a number, as new streets are named, in one spelling: with
    letters of either alphabet that look alike, and no hyphen.

    >>> coded("а-191") == coded("a-191") == coded("а191"), coded("кабанбаи"), coded("28-1")
    (True, 'кабанбаи', '28-1')
    """
    found = CODED.fullmatch(word)
    return found[1].translate(HOMOGLYPHS) + found[2] if found else word


def latin(word: str) -> str:
    """A folded word in one Latin spelling.

    >>> latin("кабанбаи"), latin("qabanbay"), latin("esil"), latin("yesil")
    ('kabanbai', 'kabanbai', 'esil', 'esil')
    """
    plain = "".join(LATIN.get(letter, letter) for letter in word)
    for spelling, ours in SPELLINGS:
        plain = plain.replace(spelling, ours)
    return "".join(
        letter for i, letter in enumerate(plain) if i == 0 or letter != plain[i - 1] or letter.isdigit()
    )


def stem(word: str) -> str:
    """The stem of a word in Latin letters, without case endings; an adjective ("Есильский", "Алматинский")
    becomes its noun.

    >>> stem("moldagulovoi"), stem("almatinski"), stem("almati"), stem("1905")
    ('moldagulov', 'almat', 'almat', '1905')
    """
    if (adjective := ADJECTIVE.search(word)) and adjective.start() >= SHORTEST_STEM:
        word = word[: adjective.start()]
    for ending in ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= SHORTEST_STEM:
            return stem(word[: -len(ending)]) if len(ending) == 1 else word[: -len(ending)]
    return word


Named = TypeVar("Named")


def only_ones(named: Iterable[tuple[str, Named]]) -> dict[str, Named]:
    """The named things by key, without the keys that lead to several. `named`: (name, what it names)."""
    found: dict[str, set[Named]] = {}
    for name, what in named:
        if key := name_key(name):
            found.setdefault(key, set()).add(what)
    return {key: next(iter(whats)) for key, whats in found.items() if len(whats) == 1}
