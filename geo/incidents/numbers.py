"""An incident by a number that somebody says: ours, or the source's."""

from __future__ import annotations

import re

from geo.ranges import whole

NUMBER = re.compile(r"^[#№]?\s*([\w./-]{1,60})$")

SOURCES = """with recursive source(name) as (
        (select source from incident where region = :region order by source limit 1)
        union all
        select (select source from incident where region = :region and source > s.name
            order by source limit 1) from source as s where s.name is not null)"""
"""Sources are few, so each is looked up in the index by its name."""
BY_NUMBER = f"""{SOURCES}
    , hit as (
        select id from incident where region = :region and id = :own
        union select x.id from source as s join incident as x on x.region = :region
            and x.source = s.name and x.source_id = :number)"""
"""SQL before a select from `hit`, the ids found. Binds `region`, `number`, and `own`: the number as one of
ours, none where it cannot be."""


def as_own(number: str) -> int | None:
    """The number as an incident's id; none where it is no such number."""
    return whole(number)
