"""The rows of a list as they are read, and what is wrong with one by itself: a field that is missing, an IIN
whose digit does not fit, a cell that cannot be what it says, a birth date that is none, somebody too young on
voting day, somebody dead."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

from geo.addresses.folding import fold
from geo.voters import cells, iin
from geo.voters.cells import RowNotes

NEEDED = ("iin", "surname", "first_name", "birth", "address")
FIELDS = (*NEEDED[:3], "patronymic", *NEEDED[3:], "deceased")
"""The fields in the order of `VoterRow`."""
VOTING_AGE = 18
OLDEST = 120
"""Years: whoever was born longer before voting day was not born then."""
SHORTEST = 9
"""Digits of an IIN without its leading zeros: born in the first days of 2000."""
ISO_DATE = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ]00:00(?::00)?)?")
DAY_FIRST = re.compile(r"(\d{1,2})[./-](\d{1,2})[./-](\d{4})(?: 0?0:00(?::00)?)?")
DAY_NUMBER = re.compile(r"(\d{5})(?:[.,]0+)?")
"""A date as spreadsheets keep it."""
DAY_ZERO, LAST_DAY = date(1899, 12, 30), 73_050
"""What they count from, and the last day of 2099."""
ALIVE = frozenset(("", "0", "-", "–", "нет", "жив", "жива", "жоқ", "тірі", "no", "alive", "false"))
"""The words for the living in a column of deaths."""
OF_PERSON = ("deceased", "under_age", "struck_off")
"""Faults that say something of the person, not of the row: whoever died is not kept."""


class VoterRow(NamedTuple):
    """Text as the file has it, spaces around it aside; empty where the file says nothing. `line` counts from
    1, the first after the header."""

    line: int
    iin: str
    surname: str
    first_name: str
    patronymic: str
    birth: str
    address: str
    deceased: str


@dataclass(frozen=True)
class RowChunk:
    """Some rows of a file; `broken`: lines that the file's format itself cannot give, with their text;
    `guessed`: how many rows were read in an encoding that nothing in the file says; `lacks`: fields of which
    the file has no column."""

    rows: list[VoterRow]
    broken: list[tuple[int, str]]
    guessed: int = 0
    lacks: tuple[str, ...] = ()


class RowFault(NamedTuple):
    """`parameters` name fields and lines, never what stands in them."""

    code: str
    parameters: dict[str, Any]


def checked(
    rows: list[VoterRow], voting_day: date, notes: RowNotes | None = None
) -> Iterator[tuple[VoterRow, date | None, RowFault | None]]:
    """Each row, put right, with its birth date and its first fault; none = it has none by itself. `notes`:
    what was put right is counted there."""
    notes = RowNotes() if notes is None else notes
    plain = [_is_plain(row) for row in rows]
    rows = [
        row if fine and len(row.iin) == iin.LENGTH and row.iin.isdecimal() else _corrected(row, notes)
        for row, fine in zip(rows, plain)
    ]
    births = [read_date(row.birth) for row in rows]
    fitting = iin.valid([row.iin for row in rows])
    youngest, oldest = _years_before(voting_day, VOTING_AGE), _years_before(voting_day, OLDEST)
    for row, born, fits, fine in zip(rows, births, fitting.tolist(), plain):
        _, _, surname, first_name, _, _, address, deceased = row
        sound = fine and fits and born and oldest <= born <= youngest and surname and first_name and address
        yield row, born, None if sound and not deceased else _fault(row, fits, born, youngest, oldest)


def _is_plain(row: VoterRow) -> bool:
    _, number, surname, first_name, patronymic, birth, address, deceased = row
    return cells.are_plain(surname + first_name + patronymic, address, number + birth + deceased)


def _corrected(row: VoterRow, notes: RowNotes) -> VoterRow:
    number = iin.respelled(cells.visible(row.iin))
    found = VoterRow(row.line, number, *map(cells.visible, row[2:]))
    if number != row.iin:
        notes.add("iin_spelling", row.line)
    if found[2:] != row[2:]:
        notes.add("cleaned", row.line)
    names = tuple(map(cells.of_one_script, found[2:5]))
    if names != found[2:5]:
        notes.add("look_alikes", row.line)
        surname, first_name, patronymic = names
        found = found._replace(surname=surname, first_name=first_name, patronymic=patronymic)
    return _whole_number(found, read_date(found.birth))


def _whole_number(row: VoterRow, born: date | None) -> VoterRow:
    """The row with the zeros that a spreadsheet has cut off the beginning of its IIN, where the birth date
    says that they were there: a number that lacks another digit is not made to fit."""
    number = row.iin
    if SHORTEST <= len(number) < iin.LENGTH and number.isdecimal() and born is not None:
        whole = number.zfill(iin.LENGTH)
        if whole[:6] == born.strftime("%y%m%d"):
            return row._replace(iin=whole)
    return row


def _fault(row: VoterRow, fits: bool, born: date | None, youngest: date, oldest: date) -> RowFault | None:
    """What the row says of the person comes first (`OF_PERSON`): a slip of the pen beside it keeps nobody who
    died."""
    if row.deceased.casefold() not in ALIVE and not cells.unwritable({"deceased": row.deceased}):
        return RowFault("deceased", {})
    if born is not None and born > youngest:
        return RowFault("under_age", {})
    if not (row.iin and row.surname and row.first_name and row.birth and row.address):
        return RowFault("missing", {"fields": [name for name in NEEDED if not getattr(row, name)]})
    texts = row._asdict()
    texts.pop("line")
    if fields := cells.unwritable(texts):
        return RowFault("control", {"fields": fields})
    if not fits:
        return RowFault("iin_rounded" if iin.is_rounded(row.iin) else "iin", {})
    for code, search in (("long", cells.too_long), ("unreadable", cells.unreadable)):
        if fields := search(texts):
            return RowFault(code, {"fields": fields})
    return RowFault("birth", {}) if born is None or born < oldest else None


@lru_cache(maxsize=100_000)
def read_date(text: str) -> date | None:
    """
    >>> read_date("17.04.1985"), read_date("1985-04-17 00:00:00"), read_date("31.02.1985")
    (datetime.date(1985, 4, 17), datetime.date(1985, 4, 17), None)
    >>> read_date("31154")
    datetime.date(1985, 4, 17)
    """
    if found := DAY_NUMBER.fullmatch(text):
        days = int(found[1])
        return DAY_ZERO + timedelta(days) if days <= LAST_DAY else None
    if found := ISO_DATE.fullmatch(text):
        year, month, day = map(int, found.groups())
    elif found := DAY_FIRST.fullmatch(text):
        day, month, year = map(int, found.groups())
    else:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _years_before(day: date, years: int) -> date:
    """The same day so many years earlier; 28 February for the 29th of a year that has none."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, month=2, day=28)


@lru_cache(maxsize=200_000)
def name_key(name: str) -> str:
    """A name as two lists are compared by it: case, homoglyphs and Kazakh letters aside."""
    return fold(name)
