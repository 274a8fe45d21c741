"""The rows of a version as they are transferred: opened precinct by precinct, in an order of their own, so
that the same version gives the same rows."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple

from sqlalchemy import Connection, text

from geo.errors import Conflict
from geo.plans.model import plan_in_force
from geo.settings import City
from geo.voters.keys import KeyRing
from geo.voters.model import version
from geo.voters.planning import whole_lists
from geo.voters.rows import read_date
from geo.voters.staging import open_row

PERSONS = text("""
    select coalesce(cast(c.number as text), '') as number, p.line, p.hash, p.iin, p.name, p.residence
    from voters.person p
    left join public.assignment a on a.region = p.region and a.plan_id = :plan
        and a.building_id = p.building_id
    left join public.precinct c on c.region = a.region and c.plan_id = a.plan_id and c.id = a.precinct_id
    where p.region = :region and p.list_id = :list
    order by c.number nulls first, p.hash""").execution_options(yield_per=5_000)
NUMBERS = text("""select cast(c.number as text) from public.precinct c where c.region = :region
    and c.plan_id = :plan order by c.number""")
READABLE = ("current", "superseded")


class TransferRow(NamedTuple):
    """One voter. `salt` is hexadecimal; `birth` is ISO 8601."""

    salt: str
    iin: str
    surname: str
    first_name: str
    patronymic: str
    birth: str
    address: str


@dataclass(frozen=True)
class PrecinctRows:
    """The rows of one precinct, in the order of their names, none where it has no voter; `number` is empty
    for those in no precinct."""

    number: str
    rows: list[TransferRow]


def read_rows(connection: Connection, city: City, ring: KeyRing, list_id: int) -> Iterator[PrecinctRows]:
    """Every person of a version that has been approved, by the precincts of the plan in force, each of which
    is there. Raises `NotFound` ("voters.unknown_list"), `Conflict` ("voters.not_approved"), `Unavailable` for
    a key that cannot be read."""
    listed = version(connection, city.region, list_id)
    if listed.state not in READABLE:
        raise Conflict("voters.not_approved", list=list_id, state=listed.state)
    key = ring.get(listed.key_id)
    bound = {"region": city.region, "list": list_id, "plan": plan_in_force(connection, city)}
    empty = deque(connection.scalars(NUMBERS, bound))
    with whole_lists(connection):
        found = connection.execute(PERSONS, bound)
        for number, persons in groupby(found, lambda row: row.number):
            while number and empty and (passed := empty.popleft()) != number:
                yield PrecinctRows(passed, [])
            rows = []
            for person in persons:
                opened = open_row(key, person, person.line)
                born = read_date(opened.birth)
                rows.append(
                    TransferRow(
                        key.salt(opened.iin).hex(),
                        opened.iin,
                        opened.surname,
                        opened.first_name,
                        opened.patronymic,
                        born.isoformat() if born else opened.birth,
                        opened.address,
                    )
                )
            yield PrecinctRows(number, sorted(rows, key=lambda row: row[2:6] + row[1:2]))
    yield from (PrecinctRows(number, []) for number in empty)
