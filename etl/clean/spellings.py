"""The patterns of written times, for `etl.clean.times` to read: named groups year, a and b (month and day in
either order), hour, ..., and what is rewritten first.

What can be read in one way only is read. What cannot is not: two digits for a year after dashes
(26-11-27), another zone than the feed's by its letters.
"""

from __future__ import annotations

import tomllib
from datetime import datetime
from functools import lru_cache, reduce
from pathlib import Path
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc

from etl.clean.texts import translate

AFTER_DATE = r"(?: *,? *T ?| *, *| +)"
TIME_OF_DAY = (
    r"(?P<hour>\d{1,2})[:.](?P<minute>\d{2})(?:[:.](?P<second>\d{2})(?:[.,](?P<fraction>\d{1,9}))?)?"
)
CLOCK = rf"(?:{AFTER_DATE}{TIME_OF_DAY} ?(?P<half>[AaPp]\.?[Mm]\.?)?)?"
OFFSET = (
    r" ?(?P<zone>[Zz]|UTC|GMT|(?:UTC|GMT)? ?(?P<sign>[+-])(?P<east>\d{1,2})(?::?(?P<east_minute>\d{2}))?)?$"
)
YEAR_FIRST = r"^(?P<year>\d{4})[-./](?P<a>\d{1,2})[-./](?P<b>\d{1,2})" + CLOCK + OFFSET
YEAR_LAST = r"^(?P<a>\d{1,2})[-./](?P<b>\d{1,2})[-./](?P<year>\d{4})" + CLOCK + OFFSET
SHORT_YEAR = r"^(?P<a>\d{1,2})[./](?P<b>\d{1,2})[./](?P<year>\d{2})" + CLOCK + OFFSET
COMPACT = (
    r"^(?P<year>(?:19|20)\d{2})(?P<a>\d{2})(?P<b>\d{2})"
    r"(?:[T ]?(?P<hour>\d{2}):?(?P<minute>\d{2})(?::?(?P<second>\d{2})(?:[.,](?P<fraction>\d{1,9}))?)?)?"
) + OFFSET
LETTERS = "[A-Za-zА-Яа-яЁёӘәҒғҚқҢңӨөҰұҮүҺһІі]{3,}"
DAY, NAME = r"(?P<b>\d{1,2})(?:st|nd|rd|th)?", f"(?P<name>{LETTERS})"
NAMED = (
    rf"^{DAY}[ .-]*{NAME}\.?,?[ .-]*(?P<year>\d{{4}}|\d{{2}}){CLOCK}{OFFSET}",
    rf"^{NAME}\.? +{DAY},? +(?P<year>\d{{4}}){CLOCK}{OFFSET}",
    rf"^(?P<year>\d{{4}}) +{DAY} +{NAME}{CLOCK}{OFFSET}",
)
MONTHS = (r"^(?P<year>\d{4})[-./](?P<a>\d{1,2})$", r"^(?P<a>\d{1,2})[-./](?P<year>\d{4})$")
"""A month and no day."""
NAMED_MONTHS = (rf"^{NAME}\.?,? +(?P<year>\d{{4}})$", rf"^(?P<year>\d{{4}}),? +{NAME}$")
WEEK = r"^(?P<year>\d{4})-?W(?P<week>\d{2})-?(?P<weekday>[1-7])$"
EPOCHS = {
    10**6: r"^\d{10}(?:\.\d+)?$",
    10**3: r"^\d{13}(?:\.\d+)?$",
    1: r"^1[0-8]\d{14}$",
    10**-3: r"^1[0-8]\d{17}$",
}
"""Microseconds of one -> a count of seconds, or of thousandths, millionths or milliardths, since 1970. The
latter two up to 2030: from 19 on the digits may be those of a year."""
SERIAL = r"^\d{5}(?:[.,]\d+)?$"
"""A day as a spreadsheet counts them, with its part of a day."""
ORDERED = r"^(?P<a>\d{1,2})(?:[-./](?P<b>\d{1,2})[-./]\d{4}|[./](?P<c>\d{1,2})[./]\d{2}(?:[ ,]|$))"

