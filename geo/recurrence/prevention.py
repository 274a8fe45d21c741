"""Preventive measures at places that return: proposed with an owner and a due date, done, given up."""

from __future__ import annotations

import re
from datetime import date

from sqlalchemy import Connection, text

from geo.audit.records import record_audit
from geo.database import AnyRow
from geo.errors import Conflict, InvalidInput, NotFound
from geo.incidents.cases.state import on_the_clock
from geo.settings import City

LOCATION = re.compile(r"(building:\d{1,18}|street:.{1,120}|cell:-?\d{1,6}_-?\d{1,6})")
LONGEST = 300
OWNER = text("""select key from manager where key = :key union all select key from performer where key =
    :key""")
TOPIC = text("select key from category where key = :key and parent_id is null")
ADD = text("""insert into prevention (region, location_kind, location, topic, measure, owner, due_on, made_by)
    values (:region, :kind, :location, :topic, :measure, :owner, :due_on, :who) returning id""")
LOCK = text("""select done_on, dropped_on, ended_by, ended_at from prevention
    where region = :region and id = :id for update""")
ENDED = "ended_by = :who, ended_at = now()"
END = {
    "done": text(f"update prevention set done_on = :on, {ENDED} where region = :region and id = :id"),
    "dropped": text(f"update prevention set dropped_on = :on, {ENDED} where region = :region and id = :id"),
}


def add_measure(
    connection: Connection,
    city: City,
    location: str,
    measure: str,
    owner: str,
    due_on: date,
    who: str,
    topic: str | None = None,
) -> int:
    """Its number. `location`: "building:812", "street:улица Кенесары", "cell:1201_11320" as the page names
    it. Raises `InvalidInput` ("prevention.location", "prevention.measure", "prevention.due"), `NotFound`
    ("prevention.owner", "prevention.topic")."""
    if not LOCATION.fullmatch(location):
        raise InvalidInput("prevention.location", location=location[:40])
    if not 0 < len(measure.strip()) <= LONGEST:
        raise InvalidInput("prevention.measure", most=LONGEST)
    if due_on < city.today():
        raise InvalidInput("prevention.due", day=due_on.isoformat())
    if connection.execute(OWNER, {"key": owner}).first() is None:
        raise NotFound("prevention.owner", owner=owner[:40])
    if topic is not None and connection.execute(TOPIC, {"key": topic}).first() is None:
        raise NotFound("prevention.topic", topic=topic[:40])
    kind, _, key = location.partition(":")
    row = {"kind": kind, "location": key, "topic": topic, "measure": measure.strip(), "owner": owner}
    number = connection.execute(
        ADD, {"region": city.region, **row, "due_on": due_on, "who": who}
    ).scalar_one()
    record_audit(connection, who, "prevention.added", number=number, owner=owner)
    return number


def end_measure(connection: Connection, city: City, number: int, how: str, on: date, who: str) -> None:
    """`how`: "done" or "dropped". Raises `NotFound` ("prevention.unknown"), `Conflict`
    ("prevention.ended"), `InvalidInput` ("prevention.ahead")."""
    row = connection.execute(LOCK, {"region": city.region, "id": number}).one_or_none()
    if row is None:
        raise NotFound("prevention.unknown", number=number)
    if row.done_on is not None or row.dropped_on is not None:
        raise Conflict("prevention.ended", number=number, **_by_whom(city, row))
    if on > city.today():
        raise InvalidInput("prevention.ahead", day=on.isoformat())
    connection.execute(END[how], {"region": city.region, "id": number, "on": on, "who": who})
    record_audit(connection, who, f"prevention.{how}", number=number)


def _by_whom(city: City, row: AnyRow) -> dict[str, str]:
    """Who has ended it, and when; of what ended before that was kept the day alone."""
    if row.ended_at is None:
        return {"who": "–", "at": (row.done_on or row.dropped_on).strftime("%d.%m.%Y")}
    return {"who": row.ended_by, "at": on_the_clock(city, row.ended_at)}
