"""Alarm rules from a file: those of the software are whole, and a mistake is told by its line and key."""

from __future__ import annotations

from pathlib import Path

import pytest

from geo.alarms.conditions import CONDITIONS
from geo.alarms.rules import FILE, read_rules
from geo.errors import InvalidInput

RULE = """[[rule]]
key = "critical"
condition = "critical"
priority = "critical"
answer_min = 2
younger_than_h = 24
name = { kk = "a", ru = "b", en = "c" }
response = { kk = "a", ru = "b", en = "c" }
"""


def test_the_rules_of_the_software_use_every_condition_and_say_what_to_do() -> None:
    rules = read_rules(FILE)
    assert {rule.condition for rule in rules.values()} == set(CONDITIONS) - {"geofence"}, "it is of a place"
    assert all(len(set(rule.response)) == 3 for rule in rules.values())


@pytest.mark.parametrize(
    ("change", "line", "key"),
    [
        (("answer_min = 2", "answer_min = true"), 5, "answer_min"),
        (('condition = "critical"', 'condition = "loud"'), 3, "condition"),
        (('priority = "critical"', 'priority = "high"'), 4, "priority"),
        (("younger_than_h = 24\n", ""), 1, "younger_than_h"),
        (('en = "c" }\nresponse', 'en = "" }\nresponse'), 7, "name"),
        (("answer_min = 2", "answer_min = 2\nloudness = 3"), 6, "loudness"),
        (("answer_min = 2", "answer_min = 2\nlat = 91.5"), 6, "lat"),
        (("answer_min = 2", "answer_min = 2\nleast_priority = 3"), 6, "least_priority"),
        (('response = { kk = "a", ru = "b", en = "c" }', 'response = "call"'), 8, "response"),
    ],
)
def test_a_mistake_is_told_by_its_line(tmp_path: Path, change: tuple[str, str], line: int, key: str) -> None:
    file = tmp_path / "rules.toml"
    assert change[0] in RULE
    file.write_text(RULE.replace(*change), encoding="utf-8")
    with pytest.raises(InvalidInput, match=r"alarm\.rules") as refused:
        read_rules(file)
    assert (refused.value.parameters["line"], refused.value.parameters["key"]) == (line, key)


@pytest.mark.parametrize("content", ["", "[[rule]\n", RULE + RULE, "more = 1\n" + RULE])
def test_a_file_that_is_no_rules_is_refused(tmp_path: Path, content: str) -> None:
    file = tmp_path / "rules.toml"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(InvalidInput, match=r"alarm\.(rules|file)"):
        read_rules(file)
