"""What the studio sets besides borders: `POST
/api/v1/plans/<plan>/station|describe|found|remove|lock|unlock`, and where a station could be:
`GET .../candidates?precinct=7`, `.../walk?precinct=7&building=11`.

`seen` = {precinct: version} is what the caller looked at; another version now is a 409 that says who changed
what. The answers are those of `api.plans.edits`.
"""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse
from pydantic import Field

from dashboard.api.plans.requests import MOST, Body, PlanId, Whole, change, read_body, tell
from dashboard.words import catalogue
from geo.database import Connection
from geo.plans import station_walks, stations
from geo.plans.editing import locks, precincts
from geo.plans.editing.draft import Author
from geo.settings import City
from layers.plans.studio import read_part

router = APIRouter(prefix="/api/v1/plans", include_in_schema=False)
Words = Annotated[str, Field(max_length=1000)]
Id = Annotated[int, Query(ge=1, le=MOST)]


class Place(Body):
    name_kk: Words
    name_ru: Words
    building: Whole | None = None
    entrance_kk: Words | None = None
    entrance_ru: Words | None = None
    address_kk: Words | None = None
    address_ru: Words | None = None


class Station(Body):
    precinct: Whole
    station: Place | None
    seen: dict[Whole, Whole] = {}


class Describe(Body):
    precinct: Whole
    number: Whole | None = None
    kind: Literal["open", "closed", "abroad"] | None = None
    seen: dict[Whole, Whole] = {}


class Found(Body):
    kind: Literal["closed", "abroad"]
    number: Whole | None = None
    buildings: Annotated[list[Whole], Field(max_length=20_000)] = []
    seen: dict[Whole, Whole] = {}


class Remove(Body):
    precinct: Whole
    seen: dict[Whole, Whole] = {}


class Lock(Body):
    precinct: Whole
    document: Words | None = None
    seen: dict[Whole, Whole] = {}


class Unlock(Body):
    precinct: Whole
    reason: Words
    seen: dict[Whole, Whole] = {}


@router.post("/{plan}/station")
async def station(request: Request, plan: PlanId) -> JSONResponse:
    asked = await read_body(request, Station)
    place = asked.station and stations.StationPlace(**asked.station.model_dump())
    return await change(
        request, plan, lambda author: stations.set_station(author, asked.precinct, place), asked.seen
    )


@router.post("/{plan}/describe")
async def describe(request: Request, plan: PlanId) -> JSONResponse:
    asked = await read_body(request, Describe)
    return await change(
        request,
        plan,
        lambda author: precincts.describe(author, asked.precinct, asked.number, asked.kind),
        asked.seen,
    )


@router.post("/{plan}/found")
async def found(request: Request, plan: PlanId) -> JSONResponse:
    asked = await read_body(request, Found)
    return await change(
        request,
        plan,
        lambda author: precincts.found(author, asked.kind, asked.number, asked.buildings),
        asked.seen,
    )


@router.post("/{plan}/remove")
async def remove(request: Request, plan: PlanId) -> JSONResponse:
    asked = await read_body(request, Remove)
    return await change(request, plan, lambda author: precincts.remove(author, asked.precinct), asked.seen)


@router.post("/{plan}/lock")
async def lock(request: Request, plan: PlanId) -> JSONResponse:
    asked = await read_body(request, Lock)
    return await tell(
        request,
        lambda connection, city, who: with_part(
            connection,
            city,
            plan,
            locks.lock(Author(connection, city, plan, who, asked.seen), asked.precinct, asked.document),
        ),
    )


@router.post("/{plan}/unlock")
async def unlock(request: Request, plan: PlanId) -> JSONResponse:
    asked = await read_body(request, Unlock)
    return await tell(
        request,
        lambda connection, city, who: with_part(
            connection,
            city,
            plan,
            locks.unlock(Author(connection, city, plan, who, asked.seen), asked.precinct, asked.reason),
        ),
    )


def with_part(connection: Connection, city: City, plan: int, done: dict) -> dict:
    """A lock in the form of an edit's answer."""
    part = read_part(connection, city, plan, [done["precinct"]])
    [precinct] = part["precincts"]
    return {"event": done["event"], "precincts": [precinct], "moved": [], "sources": [], "part": part}


@router.get("/{plan}/candidates")
async def candidates(request: Request, plan: PlanId, precinct: Id) -> JSONResponse:
    """As `geo.plans.station_walks.candidates`; a building without a name of its own is called by its use."""
    return await tell(
        request,
        lambda connection, city, who: _called(station_walks.candidates(connection, city, plan, precinct)),
        plan,
    )


def _called(found: dict) -> dict:
    return found | {"candidates": [called(one) for one in found["candidates"]]}


@router.get("/{plan}/walk")
async def walk(request: Request, plan: PlanId, precinct: Id, building: Id) -> JSONResponse:
    return await tell(
        request,
        lambda connection, city, who: called(station_walks.walk(connection, city, plan, precinct, building)),
        plan,
    )


def called(one: dict) -> dict:
    return one | {f"name_{lang}": one[f"name_{lang}"] or use_in(lang, one["use"]) for lang in ("kk", "ru")}


def use_in(lang: str, use: str | None) -> str:
    """A use as a name: "Школа". Empty for one that the catalogue does not know."""
    said = catalogue(lang).entries.get(f"duty.use.{use}", "")
    return said[:1].upper() + said[1:]
