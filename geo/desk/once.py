"""A step of the desk that is no action of a case (`geo.desk.model.STEPS`) is done once for a click, as
actions are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Connection, text

from geo.accounts.users import Principal
from geo.errors import InvalidInput
from geo.incidents.cases.clicks import hold_click
from geo.incidents.cases.state import State, lock_one
from geo.settings import City

FOUND = text("""select step, incident_id, number from desk_step
    where region = :region and who = :who and key = :key""")
KEEP = text("""insert into desk_step (region, who, key, step, incident_id, number)
    values (:region, :who, :key, :step, :incident, :number)""")


@dataclass(frozen=True)
class Click:
    """`step` on `incident` by a click whose name is `key`."""

    step: str
    incident: int
    key: UUID


def once(
    connection: Connection, city: City, principal: Principal, click: Click, do: Callable[[State], int]
) -> int:
    """The number that `do` gives for the incident, which is locked; with a key that was used before, the one
    of then. Raises `NotFound` ("incident.unknown"), `InvalidInput` ("incident.key_used"), and what `do`
    raises."""
    hold_click(connection, principal.name, click.key)
    state = lock_one(connection, city, principal, click.incident)
    about = {"incident": click.incident, "step": click.step}
    bound = {"region": city.region, "who": principal.name, "key": click.key}
    if row := connection.execute(FOUND, bound).first():
        if (row.step, row.incident_id) != (click.step, click.incident):
            raise InvalidInput("incident.key_used")
        return int(row.number)
    number = do(state)
    connection.execute(KEEP, bound | about | {"number": number})
    return number
