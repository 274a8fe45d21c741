"""What is implausible besides the totals: many corrected at once, a column that the file has no more, persons
who may be gone because their row was refused."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, text

from geo.voters.cells import NO_DECEASED, NO_PATRONYMIC
from geo.voters.kept import UNPLACED

CORRECTED, LOST = "corrected", "lost"
KINDS = (CORRECTED, NO_PATRONYMIC, NO_DECEASED, LOST)
"""Flags whose `before` is how many there were, `flag.after` how many of them are concerned: corrected,
without their patronymic, marked as dead in the list in force and back, perhaps gone by a refused row."""
CHANGED = {"precinct": 1 / 3, "list": 0.1}
"""The share of the persons that may be corrected at once."""
MOST_LOST = 20
"""Persons who may be gone by a refused row without a question."""


def swept(by_precinct: str) -> str:
    """A query of level, of_id, code, before, after; `by_precinct`: that of the precincts and their sums."""
    return f"""
        select 'precinct' as level, id as of_id, cast(:{CORRECTED} as text) as code, before,
            corrected as after
        from ({by_precinct}) p
        where id is not null and before >= :precinct_least and corrected >= before * :precinct_changed
        union all
        select 'list', :whole_list, :{CORRECTED}, l.before, l.corrected
        from voters.list_version l where l.region = :region and l.id = :list
            and l.before >= :list_least and l.corrected >= l.before * :list_changed
        union all
        select 'list', :whole_list, :{NO_PATRONYMIC}, l.before, l.before - l.removed - l.kept
        from voters.list_version l
        join voters.list_version w on w.region = l.region and w.id = l.base_id
        where l.region = :region and l.id = :list and l.checks ? :{NO_PATRONYMIC}
            and not w.checks ? :{NO_PATRONYMIC} and l.before - l.removed - l.kept > 0
        union all
        select 'list', :whole_list, :{NO_DECEASED}, d.marked, d.back
        from voters.list_version l
        join voters.list_version w on w.region = l.region and w.id = l.base_id
        cross join lateral (select count(*) as marked, count(*) filter (where exists (
                select from voters.person p where p.region = l.region and p.list_id = l.id
                    and p.base_hash = r.hash)) as back
            from voters.refusal r where r.region = w.region and r.list_id = w.id and r.code = 'deceased') d
        where l.region = :region and l.id = :list and l.checks ? :{NO_DECEASED}
            and not w.checks ? :{NO_DECEASED}
        union all
        select 'list', :whole_list, :{LOST}, l.removed, least(l.removed, u.unplaced)
        from voters.list_version l
        cross join lateral (
            select coalesce(cast(l.checks -> :{UNPLACED} ->> 'count' as bigint), 0) as unplaced) u
        where l.region = :region and l.id = :list and least(l.removed, u.unplaced) > :most_lost"""


def flag(connection: Connection, by_precinct: str, bound: dict[str, Any]) -> None:
    """Those that were accepted stay so while their figures stay. `bound`: as `geo.voters.compare` has it."""
    bound = bound | {"kinds": list(KINDS), "most_lost": MOST_LOST}
    bound |= {code: code for code in (*KINDS, UNPLACED)}
    bound |= {f"{level}_changed": share for level, share in CHANGED.items()}
    now = f"with now as materialized ({swept(by_precinct)})"
    connection.execute(
        text(f"""{now} delete from voters.flag f where f.region = :region and f.list_id = :list
            and f.code = any(:kinds) and not exists (select from now n
                where (n.level, n.of_id, n.code, n.before, n.after)
                    = (f.level, f.of_id, f.code, f.before, f.after))"""),
        bound,
    )
    connection.execute(
        text(f"""{now} insert into voters.flag (region, list_id, level, of_id, code, before, after)
            select :region, :list, level, of_id, code, before, after from now
            on conflict (region, list_id, level, of_id, code) do nothing"""),
        bound,
    )
