"""OWASP ASVS 5.0 (`tests/asvs.csv`): each of its requirements is answered by a test, by a fact of the design
that makes it moot, or is open with what is missing. Those of level 3 are answered for the voters' list, the
audit and sessions. What each asks is told in our words; the ids are those of version 5.0.0.

A row that no longer holds fails here: a test or a module that is gone, a requirement that is missing."""

from __future__ import annotations

import csv
import re
from functools import cache
from typing import NamedTuple

import pytest

from tests.test_repository import ROOT

FILE = ROOT / "tests" / "asvs.csv"
LEVELS = {
    1: "22 1111122223 112222222223 222 123",
    2: "122 112 12223 23",
    3: "3 113 12223 11222233 11122333 3 22333",
    4: "12233 23333 22 1222",
    5: "2 112333 113 222",
    6: "122 111111112222 11223333 112233 22222333 2223 33 2222",
    7: "222 1111 22 11222 223 22",
    8: "1233 1123 133 23",
    9: "111 1222",
    10: "22 223 22223 1111122222233333 22222 22 222",
    11: "2233 22233 11233 1222 23 23 33",
    12: "12233 11 22223",
    13: "2333 222223 2233 1222233",
    14: "22 12223333 122",
    15: "12233 12233 1222222 3333",
    16: "2 22222 2222 222 2223",
    17: "23 22223333 22",
}
"""By chapter the level of each requirement, section by section."""
OPEN = {1: 0, 2: 0, 3: 3}
"""How many of each level are open: what was once met stays met, and what is met is taken off here."""
MODULE = re.compile(r"\b(?:geo|dashboard|layers|etl)(?:\.\w+)+")
DEFINED = re.compile(r"^(?:async )?def (test_\w+)", re.MULTILINE)
TEST = re.compile(r"\btest_\w+")
SHORTEST = 12
"""Letters of a reason; "there is no Java" is one."""


class Answer(NamedTuple):
    requirement: str
    level: str
    answer: str
    asks: str
    proof: str


def answers() -> list[Answer]:
    with FILE.open(encoding="utf-8", newline="") as file:
        head, *rows = csv.reader(file)
    assert tuple(head) == Answer._fields
    return [Answer(*row) for row in rows]


@cache
def functions_in(path: str) -> frozenset[str]:
    file = ROOT / path
    return frozenset(DEFINED.findall(file.read_text(encoding="utf-8"))) if file.is_file() else frozenset()


@cache
def all_tests() -> frozenset[str]:
    files = (ROOT / "tests").rglob("test_*.py")
    return frozenset().union(*(functions_in(str(path.relative_to(ROOT))) for path in files))


def has_name(dotted: str) -> bool:
    """Whether it is a module of ours, or a name in one."""
    module, name = dotted, ""
    while module:
        path = ROOT / module.replace(".", "/")
        found = next((one for one in (path.with_suffix(".py"), path / "__init__.py") if one.is_file()), None)
        if found:
            return not name or re.search(rf"\b{name}\b", found.read_text(encoding="utf-8")) is not None
        module, _, name = module.rpartition(".")
    return False


def stale(row: Answer) -> list[str]:
    """What is wrong with a row."""
    wrong = []
    if row.answer == "test":
        for one in row.proof.split() or ["nothing"]:
            path, _, name = one.partition("::")
            if name not in functions_in(path):
                wrong.append(f"{row.requirement}: there is no {one}")
    elif row.answer in ("design", "open"):
        wrong += [f"{row.requirement}: no {one}" for one in MODULE.findall(row.proof) if not has_name(one)]
        wrong += [f"{row.requirement}: no {one}" for one in TEST.findall(row.proof) if one not in all_tests()]
        if len(row.proof) < SHORTEST:
            wrong.append(f"{row.requirement}: a reason that says nothing")
    else:
        wrong.append(f"{row.requirement}: answered by {row.answer!r}")
    return wrong


def test_each_requirement_is_there_once_with_its_level() -> None:
    wanted = [
        (f"{chapter}.{section}.{number}", level)
        for chapter, sections in LEVELS.items()
        for section, levels in enumerate(sections.split(), 1)
        for number, level in enumerate(levels, 1)
    ]
    assert [(row.requirement, row.level) for row in answers()] == wanted
    assert len(wanted) == 345, "70, 183 and 92 of the three levels"


def test_no_row_is_stale() -> None:
    assert not [one for row in answers() for one in stale(row)]


def test_as_many_are_open_as_are_known() -> None:
    for level, known in OPEN.items():
        found = [row.requirement for row in answers() if row.answer == "open" and row.level == str(level)]
        assert len(found) == known, f"level {level}: {found}"


@pytest.mark.parametrize(
    ("answer", "proof"),
    [
        ("test", "tests/test_asvs.py::test_that_is_gone"),
        ("test", "tests/test_gone.py::test_no_row_is_stale"),
        ("test", ""),
        ("design", "it is written down in geo.accounts.gone_from_here"),
        ("open", "almost met, by " + "test_that" + "_is_gone"),
        ("open", "later"),
        ("maybe", "a reason that is long enough"),
    ],
)
def test_a_stale_row_is_noticed(answer: str, proof: str) -> None:
    assert stale(Answer("1.1.1", "2", answer, "something", proof))
