"""Panels of electoral readiness: geo-tags by district, precincts near and over the cap, the plan in force,
the days before the vote. Counts of people, never a person."""

from __future__ import annotations

from sqlalchemy import Connection, text

from layers.election_dates import read_dates
from layers.panels.requests import PanelRequest
from layers.tiles.precincts import IN_FORCE

TAGGED = "b.point_4326 is not null and b.tag_quality <> 'untagged'"

NOWHERE = "(b.point_4326 is null and b.district_id is null)"
"""A building without a point lies in no known district, unless its source names one."""

TAGGING = f"""
    select d.id, d.name_{{lang}} as name, count(*)::int as buildings,
        count(*) filter (where {TAGGED})::int as tagged,
           count(*) filter (where {TAGGED} and b.tag_quality = 'geocoded')::int as doubtful
    from building b left join district d on d.region = b.region and d.id = b.district_id
    where b.region = :region and not {NOWHERE} group by 1, 2
        order by count(*) filter (where {TAGGED})::float8 / count(*), d.id"""

NOWHERE_COUNT = f"select count(*)::int from building b where b.region = :region and {NOWHERE}"

PRECINCTS = f"""
    select p.number, p.voters, d.name_{{lang}} as district,
        count(*) filter (where p.voters <= :cap) over () as near,
        count(*) filter (where p.voters > :cap) over () as over
    from (select * from precinct where {IN_FORCE}) p left join district d on d.region = p.region
        and d.id = p.district_id
    where p.kind = 'open' and p.voters >= :warn order by p.voters desc, p.number limit :rows"""

LOADS = f"""
    select count(*) filter (where p.voters < 0.5 * :cap), count(*) filter (where p.voters >= 0.5 * :cap
        and p.voters < 0.75 * :cap),
           count(*) filter (where p.voters >= 0.75 * :cap and p.voters < :warn),
               count(*) filter (where p.voters >= :warn and p.voters <= :cap),
           count(*) filter (where p.voters > :cap)
    from (select * from precinct where {IN_FORCE}) p where p.kind = 'open'"""
"""By the steps of the map (`assets/map/style.js`)."""

PLAN = f"""
    select l.id, l.name, l.in_force_from, t.precincts, t.voters, t.open,
           (select count(*) from building b where b.region = l.region and not exists (
                select from assignment a where a.region = l.region and a.plan_id = l.id
                    and a.building_id = b.id))::int as unassigned,
           (select count(*) from building b where b.region = l.region)::int as buildings,
           (select name from plan d where d.region = l.region and d.state <> 'published'
               order by d.id desc limit 1) as next_name,
           (select state from plan d where d.region = l.region and d.state <> 'published'
               order by d.id desc limit 1) as next_state
    from (select plan_id, count(*)::int as precincts, coalesce(sum(voters), 0)::int as voters,
        count(*) filter (where kind = 'open')::int as open
          from precinct where {IN_FORCE} group by plan_id) t
    join plan l on l.region = :region and l.id = t.plan_id"""


def tagging(connection: Connection, request: PanelRequest) -> dict:
    """{"rows": [{"id", "name", "buildings", "tagged", "doubtful"}], the district with the lowest share
    first, id and name none for what has a point outside of every district; "nowhere": buildings without a
    point whose district is not known either. Every building is counted in one of them."""
    rows = connection.execute(text(TAGGING.format(lang=request.lang)), request.values()).mappings()
    return {
        "rows": [dict(row) for row in rows],
        "nowhere": connection.execute(text(NOWHERE_COUNT), request.values()).scalar_one(),
    }


def precincts(connection: Connection, request: PanelRequest) -> dict:
    """{"cap", "near": how many have at least the warning's share of the cap and no more than it, "over": how
    many are above it, "rows": [{"number", "voters", "district"}]}, the fullest first. `cap` none: the city
    states none."""
    rules = request.city.precincts
    if rules is None:
        return {"cap": None, "near": 0, "over": 0, "rows": []}
    values = {**request.values(), "cap": rules.cap, "warn": rules.cap * rules.warning_share}
    rows = connection.execute(text(PRECINCTS.format(lang=request.lang)), values).mappings().all()
    first = rows[0] if rows else {"near": 0, "over": 0}
    return {
        "cap": rules.cap,
        "near": first["near"],
        "over": first["over"],
        "rows": [{key: row[key] for key in ("number", "voters", "district")} for row in rows],
    }


def loads(connection: Connection, request: PanelRequest) -> dict:
    """{"steps": how many open precincts have less than half of the cap, less than 75 %, less than the
    warning, up to the cap, more; "warn": that share}. No steps where the city states no cap."""
    rules = request.city.precincts
    if rules is None:
        return {"steps": [], "warn": 1.0}
    row = connection.execute(
        text(LOADS), {**request.values(), "cap": rules.cap, "warn": rules.cap * rules.warning_share}
    ).one()
    return {"steps": list(row), "warn": rules.warning_share}


def days(connection: Connection, request: PanelRequest) -> dict:
    """The answer of `read_dates`."""
    return read_dates(connection, request.city, request.lang)


def plan(connection: Connection, request: PanelRequest) -> dict:
    """The plan in force with its counts, and the newest plan in the making; all keys absent where no plan
    is in force. `in_force_from` as YYYY-MM-DD."""
    row = connection.execute(text(PLAN), request.values()).mappings().one_or_none()
    return {**row, "in_force_from": row["in_force_from"].isoformat()} if row else {}
