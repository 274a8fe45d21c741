"""What may stand in the cells of a row: what is invisible is taken out and counted; what no paper and no XML
can hold, what is longer than any name or address, and names whose letters a wrong encoding has eaten refuse
the row."""

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
LOST = re.compile("[?\ufffd\ue000-\uf8ff]|_x[0-9A-Fa-f]{4}_")
"""What an encoding puts in the place of letters that it does not know; a workbook, of control characters."""
GUESSED = "encoding_guessed"
"""The check that counts rows read by a guessed encoding."""
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
        return found | ({GUESSED: {"count": self.guessed, "lines": []}} if self.guessed else {})


def are_plain(names: str, address: str, others: str) -> bool:
    """Whether there is nothing to look for: names of letters alone, of usual length. So is nearly every row:
    it takes no pattern to see it."""
    return (
        names.isalpha()
        and len(names) <= LONGEST["surname"]
        and len(address) <= LONGEST["address"]
        and address.isprintable()
        and others.isprintable()
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
    """The names that have lost letters, or are of digits alone."""
    return [name for name in NAMES if LOST.search(cells[name]) or ONLY_DIGITS.fullmatch(cells[name])]
