"""What the studio sets besides borders: `POST
/api/v1/plans/<plan>/station|describe|found|remove|lock|unlock`, and where a station could be:
`GET .../candidates?precinct=7`, `.../walk?precinct=7&building=11`.

The answers of an edit are those of `api.plans.edits`.
"""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse
from pydantic import Field

from dashboard.api.plans.requests import (
    Command,
    Edit,
    EditBody,
    PlanBody,
    PlanId,
    add_commands,
    add_edits,
    run_command,
)
from dashboard.words import catalogue
from geo.plans import station_walks, stations
from geo.plans.editing import locks, precincts
from geo.plans.editing.draft import Author
from geo.plans.editing.save import Edited
from geo.ranges import LARGEST, Id
from layers.plans.studio import read_part

router = APIRouter(prefix="/api/v1/plans", include_in_schema=False)
Words = Annotated[str, Field(max_length=1000)]
QueryId = Annotated[int, Query(ge=1, le=LARGEST)]


class StationLocationBody(PlanBody):
    name_kk: Words
    name_ru: Words
    building: Id | None = None
    entrance_kk: Words | None = None
    entrance_ru: Words | None = None
    address_kk: Words | None = None
    address_ru: Words | None = None


class StationBody(EditBody):
    precinct: Id
    station: StationLocationBody | None


class DescribeBody(EditBody):
    precinct: Id
    number: Id | None = None
    kind: Literal["open", "closed", "abroad"] | None = None


class FoundBody(EditBody):
    kind: Literal["closed", "abroad"]
    number: Id | None = None
    buildings: Annotated[list[Id], Field(max_length=20_000)] = []


class RemoveBody(EditBody):
    precinct: Id


class LockBody(EditBody):
    precinct: Id
    document: Words | None = None


class UnlockBody(EditBody):
    precinct: Id
    reason: Words


def set_station(author: Author, body: StationBody) -> Edited:
    location = None if body.station is None else stations.StationLocation(**body.station.model_dump())
    return stations.set_station(author, body.precinct, location)


def with_part(author: Author, done: dict) -> dict:
    """A lock in the form of an edit's answer."""
    part = read_part(author.connection, author.city, author.plan, [done["precinct"]])
    [precinct] = part["precincts"]
    return {"event": done["event"], "precincts": [precinct], "moved": [], "sources": [], "part": part}


EDITS: dict[str, tuple[type[PlanBody], Edit]] = {
    "station": (StationBody, set_station),
    "describe": (
        DescribeBody,
        lambda author, body: precincts.describe(author, body.precinct, body.number, body.kind),
    ),
    "found": (
        FoundBody,
        lambda author, body: precincts.found(author, body.kind, body.number, body.buildings),
    ),
    "remove": (RemoveBody, lambda author, body: precincts.remove(author, body.precinct)),
}
COMMANDS: dict[str, tuple[type[PlanBody], Command]] = {
    "lock": (
        LockBody,
        lambda author, body: with_part(author, locks.lock(author, body.precinct, body.document)),
    ),
    "unlock": (
        UnlockBody,
        lambda author, body: with_part(author, locks.unlock(author, body.precinct, body.reason)),
    ),
}

add_edits(router, EDITS)
add_commands(router, COMMANDS)


@router.get("/{plan}/candidates")
async def candidates(request: Request, plan: PlanId, precinct: QueryId) -> JSONResponse:
    """Answers `geo.plans.station_walks.candidates`; a building without a name of its own is called by its
    use."""

    def read(author: Author) -> dict:
        found = station_walks.candidates(author.connection, author.city, plan, precinct)
        return found | {"candidates": [named(candidate) for candidate in found["candidates"]]}

    return await run_command(request, plan, read)


@router.get("/{plan}/walk")
async def walk(request: Request, plan: PlanId, precinct: QueryId, building: QueryId) -> JSONResponse:
    return await run_command(
        request,
        plan,
        lambda author: named(station_walks.walk(author.connection, author.city, plan, precinct, building)),
    )


def named(candidate: dict) -> dict:
    return candidate | {
        f"name_{lang}": candidate[f"name_{lang}"] or use_in(lang, candidate["use"]) for lang in ("kk", "ru")
    }


def use_in(lang: str, use: str | None) -> str:
    """A use as a name: "Школа". Empty for one that the catalogue does not know."""
    name = str(catalogue(lang).entries.get(f"duty.use.{use}", ""))
    return name[:1].upper() + name[1:]
