"""Alarm rules, read from a file (`rules.toml` shows every key)."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from geo.alarms.conditions import CONDITIONS
from geo.errors import InvalidInput
from geo.incidents.model import PRIORITIES
from geo.rule_file import RuleFile
from geo.toml import TomlFile
from geo.toml_values import in_every_language, is_number, is_one_of, is_whole

FILE = Path(__file__).with_name("rules.toml")
VARIABLE = "IKOMEK_ALARM_RULES"
MOST = 1_000_000
NUMBERS: dict[str, tuple[float, float]] = {
    "clear_after_s": (0, MOST),
    "younger_than_h": (0, MOST),
    "after_min": (0, MOST),
    "least_priority": (0, max(PRIORITIES)),
    "at_least": (1, MOST),
    "times": (0, MOST),
    "minutes": (1, 1440),
    "interval": (90, 99),
    "lon": (-180, 180),
    "lat": (-90, 90),
    "radius_m": (1, 100_000),
    "free_percent": (0, 100),
    "behind_s": (0, MOST),
    "days": (0, 3650),
    "hours": (0, 8760),
}
"""Each with the least and the most it may be."""
WHOLE = {"at_least": 1, "least_priority": 0, "clear_after_s": 0}
"""Those of them that are counted, and have no fraction."""
INTERVALS = (90, 99)
"""The intervals of forecasts that `geo.alarms.expected` keeps."""


@dataclass(frozen=True)
class AlarmRule:
    """`name` and `response` by language; `numbers`: what its condition takes of `NUMBERS`."""

    key: str
    condition: str
    priority: int
    answer_min: int
    name: dict[str, str]
    response: dict[str, str]
    clear_after_s: int
    numbers: dict[str, float]


def rules_file() -> Path:
    return Path(os.environ.get(VARIABLE) or FILE)


def current_rules() -> dict[str, AlarmRule]:
    """Those of a running city (`RULES`). Raises what `read_rules` raises."""
    return RULES.current(rules_file())


def read_rules(path: Path | None = None) -> dict[str, AlarmRule]:
    """The rules by key, in the file's order; without a path those of `IKOMEK_ALARM_RULES`, else of the
    software. Raises `InvalidInput` ("alarm.rules" with the file, the line and the key that is wrong)."""
    file = TomlFile.read(path or rules_file(), "alarm.file")
    rules: dict[str, AlarmRule] = {}
    tables = file.tables.get("rule")
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise _wrong(file, 0, "rule", tables)
    for number, table in enumerate(tables):
        rule = _rule(file, number, table)
        if rule.key in rules:
            raise _wrong(file, number, "key", rule.key)
        rules[rule.key] = rule
    if not rules or set(file.tables) != {"rule"}:
        raise _wrong(file, 0, "rule", ", ".join(file.tables))
    return rules


def _rule(file: TomlFile, number: int, table: dict[str, Any]) -> AlarmRule:
    known = {"key", "condition", "priority", "answer_min", "name", "response", *NUMBERS}
    for unknown in sorted(set(table) - known):
        raise _wrong(file, number, unknown, table[unknown])
    priorities = {name: level for level, name in PRIORITIES.items()}

    def need(key: str, holds: bool) -> None:
        if not holds:
            raise _wrong(file, number, key, table.get(key))

    need("key", isinstance(table.get("key"), str) and table["key"].isidentifier())
    need("condition", is_one_of(table.get("condition"), CONDITIONS))
    need("priority", is_one_of(table.get("priority"), priorities))
    need("answer_min", is_number(table.get("answer_min"), 0, MOST))
    for key in ("name", "response"):
        need(key, in_every_language(table.get(key)))
    for key in NUMBERS:
        need(key, key not in table or is_number(table[key], *NUMBERS[key]))
    for key, least in WHOLE.items():
        need(key, key not in table or is_whole(table[key], least, MOST))
    need("interval", table.get("interval", INTERVALS[0]) in INTERVALS)
    needed = CONDITIONS[table["condition"]].numbers
    for key in needed:
        need(key, key in table)
    return AlarmRule(
        table["key"],
        table["condition"],
        priorities[table["priority"]],
        table["answer_min"],
        table["name"],
        table["response"],
        int(table.get("clear_after_s", 0)),
        {key: table[key] for key in needed},
    )


def _wrong(file: TomlFile, number: int, key: str, value: object) -> InvalidInput:
    line = file.line(("rule", number, key))
    return InvalidInput("alarm.rules", file=str(file.path), line=line, key=key, value=str(value)[:60])


RULES = RuleFile(read_rules)
