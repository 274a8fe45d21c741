"""Rules in a running city: a change counts at once, and a mistake takes nothing away."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from geo.desk import gateways
from geo.errors import InvalidInput
from geo.rule_file import RuleFile

GOOD = '[[gateway]]\nkey = "{}"\nwebhook = "https://bot.example.org/m"\n'


def write(path: Path, text: str, at: int) -> None:
    path.write_text(text, encoding="utf-8")
    os.utime(path, ns=(at, at))


def keys(file: RuleFile, path: Path) -> list[str]:
    return [one.key for one in file.current(path)]


def test_the_last_good_rules_go_on_while_the_file_is_wrong(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path, file = tmp_path / "gateways.toml", RuleFile(gateways.read_gateways)
    write(path, GOOD.format("telegram"), 1)
    assert keys(file, path) == ["telegram"] and file.mistake is None
    write(path, "gateway = 5\n", 2)
    for _ in range(3):
        assert keys(file, path) == ["telegram"]
    assert file.mistake is not None and file.mistake.parameters["line"] == 1
    assert caplog.text.count("the rules that were read before go on") == 1, "told once"
    path.unlink()
    assert keys(file, path) == ["telegram"] and file.mistake.code == "gateways.file"
    write(path, GOOD.format("whatsapp"), 3)
    assert keys(file, path) == ["whatsapp"] and file.mistake is None


def test_without_any_that_were_read_the_mistake_is_raised(tmp_path: Path) -> None:
    path, file = tmp_path / "gateways.toml", RuleFile(gateways.read_gateways)
    write(path, "[[gateway]]\nkey = []\n", 1)
    for _ in range(2):
        with pytest.raises(InvalidInput, match="gateways.rules"):
            file.current(path)
    write(path, GOOD.format("telegram"), 2)
    assert keys(file, path) == ["telegram"]


def test_rules_of_another_file_are_not_those_of_this_one(tmp_path: Path) -> None:
    file, other = RuleFile(gateways.read_gateways), tmp_path / "other.toml"
    write(tmp_path / "one.toml", GOOD.format("telegram"), 1)
    write(other, "x = 1\n", 1)
    assert keys(file, tmp_path / "one.toml") == ["telegram"]
    with pytest.raises(InvalidInput):
        file.current(other)
