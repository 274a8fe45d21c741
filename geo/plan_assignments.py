"""Assignments that follow the buildings' tags: in every plan that is still edited, a building whose tag moved goes to the precinct that now holds
it, unless a person or the
decision's text gave it to one."""
from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, text

from geo.plan_draft import EDITABLE, Draft
from geo.plan_save import Step, save
from geo.settings import City

STRAYED = """
    select b.id, a.precinct_id as before, h.id as after from building b
    left join assignment a on a.region = b.region and a.plan_id = :plan and a.building_id = b.id
    left join lateral (select p.id from precinct p where p.region = b.region and p.plan_id = :plan
        and st_covers(p.geom, st_setsrid(st_transform(b.point_4326, :srid), 0)) order by p.number limit 1) h on true
    where b.region = :region and b.id = any(:buildings) and coalesce(a.source, 'geometry') = 'geometry' and a.precinct_id is distinct from h.id order by b.id"""


def follow_tags(connection: Connection, city: City, buildings: Sequence[int], who: str) -> list[dict]:
    """{"plan", "building", "from", "to"} (ids of precincts, none = in none) of those that went to another precinct, in the caller's transaction."""
    plans = connection.execute(text("select id from plan where region = :region and state = any(:states) order by id"),
                               {"region": city.region, "states": list(EDITABLE)}).scalars().all()
    return [move for plan in plans for move in _follow(Draft(connection, city, plan), buildings, who)]


def _follow(draft: Draft, buildings: Sequence[int], who: str) -> list[dict]:
    strayed = draft.all(STRAYED, buildings=list(buildings))
    if not strayed:
        return []
    draft.open()
    area = draft.lock({face for row in strayed for face in (row.before, row.after) if face is not None})
    decided = {row.id: None if row.after is None else (row.after, "geometry") for row in strayed}
    edited = save(draft, area, Step("tags", who, {"buildings": sorted(decided)}, decided=decided))
    return [{"plan": draft.plan, **move} for move in edited.moved]
