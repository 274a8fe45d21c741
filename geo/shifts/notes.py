"""The notes for the next officer. Two who write at once lose nothing: the second is shown what the first has
written."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, text

from geo.accounts.users import Principal
from geo.audit.records import record_audit
from geo.errors import Conflict
from geo.settings import City
from geo.shifts.post import DutyPost

MOST = 4000
"""Characters."""
READ = text("select notes, version, who, at from shift_notes where region = :region and post = :post")
WRITE = text("""
    insert into shift_notes (region, post, notes, version, who, at)
    select :region, :post, :notes, 1, :who, clock_timestamp() where :version = 0
    on conflict (region, post) do nothing returning version""")
REWRITE = text("""
    update shift_notes set notes = :notes, version = version + 1, who = :who, at = clock_timestamp()
    where region = :region and post = :post and version = :version returning version""")


def read_notes(connection: Connection, city: City, post: DutyPost) -> dict[str, Any]:
    """notes, version (0 = none were written), who, at."""
    row = connection.execute(READ, {"region": city.region, "post": post.key}).mappings().first()
    return dict(row) if row else {"notes": "", "version": 0, "who": None, "at": None}


def save_notes(connection: Connection, city: City, principal: Principal, notes: str, version: int) -> int:
    """The new version, also of what the same person has saved already. Raises `Conflict` ("shift.notes": who
    wrote meanwhile, and what)."""
    post = DutyPost.of(principal)
    bound = {"region": city.region, "post": post.key, "notes": notes, "version": version}
    statement = REWRITE if version else WRITE
    saved = connection.execute(statement, bound | {"who": principal.name}).scalar()
    if saved is None:
        found = read_notes(connection, city, post)
        if (found["who"], found["notes"]) == (principal.name, notes):
            return int(found["version"])
        raise Conflict("shift.notes", who=found["who"], notes=found["notes"], version=found["version"])
    record_audit(connection, principal.name, "shift.noted", version=saved)
    return int(saved)
