"""Addresses folded for matching: case, Kazakh letters and their Russian look-alikes, Latin homoglyphs, and
the words for "street" aside.

The same folding serves loading (`building.street_norm`, `house_norm`) and search: fold what is asked as
what is stored.
"""

from __future__ import annotations

import re

KAZAKH = str.maketrans("әғқңөұүһіёў", "агкноуухиеу")
HOMOGLYPHS = str.maketrans("abcehikmoptxy", "авсеникмортху")
CYRILLIC = re.compile("[а-яёәғқңөұүһі]")
STREET_TYPES = frozenset(
    "улица ул көшесі көше көш даңғылы даңғыл даң проспект просп пр пр-т пр-кт переулок пер тұйық "
    "тұйығы бульвар бул б-р бульвары шоссе ш тас жолы "
    "жол трасса микрорайон мкр мкр-н м-н шағын ауданы шағынауданы ықшамаудан жм жк жилой массив "
    "алаңы площадь пл алаң street st avenue ave road rd "
    "boulevard blvd lane ln drive dr".split()
)
HOUSE_WORD = re.compile(r"\b(?:дом|д|үй|house|no|№)\b\.?\s*", re.IGNORECASE)


def fold(text: str) -> str:
    """One alphabet, lower case, single spaces, no punctuation but / and - inside words.

    >>> fold("Қабанбай  Батыр"), fold("Kенесары")   # the second begins with a Latin K
    ('кабанбаи батыр', 'кенесары')
    """
    words = []
    for word in re.sub(r"[^\w/\-]+", " ", text.casefold().replace("й", "и")).split():
        word = word.translate(KAZAKH)
        words.append(word.translate(HOMOGLYPHS) if CYRILLIC.search(word) else word)
    return " ".join(word.strip("-/") for word in words if word.strip("-/"))


FOLDED_TYPES = frozenset(fold(word) for word in STREET_TYPES)


def fold_street(name: str) -> str:
    """A street's name without the word for "street", in either language.

    >>> fold_street("ул. Кенесары"), fold_street("Кенесары көшесі")
    ('кенесары', 'кенесары')
    """
    words = [word for word in fold(name).split() if word not in FOLDED_TYPES]
    return " ".join(words) or fold(name)


def fold_house(house: str) -> str:
    """A house number as it is matched: no spaces, no word for "house".

    >>> fold_house("д. 10 А"), fold_house("12/ 1")
    ('10а', '12/1')
    """
    number = re.sub(r"\s+", "", HOUSE_WORD.sub("", house.casefold())).strip(".,").translate(KAZAKH)
    return number.translate(HOMOGLYPHS)
