"""The invented list: nobody can be in it, it is the same every time, and it examines the matcher with means
of its own."""

from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path

from etl.demo.voters import spellings
from etl.demo.voters.writing import write_list
from geo.settings import Settings
from geo.voters import iin
from tests.support.voters_list import invented

ROOM = Path(__file__).parents[3] / "etl" / "demo" / "voters"


def test_numbers_are_valid_and_nobodys(demo_settings: Settings) -> None:
    numbers = [line.cells["ИИН"] for line in invented(demo_settings).lines if line.fault != "iin"]
    numbers = [number for number in numbers if number]
    assert iin.valid(numbers).all()
    assert {number[6] for number in numbers} == {iin.INVENTED}


def test_the_same_list_every_time_and_another_of_another_seed(
    demo_settings: Settings, tmp_path: Path
) -> None:
    files = []
    for n, seed in enumerate((7, 7, 8)):
        path = tmp_path / f"{n}.csv"
        write_list(invented(demo_settings, seed=seed), path, path.with_suffix(".answers"))
        files.append(path.read_bytes() + path.with_suffix(".answers").read_bytes())
    assert files[0] == files[1] != files[2]


def test_every_kind_of_spelling_and_fault_is_planted(demo_settings: Settings) -> None:
    lines = invented(demo_settings, 1.0).lines
    assert {line.kind for line in lines} == {*spellings.SOUND, *spellings.LOST}
    faults = Counter(line.fault for line in lines)
    assert faults.keys() == {
        *("", "iin", "iin_twice", "two_homes", "under_age", "deceased", "missing", "birth", "namesake")
    }
    assert all(count >= 3 for count in faults.values())


def test_the_examiner_shares_nothing_with_what_it_examines() -> None:
    """Only how a number is made valid comes from the room itself."""
    imported = {
        f"{node.module}.{name.name}"
        for path in ROOM.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom)
        for name in node.names
        if str(node.module).startswith("geo.") and str(node.module).split(".")[1] in ("voters", "addresses")
    }
    assert imported == {"geo.voters.iin"}
