"""The life of a plan: drafted from another, checked, agreed with the commission, approved by the akim,
published and frozen; or withdrawn before its day.

Each step is dated, names its document, and is an event of the plan. Whoever edited a plan does not approve
it.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import Connection, text

from geo.changes.outbox import announce_reset, record
from geo.errors import Conflict, Forbidden, InvalidInput, NotFound
from geo.plans.checks import check
from geo.plans.events import next_event, write_event, write_first_event
from geo.plans.register_lock import hold_register
from geo.settings import City

NEXT = {
    "draft": ("checked",),
    "checked": ("agreed", "draft"),
    "agreed": ("approved", "draft"),
    "approved": ("published",),
    "published": (),
}
"""Where a plan may go from each state. Back to a draft only before it is signed."""
WITH_DOCUMENT = ("agreed", "approved")
NAME_MAX = 200

COPY = (
    "insert into node (region, plan_id, id, point) select region, :plan, id, point from node where "
    "region = :region and plan_id = :source",
    """insert into edge (region, plan_id, id, from_node, to_node, left_precinct, right_precinct, geom)
        select region, :plan, id, from_node, to_node, left_precinct, right_precinct, geom from edge
            where region = :region and plan_id = :source""",
    """insert into precinct (region, plan_id, id, number, kind, district_id, voters, buildings, station_id,
        voters_given, geom, geom_4326, geom_3857)
        select region, :plan, id, number, kind, district_id, voters, buildings, station_id, voters_given,
            geom, geom_4326, geom_3857
        from precinct where region = :region and plan_id = :source""",
    """insert into assignment (region, plan_id, building_id, precinct_id, source)
        select region, :plan, building_id, precinct_id, source from assignment where region = :region
            and plan_id = :source""",
    """insert into precinct_label (region, plan_id, precinct_id, code, attributes)
        select region, :plan, precinct_id, code, attributes from precinct_label where region = :region
            and plan_id = :source""",
    """insert into plan_hole (region, plan_id, reason, who, recorded_at, geom)
        select region, :plan, reason, who, recorded_at, geom from plan_hole where region = :region
            and plan_id = :source order by id""",
)

PLANS = """select p.id, p.name, p.state, p.in_force_from, p.created_by, p.created_at,
    p.source_plan_id as source,
    (select count(*) from plan_event e where e.region = p.region and e.plan_id = p.id) as version
    from plan p where p.region = :region and (cast(:plan as bigint) is null or p.id = :plan)
        order by p.id desc"""


def draft_from(connection: Connection, city: City, source_plan_id: int, name: str, who: str) -> int:
    """A new draft that begins as a copy of a plan. Returns its id. Raises `NotFound`, `InvalidInput`
    ("plan.name")."""
    if not name.strip() or len(name) > NAME_MAX:
        raise InvalidInput("plan.name", most=NAME_MAX)
    hold_register(connection, city)
    bound = {"region": city.region, "source": source_plan_id, "name": name.strip(), "who": who}
    plan_id = connection.scalar(
        text("""insert into plan (region, name, state, created_by, source_plan_id)
        select region, :name, 'draft', :who, id from plan where region = :region
            and id = :source returning id"""),
        bound,
    )
    if plan_id is None:
        raise NotFound("plan.unknown", plan=source_plan_id)
    for statement in COPY:
        connection.execute(text(statement), bound | {"plan": plan_id})
    write_first_event(
        connection, city, plan_id, who, "drafted", {"name": name.strip(), "source": source_plan_id}
    )
    announce(connection, city, plan_id)
    return plan_id


def plans(connection: Connection, city: City) -> list[dict[str, Any]]:
    """Every plan, newest first: id, name, state, in_force_from, created_by, created_at, source, version
    (events so far)."""
    return [
        dict(row._mapping) for row in connection.execute(text(PLANS), {"region": city.region, "plan": None})
    ]


def plan(connection: Connection, city: City, plan_id: int) -> dict[str, Any]:
    """One of `plans`, with "steps": [{"state", "who", "at", "document", "day"}], oldest first. Raises
    `NotFound`."""
    row = connection.execute(text(PLANS), {"region": city.region, "plan": plan_id}).one_or_none()
    if row is None:
        raise NotFound("plan.unknown", plan=plan_id)
    steps = connection.execute(
        text("""select what as state, who, recorded_at as at, coalesce(payload -> 'command' ->> 'document',
            payload -> 'command' ->> 'reason') as document,
            payload -> 'command' ->> 'day' as day from plan_event where region = :region and plan_id = :plan
            and what in ('imported', 'drafted', 'checked', 'agreed', 'approved', 'published', 'reopened',
                'withdrawn') order by
            id"""),
        {"region": city.region, "plan": plan_id},
    )
    return {**row._mapping, "steps": [dict(step._mapping) for step in steps]}


def advance(
    connection: Connection,
    city: City,
    plan_id: int,
    to: str,
    who: str,
    document: str | None = None,
    day: date | None = None,
    in_force_from: date | None = None,
) -> dict[str, Any]:
    """Take a plan to its next state, or back to a draft. Returns the plan.

    Raises `NotFound`, `Conflict` ("plan.state"; "plan.checks_block" with {check: how many} that must be
    corrected), `Forbidden` ("plan.four_eyes"), `InvalidInput` ("plan.document" for an agreement or approval
    without one, "plan.document_day" for one dated after the city's today, "plan.day" for a publication
    without the day from which it is in force, "plan.day_past" for one that has gone by in the city),
    `Conflict` ("plan.day_taken" where a newer plan would be in force on that day all the same).
    """
    _lock_before(connection, city, plan_id, to)
    may_advance(connection, city, plan_id, to, who, document, day, in_force_from)
    connection.execute(
        text("""update plan set state = :to, in_force_from = case when :to = 'draft' then null
            else coalesce(:from_day, in_force_from) end
        where region = :region and id = :plan"""),
        {"region": city.region, "plan": plan_id, "to": to, "from_day": in_force_from},
    )
    command = {
        "document": document,
        "day": day and day.isoformat(),
        "in_force_from": in_force_from and in_force_from.isoformat(),
    }
    write_event(
        connection,
        city,
        plan_id,
        next_event(connection),
        who,
        "reopened" if to == "draft" else to,
        {"command": command},
    )
    announce(connection, city, plan_id)
    if to in ("approved", "published"):
        touch_tiles(connection, city, plan_id)
    return plan(connection, city, plan_id)


def _lock_before(connection: Connection, city: City, plan_id: int, to: str) -> None:
    """Nobody else takes the plan a step until the transaction ends; `to` is a next state of it."""
    state = connection.scalar(
        text("select state from plan where region = :region and id = :plan for update"),
        {"region": city.region, "plan": plan_id},
    )
    if state is None:
        raise NotFound("plan.unknown", plan=plan_id)
    if to not in NEXT[state]:
        last = _last_step(connection, city, plan_id)
        raise Conflict("plan.state", plan=plan_id, state=state, to=to, **last)


def may_advance(
    connection: Connection,
    city: City,
    plan_id: int,
    to: str,
    who: str,
    document: str | None,
    day: date | None,
    in_force_from: date | None,
) -> None:
    if to in ("checked", "agreed", "approved"):
        blocking = {
            one.key: one.count
            for one in check(connection, city, plan_id)
            if one.level == "error" and one.count
        }
        if blocking:
            raise Conflict("plan.checks_block", plan=plan_id, checks=blocking)
    if to == "approved" and who in editors(connection, city, plan_id):
        raise Forbidden("plan.four_eyes", plan=plan_id, who=who)
    if to in WITH_DOCUMENT and not (document and document.strip() and day):
        raise InvalidInput("plan.document", state=to)
    if to in WITH_DOCUMENT and day and day > city.today():
        raise InvalidInput("plan.document_day", day=day.isoformat(), today=city.today().isoformat())
    known = connection.scalar(
        text("select in_force_from from plan where region = :region and id = :plan"),
        {"region": city.region, "plan": plan_id},
    )
    if to == "published" and not (in_force_from or known):
        raise InvalidInput("plan.day")
    if to == "published" or (to == "approved" and in_force_from):
        check_day(connection, city, plan_id, in_force_from or known)


def check_day(connection: Connection, city: City, plan_id: int, day: date) -> None:
    """Whether a plan can come into force on a day: it lies ahead (the city's today counts), and no newer
    plan has it."""
    if day < city.today():
        raise InvalidInput("plan.day_past", day=day.isoformat(), today=city.today().isoformat())
    other = connection.execute(
        text("""select name, in_force_from from plan where region = :region and state in ('approved',
            'published')
        and in_force_from = :day and id > :plan order by id desc limit 1"""),
        {"region": city.region, "plan": plan_id, "day": day},
    ).first()
    if other:
        raise Conflict("plan.day_taken", day=day.isoformat(), name=other.name)


def withdraw(connection: Connection, city: City, plan_id: int, who: str, reason: str) -> dict[str, Any]:
    """Take back a published plan whose day has not come: it is a draft again, and goes the whole way once
    more. Returns the plan.

    Raises `NotFound`, `Conflict` ("plan.not_published"; "plan.in_force" from its day on), `InvalidInput`
    ("plan.reason" where none is given).
    """
    row = connection.execute(
        text("select state, in_force_from from plan where region = :region and id = :plan for update"),
        {"region": city.region, "plan": plan_id},
    ).one_or_none()
    if row is None:
        raise NotFound("plan.unknown", plan=plan_id)
    if row.state != "published":
        last = _last_step(connection, city, plan_id)
        raise Conflict("plan.not_published", plan=plan_id, state=row.state, **last)
    if row.in_force_from <= city.today():
        raise Conflict("plan.in_force", plan=plan_id, day=row.in_force_from.isoformat())
    if not reason.strip():
        raise InvalidInput("plan.reason")
    connection.execute(
        text("update plan set state = 'draft', in_force_from = null where region = :region and id = :plan"),
        {"region": city.region, "plan": plan_id},
    )
    command = {"reason": reason.strip(), "in_force_from": row.in_force_from.isoformat()}
    write_event(connection, city, plan_id, next_event(connection), who, "withdrawn", {"command": command})
    announce(connection, city, plan_id)
    return plan(connection, city, plan_id)


def _last_step(connection: Connection, city: City, plan_id: int) -> dict[str, str]:
    """Who took the plan to its state, and when; dashes for one that came without a record."""
    steps = plan(connection, city, plan_id)["steps"]
    if not steps:
        return {"who": "–", "at": "–"}
    at = steps[-1]["at"].astimezone(city.time_zone)
    return {"who": steps[-1]["who"], "at": at.isoformat(timespec="seconds")}


def editors(connection: Connection, city: City, plan_id: int) -> set[str]:
    """Who drafted the plan or changed anything in it."""
    return set(
        connection.scalars(
            text("""select distinct who from plan_event where region = :region and plan_id = :plan
        and not what in ('checked', 'agreed', 'approved', 'published', 'reopened', 'withdrawn', 'locked',
            'unlocked')"""),
            {"region": city.region, "plan": plan_id},
        )
    )


def announce(connection: Connection, city: City, plan_id: int) -> None:
    """Every open studio hears of the plan's state."""
    now = plan(connection, city, plan_id)
    record(
        connection,
        city.region,
        "plan",
        plan_id,
        now["version"],
        {"id": plan_id, "name": now["name"], "state": now["state"]},
    )


def touch_tiles(connection: Connection, city: City, plan_id: int) -> None:
    """The plan may be in force from now on: tiles of precincts are drawn again."""
    connection.execute(
        text("update precinct set version = version where region = :region and plan_id = :plan"),
        {"region": city.region, "plan": plan_id},
    )
    announce_reset(connection, city.region, "precincts")
