"""Objections to how a case is counted, each decided by another person than the one who made it.

An accepted objection gives the case to another performer, or leaves it out of the month. It counts from the
moment of its decision: a month that was closed before stays as it was closed.

One is made of a case that counts for the manager in that month: as the month was closed, else as it would be
counted now (`geo.rating.relation.COUNTED`). Nobody decides whose own figures it moves: neither the manager in
it, nor whoever the case counts for now, nor the manager of the performer to whom it goes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from sqlalchemy import Connection, text

from geo.audit.records import record_audit
from geo.database import AnyRow
from geo.errors import Conflict, InvalidInput, NotFound
from geo.incidents.cases.state import on_the_clock
from geo.incidents.numbers import BY_NUMBER, as_own
from geo.rating.cases import next_month
from geo.rating.relation import COUNTED
from geo.settings import City
from geo.statistics.counting import midnight

LONGEST = 2000
"""Letters of a reason."""
LEFT_OUT = "-"
"""In place of a performer: nobody is given the case, it is left out of the month."""
LONGEST_NUMBER = 500
"""Letters of an incident's number."""
OWN = "№"
"""Before an incident's number of ours, which only one has."""
FIND = text(f"""{BY_NUMBER} select i.id, i.source from hit
    join incident i on i.region = :region and i.id = hit.id order by i.id limit 5""")
KEPT = text("""select manager from rating_case where region = :region and month = :month
    and incident_id = :incident""")
COUNTS_NOW = text(COUNTED)
OF_PERFORMER = text("""select m.key from performer p join manager m on m.id = p.manager_id
    where p.key = :performer""")
MANAGER = text("select exists (select from manager where key = :manager)")
PERFORMER = text("select exists (select from performer where key = :performer)")
MAKE = text("""insert into rating_objection (region, month, manager, incident_id, reason, made_by)
    values (:region, :month, :manager, :incident, :reason, :who) returning id""")
WAITING = text("""select id from rating_objection where region = :region and month = :month
    and manager = :manager and incident_id = :incident and reason = :reason and made_by = :who
    and decided_at is null limit 1""")
ONE_AT_A_TIME = text("select pg_advisory_xact_lock(hashtextextended('rating_objection/' || :region, 0))")
LOCK = text("select * from rating_objection where region = :region and id = :id for update")
DECIDE = text("""update rating_objection set accepted = :accepted, performer = :performer, answer = :answer,
        decided_by = :who, decided_at = now() where region = :region and id = :id""")
LIST = text("""select o.id, o.month, o.manager, o.incident_id, i.source_id as number, o.reason, o.made_by,
        o.made_at, o.accepted, o.performer, o.answer, o.decided_by, o.decided_at
    from rating_objection o join incident i on i.region = o.region and i.id = o.incident_id
    where o.region = :region and o.month = :month and (:manager = '' or o.manager = :manager)
    order by o.id""")


def make_objection(
    connection: Connection, city: City, month: date, manager: str, number: str, reason: str, who: str
) -> int:
    """Returns its number, also of the same one that the same person has made already and that waits.
    `number`: of the incident, as its source writes it, or ours with `OWN` before it.

    Raises `NotFound` ("rating.manager", "rating.incident"), `InvalidInput` ("rating.reason",
    "rating.several_incidents", "rating.other_month", "rating.other_manager")."""
    check_reason(reason)
    if not connection.execute(MANAGER, {"manager": manager}).scalar_one():
        raise NotFound("rating.manager", manager=manager[:40])
    incident = _find(connection, city, number)
    counts_for = _counts_for(connection, city, month, incident)
    if counts_for is None:
        raise InvalidInput("rating.other_month", number=number, month=f"{month:%Y-%m}")
    if manager not in counts_for:
        named = {
            "number": number,
            "month": f"{month:%Y-%m}",
            "counts_for": ", ".join(sorted(counts_for)) or "–",
        }
        raise InvalidInput("rating.other_manager", manager=manager, **named)
    values = {"month": month, "manager": manager, "incident": incident, "reason": reason.strip(), "who": who}
    connection.execute(ONE_AT_A_TIME, {"region": city.region})
    if waiting := connection.execute(WAITING, {"region": city.region, **values}).scalar():
        return int(waiting)
    made = connection.execute(MAKE, {"region": city.region, **values}).scalar_one()
    record_audit(connection, who, "rating.objected", number=made, incident=incident)
    return made


