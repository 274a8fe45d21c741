"""A batch is refused whose ids are known but belong to something else: the source began its numbers anew,
and its rows would write over what is stored.

A correction changes the time, the title or the place of a row, a status update none of them. Where all that
is known of most rows differs, they are other rows; so they are where most happened at quite another time. A
title or a place that either side lacks says nothing; a place that came of an address is compared by it.
"""

from __future__ import annotations

from dataclasses import dataclass

from psycopg2.extensions import cursor as Cursor

from geo.database import for_driver, only_row
from geo.errors import InvalidInput
from geo.loading.staging import Batch

DAY_S = 86_400
APART_S = 30 * DAY_S
"""A correction of a time moves it by hours, or by days."""
LEAST, SHARE = 5, 0.5
"""Fewer rows, or a smaller share of the known ones that differ, may be corrections."""


@dataclass(frozen=True)
class Identity:
    """Where the difference of a batch stands, and SQL over one of its rows `s`: its opening, and what is
    stored of it (`joins` brings what is not in `old`)."""

    difference: str
    stage: str
    table: str
    opened: str
    stored: str
    lon: str
    lat: str
    joins: str = ""

    def compared(self) -> str:
        """Each known row of the difference: seconds between the openings, whether title and place differ
        (null: not to be told)."""
        return f"""select s.source_id, abs(extract(epoch from s.{self.opened} - (s.old).{self.opened}))
                as apart_s,
            s.title <> {self.stored}.title as retitled,
            case when coalesce(s.placed_by, {self.stored}.placed_by) is null and s.lon is not null
                    and {self.lon} is not null
                then (s.lon, s.lat) <> ({self.lon}, {self.lat})
                else s.address <> {self.stored}.address end as moved
            from {self.difference} s {self.joins} where s.known"""

    def count(self) -> str:
        """How many known rows differ, how many of them happened at quite another time, how many are other
        rows, and the first of these."""
        return f"""select count(*), count(*) filter (where apart_s > :apart_s), count(*) filter (where other),
                min(source_id) filter (where other)
            from (select *, apart_s > :apart_s or apart_s > 0 and retitled and moved
                or apart_s > :day_s and coalesce(retitled, moved) and coalesce(moved, retitled) as other
                from ({self.compared()}) one) judged"""

    def known(self) -> str:
        """How many rows of the batch are known, those that say nothing new among them."""
        return f"""select count(*) from {self.stage} s join {self.table} t on t.region = :region
            and t.source = :source and t.source_id = s.source_id"""


def need_same(cursor: Cursor, identity: Identity, batch: Batch) -> None:
    """Raises `InvalidInput` ("content.ids") if half of the known rows, and more than a few, are other rows
    than the stored ones and nobody has accepted that."""
    if batch.may_reuse:
        return
    cursor.execute(for_driver(identity.count()), {"apart_s": APART_S, "day_s": DAY_S})
    differing, apart, other, example = only_row(cursor)
    if other < LEAST or other <= SHARE * differing:
        return
    if apart < LEAST or apart <= SHARE * differing:
        cursor.execute(for_driver(identity.known()), batch.bound())
        if other <= SHARE * only_row(cursor)[0]:
            return
    raise InvalidInput("content.ids", rows=other, example=example)
