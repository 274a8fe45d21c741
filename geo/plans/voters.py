"""The voters of a precinct: one count for an import, an edit, a moved tag and the checks.

They are those of its buildings as the register has them now. A precinct whose buildings have none keeps the
voters that a file gave it.
"""

from __future__ import annotations

HOUSES = """assignment a join building b on b.region = a.region and b.id = a.building_id
    where a.region = :region and a.plan_id = :plan"""
COUNTS = "count(*) as buildings, coalesce(sum(b.voters), 0)::bigint as voters"

OF_EACH = f"select a.precinct_id, {COUNTS} from {HOUSES} group by a.precinct_id"
"""SQL: precinct_id, buildings, voters of every precinct of `:plan` that has buildings, in one pass."""


def of_one(precinct: str) -> str:
    """SQL: buildings and voters of the precinct whose id is the expression `precinct`."""
    return f"select {COUNTS} from {HOUSES} and a.precinct_id = {precinct}"


def voters(counted: str, given: str) -> str:
    """SQL: the voters of a precinct with so many `counted` and `given` ones (expressions)."""
    return f"case when {counted} > 0 then {counted} else coalesce({given}, 0) end"
