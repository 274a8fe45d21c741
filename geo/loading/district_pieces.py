"""The city's districts cut into small pieces, kept for the session (measured 12 times the rate of whole
polygons), and the lock that keeps what is assigned to them and their borders apart.

Who assigns rows to districts holds the borders (shared); who moves borders waits for those under way, and
the next of them see the new borders.
"""

from __future__ import annotations

from psycopg2.extensions import cursor as Cursor

from geo.city.districts import HOLD_BORDERS, MOVE_BORDERS
from geo.database import for_driver, only_row
from geo.settings import City

CUT_OF = """select coalesce(sum(hashtextextended(concat_ws(' ', id, valid_from, valid_to,
    md5(st_asbinary(geom_3857))), 0)), 0) from district
    where region = :region"""
"""The version of what the pieces were cut from: it changes with a border or a day of a district."""


def cut(cursor: Cursor, city: City) -> None:
    """Make the table `district_piece` (id, valid_from, valid_to, geom in EPSG:3857) of the session."""
    cursor.execute("drop table if exists district_piece, district_cut")
    # The figure first: where a border moves between the two statements the pieces are cut once more, never
    # kept under the figure of others.
    cursor.execute(for_driver(f"create temp table district_cut as {CUT_OF}"), {"region": city.region})
    cursor.execute(
        for_driver("""create temp table district_piece as
        select id, valid_from, valid_to, st_subdivide(geom_3857, 32) as geom from district
            where region = :region"""),
        {"region": city.region},
    )
    cursor.execute("create index on district_piece using gist (geom)")
    cursor.execute("analyze district_piece")


def hold(cursor: Cursor, city: City) -> None:
    """No border moves until the transaction ends; where one has moved since the pieces were cut, they are
    cut again."""
    cursor.execute(HOLD_BORDERS)
    cursor.execute(for_driver(f"select (select * from district_cut) = ({CUT_OF})"), {"region": city.region})
    if not only_row(cursor)[0]:
        cut(cursor, city)


def move(cursor: Cursor) -> None:
    """Wait until nobody assigns rows to districts, and keep them waiting until the transaction ends."""
    cursor.execute(MOVE_BORDERS)
