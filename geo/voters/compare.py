"""A version of the list against the one in force: who is new, moved, corrected, gone, house by house; what
adds up; and what is implausible.

Two rows are compared by hashes under the key of the older version: nobody is read for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from sqlalchemy import Connection, text

from geo.database import AnyRow
from geo.errors import Conflict
from geo.plans.model import plan_in_force
from geo.settings import City
from geo.voters import sweeping
from geo.voters.model import version
from geo.voters.planning import whole_lists

NO_HOUSE = 0
"""`house_difference.building_id` of those without a building."""

DIFFERENCES = text("""
    with changes as (
        select n.building_id as now, w.building_id as before, n.line is not null as is_now,
            w.line is not null as is_before, n.building_id is distinct from w.building_id as moved,
            n.base_content is distinct from w.content as corrected, count(*) as persons
        from (select * from voters.person where region = :region and list_id = :list) n
        full join (select * from voters.person where region = :region and list_id = :base) w
            on w.hash = n.base_hash
        group by 1, 2, 3, 4, 5, 6)
    insert into voters.house_difference (region, list_id, building_id, before, added, moved_in, moved_out,
        removed, corrected, after)
    select :region, :list, coalesce(side.building, :no_house), sum(c.persons * side.was),
        sum(c.persons * side.added), sum(c.persons * side.moved_in), sum(c.persons * side.moved_out),
        sum(c.persons * side.removed), sum(c.persons * side.corrected), sum(c.persons * side.here)
    from changes c, lateral (values
        (c.now, 0, (c.is_now and not c.is_before)::int, (c.is_now and c.is_before and c.moved)::int, 0, 0,
            (c.is_now and c.is_before and not c.moved and c.corrected)::int, c.is_now::int),
        (c.before, c.is_before::int, 0, 0, (c.is_now and c.is_before and c.moved)::int,
            (c.is_before and not c.is_now)::int, 0, 0)
        ) side (building, was, added, moved_in, moved_out, removed, corrected, here)
    where side.was + side.here > 0
    group by 1, 2, 3""")
"""Persons of one house who fare alike are counted before they are turned to both sides."""
TOTALS = text("""
    update voters.list_version l set added = d.added, moved = d.moved, corrected = d.corrected,
        removed = d.removed, before = d.before, refused = r.refused, compared = true,
        unchanged = l.rows_read - r.refused - d.added - d.moved - d.corrected
    from (select coalesce(sum(added), 0) as added, coalesce(sum(moved_in), 0) as moved,
            coalesce(sum(corrected), 0) as corrected, coalesce(sum(removed), 0) as removed,
            coalesce(sum(before), 0) as before
        from voters.house_difference where region = :region and list_id = :list) d,
        (select count(*) as refused from voters.refusal where region = :region and list_id = :list) r
    where l.region = :region and l.id = :list""")
MATCHING = text("""
    update voters.list_version set matching = (select coalesce(jsonb_object_agg(way, persons), '{}') from (
            select coalesce(a.way, 'exact') as way, count(*) as persons from voters.person p
            left join voters.address a on a.region = p.region and a.list_id = p.list_id
                and a.id = p.address_id
            where p.region = :region and p.list_id = :list and p.line > 0 group by 1) w)
    where region = :region and id = :list""")
SUMS = text("""
    select l.rows_read - l.refused + l.kept as taken, d.after, d.before, d.added, d.removed, d.moved_in,
        d.moved_out,
        (select count(*) from voters.person where region = :region and list_id = :base) as base
    from voters.list_version l, (select coalesce(sum(after), 0)::bigint as after,
            coalesce(sum(before), 0)::bigint as before, coalesce(sum(added), 0)::bigint as added,
            coalesce(sum(removed), 0)::bigint as removed, coalesce(sum(moved_in), 0)::bigint as moved_in,
            coalesce(sum(moved_out), 0)::bigint as moved_out
        from voters.house_difference where region = :region and list_id = :list) d
    where l.region = :region and l.id = :list""")
"""Three counts of the same: by the reader of the rows, by the tables, by the join of the two lists."""


@dataclass(frozen=True)
class Plausible:
    """What a house, a precinct or the whole list may change without a question, from `least` persons on:
    below a factor of `times` up, below a share of `lost` down, and of `lost` gone, whoever came instead."""

    least: int
    times: float
    lost: float


KINDS = ("emptied", "times", "fallen", "replaced", *sweeping.KINDS)
"""What a flag says of its figures; 'replaced': as many as one may expect, but others."""
WHOLE_LIST = 0
"""`flag.of_id` of the whole list."""
LIMITS = {
    "house": Plausible(20, 3.0, 0.5),
    "precinct": Plausible(100, 1.5, 1 / 3),
    "list": Plausible(100, 1.1, 0.1),
}
PRECINCTS = """select p.id, p.number, coalesce(sum(d.before), 0)::bigint as before,
        coalesce(sum(d.added), 0)::bigint as added, coalesce(sum(d.moved_in), 0)::bigint as moved_in,
        coalesce(sum(d.moved_out), 0)::bigint as moved_out, coalesce(sum(d.removed), 0)::bigint as removed,
        coalesce(sum(d.corrected), 0)::bigint as corrected, coalesce(sum(d.after), 0)::bigint as after
    from (select h.*, a.precinct_id from voters.house_difference h
            left join public.assignment a on a.region = h.region and a.plan_id = :plan
                and a.building_id = h.building_id
            where h.region = :region and h.list_id = :list) d
    full join (select id, number from public.precinct where region = :region and plan_id = :plan) p
        on p.id = d.precinct_id
    group by p.id, p.number"""
"""Every precinct of the plan in force, whether it has voters or not; and those in none, if there are any."""
BY_PRECINCT = f"""select c.id, c.after, c.removed, c.moved_out, c.corrected,
        case when cast(:base as bigint) is null and c.after = 0 then coalesce(r.voters, 0)
            else c.before end as before
    from ({PRECINCTS}) c
    left join (select a.precinct_id, sum(b.voters)::bigint as voters from public.assignment a
            join public.building b on b.region = a.region and b.id = a.building_id
            where a.region = :region and a.plan_id = :plan group by 1) r on r.precinct_id = c.id"""
"""The same as it is judged: one that the first list leaves empty had the voters of its buildings."""
FOUND = f"""
        select 'house' as level, building_id as of_id, before, after, removed + moved_out as gone,
            :house_least as least, :house_times as times, :house_lost as lost
        from voters.house_difference where region = :region and list_id = :list and building_id <> :no_house
        union all
        select 'precinct', id, before, after, removed + moved_out, :precinct_least,
            :precinct_times, :precinct_lost
        from ({BY_PRECINCT}) p where id is not null
        union all
        select 'list', :whole_list, case when cast(:base as bigint) is null
                then (select coalesce(sum(voters), 0)::bigint from public.building where region = :region)
                else coalesce(sum(before), 0)::bigint end,
            coalesce(sum(after), 0)::bigint, coalesce(sum(removed), 0)::bigint, :list_least, :list_times,
            :list_lost
        from voters.house_difference where region = :region and list_id = :list"""
"""What is judged; the first list against the voters that the buildings had. Who moved is gone from a house,
and from a precinct, also where the new house is one of its own; from the whole list goes who is removed."""
FLAGS = text(f"""
    with found as ({FOUND}),
    judged as (select *, case when after = 0 then 'emptied' when after >= before * times then 'times'
            when before - after >= before * lost then 'fallen'
            when gone >= before * lost then 'replaced' end as code
        from found where before >= least)
    insert into voters.flag (region, list_id, level, of_id, code, before, after, gone)
    select :region, :list, level, of_id, code, before, after, gone from judged where code is not null
    on conflict (region, list_id, level, of_id, code) do nothing""")
"""Those whose figures are others now have gone before (`GONE_FLAGS`)."""
GONE_FLAGS = text(f"""
    with now as materialized ({FOUND})
    delete from voters.flag f where f.region = :region and f.list_id = :list and f.code <> all(:swept)
        and not exists (
        select from now n where (n.level, n.of_id, n.before, n.after, n.gone)
            = (f.level, f.of_id, f.before, f.after, f.gone))""")


def compare(connection: Connection, city: City, list_id: int) -> None:
    """Count the differences of a version anew, in the caller's transaction. Flags that were accepted stay so
    while their figures stay.

    Raises `Conflict` ("voters.sum") where what the join of the two lists counts is not what was read and what
    was there before: it would be a mistake of ours, and nothing may be approved on it.
    """
    row = version(connection, city.region, list_id)
    bound = {
        "region": city.region,
        "list": list_id,
        "base": row.base_id,
        "plan": plan_in_force(connection, city),
        "no_house": NO_HOUSE,
        "whole_list": WHOLE_LIST,
        "swept": list(sweeping.KINDS),
    }
    for level, limit in LIMITS.items():
        bound |= {f"{level}_{name}": value for name, value in asdict(limit).items()}
    connection.execute(
        text("delete from voters.house_difference where region = :region and list_id = :list"), bound
    )
    with whole_lists(connection):
        for statement in (MATCHING, DIFFERENCES, TOTALS):
            connection.execute(statement, bound)
        _check_sums(connection.execute(SUMS, bound).one())
        for statement in (GONE_FLAGS, FLAGS):
            connection.execute(statement, bound)
        sweeping.flag(connection, BY_PRECINCT, bound)


def _check_sums(sums: AnyRow) -> None:
    counted = (sums.after, sums.before, sums.moved_in, sums.after)
    expected = (sums.taken, sums.base, sums.moved_out, sums.before + sums.added - sums.removed)
    if counted != expected:
        raise Conflict("voters.sum", counted=str(counted), expected=str(expected))


def by_precinct(connection: Connection, city: City, list_id: int) -> Sequence[AnyRow]:
    """id, number, before, added, moved_in, moved_out, removed, corrected, after of every precinct of the plan
    in force, with its kind and its district's names; number is none for those in no precinct. The greatest
    change first."""
    with whole_lists(connection):
        return connection.execute(
            text(f"""select c.*, p.kind, d.name_kk, d.name_ru, d.name_en from ({PRECINCTS}) c
                left join public.precinct p on p.region = :region and p.plan_id = :plan and p.id = c.id
                left join public.district d on d.region = p.region and d.id = p.district_id
                order by abs(c.after - c.before) desc, c.number"""),
            {"region": city.region, "list": list_id, "plan": plan_in_force(connection, city)},
        ).all()
