"""Decisions on geo-tags, one request each, and many at once from a file.

`POST /api/v1/buildings/<id>/decisions` {"version": 3, "action": "set", "point": [lon, lat], "quality":
"footprint"} or {"version": 3, "action": "confirm"}. `POST /api/v1/buildings/decisions/<event>/undo`. Both
answer 200 {"event", "building", "version", "moved", "kept", "said"}; 400, 404, 409 somebody was faster.
`POST /api/v1/buildings` {"street_ru": "...", "street_kk": "...", "house": "7/1", "point": [lon, lat]}: a
new address; 200 {"building", "version", "moved", "said"}, 409 it is known. `POST /api/v1/buildings/tags`:
a CSV as its body; 200 {"read", "written", "unchanged", "rejects": [[row, reason, value]], "moved",
"said"}. Points are EPSG:4326.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, Literal, TypeVar

from fastapi import APIRouter, Path, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field, ValidationError

from dashboard.formats import number
from dashboard.request_context import Visit, current
from dashboard.words import code_words, word
from geo.database import transact
from geo.errors import InvalidInput
from geo.geo_tags import decisions, new_addresses, tag_import
from layers.executors import STUDIO

Lon = Annotated[float, Field(ge=-180, le=180)]
Lat = Annotated[float, Field(ge=-90, le=90)]
SHOWN_REJECTS = 200

router = APIRouter(prefix="/api/v1/buildings", include_in_schema=False)


class Asked(BaseModel, extra="forbid"):
    version: Annotated[int, Field(ge=0, lt=2**63)]
    action: Literal["set", "confirm"]
    point: tuple[Lon, Lat] | None = None
    quality: str = "hand"


class Made(BaseModel, extra="forbid"):
    street_ru: str | None = None
    street_kk: str | None = None
    house: str
    point: tuple[Lon, Lat]


Form = TypeVar("Form", bound=BaseModel)


async def read_body(request: Request, form: type[Form]) -> Form:
    """Raises `InvalidInput` ("building.body") naming the first place that is wrong."""
    try:
        return form.model_validate_json(await request.body())
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise InvalidInput(
            "building.body", where=".".join(map(str, first["loc"])), reason=first["type"]
        ) from error


@router.post("")
async def make(request: Request) -> JSONResponse:
    asked = await read_body(request, Made)
    made = new_addresses.NewAddress(asked.street_ru, asked.street_kk, asked.house, *asked.point)
    return await run(
        request,
        lambda connection, visit: _made(
            new_addresses.make_address(connection, visit.settings.city, made, visit.principal.name)
        ),
    )


@router.post("/{building}/decisions")
async def decide(request: Request, building: Annotated[int, Path(ge=1, lt=2**63)]) -> JSONResponse:
    asked = await read_body(request, Asked)
    if asked.action == "set" and asked.point is None:
        raise InvalidInput("building.body", where="point", reason="missing")
    return await run(
        request,
        lambda connection, visit: _decided(decision(connection, visit, building, asked), asked.action),
    )


@router.post("/decisions/{event}/undo")
async def undo(request: Request, event: Annotated[int, Path(ge=1, lt=2**63)]) -> JSONResponse:
    return await run(
        request,
        lambda connection, visit: _decided(
            decisions.undo(connection, visit.settings.city, event, visit.principal.name), "undo"
        ),
    )


@router.post("/tags")
async def load(request: Request) -> JSONResponse:
    body = await request.body()
    return await run(
        request,
        lambda connection, visit: loaded(
            tag_import.import_tags(connection, visit.settings.city, body, visit.principal.name)
        ),
    )


async def run(request: Request, work: Callable[[object, Visit], dict]) -> JSONResponse:
    """`work` in one transaction of the editor's, in a thread."""
    editor, visit = request.app.state.editor, current()

    return JSONResponse(await visit.run(STUDIO, transact, editor, lambda connection: work(connection, visit)))


def decision(connection: object, visit: Visit, building: int, asked: Asked) -> decisions.Decided:
    city, who = visit.settings.city, visit.principal.name
    if asked.action == "confirm":
        return decisions.confirm(connection, city, building, asked.version, who)
    return decisions.set_tag(connection, city, building, asked.version, asked.point, asked.quality, who)


def _decided(decided: decisions.Decided, action: str) -> dict:
    return vars(decided) | {
        "said": " ".join([word(f"buildings.said.{action}"), *consequences(decided.moved, decided.kept)])
    }


def _made(made: new_addresses.Made) -> dict:
    return vars(made) | {"said": " ".join([word("buildings.said.made"), *consequences(made.moved, ())])}


def consequences(moved: Sequence[dict], kept: Sequence[dict]) -> list[str]:
    """What a tag's move did to the plans: where the building votes now, and where it stayed though it lies
    elsewhere."""
    said = [
        word(f"buildings.said.{_kind(move)}", plan=move["name"], before=move["from"], after=move["to"])
        for move in moved
    ]
    return said + [
        word(
            "buildings.said.kept", plan=stay["name"], number=stay["number"], lies_in=_number(stay["lies_in"])
        )
        for stay in kept
    ]


def loaded(report: tag_import.TagImport) -> dict:
    figures = {
        "read": report.read,
        "written": report.written,
        "unchanged": report.unchanged,
        "rejected": len(report.rejects),
        "moved": len(report.moved),
    }
    rejects = [
        [row, code_words(code, {"value": value, "building": value}), value]
        for row, code, value in report.rejects[:SHOWN_REJECTS]
    ]
    return {
        **figures,
        "rejects": rejects,
        "said": word("buildings.said.loaded", **{name: number(value) for name, value in figures.items()}),
    }


def _kind(move: dict) -> str:
    return "joined" if move["from"] is None else "left" if move["to"] is None else "moved"


def _number(precinct: int | None) -> str:
    return "–" if precinct is None else f"№ {precinct}"
