"""The individual identification number (IIN): 12 digits, the last of which checks the others.

The first six are usually the birth date (YYMMDD) and the seventh its century and the sex (1-6), but neither
is required: numbers were given otherwise. The digit catches about 91 of 100 slips of one digit, so it never
replaces a comparison with the register.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

LENGTH = 12
SHOWN = 2
"""The last digits that a masked number shows."""
FIRST_PASS = np.arange(1, 12)
SECOND_PASS = np.array([3, 4, 5, 6, 7, 8, 9, 10, 11, 1, 2])
SPELLED = re.compile(r"['’`]?([0-9 ]+)(?:[.,]0+)?")
"""A number as a spreadsheet has it: an apostrophe before it, in groups, with a fraction of nothing."""
SHAPED = re.compile(r"(?<![0-9])[0-9]{12}(?![0-9])")
ROUNDED = re.compile(r"['’`]?[0-9](?:[.,][0-9]+)?[eE][+]?[0-9]{1,2}")
INVENTED = "9"
"""The seventh digit of a number that is made up: no century has it, so nobody can have the number."""


def valid(numbers: Sequence[str]) -> np.ndarray:
    """One truth value for each text: whether it is 12 digits whose last is the check digit.

    >>> valid(["850417300122", "061211600012", "990101300409", "990101300400", "85041730012"]).tolist()
    [True, True, True, False, False]
    """
    shaped = np.array([len(number) == LENGTH and number.isascii() for number in numbers], dtype=bool)
    joined = "".join(number if fits else "x" * LENGTH for number, fits in zip(numbers, shaped))
    digits = np.frombuffer(joined.encode(), dtype=np.uint8).reshape(-1, LENGTH).astype(np.int64) - ord("0")
    numeric = ((digits >= 0) & (digits <= 9)).all(axis=1)
    return shaped & numeric & (_check_digits(digits[:, :-1]) == digits[:, -1])


def check_digit(eleven: str) -> int | None:
    """The twelfth digit; none where both passes give 10, and the number is not used.

    >>> check_digit("85041730012"), check_digit("06121160001"), check_digit("99010130046")
    (2, 2, None)
    """
    digits = np.array([[int(digit) for digit in eleven]])
    found = int(_check_digits(digits)[0])
    return None if found == 10 else found


def _check_digits(digits: np.ndarray) -> np.ndarray:
    """The check digits of rows of 11 digits; 10 = no digit fits."""
    first = digits @ FIRST_PASS % 11
    return np.where(first == 10, digits @ SECOND_PASS % 11, first)


def only_one(line: str) -> str:
    """The number in a line of text, where it holds one and no other that can be; else empty.

    >>> only_one("850417300122;Ахметов;17.04.1985;x;y"), only_one("850417300123;Ахметов")
    ('850417300122', '')
    """
    shaped = list(dict.fromkeys(SHAPED.findall(line)))
    found = [number for number, fits in zip(shaped, valid(shaped)) if fits] if shaped else []
    return found[0] if len(found) == 1 else ""


def respelled(number: str) -> str:
    """Its digits alone where a spreadsheet has written it in its own way; anything else as it is.

    >>> respelled("'930 816 941 977"), respelled("930816941977.0"), respelled("9.30817E+11")
    ('930816941977', '930816941977', '9.30817E+11')
    """
    found = SPELLED.fullmatch(number)
    return found[1].replace(" ", "") if found else number


def is_rounded(number: str) -> bool:
    """Whether it is written as a power of ten: its last digits are lost."""
    return ROUNDED.fullmatch(number) is not None


def masked(number: str) -> str:
    """The number as it is shown: two digits tell apart those of a house, and nobody guesses the ten others.

    >>> masked("061211600012")
    '**********12'
    """
    return "*" * (LENGTH - SHOWN) + number[-SHOWN:] if len(number) == LENGTH else "*" * len(number)
