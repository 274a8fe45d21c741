"""Decides which of two versions of a row is the later one, whatever order they arrive in.

A feed that declares a column `changed` says itself when each row changed last; else, and between equal
times, the later delivery holds (`geo.intake.deliveries`). A row keeps with it `said_at` (none without such
a column) and `delivery_id`: those of the version that is stored.

A version that does not say when it changed, or says it wrongly, is later than what was delivered before it
and takes the time of what it replaces: whatever changed after that still holds against it. Were it given the
time of its arrival, nothing that changed before would ever be written.
"""

from __future__ import annotations

DELIVERY = "coalesce(s.delivery_id, :delivery_id)"
"""SQL: the delivery of the staged row `s`."""


def said_at(stored: str, staged: str) -> str:
    """SQL: what a row keeps of when it changed, once the staged version is written over the stored one."""
    return f"coalesce({staged}.said_at, {stored}.said_at)"


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
