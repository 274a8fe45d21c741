"""Texts of a CSV that a spreadsheet would run: what begins with a sign of a formula, fullwidth signs too,
gets an apostrophe before it, which the spreadsheet shows as text. Our own readers take it away again, so a
file that is exported and brought back is the same.

`layers.spreadsheets.harmless` guards more (days made of house numbers) for files that only people read.
"""

from __future__ import annotations

import re

FORMULA = re.compile(r"'*[=+@\t\r＝＋－＠-]")
"""A text that has apostrophes already gets one more: else the reader would take one of its own."""


def guarded(text: str) -> str:
    """
    >>> guarded("=1+1"), guarded("－5"), guarded("Яма")
    ("'=1+1", "'－5", 'Яма')
    """
    return f"'{text}" if FORMULA.match(text) else text


def unguarded(text: str) -> str:
    return text[1:] if text.startswith("'") and FORMULA.match(text[1:]) else text