def decide_objection(
    connection: Connection,
    city: City,
    objection: int,
    accepted: bool,
    answer: str,
    who: str,
    manager: str | None = None,
    performer: str | None = None,
) -> None:
    """`manager`: whom `who` is in the rating, if anybody. `performer`: to whom an accepted one gives the
    case, or `LEFT_OUT`: which of both must be said.

    Raises `NotFound` ("rating.objection", "rating.performer"), `Conflict` ("rating.decided",
    "rating.own_objection", "rating.own_incidents"), `InvalidInput` ("rating.reason", "rating.whose")."""
    check_reason(answer)
    row = connection.execute(LOCK, {"region": city.region, "id": objection}).one_or_none()
    if row is None:
        raise NotFound("rating.objection", number=objection)
    if row.decided_at is not None:
        at = on_the_clock(city, row.decided_at)
        raise Conflict("rating.decided", number=objection, who=row.decided_by, at=at)
    if row.made_by == who:
        raise Conflict("rating.own_objection", number=objection, who=who)
    if manager is not None and manager in _moved(connection, city, row, performer):
        raise Conflict("rating.own_incidents", number=objection, who=who)
    if accepted and not performer:
        raise InvalidInput("rating.whose", number=objection)
    given = performer if accepted and performer != LEFT_OUT else None
    if given and not connection.execute(PERFORMER, {"performer": given}).scalar_one():
        raise NotFound("rating.performer", key=given[:40])
    values = {"accepted": accepted, "performer": given, "answer": answer.strip()}
    connection.execute(DECIDE, {"region": city.region, "id": objection, "who": who, **values})
    record_audit(connection, who, "rating.decided", number=objection, accepted=accepted)


def objections_of(
    connection: Connection, region: str, month: date, manager: str = ""
) -> Sequence[Mapping[str, object]]:
    """The objections of a month, oldest first; `manager` "" = everybody's."""
    values = {"region": region, "month": month, "manager": manager}
    return [dict(row) for row in connection.execute(LIST, values).mappings()]


def _find(connection: Connection, city: City, number: str) -> int:
    """The incident of a number, which must be one's only."""
    is_own = number.startswith(OWN)
    bound = {
        "number": None if is_own else number,
        "own": as_own(number.removeprefix(OWN)) if is_own else None,
    }
    found = connection.execute(FIND, {"region": city.region, **bound}).all()
    if not found:
        raise NotFound("rating.incident", number=number[:40])
    if len(found) > 1:
        known = ", ".join(f"{OWN}{row.id} ({row.source})" for row in found)
        raise InvalidInput("rating.several_incidents", number=number[:40], known=known)
    return int(found[0].id)


def _counts_for(connection: Connection, city: City, month: date, incident: int) -> set[str] | None:
    """The managers for whom the case counts in the month: as it was closed and as it would be counted now;
    none where it is no case of that month."""
    key = {"region": city.region, "month": month, "incident": incident}
    since, until = midnight(city, month), midnight(city, next_month(month))
    now = connection.execute(COUNTS_NOW, {**key, "since": since, "until": until}).one_or_none()
    kept = connection.execute(KEPT, key).scalar()
    if now is None and kept is None:
        return None
    managers = (kept, None if now is None else now.manager)
    return {one for one in managers if one is not None}


def _moved(connection: Connection, city: City, objection: AnyRow, performer: str | None) -> set[str]:
    """The managers whose figures the objection's case moves, whichever way it is decided."""
    counts_for = _counts_for(connection, city, objection.month, objection.incident_id) or set()
    gains = connection.execute(OF_PERFORMER, {"performer": performer}).scalar()
    return {objection.manager, *counts_for, *((gains,) if gains else ())}


def check_reason(reason: str) -> None:
    """Raises `InvalidInput` ("rating.reason") for none and for one longer than `LONGEST`."""
    if not reason.strip() or len(reason) > LONGEST:
        raise InvalidInput("rating.reason", most=LONGEST)
