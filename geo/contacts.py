"""What leads to a person is cut out of words that strangers read, and of those that programs send: telephone
numbers, addresses of mail, identification numbers (IIN). Officers read a title as it was written; what goes
out (Open311, alerts, features, webhooks, screens) goes through here."""

from __future__ import annotations

import re

from geo.voters import iin

CUT = "•••"
GAP = r"(?:[^\S\n]|[().‐‑–—-]){0,3}"
"""What stands between the digits of a number that is written in groups."""
CONTACT = re.compile(
    r"[\w.+-]{1,64}@[\w-]{1,64}\.[\w.-]+"
    rf"|(?<![\d+])(?<!\d[.,])(?:\+\d(?:{GAP}\d){{9,14}}|[78](?:{GAP}\d){{9,10}})(?!\d)"
)
"""An address of mail; a telephone number with its country, or as it is written here, however grouped."""
DAY = re.compile(r"(?<!\d)(\d{1,2}\.\d{1,2}\.(?:19|20)\d\d)(?!\d)")
"""Two days and the hour between them are as many digits as a telephone number."""
NUMBER = re.compile(r"(?<!\d)\d(?:[ -]?\d){11}(?!\d)")
"""Twelve digits, as an IIN is written; whether it is one its last digit says."""
CALLED = re.compile(r"((?:ИИН|ЖСН|IIN)\W{0,3})\d(?:[ -]?\d){11}(?!\d)", re.IGNORECASE)
"""One that is called so, with whatever slip."""
WITHOUT = re.compile(r"[^@\d]*(?:\d[^@\d]*){0,9}")
"""Words that hold none: no address, and too few digits."""


def without_contacts(words: str) -> str:
    """The words with `CUT` in place of what leads to a person."""
    if WITHOUT.fullmatch(words):
        return words
    parts = DAY.split(CALLED.sub(rf"\1{CUT}", words))
    parts[::2] = [NUMBER.sub(_cut, CONTACT.sub(CUT, part)) for part in parts[::2]]
    return "".join(parts)


def _cut(found: re.Match[str]) -> str:
    return CUT if iin.valid([re.sub("[ -]", "", found[0])])[0] else found[0]
