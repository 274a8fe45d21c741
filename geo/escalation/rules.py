"""The steps of escalation, read from a file: the one that `IKOMEK_ESCALATION_RULES` names, else there are
none. In it

    [[step]]
    key = "nobody"              # its name in the events
    level = 1                   # 1 the duty centre, 2 the district's akimat, 3 the deputy akim
    unacknowledged_min = 15     # nobody has acknowledged it so long after it was opened; or
    # late_min = 60             # it is so long past its deadline
    least_priority = 1          # 0 normal, 1 urgent, 2 critical
    categories = ["heat"]       # keys; without it all of them
    younger_than_h = 72         # what was opened longer ago is left alone
    mail = ["duty@example.org"]
    webhook = ["https://example.org/escalations"]

A step is taken from the level below it, so a file has a step for each level that its incidents shall reach.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from geo.errors import InvalidInput
from geo.incidents.cases.model import TOP_ESCALATION
from geo.incidents.model import CRITICAL
from geo.rule_file import RuleFile
from geo.toml import Checks, TomlFile, keyed_tables, wrong
from geo.toml_values import are_all, is_mail, is_web_address, is_whole

VARIABLE = "IKOMEK_ESCALATION_RULES"
KEY = re.compile(r"[a-z][a-z0-9_]{0,39}")
MOST_MIN = 60 * 24 * 366


@dataclass(frozen=True)
class EscalationStep:
    """One of `unacknowledged_min` and `late_min` is none. `categories`: keys, empty = all."""

    key: str
    level: int
    least_priority: int
    categories: tuple[str, ...]
    unacknowledged_min: int | None
    late_min: int | None
    younger_than_h: int
    mail: tuple[str, ...]
    webhook: tuple[str, ...]


def current_steps() -> tuple[EscalationStep, ...]:
    """Those of a running city (`STEPS`). Raises what `read_steps` raises."""
    named = os.environ.get(VARIABLE)
    return STEPS.current(Path(named)) if named else ()


def read_steps(path: Path | None = None) -> tuple[EscalationStep, ...]:
    """The steps by level, those of one level in the file's order. Raises `InvalidInput` ("escalation.rules"
    with the file, the line and the key that is wrong, "escalation.file")."""
    named = os.environ.get(VARIABLE)
    if path is None and not named:
        return ()
    file = TomlFile.read(path or Path(str(named)), "escalation.file")
    if "step" not in file.tables:
        raise _wrong(file, 0, "step", ", ".join(file.tables))
    tables = keyed_tables(file, "step", CHECKS, DEFAULTS, CODE)
    steps = [_step(file, number, table) for number, table in enumerate(tables)]
    return tuple(sorted(steps, key=lambda step: step.level))


def _step(file: TomlFile, number: int, given: dict[str, Any]) -> EscalationStep:
    if (given.get("unacknowledged_min") is None) == (given.get("late_min") is None):
        raise _wrong(file, number, "unacknowledged_min", given.get("unacknowledged_min"))
    return EscalationStep(
        given["key"],
        given["level"],
        given["least_priority"],
        tuple(given["categories"]),
        given.get("unacknowledged_min"),
        given.get("late_min"),
        given["younger_than_h"],
        tuple(given["mail"]),
        tuple(given["webhook"]),
    )


def _wrong(file: TomlFile, number: int, key: str, value: object) -> InvalidInput:
    return wrong(file, ("step", number, key), key, value, CODE)


CODE = "escalation.rules"
DEFAULTS = {"least_priority": 1, "younger_than_h": 72, "categories": [], "mail": [], "webhook": []}
CHECKS: Checks = {
    "key": lambda value: isinstance(value, str) and KEY.fullmatch(value),
    "level": lambda value: is_whole(value, 1, TOP_ESCALATION),
    "least_priority": lambda value: is_whole(value, 0, CRITICAL),
    "younger_than_h": lambda value: is_whole(value, 1, MOST_MIN),
    "unacknowledged_min": lambda value: value is None or is_whole(value, 0, MOST_MIN),
    "late_min": lambda value: value is None or is_whole(value, 0, MOST_MIN),
    "categories": lambda value: are_all(value, str.strip),
    "mail": lambda value: are_all(value, is_mail),
    "webhook": lambda value: are_all(value, is_web_address),
}
STEPS = RuleFile(read_steps)
