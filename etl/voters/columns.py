"""Finds the field of each column of an electoral list, by the names that registers use in three languages."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from geo.errors import InvalidInput
from geo.voters.rows import NEEDED

NAMES = {
    "iin": "иин|жсн|iin",
    "surname": "фамилия|тегі|surname|last name|family name",
    "first_name": "имя|аты|есімі|first name|given name|name",
    "patronymic": "отчество|әкесінің аты|patronymic|middle name",
    "full_name": "фио|ф и о|аты жөні|тегі аты әкесінің аты|full name|фамилия имя отчество",
    "birth": "дата рождения|туған күні|год рождения|birth date|date of birth|born|birth",
    "address": "адрес|мекенжай|мекенжайы|адрес регистрации|тіркелген мекенжайы|адрес места жительства|"
    "место жительства|address|address of registration",
    "street": "улица|көше|көшесі|street",
    "house": "дом|үй|номер дома|house",
    "part": "корпус|строение|блок|building",
    "room": "квартира|пәтер|кв|flat|apartment|room",
    "deceased": "дата смерти|умер|смерть|қайтыс болған күні|deceased|date of death",
}
BY_NAME = {name: field for field, names in NAMES.items() for name in names.split("|")}
PARTS = ("street", "house", "part", "room")
"""The parts of an address that stands in columns of its own."""
LONGEST_SHOWN = 200
WRITTEN = {"house": "д. ", "part": "корпус ", "room": "кв. "}


SECOND = re.compile(r"_[0-9]+$")
"""What a reader writes behind a name that stands in the header already."""
DIGIT = re.compile("[0-9]")


def find_columns(names: Sequence[str], file: str) -> dict[str, str]:
    """Field -> column. Raises `InvalidInput` ("voters.columns") with the headings that would do, in three
    languages, for those that are not there, and the names found: those are somebody's data where a file has
    no header, so none is said where there is a digit in one."""
    found: dict[str, str] = {}
    for name in names:
        field = BY_NAME.get(_plain(name))
        if field is not None:
            found.setdefault(field, name)
    if "full_name" in found:
        found.pop("first_name", None)
    missing = [field for field in NEEDED if field not in found and not _stands_elsewhere(field, found)]
    if missing:
        wanted = ", ".join(" / ".join(NAMES[field].split("|")[:3]) for field in missing)
        shown = "–" if any(map(DIGIT.search, names)) else ", ".join(names)
        raise InvalidInput(
            "voters.columns", file=file, missing=wanted, columns=len(names), found=shown[:LONGEST_SHOWN]
        )
    return found


def named_alike(names: Sequence[str], found: Mapping[str, str]) -> dict[str, list[str]]:
    """Field -> its columns, where several have the name of the one that is read."""
    alike = {
        field: [name for name in names if name == column or SECOND.sub("", name) == column]
        for field, column in found.items()
    }
    return {field: columns for field, columns in alike.items() if len(columns) > 1}


def _plain(name: str) -> str:
    return " ".join(re.sub(r"[^\w]+", " ", name.casefold()).split())


def _stands_elsewhere(field: str, found: dict[str, str]) -> bool:
    if field == "address":
        return {"street", "house"} <= found.keys()
    return field in ("surname", "first_name") and "full_name" in found
