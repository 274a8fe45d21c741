"""What people do with a hand-over, in the caller's transaction: sign and hand over, take that signature back,
take over, amend. Each signs in a session of their own. A click that is sent again, after an answer that never
came, signs nothing twice."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text

from geo.accounts.users import Principal
from geo.audit.records import record_audit
from geo.changes.outbox import record
from geo.errors import Conflict, Forbidden, InvalidInput, NotFound
from geo.settings import City
from geo.shifts.contents import SECTIONS, collect, digest_of
from geo.shifts.notes import read_notes
from geo.shifts.post import DutyPost

ONE_AT_A_TIME = text("select pg_advisory_xact_lock(hashtextextended('shift/' || :region || :post, 0))")
NOW = text("select clock_timestamp()")
SIGNED = text("select id from shift_handover where region = :region and left_by = :who and key = :key")
WAITING = text("""
    select left_by, left_at from shift_handover
    where region = :region and post = :post and taken_at is null and withdrawn_at is null""")
SIGN = text("""
    insert into shift_handover (region, post, kinds, districts, key, begins_at, left_by, left_at, body,
        digest)
    values (:region, :post, :kinds, :districts, :key, to_timestamp(:begins), :who, :now, :body, :digest)
    returning id""")
LOCK = text("""
    select id, post, kinds, districts, left_by, left_at, body, digest, withdrawn_at, taken_by, taken_at
    from shift_handover where region = :region and id = :id for update""")
WITHDRAW = text("""
    update shift_handover set withdrawn_at = clock_timestamp() where region = :region and id = :id""")
TAKE = text("""
    update shift_handover set taken_by = :who, taken_at = clock_timestamp()
    where region = :region and id = :id""")
GIVE_NOTES_BACK = text("""
    update shift_notes set notes = concat_ws(E'\\n', :notes, nullif(notes, '')), version = version + 1,
        who = :who, at = clock_timestamp()
    where region = :region and post = :post""")
CLEAR_NOTES = text("""
    update shift_notes set notes = '', version = version + 1, who = :who, at = clock_timestamp()
    where region = :region and post = :post and version = :version""")
AMEND = text("""
    insert into shift_amendment (region, handover_id, key, at, who, text)
    values (:region, :id, :key, clock_timestamp(), :who, :text)
    on conflict (region, who, key) do nothing returning id""")


def sign(connection: Connection, city: City, principal: Principal, read: Mapping[str, str], key: UUID) -> int:
    """The hand-over, as the tables say now and with the notes as they are; from here on it waits for who
    takes over. `read`: section -> the mark of what the officer has read of it (`Contents.marks`).

    Raises `Conflict` ("shift.waiting": who has signed already; "shift.unread": the sections that are another
    meanwhile or were not read), `Forbidden` ("shift.person")."""
    _need_person(principal)
    post = DutyPost.of(principal)
    bound = {"region": city.region, "post": post.key, "who": principal.name, "key": key}
    connection.execute(ONE_AT_A_TIME, bound)
    before = connection.execute(SIGNED, bound).scalar()
    if before is not None:
        return int(before)
    if waiting := connection.execute(WAITING, bound).first():
        raise Conflict("shift.waiting", who=waiting.left_by, at=_iso(city, waiting.left_at))
    now = connection.execute(NOW).scalar_one()
    contents = collect(connection, city, post, now)
    marks = contents.marks()
    unread = [section for section in SECTIONS if read.get(section) != marks[section]]
    if unread:
        raise Conflict("shift.unread", sections=unread)
    notes = read_notes(connection, city, post)
    body = contents.body(principal.name, notes["notes"])
    digest = digest_of(body)
    signed = {"begins": contents.begins, "now": now, "body": body, "digest": digest}
    handover = int(connection.execute(SIGN, bound | post.lists() | signed).scalar_one())
    connection.execute(CLEAR_NOTES, bound | {"version": notes["version"]})
    record_audit(connection, principal.name, "shift.signed", handover=handover, digest=digest)
    _announce(connection, city, handover, 1)
    return handover


def withdraw(connection: Connection, city: City, principal: Principal, handover: int) -> None:
    """Whoever signed takes it back before anybody has taken over: the shift goes on, and its notes are
    written on. Twice is once. Raises `NotFound`
    ("shift.unknown"), `Conflict` ("shift.taken", "shift.withdrawn"), `Forbidden` ("shift.not_yours")."""
    row = _lock(connection, city, principal, handover)
    if row.left_by != principal.name:
        raise Forbidden("shift.not_yours", who=row.left_by)
    if row.withdrawn_at is not None:
        return
    _need_open(city, row)
    bound = {"region": city.region, "id": row.id, "post": row.post, "who": principal.name}
    connection.execute(WITHDRAW, bound)
    if notes := json.loads(row.body)["notes"]:
        connection.execute(GIVE_NOTES_BACK, bound | {"notes": notes})
    record_audit(connection, principal.name, "shift.withdrawn", handover=row.id)
    _announce(connection, city, row.id, 2)


def take(connection: Connection, city: City, principal: Principal, handover: int, digest: str) -> None:
    """The second signature, under what was read: `digest`. Raises `NotFound` ("shift.unknown"), `Forbidden`
    ("shift.person"), `Conflict` ("shift.same_person", "shift.taken": by whom, "shift.withdrawn"),
    `InvalidInput` ("shift.digest")."""
    _need_person(principal)
    row = _lock(connection, city, principal, handover)
    if row.taken_by == principal.name:
        return
    if row.left_by == principal.name:
        raise Conflict("shift.same_person")
    _need_open(city, row)
    if row.digest != digest:
        raise InvalidInput("shift.digest")
    connection.execute(TAKE, {"region": city.region, "id": row.id, "who": principal.name})
    record_audit(connection, principal.name, "shift.taken", handover=row.id, digest=row.digest)
    _announce(connection, city, row.id, 2)


def amend(
    connection: Connection, city: City, principal: Principal, handover: int, words: str, key: UUID
) -> None:
    """A line that is added to what both have signed. Raises `NotFound` ("shift.unknown"), `Conflict`
    ("shift.unsigned": it is not signed by both)."""
    row = _lock(connection, city, principal, handover)
    if row.taken_at is None:
        raise Conflict("shift.unsigned")
    bound = {"region": city.region, "id": row.id, "who": principal.name, "text": words, "key": key}
    if connection.execute(AMEND, bound).scalar() is not None:
        record_audit(connection, principal.name, "shift.amended", handover=row.id)
        _announce(connection, city, row.id, 3)


def _lock(connection: Connection, city: City, principal: Principal, handover: int) -> Any:
    row = connection.execute(LOCK, {"region": city.region, "id": handover}).first()
    if row is None or not DutyPost.of(principal).covers(DutyPost.from_lists(row.kinds, row.districts)):
        raise NotFound("shift.unknown", handover=handover)
    return row


def _need_person(principal: Principal) -> None:
    if principal.type != "person":
        raise Forbidden("shift.person")


def _need_open(city: City, row: Any) -> None:
    if row.taken_at is not None:
        raise Conflict("shift.taken", who=row.taken_by, at=_iso(city, row.taken_at))
    if row.withdrawn_at is not None:
        raise Conflict("shift.withdrawn", who=row.left_by, at=_iso(city, row.withdrawn_at))


def _iso(city: City, at: Any) -> str:
    return str(at.astimezone(city.time_zone).isoformat())


def _announce(connection: Connection, city: City, handover: int, version: int) -> None:
    """Who has the page open reads it anew."""
    record(connection, city.region, "shift", handover, version, {})
