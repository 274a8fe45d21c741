"""A batch is refused whose ids are known but belong to what happened at quite another time: the source
began its numbers anew, and its rows would write over what is stored."""

from __future__ import annotations

from psycopg2.extensions import cursor as Cursor

from geo.database import for_driver, only_row
from geo.errors import InvalidInput

APART_DAYS = 30
"""A correction of a time moves it by hours, or by days."""
LEAST, SHARE = 5, 0.5
"""Fewer rows, or a smaller share of the known ones that differ, may be corrections."""
COUNT = """select count(*), count(*) filter (where abs(extract(epoch
    from {column} - (old).{column})) > :apart_s),
        min(source_id) filter (where abs(extract(epoch from {column} - (old).{column})) > :apart_s)
    from {difference} where known"""


def need_same(cursor: Cursor, difference: str, column: str, accepted: bool) -> None:
    """Raises `InvalidInput` ("content.ids") if half of the known rows of a difference, and more than a
    few, happened at another time than the stored ones (`column`) and nobody has `accepted` that."""
    if accepted:
        return
    cursor.execute(
        for_driver(COUNT.format(column=column, difference=difference)), {"apart_s": APART_DAYS * 86_400}
    )
    known, moved, example = only_row(cursor)
    if moved >= LEAST and moved > SHARE * known:
        raise InvalidInput("content.ids", rows=moved, example=example)
