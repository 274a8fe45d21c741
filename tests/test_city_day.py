"""The day on which something takes effect is the city's (`City.today`): nothing in the tree asks a server
in another zone what day it is."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("geo", "etl", "layers", "dashboard")
SQL_DAY = re.compile(
    r"(?<!ogr_)current_date|localtimestamp|now\(\)\s*::\s*date|current_timestamp\s*::\s*date|date\(now\(\)\)|cast\(now\(\) as date\)",  # noqa: E501
    re.IGNORECASE,
)
"""The day of the database's session, which speaks UTC; `OGR_CURRENT_DATE` is a setting of GDAL."""
NAIVE = {"today", "utcnow", "utcfromtimestamp"}
"""Methods of `date` and `datetime` that give the day and the time of the machine."""


def naive_calls(source: str) -> list[int]:
    """Lines that ask the machine's own clock for a day, or for a time without a zone."""
    found = []
    for call in (
        node
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    ):
        of, name = ast.unparse(call.func.value), call.func.attr
        bare_now = name == "now" and of.split(".")[-1] == "datetime" and not (call.args or call.keywords)
        bare_stamp = name == "fromtimestamp" and len(call.args) + len(call.keywords) < 2
        naive_day = name in NAIVE and of.split(".")[-1] in ("date", "datetime")
        day_in_utc = (
            name == "date"
            and isinstance(call.func.value, ast.Call)
            and re.search(r"\bnow\((timezone\.utc|UTC)\)$", of)
        )
        if bare_now or bare_stamp or naive_day or day_in_utc:
            found.append(call.lineno)
    return found


def sources() -> list[Path]:
    return [
        path
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
        if "migrations" not in path.parts
    ]


def test_nothing_asks_for_another_day_than_the_citys() -> None:
    found = []
    for path in sources():
        content = path.read_text(encoding="utf-8")
        found += [f"{path.relative_to(ROOT)}:{line}" for line in naive_calls(content)]
        found += [
            f"{path.relative_to(ROOT)}:{n}"
            for n, line in enumerate(content.splitlines(), 1)
            if SQL_DAY.search(line)
        ]
    assert not found, found


@pytest.mark.parametrize(
    "line",
    [
        "date.today()",
        "datetime.datetime.utcnow()",
        "datetime.now()",
        "datetime.fromtimestamp(3)",
        "datetime.now(timezone.utc).date()",
    ],
)
def test_the_check_finds_what_it_is_for(line: str) -> None:
    assert naive_calls(line) and not naive_calls(
        "datetime.now(zone).date(); city.today(); datetime.fromtimestamp(3, zone)"
    )
    assert SQL_DAY.search("in_force_from <= now()::date") and SQL_DAY.search("coalesce(:day, CURRENT_DATE)")
