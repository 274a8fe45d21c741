"""A plan beside another, by default the one in force: which houses and how many voters move, by precinct
number, the list of those to notify, and what each is told."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, text

from geo.database import AnyRow
from geo.errors import NotFound
from geo.plans.model import plan_in_force
from geo.settings import City

PAIRED = """
    from building b
    left join assignment x on x.region = b.region and x.plan_id = :other and x.building_id = b.id
    left join precinct o on o.region = b.region and o.plan_id = :other and o.id = x.precinct_id
    left join assignment y on y.region = b.region and y.plan_id = :plan and y.building_id = b.id
    left join precinct n on n.region = b.region and n.plan_id = :plan and n.id = y.precinct_id"""
DIFFERENT = "where b.region = :region and o.number is distinct from n.number"
MOVED = f"{PAIRED} {DIFFERENT}"
BY_ADDRESS = "b.street_norm, substring(b.house_norm from '^[0-9]{1,9}')::bigint, b.house_norm, b.id"
NOTICES = text(f"""select b.street_kk, b.street_ru, b.house, b.voters, o.number as before, n.number as now,
        s.name_kk as station_kk, s.name_ru as station_ru, coalesce(s.address_kk, s.address) as address_kk,
        s.address as address_ru {PAIRED}
    left join station s on s.region = n.region and s.id = n.station_id
    {DIFFERENT} and b.voters > 0 order by {BY_ADDRESS}""")
DATED = text("""select id, in_force_from from plan where region = :region and in_force_from is not null
    and state in ('approved', 'published') order by in_force_from, id""")
NUMBERS = """
    select coalesce(o.number, n.number) as number, o.voters as before, n.voters as after
    from (select number, voters from precinct where region = :region and plan_id = :other) o
    full join (select number, voters from precinct where region = :region
        and plan_id = :plan) n using (number)
    where o.voters is distinct from n.voters order by 1"""


@dataclass(frozen=True)
class Comparison:
    """`precincts`: {"from", "to", "houses", "voters"} by numbers, most voters first (none: in no
    precinct); `numbers`: {"number", "before", "after"} voters of those whose electorate differs (none: the
    precinct is in one plan alone)."""

    plan: int
    other: int
    houses: int
    voters: int
    precincts: list[dict[str, Any]]
    numbers: list[dict[str, Any]]


def compare(connection: Connection, city: City, plan_id: int, other: int | None = None) -> Comparison:
    """The differences between `other` (none = the plan in force) and the plan. Raises `NotFound` where there
    is no such plan, or none in force."""
    bound = pair(connection, city, plan_id, other)
    moves = [
        dict(row._mapping)
        for row in connection.execute(
            text(f"""select o.number as "from", n.number as "to", count(*) as houses,
        sum(b.voters)::bigint as voters
        {MOVED} group by 1, 2 order by voters desc, 1, 2"""),
            bound,
        )
    ]
    numbers = [dict(row._mapping) for row in connection.execute(text(NUMBERS), bound)]
    return Comparison(
        plan_id,
        bound["other"],
        sum(row["houses"] for row in moves),
        sum(row["voters"] for row in moves),
        moves,
        numbers,
    )


def moved_buildings(
    connection: Connection, city: City, plan_id: int, other: int | None = None
) -> Iterator[dict[str, Any]]:
    """Every house that moves: building, street_kk, street_ru, house, voters, from, to (numbers), by street
    and house: whom to notify."""
    rows = connection.execute(
        text(f"""select b.id as building, b.street_kk, b.street_ru, b.house, b.voters, o.number as "from",
            n.number as "to" {MOVED}
        order by {BY_ADDRESS}"""),
        pair(connection, city, plan_id, other),
    )
    return (dict(row._mapping) for row in rows)


@dataclass(frozen=True)
class Notices:
    """`houses`: rows of street_kk, street_ru, house, voters, `before` and `now` (numbers, none = in no
    precinct), and the station of the new precinct in both languages; those with voters, by street and
    house."""

    plan: int
    since: date
    houses: Sequence[AnyRow]


def read_notices(connection: Connection, city: City, plan_id: int | None = None) -> Notices:
    """The notices to houses that vote elsewhere by a plan than by the one before it; none = the plan that
    comes into force next, or else the one in force. Raises `NotFound` ("plan.nothing_before")."""
    dated = connection.execute(DATED, {"region": city.region}).all()
    today = city.today()
    ahead = [row.id for row in dated if row.in_force_from > today]
    wanted = plan_id or (ahead[0] if ahead else plan_in_force(connection, city))
    ids = [row.id for row in dated]
    at = ids.index(wanted) if wanted in ids else 0
    if at == 0:
        raise NotFound("plan.nothing_before", plan=wanted)
    bound = {"region": city.region, "plan": wanted, "other": ids[at - 1]}
    return Notices(dated[at].id, dated[at].in_force_from, connection.execute(NOTICES, bound).all())


def pair(connection: Connection, city: City, plan_id: int, other: int | None) -> dict[str, Any]:
    other = plan_in_force(connection, city) if other is None else other
    known = set(
        connection.scalars(
            text("select id from plan where region = :region and id in (:plan, :other)"),
            {"region": city.region, "plan": plan_id, "other": other},
        )
    )
    for wanted in (plan_id, other):
        if wanted not in known:
            raise NotFound("plan.unknown" if wanted else "plan.none_in_force", plan=wanted)
    return {"region": city.region, "plan": plan_id, "other": other}
