"""What people write around an address: flats, entrances and storeys, what a courier should know, a former
name in brackets. Left out; and the ways to write a house are made fewer.
"""

from __future__ import annotations

import re
from functools import lru_cache

from geo.addresses.house_numbers import LETTER

ROOMS = (
    "кв|квартира|пәтер|пәт|пт|офис|оф|подъезд|под|п|кіреберіс|этаж|эт|қабат|секция|каб|кабинет|помещение|пом|"
    "вп|нп|комн|комната|бөлме|kv|kvartira|apt|apartment|unit|suite|floor|entrance|#"
)
AFTER = re.compile(rf"[\s,;]+(?:{ROOMS})\b\.?\s*[№-]?\s*[0-9][0-9{LETTER}]*\.?(?=[\s,;]|$)", re.IGNORECASE)
BEFORE = re.compile(
    r"[\s,;]+[0-9]+\s?-?\s?(?:й|ый|ші)?\s?(?:кв|квартира|пәтер|офис|подъезд|кіреберіс|этаж|қабат|бөлме|floor)\b"
    r"(?!\.?\s*№?\s*[0-9])\.?",
    re.IGNORECASE,
)
SEPARATORS = ("", " ", ",", ";", "\t", "\n")
"""What may stand in front of a part that is cut off; "" is the beginning of the line."""
NOTES = re.compile(
    r"([0-9]\w?)[\s,;]+(?:код|домофон|вход|въезд|напротив|рядом|возле|около|со двора|во дворе|за)\b.*$",
    re.IGNORECASE,
)
BRACKETS = re.compile(r"\s*\([^)]*\)")
QUOTES = "\"«“'"
QUOTED_LETTER = re.compile(rf"(?<=[0-9])\s*[\"«“']\s*([{LETTER}])\s*[\"»”']")
HYPHEN_LETTER = re.compile(rf"(?<=[0-9])\s?-\s?(?=[{LETTER}](?![{LETTER}]))")
FRACTION = re.compile(r"(?<=[0-9])\s*(?:\\|\bдробь\b)\s*(?=[0-9])", re.IGNORECASE)
JOINED = re.compile(r"\b(дом|д|корпус|корп|кв|оф|стр)(?=[0-9])", re.IGNORECASE)
TOGETHER = re.compile(rf"\b([{LETTER}]{{4,}})(?=[0-9])")
CORPUS_LATIN = re.compile(
    r"(?<=[0-9])[\s,]+(?:korpus|korp|bld|bldg|building)\b\.?\s*(?=[0-9])", re.IGNORECASE
)
FLAT_AFTER = r"\s?-?\s?(?:кв|квартира|пәтер|пәт|офис|бөлме)\b(?!\.?\s*№?\s*[0-9])"
BLOCK_AFTER = re.compile(
    r"(?<=[0-9])[\s,]+([0-9]{1,3})(?:\s?-\s?(?:корпус|блок)\b|\s?(?:корпус|блок)\b"
    rf"(?!\.?\s*(?:№\s*)?(?:[0-9]+(?![0-9])(?!{FLAT_AFTER})|[{LETTER}](?![{LETTER}0-9]))))",
    re.IGNORECASE,
)
"""The number of a block before its word ("33, 1 корпус"). Where the word's own number or letter follows, the
one before is the house: "А-189 28 корпус 1"."""
LAST_NUMBER = re.compile(r"(.*?)([0-9]+)([^0-9]*)", re.DOTALL)
"""With `fullmatch`: what stands before the last figures of a line, these, and what follows them."""
HYPHEN_HOUSE = re.compile(rf"([0-9][{LETTER}]?)\s?-\s?(?=үй)", re.IGNORECASE)


def street_and_house(address: str) -> str:
    """
    >>> street_and_house("Туран 46, код домофона 12, кв 88"), street_and_house("Достық, 5-үй, 12-пәтер")
    ('Туран 46', 'Достық, 5 үй')
    >>> street_and_house('Абая 58 "Б"'), street_and_house("Бейбітшілік 33, 1-корпус")
    ('Абая 58Б', 'Бейбітшілік 33 корпус 1')
    >>> street_and_house("улица А-189 28 корпус 1, кв. 5"), street_and_house("Абая 33 1 корпус 5 кв")
    ('улица А-189 28 корпус 1', 'Абая 33 корпус 1')
    """
    line = " ".join(address.split())
    if "(" in line and any(map(str.isalpha, BRACKETS.sub("", line))):
        line = BRACKETS.sub("", line)
    if "-" in line:
        line = HYPHEN_HOUSE.sub(r"\1 ", line)
    if any(map(line.__contains__, QUOTES)):
        line = QUOTED_LETTER.sub(r"\1", line)
    line = CORPUS_LATIN.sub(" корпус ", BLOCK_AFTER.sub(r" корпус \1", line))
    line = TOGETHER.sub(r"\1 ", JOINED.sub(r"\1 ", FRACTION.sub("/", line)))
    if "-" in line:
        line = HYPHEN_LETTER.sub("", line)
    return NOTES.sub(r"\1", AFTER.sub("", BEFORE.sub("", line)))


def without_room(address: str) -> tuple[str, str]:
    """A line without the flat, entrance and storey, and these as they are written.

    >>> without_room("Кенесары 4, подъезд 2, кв. 17")
    ('Кенесары 4', 'подъезд 2, кв. 17')
    """
    house, comma, rest = address.rpartition(",")
    if comma and house[-1:] not in SEPARATORS:
        # Nothing that is cut off has a comma inside, and both parts come again and again.
        (head, before, after), (tail, *of_tail) = _without_room(house), _without_room(comma + rest)
        if not of_tail[0]:  # what follows one is read anew once it has gone
            return head + tail, ", ".join(before + after + of_tail[1])
    line, before, after = _without_room(address)
    return line, ", ".join(before + after)


@lru_cache(2**16)
def _without_room(part: str) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    """A part of a line without its rooms; those whose number stands before, and those whose stands after."""
    parted = LAST_NUMBER.fullmatch(part)
    if parted is None or not _has_room(parted[1], parted[3]):
        return part, (), ()
    found: dict[re.Pattern[str], list[str]] = {BEFORE: [], AFTER: []}

    def keep(match: re.Match[str]) -> str:
        found[match.re].append(match[0].strip(" ,;"))
        return ""

    return AFTER.sub(keep, BEFORE.sub(keep, part)), tuple(found[BEFORE]), tuple(found[AFTER])


@lru_cache(2**16)
def _has_room(before: str, after: str) -> bool:
    """Whether anything is cut off a part with a number, whichever it is: there are far more numbers than
    ways to write around them."""
    part = f"{before}1{after}"
    return AFTER.search(part) is not None or BEFORE.search(part) is not None
