"""What was decided since a backup and goes with the database that its copy replaces: counted by act, from
that database's audit, which alone knows of it."""

from __future__ import annotations

from sqlalchemy import text

from geo.audit.acts import ACTS, Kind
from geo.database import connected
from geo.settings import Settings

DECIDED: tuple[Kind, ...] = ("write", "setting", "account", "wall")
"""The kinds of act that change something; who looked at what is no decision."""
OF_PUSHES = frozenset({"push.taken", "run.repeated", "run.ended"})
"""Acts that `geo.recovery.pushes` accounts for."""
LAST = 1000
"""Rows of the copy's audit that are compared one by one: numbers are given before a transaction is
committed, so the newest number of the copy does not part what is in it from what is not."""

NEWEST = text("select id, at, what from audit order by id desc limit :last")
KNOWN = text("select exists (select from audit where id = :id and at = :at and what = :what)")
SINCE = text("""select what, count(*) as n from audit where id > :floor and not id = any(:held)
    and what = any(:acts) group by 1""")


def decided_since(current: Settings, restored: Settings) -> dict[str, int] | None:
    """{act: how often}, by kind in the order of `DECIDED`, then the most frequent first: what the audit of
    `current` holds and that of `restored` does not. None where it cannot be known, for `current` does not go
    on from what the backup holds."""
    with connected(restored, "owner") as connection:
        held = connection.execute(NEWEST, {"last": LAST}).all()
    with connected(current, "owner") as connection:
        if held and not connection.execute(KNOWN, dict(held[0]._mapping)).scalar_one():
            return None
        floor = held[-1].id if held else 0
        acts = [code for code, act in ACTS.items() if act.kind in DECIDED and code not in OF_PUSHES]
        found = connection.execute(
            SINCE, {"floor": floor, "held": [row.id for row in held], "acts": acts}
        ).all()
    order = {kind: rank for rank, kind in enumerate(DECIDED)}
    found = sorted(found, key=lambda row: (order[ACTS[row.what].kind], -row.n, row.what))
    return {row.what: row.n for row in found}
