"""The page /shift: what would be handed over now, hand-overs that wait for their second signature, and those
that were kept."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, text

from geo.errors import NotFound
from geo.settings import City
from geo.shifts.contents import Contents, collect, digest_of
from geo.shifts.notes import read_notes
from geo.shifts.post import DutyPost
from layers.reading import snapshot

MOST_KEPT = 60
"""Hand-overs that one page of the list holds."""
COLUMNS = """select id, post, kinds, districts, begins_at, left_by, left_at, body, digest, withdrawn_at,
    taken_by, taken_at from shift_handover where region = :region"""
WAITING = text(f"{COLUMNS} and taken_at is null and withdrawn_at is null order by left_at, id")
KEPT = text(f"""{COLUMNS} and (cast(:before as bigint) is null or id < :before)
    and (cast(:kinds as text[]) is null or kinds <@ cast(:kinds as text[]))
    and (cast(:districts as text[]) is null or districts <@ cast(:districts as text[]))
    order by id desc limit :most""")
ONE = text(f"{COLUMNS} and id = :id")
AMENDMENTS = text("""
    select at, who, text from shift_amendment where region = :region and handover_id = :id order by id""")


@dataclass(frozen=True)
class Handover:
    """One that was signed. `intact`: what is kept is what was signed, byte for byte."""

    id: int
    begins_at: datetime
    left_by: str
    left_at: datetime
    taken_by: str | None
    taken_at: datetime | None
    withdrawn_at: datetime | None
    digest: str
    intact: bool
    notes: str
    contents: Contents
    amendments: list[dict[str, Any]]

    @property
    def state(self) -> str:
        if self.withdrawn_at is not None:
            return "withdrawn"
        return "waiting" if self.taken_at is None else "taken"


@dataclass(frozen=True)
class OwnShift:
    """What the caller would hand over now. `notes`: as `geo.shifts.notes.read_notes` says. `waiting`: what
    the caller may see of hand-overs with one signature."""

    contents: Contents
    notes: dict[str, Any]
    waiting: list[Handover]
    read_at: datetime


def read_own(engine: Engine, city: City, post: DutyPost) -> OwnShift:
    with snapshot(engine) as connection:
        now = connection.execute(text("select now()")).scalar_one()
        contents = collect(connection, city, post, now)
        notes = read_notes(connection, city, post)
        rows = connection.execute(WAITING, {"region": city.region}).mappings().all()
        waiting = [_handover(row, []) for row in rows if _is_seen(post, row)]
    return OwnShift(contents, notes, waiting, now)


def read_handover(engine: Engine, city: City, post: DutyPost, handover: int) -> Handover:
    """Raises `NotFound` ("shift.unknown") also for one of a post that sees more."""
    bound = {"region": city.region, "id": handover}
    with snapshot(engine) as connection:
        row = connection.execute(ONE, bound).mappings().first()
        if row is None or not _is_seen(post, row):
            raise NotFound("shift.unknown", handover=handover)
        return _handover(row, _amendments(connection, bound))


def read_kept(engine: Engine, city: City, post: DutyPost, before: int | None = None) -> list[Handover]:
    """The newest first; `before`: older than that one."""
    bound = {"region": city.region, "before": before, "most": MOST_KEPT} | post.lists()
    with snapshot(engine) as connection:
        return [_handover(row, []) for row in connection.execute(KEPT, bound).mappings()]


def _amendments(connection: Connection, bound: dict[str, Any]) -> list[dict[str, Any]]:
    return [dict(row) for row in connection.execute(AMENDMENTS, bound).mappings()]


def _is_seen(post: DutyPost, row: Any) -> bool:
    return post.covers(DutyPost.from_lists(row["kinds"], row["districts"]))


def _handover(row: Any, amendments: list[dict[str, Any]]) -> Handover:
    body = json.loads(row["body"])
    contents = Contents(body["post"], body["after"], body["begins"], body["read_at"], body["sections"])
    signed = {
        key: row[key]
        for key in ("id", "begins_at", "left_by", "left_at", "taken_by", "taken_at", "withdrawn_at", "digest")
    }
    intact = digest_of(row["body"]) == row["digest"]
    return Handover(**signed, intact=intact, notes=body["notes"], contents=contents, amendments=amendments)
