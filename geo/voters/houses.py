"""A version of the list house by house: how the houses of a precinct change, and, in one of them, who is new,
moved, corrected or gone. These are seen as the voters of a house are (`geo.voters.looks`): recorded first, by
initials, so many houses a day."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Connection, Engine, text

from geo.audit.records import record_audit
from geo.database import AnyRow
from geo.errors import NotFound
from geo.plans.model import plan_in_force
from geo.settings import City
from geo.voters import limits
from geo.voters.keys import KeyRing
from geo.voters.limits import HOUSES_SEEN, refusals_recorded
from geo.voters.looks import by_room, resident
from geo.voters.model import version
from geo.voters.planning import whole_lists
from geo.voters.staging import open_row

PRECINCT_OF = text("""select precinct_id from public.assignment where region = :region and plan_id = :plan
    and building_id = :building""")
HOUSES = text("""select d.*, b.street_kk, b.street_ru, b.house from voters.house_difference d
    left join public.building b on b.region = d.region and b.id = d.building_id
    left join public.assignment a on a.region = d.region and a.plan_id = :plan
        and a.building_id = d.building_id
    where d.region = :region and d.list_id = :list and a.precinct_id is not distinct from :precinct
        and d.added + d.moved_in + d.moved_out + d.removed + d.corrected > 0
    order by abs(d.after - d.before) desc, d.building_id""")
CHECK = text("select voters.check_house_changes(:who)")
CHANGED = text("""
    with here as (select * from voters.person where region = :region and list_id = :list
            and building_id = :building),
        was as (select * from voters.person where region = :region and list_id = :base
            and building_id = :building),
        came as (select n.*, case when w.hash is null then 'added'
                when w.building_id is distinct from n.building_id then 'moved_in'
                when w.content is distinct from n.base_content then 'corrected' end as change
            from here n left join voters.person w on w.region = :region and w.list_id = :base
                and w.hash = n.base_hash),
        went as (select w.*, case when n.hash is null then 'removed'
                when n.building_id is distinct from w.building_id then 'moved_out' end as change
            from was w left join voters.person n on n.region = :region and n.list_id = :list
                and n.base_hash = w.hash)
    select change, list_id, hash, iin, name, residence from came where change is not null
    union all
    select change, list_id, hash, iin, name, residence from went where change is not null""")


class ChangedVoter(NamedTuple):
    """Somebody of a house, as `geo.voters.looks.Resident`, and what becomes of them: "added", "moved_in",
    "corrected", "moved_out", "removed"."""

    change: str
    iin: str
    name: str
    year: str
    room: str


def precinct_of(connection: Connection, city: City, building: int) -> int | None:
    """By the plan in force."""
    bound = {"region": city.region, "plan": plan_in_force(connection, city), "building": building}
    return connection.scalar(PRECINCT_OF, bound)


def by_house(connection: Connection, city: City, list_id: int, precinct: int | None) -> Sequence[AnyRow]:
    """The houses of a precinct (none: of no precinct) whose persons change, with street and number, the
    greatest change first; `building_id` 0 for those without one."""
    bound = {"region": city.region, "list": list_id, "precinct": precinct}
    return connection.execute(HOUSES, bound | {"plan": plan_in_force(connection, city)}).all()


def changed(
    voters: Engine, city: City, ring: KeyRing, list_id: int, building: int, who: str
) -> list[ChangedVoter]:
    """Those of a house who change with a version, in the order of their flats. Raises `NotFound`
    ("voters.unknown_list"; "voters.erased" for one whose persons are gone), `TooMany`
    ("voters.looks")."""
    with refusals_recorded(voters, who), voters.begin() as connection:
        shown = version(connection, city.region, list_id)
        if shown.key_id is None:
            raise NotFound("voters.erased", list=list_id)
        base = shown.base_id
        limits.check(connection, who, HOUSES_SEEN)
        record_audit(connection, who, "voters.house_changes_seen", list=list_id, base=base, building=building)
        connection.execute(CHECK, {"who": who})
        bound = {"region": city.region, "list": list_id, "base": base, "building": building}
        with whole_lists(connection):
            rows = connection.execute(CHANGED, bound).all()
        key_ids = {list_id: shown.key_id}
        if base is not None:
            key_ids[base] = version(connection, city.region, base).key_id
    keys = {id_: ring.get(key_id) for id_, key_id in key_ids.items() if key_id is not None}
    found = [
        (row.change, resident(open_row(keys[row.list_id], row, 0))) for row in rows if row.list_id in keys
    ]
    found.sort(key=lambda one: by_room(one[1]))
    return [ChangedVoter(change, *one) for change, one in found]
