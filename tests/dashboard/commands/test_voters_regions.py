"""`./ikomek voters compare` and `rekey` as two regions run them: who is in both lists is found by both, stays
found under new keys, and whoever is struck off is refused in the next list."""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

import etl.demo.voters.writing
import etl.voters.files
from dashboard import words
from dashboard.commands import voters
from etl.demo.voters.writing import InventedList
from geo.audit import terminal
from geo.errors import InvalidInput
from geo.settings import Settings
from tests.support.voters_list import approve, invented, load, write

RunAs = Callable[..., str]
OTHER = "75"


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> RunAs:
    """A command of one region; what it printed."""
    words.language.set("en")
    monkeypatch.setattr(terminal, "account_of", lambda uid: "aigerim")

    def command(settings: Settings, *argv: object, typed: str = "") -> str:
        monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
        voters.main(settings, ["voters", *map(str, argv)], etl.voters.files, lambda: etl.demo.voters.writing)
        return capsys.readouterr().out

    return command


def test_two_regions_find_decide_and_refuse_a_double(run: RunAs, demo_copy: Settings, tmp_path: Path) -> None:
    here = demo_copy
    there = replace(here, city=replace(here.city, region=OTHER), voters_keys=tmp_path / "keys of the other")
    lines = [one for one in invented(here).lines if one.building and not one.fault and not one.also]
    ours, theirs, both = lines[:60], lines[50:120], 10
    approve(here, load(here, write(InventedList(ours), tmp_path / "a.csv")).id)
    approve(there, load(there, write(InventedList(theirs), tmp_path / "b.csv")).id)
    a, b, back = (tmp_path / name for name in ("a.cmp", "b.cmp", "a2.cmp"))
    assert "SHA-256" in run(here, "compare", "begin", a, "--with", OTHER)
    with pytest.raises(InvalidInput, match="voters.compare.rows"):
        run(there, "compare", "answer", a, b, "--with", here.city.region, "--most", 5)
    run(there, "compare", "answer", a, b, "--with", here.city.region, "--most", 60)
    numbers = [line.cells["ИИН"].encode() for line in lines]
    assert not any(number in path.read_bytes() for path in (a, b) for number in numbers)
    found = f"in both: {both}."
    assert found in run(here, "compare", "finish", b, back)
    assert found in run(there, "compare", "finish", back, b)
    seen = run(here, "compare", "doubles")
    assert seen.count("**********") == both and f"Doubles still open: {both}." in seen
    assert "under a new key: 60" in run(here, "rekey")
    assert run(here, "compare", "doubles") == seen, "new keys lose nobody"
    double = re.findall(r"^\s*(\d+) .*\*", seen, re.MULTILINE)[0]
    run(here, "compare", "decide", double, "struck", "--reason", "lives there")
    assert f"Doubles still open: {both - 1}." in run(here, "compare", "doubles")
    following = load(here, write(InventedList([*ours[1:], ours[0]]), tmp_path / "next.csv"))
    (struck,) = re.findall(
        r"struck off for another region +(\d+)", run(here, "check", "--list", following.id)
    )
    assert struck == "1"
