"""The geo-tags that wait for a person: addresses without a point, and points that are doubtful, each with
why.

A tag that a person set or found right (`tagged_by`) is never doubtful. The others are when they were only
geocoded, stand outside their own outline, share one point with another address, or stand far from the rest
of their street (but for a house that stands inside its own outline).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, text

from geo.settings import City
from layers.reading import snapshot

REASONS = ("untagged", "far", "outside", "shared", "geocoded")
"""The gravest first: a building stands in the worklist under its first."""
OUTSIDE_M, FAR_M, FAR_TIMES = 15.0, 1500.0, 4.0
"""A tag may stand this far from its outline, metres; a house this far from the middle of its street, or so
many times as far as half of its houses do."""
PAGE = 60

DOUBTFUL = """
    middle as materialized (
        select street_norm, percentile_cont(0.5) within group (order by ST_X(point_3857)) as x,
            percentile_cont(0.5) within group (order by ST_Y(point_3857)) as y,
          max(cos(radians(ST_Y(point_4326)))) as scale
        from building where region = :region and street_norm is not null and point_3857 is not null
            group by street_norm having count(*) > 2),
    spread as materialized (
        select b.street_norm, percentile_cont(0.5) within group (order by m.scale * sqrt((ST_X(b.point_3857) -
            m.x) ^ 2 + (ST_Y(b.point_3857) - m.y) ^ 2)) as half
        from building b join middle m using (street_norm) where b.region = :region
            and b.point_3857 is not null group by b.street_norm),
    shared as materialized (
        select point_4326 as point from building where region = :region and point_4326 is not null
            group by point_4326 having count(*) > 1),
    doubt as materialized (
        select b.id, case
            when b.point_4326 is null or b.tag_quality = 'untagged' then 'untagged'
            when astray and m.scale * sqrt((ST_X(b.point_3857) - m.x) ^ 2 + (ST_Y(b.point_3857) - m.y) ^ 2) >
                greatest(:far, :times * s.half) then 'far'
            when astray and b.footprint_3857 is not null then 'outside'
            when h.point is not null then 'shared'
            when b.tag_quality = 'geocoded' then 'geocoded' end as reason
        from building b left join middle m using (street_norm) left join spread s using (street_norm) left
            join shared h on h.point = b.point_4326
          cross join lateral (select b.footprint_3857 is null
            or not ST_DWithin(b.footprint_3857, b.point_3857,
                :outside / cos(radians(ST_Y(b.point_4326)))) as astray) a
        where b.region = :region and b.tagged_by is null)"""

COUNTS = f"with {DOUBTFUL} select reason, count(*) as n from doubt where reason is not null group by reason"
DISTRICTS = """
    select d.id, d.name_{lang} as name, count(b.id) as buildings, count(b.point_4326) as tagged
    from district d join building b on b.region = d.region and b.district_id = d.id
    where d.region = :region and d.valid_to is null group by d.id, d.name_{lang} order by 2"""
TOTALS = """select count(*) as buildings, count(*) filter (where point_4326 is not null
    and tag_quality <> 'untagged') as tagged,
    count(*) filter (where tagged_by is not null) as decided from building where region = :region"""
LIST = f"""
    with {DOUBTFUL}
    select b.id, coalesce(b.street_{{lang}}, b.street_ru, b.street_kk) as street, b.house, b.voters, d.reason,
        b.tag_quality as quality, t.name_{{name}} as district
    from doubt d join building b on b.region = :region and b.id = d.id left join district t
        on t.region = b.region and t.id = b.district_id
    where d.reason is not null and (cast(:reason as text) is null or d.reason = :reason)
        and (cast(:district as bigint) is null or b.district_id = :district)
    order by array_position(cast(:reasons as text[]), d.reason), b.voters desc,
        b.id limit :limit offset :after"""


@dataclass(frozen=True)
class Worklist:
    """`counts`: reason -> how many of the city; `totals`: buildings, tagged, decided (by a person); `rows`
    one page of those asked for, `more` if others follow."""

    counts: dict[str, int]
    totals: dict[str, int]
    districts: list[dict[str, Any]]
    rows: list[dict[str, Any]]
    more: bool


def read_worklist(
    engine: Engine,
    city: City,
    lang: str,
    reason: str | None = None,
    district: int | None = None,
    after: int = 0,
) -> Worklist:
    """All of one moment. `reason` and `district` narrow the rows, not the counts."""
    values = {
        "region": city.region,
        "far": FAR_M,
        "times": FAR_TIMES,
        "outside": OUTSIDE_M,
        "reasons": list(REASONS),
        "reason": reason,
        "district": district,
        "limit": PAGE + 1,
        "after": after,
    }
    street = "kk" if lang == "kk" else "ru"
    with snapshot(engine) as connection:
        counts = {row.reason: row.n for row in connection.execute(text(COUNTS), values)}
        rows = [
            dict(row)
            for row in connection.execute(text(LIST.format(lang=street, name=lang)), values).mappings()
        ]
        districts = [
            dict(row) for row in connection.execute(text(DISTRICTS.format(lang=lang)), values).mappings()
        ]
        totals = dict(connection.execute(text(TOTALS), values).mappings().one())
    return Worklist(
        {name: counts.get(name, 0) for name in REASONS}, totals, districts, rows[:PAGE], len(rows) > PAGE
    )
