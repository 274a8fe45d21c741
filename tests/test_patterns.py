"""Regular expressions that what comes from outside is matched with: none tries more ways than anybody waits
for. What a fuzzer found once (`./ikomek bench fuzz`) stays found."""

from __future__ import annotations

import importlib
import re
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from etl.readers.delimited import WEB_PAGE
from geo.addresses.house_numbers import is_plain
from geo.plans.decision_text import read as decision
from geo.plans.decision_text.register import Register, RegisterAddress
from tests.test_repository import ROOT

LONGEST_S = 1.0
REGISTER = Register(
    [RegisterAddress(n, "улица Кенесары", "улица Кенесары", str(n)) for n in range(1, 9)], "ru"
)


def read_decision(text: str) -> None:
    decision.read(text, [REGISTER])


@pytest.mark.parametrize(
    ("match", "text"),
    [
        (is_plain, "1" * 5000 + "!"),
        (is_plain, "1/" * 2000 + "/"),
        (WEB_PAGE.match, "<!---->" * 2000 + "x"),
        (WEB_PAGE.match, "<!-- " * 2000),
        (read_decision, f"Избирательный участок № 12\nГраницы: улица Кенесары: дома 0-9{'а' * 400}\x00етн;"),
        (
            read_decision,
            f"Избирательный участок № 12\nГраницы: улица Кенесары: с {'1' * 400} до {'2' * 400}!;",
        ),
    ],
)
def test_a_line_made_to_be_read_in_many_ways_is_read_in_time(
    match: Callable[[str], object], text: str
) -> None:
    begun = time.process_time()
    match(text)
    assert time.process_time() - begun < LONGEST_S


def patterns() -> Iterator[tuple[str, re.Pattern[Any]]]:
    """Each expression that stands in a module by a name, or in a tuple, a list or a mapping there."""
    for folder in ("geo", "etl", "layers", "dashboard"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            if "migrations" in parts or "re." not in path.read_text(encoding="utf-8"):
                continue
            module = importlib.import_module(".".join(parts))
            for name, value in vars(module).items():
                found = value.values() if isinstance(value, dict) else value
                for one in found if isinstance(found, (list, tuple)) or isinstance(value, dict) else [value]:
                    if isinstance(one, re.Pattern):
                        yield f"{module.__name__}.{name}", one


def is_many_ways(parsed: Any) -> bool:
    """Whether something is repeated without end that is, but for what may be absent, one thing repeated
    without end: (a+)*, (-?a+)*. Each cut of a line of a's is then another way."""
    for kind, value in parsed:
        kind = str(kind)
        if kind in ("MAX_REPEAT", "MIN_REPEAT"):
            _, most, body = value
            if int(most) > 1000 and any(_is_endless(part) for part in body) and _rest_is_absent(body):
                return True
            if is_many_ways(body):
                return True
        elif kind == "SUBPATTERN" and is_many_ways(value[3]):
            return True
        elif kind == "BRANCH" and any(is_many_ways(branch) for branch in value[1]):
            return True
        elif kind in ("ASSERT", "ASSERT_NOT") and is_many_ways(value[1]):
            return True
    return False


def _is_endless(part: Any) -> bool:
    kind, value = part
    if str(kind) == "SUBPATTERN":
        return len(value[3]) == 1 and _is_endless(value[3][0])
    return str(kind) in ("MAX_REPEAT", "MIN_REPEAT") and int(value[1]) > 1000 and value[0] > 0


def _rest_is_absent(body: Any) -> bool:
    rest = [part for part in body if not _is_endless(part)]
    return all(str(kind) in ("MAX_REPEAT", "MIN_REPEAT") and value[0] == 0 for kind, value in rest)


def parsed(pattern: re.Pattern[Any]) -> Any:
    return re._parser.parse(pattern.pattern, pattern.flags & ~re.DEBUG)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("(?:/?[0-9]+)*!", True),
        ("(a+)+$", True),
        ("x(?:-?(?:b+))*c", True),
        ("(?:/?[0-9])*!", False),
        ("(?:a+b)*", False),
    ],
)
def test_what_is_read_in_many_ways_is_known(text: str, expected: bool) -> None:
    assert is_many_ways(parsed(re.compile(text))) == expected


def test_no_expression_can_be_read_in_many_ways() -> None:
    found = dict(patterns())
    assert len(found) > 100
    assert not [name for name, pattern in found.items() if is_many_ways(parsed(pattern))]
