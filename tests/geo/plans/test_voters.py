"""An import, an edit and a moved tag count the same voters, and the checks see them."""

from __future__ import annotations

import ast
from pathlib import Path

from geo.plans import assignments, checks, voters
from geo.plans.editing import rows

PLANS = Path(voters.__file__).parent


def test_every_count_is_the_one_count() -> None:
    counts = (rows.WRITE_PRECINCTS, assignments.RECOUNT, checks.PRECINCTS)
    assert all(voters.COUNTS in count and voters.HOUSES in count for count in counts)
    assert all("else coalesce(" in count for count in counts)


def test_no_other_module_counts_voters_of_a_precinct() -> None:
    """`compare` adds up the voters of houses that move, which belong to two precincts."""
    counting = {
        path.relative_to(PLANS).as_posix()
        for path in PLANS.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and "sum(b.voters)" in node.value
    }
    assert counting == {"voters.py", "compare.py"}
