"""What may stand in the cells of a row: what is invisible is taken out and counted; what no paper and no XML
can hold, what is longer than any name or address, and names and addresses whose letters a wrong encoding has
eaten refuse the row."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

LONGEST = dict.fromkeys(("surname", "first_name", "patronymic"), 100) | {"address": 500}
"""Characters of a field at most: what is longer is no name, and no page has room for it."""
NAMES = ("surname", "first_name", "patronymic")
INVISIBLE = re.compile("[\xad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")
SPACES = re.compile("[ \xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+")
UNWRITABLE = re.compile("[\x00-\x1f\x7f-\x9f\ufffe\uffff\ud800-\udfff]")
"""Control characters, and what XML 1.0 cannot hold."""
LOST = re.compile("[?\ufffd\ue000-\uf8ff\u2500-\u259f]|_x[0-9A-Fa-f]{4}_")
"""What an encoding puts in the place of letters that it does not know; a workbook, of control characters."""
MARKUP = re.compile(r"[<>{}=|\\^~@#$%*+]|&#?\w+;")
"""What no name is written with, and programs are."""
LOST_IN_ADDRESS = re.compile("[^\\W\\d_]\\?|\\?[^\\W\\d_]|\\?{2}|[\ufffd\ue000-\uf8ff\u2500-\u259f]")
SIGNS = "?\ufffd°Ð"
"""One of them at least is in an address that has lost letters, or was read in another encoding than it was
written in."""
MISREAD_AS = ("cp1251", "latin-1")
SHORTEST_MISREAD = 4
"""Characters: two letters. A name of one letter more could be such by chance."""
LATIN, CYRILLIC = re.compile("[A-Za-z]"), re.compile("[\u0400-\u04ff]")
WORD = re.compile(r"[^\W_]+")
LOOK_ALIKES = str.maketrans("ABCEHKMOPTXYIaceopxyi", "АВСЕНКМОРТХУІасеорхуі")
"""Latin letters that nobody can tell from Cyrillic ones."""
GUESSED = "encoding_guessed"
"""The check that counts rows read by a guessed encoding."""
NO_PATRONYMIC, NO_DECEASED = "no_patronymic", "no_deceased"
"""The checks that count the rows of a file without those columns."""
OF_FILE = (GUESSED, NO_PATRONYMIC, NO_DECEASED)
"""What is said of a file as a whole, not of its rows."""
ONLY_DIGITS = re.compile(r"[\W\d_]*\d[\W\d_]*")
FIRST_LINES, MOST_LINES = 5, 500
"""Lines of a note that are shown beside its count, and kept for who wants to see more."""


@dataclass
class RowNotes:
    """What was put right in rows that are taken: code -> how many rows, and their first lines."""

    counts: dict[str, int] = field(default_factory=dict)
    lines: dict[str, list[int]] = field(default_factory=dict)
    guessed: int = 0
    """Rows read by a guessed encoding: counted by blocks of the file, without their lines."""
    lacking: dict[str, int] = field(default_factory=dict)
    """Rows of a file without a column, by its field."""

    def without_column(self, name: str, rows: int) -> None:
        self.lacking[name] = self.lacking.get(name, 0) + rows

    def add(self, code: str, line: int) -> None:
        self.counts[code] = self.counts.get(code, 0) + 1
        lines = self.lines.setdefault(code, [])
        if len(lines) < MOST_LINES:
            lines.append(line)

    def as_checks(self) -> dict[str, Any]:
        """In the form of what `geo.voters.checks` counts; "lines" are the first of "noted"."""
        found: dict[str, Any] = {
            code: {"count": count, "lines": self.lines[code][:FIRST_LINES], "noted": self.lines[code]}
            for code, count in self.counts.items()
        }
        whole = {GUESSED: self.guessed} | {f"no_{name}": rows for name, rows in self.lacking.items()}
        return found | {code: {"count": count, "lines": []} for code, count in whole.items() if count}


def are_plain(names: str, address: str, others: str) -> bool:
    """Whether there is nothing to look for: names of letters alone, of usual length. So is nearly every row:
    it takes no pattern to see it."""
    return (
        names.isalpha()
        and len(names) <= LONGEST["surname"]
        and len(address) <= LONGEST["address"]
        and address.isprintable()
        and others.isprintable()
        and not any(sign in address for sign in SIGNS)
        and not (LATIN.search(names) and CYRILLIC.search(names))
    )


def visible(text: str) -> str:
    """The text without characters that nobody sees, and with spaces that are like any other.

    >>> visible("Ах\xadметов\u200b"), visible("ул.\xa0Абая")
    ('Ахметов', 'ул. Абая')
    """
    return text if text.isprintable() else SPACES.sub(" ", INVISIBLE.sub("", text)).strip(" ")


def unwritable(cells: Mapping[str, str]) -> list[str]:
    """The fields with characters that no paper and no XML can hold."""
    return [name for name, text in cells.items() if UNWRITABLE.search(text)]


def too_long(cells: Mapping[str, str]) -> list[str]:
    return [name for name, most in LONGEST.items() if len(cells[name]) > most]


def unreadable(cells: Mapping[str, str]) -> list[str]:
    """The names that have lost letters, are of digits alone, or of what programs are written with; the
    address that has lost letters; each that was read in another encoding than it was written in."""
    return [name for name in (*NAMES, "address") if _is_unreadable(name, cells[name])]


def _is_unreadable(name: str, text: str) -> bool:
    if name == "address":
        return LOST_IN_ADDRESS.search(text) is not None or is_misread(text)
    lost = LOST.search(text) or MARKUP.search(text) or ONLY_DIGITS.fullmatch(text)
    return lost is not None or is_misread(text)


def is_misread(text: str) -> bool:
    """Whether it is UTF-8 that was read as something else.

    >>> is_misread("РђР±РґС…"), is_misread("СЕРІК"), is_misread("Muñoz")
    (True, False, False)
    """
    return (
        not text.isascii()
        and len(text) >= SHORTEST_MISREAD
        and any(_is_utf8_in(text, encoding) for encoding in MISREAD_AS)
    )


def _is_utf8_in(text: str, encoding: str) -> bool:
    try:
        text.encode(encoding).decode("utf-8")
    except ValueError:
        return False
    return True


def of_one_script(text: str) -> str:
    """The text, Latin letters that look like Cyrillic ones made those in words that have Cyrillic letters.

    >>> of_one_script("Ахмeтoв Anna")
    'Ахметов Anna'
    """
    return WORD.sub(lambda word: _cyrillic(word[0]), text) if CYRILLIC.search(text) else text


def _cyrillic(word: str) -> str:
    if not (CYRILLIC.search(word) and LATIN.search(word)):
        return word
    folded = word.translate(LOOK_ALIKES)
    return word if LATIN.search(folded) else folded
