"""The persons of the list in force who have no building: in no precinct until there is one. They are seen
page by page as the voters of a house are (`geo.voters.looks`): recorded first, by initials, so many pages a
day.
The list in force stays as it is, so a page is known afterwards by its first and last line of the file."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import Connection, Engine, text

from geo.addresses.line_notes import without_room
from geo.audit.records import record_audit
from geo.errors import NotFound
from geo.settings import City
from geo.voters import limits
from geo.voters.keys import KeyRing
from geo.voters.limits import WITHOUT_SEEN, refusals_recorded
from geo.voters.looks import resident
from geo.voters.model import current
from geo.voters.staging import open_row

SHOWN = 20
"""Persons of a page."""
COUNT = text("""select count(*) from voters.person where region = :region and list_id = :list
    and building_id is null""")
EDGES = text("""select min(line) as first, max(line) as last from (select line from voters.person
    where region = :region and list_id = :list and building_id is null
    order by line limit :most offset :before) p""")
PAGE = text("""select line, hash, iin, name, residence from voters.person where region = :region
    and list_id = :list and building_id is null and line between :first and :last order by line""")


class PersonWithout(NamedTuple):
    """Somebody as `geo.voters.looks.Resident`, with the address line that leads to no building."""

    iin: str
    name: str
    year: str
    room: str
    line: str


class PageWithout(NamedTuple):
    """`page` counts from 1, up to `pages`; `total`: persons on all of them."""

    list_id: int
    page: int
    pages: int
    total: int
    persons: list[PersonWithout]


def count_persons(connection: Connection, region: str, list_id: int) -> int:
    return int(connection.scalar(COUNT, {"region": region, "list": list_id}) or 0)


def persons_without(voters: Engine, city: City, ring: KeyRing, page: int, who: str) -> PageWithout:
    """A page of them, the last one where there are fewer. Raises `NotFound` ("voters.no_list"), `TooMany`
    ("voters.looks")."""
    with refusals_recorded(voters, who), voters.begin() as connection:
        listed = current(connection, city.region)
        if listed is None:
            raise NotFound("voters.no_list")
        bound = {"region": city.region, "list": listed.id}
        count = count_persons(connection, city.region, listed.id)
        pages = max(1, -(-count // SHOWN))
        page = min(max(1, page), pages)
        edges = connection.execute(EDGES, bound | {"most": SHOWN, "before": (page - 1) * SHOWN}).one()
        if edges.first is None:
            return PageWithout(listed.id, page, pages, count, [])
        bound |= {"first": edges.first, "last": edges.last}
        limits.check(connection, who, WITHOUT_SEEN)
        about = {"list": listed.id, "first": edges.first, "last": edges.last}
        record_audit(connection, who, "voters.without_seen", **about)
        rows = connection.execute(PAGE, bound).all()
    key, found = ring.get(listed.key_id), []
    for row in rows:
        opened = open_row(key, row, row.line)
        found.append(PersonWithout(*resident(opened), without_room(opened.address)[0]))
    return PageWithout(listed.id, page, pages, count, found)