WEEKDAY = (
    r"^(?:(?:[Mm]on|[Tt]ues?|[Ww]ed(?:nes)?|[Tt]hu(?:rs)?|[Ff]ri|[Ss]at(?:ur)?|[Ss]un)(?:day)?|[Пп]н|[Вв]т|[Сс]р|[Чч]т|[Пп]т|[Сс]б|[Вв]с"
    r"|[Пп]онедельник|[Вв]торник|[Сс]реда|[Чч]етверг|[Пп]ятница|[Сс]уббота|[Вв]оскресенье"
    r"|[Дд]үйсенбі|[Сс]ейсенбі|[Сс]әрсенбі|[Бб]ейсенбі|[Жж]ұма|[Сс]енбі|[Жж]ексенбі)\.?,? +"
)
CLOCK_FIRST = (r"^(\d{1,2}:\d{2}(?::\d{2})?),? +(\d{1,4}[-./].*)$", r"\2 \1")
WORDED = r"[A-Za-z]{3}|[а-яәғқңөұүһі]"
"""Letters that a spelling has if it needs more than the order of its numbers to be read."""
REWRITTEN = (
    (r"^/Date\((\d{13})(?:[+-]\d{4})?\)/$", r"\1"),
    (r"([Zz]|[+-]\d{2}:?\d{2}) ?(?:\[?[A-Za-z]+/[A-Za-z0-9_+/-]+\]?|\([^()]+\)|[A-Z]{3,5})$", r"\1"),
    (r" \((?:GMT|UTC)([+-]\d{1,2}(?::?\d{2})?)\)$", r" \1"),
    (r"(\d) (?:в|сағат|at) (\d)", r"\1 \2"),
    (r"(:\d{2}) ?ч\.?$", r"\1"),
    (r"(\d) ?(?:года|год|г\.|г|жылғы|жылы|жыл|ж\.|ж)( |,|$)", r"\1\2"),
    (WEEKDAY, ""),
    (rf"^({LETTERS} +\d{{1,2}}) (\d{{1,2}}:\d{{2}}(?::\d{{2}})?)( [A-Z]{{3,5}})? (\d{{4}})$", r"\1 \4 \2\3"),
)
"""Milliseconds as .NET writes them, a zone's name behind its offset, an offset in brackets, the words before
and after a clock, the word for "year", the day of the week, a year at the end."""
MONTH_NAMES = {
    name: number
    for names in (
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"),
        ("янв", "фев", "мар", "апр", "мая", "июн", "июл", "авг", "сен", "окт", "ноя", "дек"),
        ("қаң", "ақп", "нау", "сәу", "мам", "мау", "шіл", "там", "қыр", "қаз", "қар", "жел"),
    )
    for number, name in enumerate(names, 1)
} | {"май": 5}
"""The first three letters of a month's name -> its number."""


LETTERED: dict[str, list[str]] = tomllib.loads(
    Path(__file__).with_name("zone_letters.toml").read_text(encoding="utf-8")
)
LEAST_YEAR, MOST_YEAR = 1990, 2040


def rewritten(array: pa.Array, zone: ZoneInfo) -> pa.Array:
    """The clock before its day put after it, and what words say besides taken out. `zone`: the feed's own,
    whose letters (MSK, EDT) are an offset or say nothing new."""
    array = pc.replace_substring_regex(array, *CLOCK_FIRST)
    if not worded(array):
        return array
    for pattern, replacement in REWRITTEN:
        array = pc.replace_substring_regex(array, pattern, replacement)
    for letters, offset in zone_letters(zone).items():
        array = pc.replace_substring_regex(
            array, rf"(:\d{{2}}(?:[.,]\d+)?(?: ?[AaPp][Mm])?) ?\(?{letters}\)?$", rf"\1{offset}"
        )
    return array


@lru_cache
def zone_letters(zone: ZoneInfo) -> dict[str, str]:
    """Letters of a zone -> the offset that they stand for, "-0400"; nothing where they have stood for
    several, or only name the clock of the place.

    >>> zone_letters(ZoneInfo("America/New_York"))
    {'EST': '-0500', 'EDT': '-0400'}
    """
    found: dict[str, set[str]] = {letters: set() for letters in LETTERED.get(zone.key, ())}
    for year in range(LEAST_YEAR, MOST_YEAR):
        for month in (1, 7):
            moment = datetime(year, month, 1, tzinfo=zone)
            if moment.tzname().isalpha():
                found.setdefault(moment.tzname(), set()).add(moment.strftime("%z"))
    return {letters: next(iter(offsets)) if len(offsets) == 1 else "" for letters, offsets in found.items()}


def worded(array: pa.Array) -> bool:
    return bool(pc.any(pc.match_substring_regex(array, WORDED)).as_py())


def month_numbers(names: pa.Array) -> pa.Array:
    """Numbers of months by their names; 0 for a word that is none."""
    return translate(names, lambda name: MONTH_NAMES.get(name[:3].lower(), 0), pa.int64())


def is_month(array: pa.Array) -> pa.Array:
    """Mask of the texts that name a month and no day; it is not checked that the month exists."""
    patterns = (*MONTHS, *NAMED_MONTHS) if worded(array) else MONTHS
    found = [pc.match_substring_regex(array, pattern) for pattern in patterns]
    return reduce(pc.or_kleene, found)
