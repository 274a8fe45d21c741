"""What may be given to the list's process: values of the types that an answer takes, and free text, which
stays in the audit and so may hold nobody's number."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from inspect import signature
from typing import Any

from geo.errors import InvalidInput

LONGEST = 200
MOST_DIGITS, MOST_IN_A_ROW = 11, 6
"""An IIN is twelve digits, whatever stands between them; its first half alone is a birth date."""
OF_A_DAY = re.compile(r"(?<!\d)\d{2}\.\d{2}\.20\d{2}(?!\d)")
"""The day of a document: one is not counted."""
BIGGEST = 2**63 - 1
FILLERS = "\u115f\u1160"
"""Letters by their class, that show nothing."""


def check_given(answer: Callable[..., Any], given: Mapping[str, Any]) -> None:
    """Raises `InvalidInput` ("voters.given") for a value that `answer` does not take, or the database does
    not."""
    for name, parameter in signature(answer, eval_str=True).parameters.items():
        if name in given and not _fits(given[name], parameter.annotation):
            raise InvalidInput("voters.given", name=name)


def free_text(given: object, code: str) -> str:
    """The text in one form (NFKC), as the audit may keep it: letters that are seen, no line breaks, and too
    few digits for an IIN however they are written. Raises `InvalidInput` (`code`)."""
    text = unicodedata.normalize("NFKC", given).strip() if isinstance(given, str) else ""
    if len(text) > LONGEST or not _seen(text) or any(map(_hidden, text)) or _holds_number(text):
        raise InvalidInput(code, longest=LONGEST, digits=MOST_IN_A_ROW, all=MOST_DIGITS)
    return text


def text_of(given: object, name: str) -> str:
    """The text of a field without what surrounds it; none is empty. Raises `InvalidInput`
    ("voters.given")."""
    if given is None:
        return ""
    if not isinstance(given, str):
        raise InvalidInput("voters.given", name=name)
    return given.strip()


def _fits(value: object, kind: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, kind):
        return False
    if isinstance(value, str):
        return not any(letter == "\0" or unicodedata.category(letter) == "Cs" for letter in value)
    return not isinstance(value, int) or abs(value) <= BIGGEST


def _hidden(letter: str) -> bool:
    """Control and format characters, halves of pairs, what has no meaning, breaks of line and paragraph."""
    category = unicodedata.category(letter)
    return category.startswith("C") or category in ("Zl", "Zp")


def _seen(text: str) -> bool:
    return any(letter.isalnum() and letter not in FILLERS for letter in text)


def _holds_number(text: str) -> bool:
    """Digits of every script, and what stands for a number."""
    digits = in_a_row = 0
    for letter in OF_A_DAY.sub("", text, count=1):
        in_a_row = in_a_row + 1 if letter.isnumeric() else 0
        digits += letter.isnumeric()
        if in_a_row > MOST_IN_A_ROW or digits > MOST_DIGITS:
            return True
    return False
