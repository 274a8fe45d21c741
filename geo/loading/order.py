"""Which of two versions of a row is the later one, whatever order they arrive in.

A feed that declares a column `changed` says itself when each row changed last; else, and between equal
times, the later delivery holds (`geo.intake.deliveries`). A row keeps with it `said_at` (none without such
a column) and `delivery_id`: those of the version that is stored.
"""

from __future__ import annotations

DELIVERY = "coalesce(s.delivery_id, :delivery_id)"
"""SQL: the delivery of the staged row `s`."""


def older(stored: str, staged: str = "s", delivery: str = DELIVERY) -> str:
    """SQL: the staged row is an older version than the stored one; false where nothing is stored."""
    return f"""coalesce(case when {stored}.said_at is not null and {staged}.said_at is not null
        then ({stored}.said_at, coalesce({stored}.delivery_id, 0)) > ({staged}.said_at, {delivery})
        else coalesce({stored}.delivery_id, 0) > {delivery} end, false)"""


def confirm(table: str, staged: str, matched: str) -> str:
    """SQL: versions that are newer by their own time and say the same. `matched` joins a stored row `t`
    with a staged row `s`."""
    return f"""update {table} t set said_at = s.said_at, delivery_id = {DELIVERY} from {staged} s
        where {matched} and s.said_at > coalesce(t.said_at, '-infinity')"""
