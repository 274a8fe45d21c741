"""A list "building -> precinct" as a plan of its own, or written into a draft by hand."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from geo.errors import InvalidInput
from geo.plans.decision_text.read import Unmatched
from geo.plans.editing.draft import Author
from geo.plans.editing.operations import assign_many
from geo.plans.files.building_lists import NAMED_BY, Named, Reject, find, names_buildings, read_csv
from geo.plans.files.from_buildings import draft_from_houses
from geo.plans.files.unmatched import keep_unmatched
from geo.ranges import whole
from geo.settings import City

COLUMNS = (*NAMED_BY, "precinct")


@dataclass(frozen=True)
class ListRead:
    """`precinct_of`: building -> number; read = len(precinct_of) + len(rejects)."""

    read: int
    precinct_of: dict[int, int]
    rejects: list[Reject]


def read_list(connection: Connection, city: City, body: bytes) -> ListRead:
    """Raises `InvalidInput` ("assignment.columns")."""
    columns, table = read_csv(body)
    if "precinct" not in columns or not names_buildings(columns):
        raise InvalidInput("assignment.columns", columns=", ".join(COLUMNS), found=", ".join(columns)[:200])
    numbers = {
        row: number
        for row, raw in enumerate(table, start=2)
        if (number := whole(raw["precinct"], 1, 99_999)) is not None
    }
    rejects = [
        (row, "plan.no_number", raw["precinct"][:40])
        for row, raw in enumerate(table, start=2)
        if row not in numbers
    ]
    found, unknown = find(connection, city, [Named.read(row, table[row - 2]) for row in numbers])
    return ListRead(
        len(table), {building: numbers[row] for row, building in found.items()}, sorted(rejects + unknown)
    )


def draft_from_list(
    connection: Connection, city: City, name: str, body: bytes, who: str
) -> tuple[int, ListRead]:
    """A new draft whose borders follow the list."""
    answer = read_list(connection, city, body)
    plan = draft_from_houses(connection, city, name, answer.precinct_of, "hand", who)
    keep_unmatched(connection, city.region, plan, unmatched_of(answer.rejects))
    return plan, answer


def unmatched_of(rejects: list[Reject]) -> list[Unmatched]:
    """The rows that said nothing, for the worklist of the plan."""
    return [Unmatched(None, code, value) for _, code, value in rejects]


def assign_list(
    connection: Connection, city: City, plan_id: int, body: bytes, who: str
) -> tuple[int, ListRead]:
    """Give the buildings of the list to the precincts of a draft, by hand and as one step: its borders
    stay. Returns how many went elsewhere. A number that the plan does not have rejects its rows
    ("plan.unknown_precinct")."""
    answer = read_list(connection, city, body)
    edited, unknown = assign_many(Author(connection, city, plan_id, who), answer.precinct_of)
    rejects = answer.rejects + [
        (0, "plan.unknown_precinct", str(number))
        for number in answer.precinct_of.values()
        if number in unknown
    ]
    keep_unmatched(connection, city.region, plan_id, unmatched_of(rejects))
    return len(edited.moved) if edited else 0, ListRead(answer.read, answer.precinct_of, rejects)
