"""What is wrong with rows of a list together: one number twice, in two houses, in two precincts; one name
and birth date under several numbers. Set-based, over hashes: nobody is read for it.

Rows that say the same thing twice are taken once. Where two rows of one number differ nobody knows which is
right: neither is taken, and whoever is in the current list stays there as they were. Two people may share a
name and a birth date: that is counted and shown, and nobody is refused for it.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, text

from geo.database import AnyRow
from geo.plans.model import plan_in_force
from geo.settings import City
from geo.voters.planning import whole_lists

DOUBLES = text("""
    with twice as materialized (select hash from voters.person where region = :region and list_id = :list
        group by hash having count(*) > 1),
    their as (select p.line, p.hash, p.content, p.building_id, a.precinct_id from twice t
        join voters.person p on p.list_id = :list and p.hash = t.hash and p.region = :region
        left join public.assignment a on a.region = :region and a.plan_id = :plan
            and a.building_id = p.building_id),
    kinds as (select hash, min(line) as first, max(line) as last,
            count(distinct (content, coalesce(building_id, 0))) as versions,
            count(distinct coalesce(precinct_id, 0)) as precincts
        from their group by hash),
    gone as (delete from voters.person p using their t join kinds k using (hash)
        where p.region = :region and p.list_id = :list and p.line = t.line
            and (k.versions > 1 or p.line > k.first)
        returning p.*, case when k.versions = 1 then 'iin_twice' when k.precincts > 1 then 'two_precincts'
                else 'iin_conflict' end as code,
            case when p.line = k.first then k.last else k.first end as other)
    insert into voters.refusal (region, list_id, line, code, parameters, hash, base_hash, iin, name,
        residence, building_id)
    select region, list_id, line, code, jsonb_build_object('line', other), hash, base_hash, iin, name,
        residence, building_id from gone""")
REFUSED = text("""select code, count(*) as rows, (array_agg(line order by line))[1\\:5] as lines
    from voters.refusal where region = :region and list_id = :list group by code order by code""")
NAMESAKES = text("""
    with twins as materialized (select twin, min(line) as line, count(*) as persons from voters.person
        where region = :region and list_id = :list group by twin having count(*) > 1)
    select coalesce(sum(persons), 0)::bigint as rows, (array_agg(line order by line))[1\\:5] as lines
    from twins""")
LINES = {
    "namesakes": """select p.line, (select jsonb_build_object('line', min(n.line)) from voters.person n
            where n.region = p.region and n.list_id = p.list_id and n.twin = p.twin and n.line <> p.line)
            as parameters
        from voters.person p where p.region = :region and p.list_id = :list and p.twin in (
            select twin from voters.person where region = :region and list_id = :list
            group by twin having count(*) > 1)""",
    "without_building": """select line, '{}'::jsonb as parameters from voters.person
        where region = :region and list_id = :list and building_id is null""",
}
NOTED = ("cleaned", "iin_spelling", "look_alikes", "unplaced")
"""Checks whose lines are kept with their count: what was put right in rows that were taken
(`geo.voters.cells`), and rows whose person was not found (`geo.voters.kept`)."""
NOTED_LINES = """select cast(noted.line as bigint) as line, '{}'::jsonb as parameters
    from voters.list_version v, jsonb_array_elements_text(v.checks -> :code -> 'noted') noted (line)
    where v.region = :region and v.id = :list"""
REFUSED_LINES = """select line, parameters from voters.refusal
    where region = :region and list_id = :list and code = :code"""
HOMELESS = text("""select count(*) as rows, (array_agg(line order by line))[1\\:5] as lines
    from voters.person where region = :region and list_id = :list and building_id is null""")


def refuse_doubles(connection: Connection, city: City, list_id: int) -> dict[str, Any]:
    """Refuse what the rows say against each other, and count every check: code -> {"count", "lines": the
    first of them}. A code that found nothing is not in it."""
    bound = {
        "region": city.region,
        "list": list_id,
        "plan": plan_in_force(connection, city),
    }
    with whole_lists(connection):
        connection.execute(DOUBLES, bound)
        found = {row.code: _counted(row) for row in connection.execute(REFUSED, bound)}
        for code, statement in (("namesakes", NAMESAKES), ("without_building", HOMELESS)):
            row = connection.execute(statement, bound).one()
            if row.rows:
                found[code] = _counted(row)
    return found


def lines(connection: Connection, region: str, list_id: int, code: str, most: int) -> list[AnyRow]:
    """The first `most` rows that a check found, by their lines in the file: `line`, and `parameters`, which
    name fields and other lines, never what stands in them."""
    chosen = NOTED_LINES if code in NOTED else LINES.get(code, REFUSED_LINES)
    statement = f"select * from ({chosen}) found order by line limit :most"
    bound = {"region": region, "list": list_id, "code": code, "most": most}
    with whole_lists(connection):
        return list(connection.execute(text(statement), bound))


def _counted(row: Any) -> dict[str, Any]:
    return {"count": row.rows, "lines": row.lines}
