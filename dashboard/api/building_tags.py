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

from collections.abc import Sequence
from typing import Annotated, ClassVar, Literal

from fastapi import APIRouter, Path, Request
from fastapi.responses import JSONResponse

from dashboard import routes
from dashboard.formats import number, numbered
from dashboard.request_context import RequestContext, current
from dashboard.routes import read_body, respond
from dashboard.words import code_words, word
from geo.database import Connection
from geo.errors import InvalidInput
from geo.geo_tags import decisions, new_addresses, tag_import
from geo.ranges import LARGEST, Id, Lat, Lon

SHOWN_REJECTS = 200
PathId = Annotated[int, Path(ge=1, le=LARGEST)]

router = APIRouter(prefix="/api/v1/buildings", include_in_schema=False)


class BuildingBody(routes.Body):
    refusal: ClassVar[str] = "building.body"


class DecisionBody(BuildingBody):
    version: Id
    action: Literal["set", "confirm"]
    point: tuple[Lon, Lat] | None = None
    quality: str = "hand"


class AddressBody(BuildingBody):
    street_ru: str | None = None
    street_kk: str | None = None
    house: str
    point: tuple[Lon, Lat]


@router.post("")
async def make(request: Request) -> JSONResponse:
    body, context = await read_body(request, AddressBody), current()
    address = new_addresses.NewAddress(body.street_ru, body.street_kk, body.house, *body.point)
    return await respond(
        request,
        lambda connection: _made(
            new_addresses.make_address(connection, context.settings.city, address, context.principal.name)
        ),
    )


@router.post("/{building}/decisions")
async def decide(request: Request, building: PathId) -> JSONResponse:
    body, context = await read_body(request, DecisionBody), current()
    if body.action == "set" and body.point is None:
        raise InvalidInput(BuildingBody.refusal, where="point", reason="missing")
    return await respond(
        request, lambda connection: _decided(decision(connection, context, building, body), body.action)
    )


@router.post("/decisions/{event}/undo")
async def undo(request: Request, event: PathId) -> JSONResponse:
    context = current()
    return await respond(
        request,
        lambda connection: _decided(
            decisions.undo(connection, context.settings.city, event, context.principal.name), "undo"
        ),
    )


@router.post("/tags")
async def load(request: Request) -> JSONResponse:
    file, context = await request.body(), current()
    return await respond(
        request,
        lambda connection: loaded(
            tag_import.import_tags(connection, context.settings.city, file, context.principal.name)
        ),
    )


def decision(
    connection: Connection, context: RequestContext, building: int, body: DecisionBody
) -> decisions.Decided:
    city, who = context.settings.city, context.principal.name
    if body.action == "confirm":
        return decisions.confirm(connection, city, building, body.version, who)
    return decisions.set_tag(connection, city, building, body.version, body.point, body.quality, who)


def _decided(decided: decisions.Decided, action: str) -> dict:
    return vars(decided) | {
        "said": " ".join([word(f"buildings.said.{action}"), *consequences(decided.moved, decided.kept)])
    }


def _made(made: new_addresses.Made) -> dict:
    return vars(made) | {"said": " ".join([word("buildings.said.made"), *consequences(made.moved, ())])}


def consequences(moved: Sequence[dict], kept: Sequence[dict]) -> list[str]:
    """Sentences on what a tag's move did to the plans: where the building votes now, and where it stayed
    though it lies elsewhere."""
    sentences = [
        word(f"buildings.said.{_kind(move)}", plan=move["name"], before=move["from"], after=move["to"])
        for move in moved
    ]
    return sentences + [_stayed(stay) for stay in kept]


def loaded(report: tag_import.TagImport) -> dict:
    counts = {
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
        **counts,
        "rejects": rejects,
        "said": word("buildings.said.loaded", **{name: number(value) for name, value in counts.items()}),
    }


def _kind(move: dict) -> str:
    return "joined" if move["from"] is None else "left" if move["to"] is None else "moved"


def _stayed(stay: dict) -> str:
    if stay["lies_in"] is None:
        return word("buildings.said.kept_outside", plan=stay["name"], number=stay["number"])
    return word(
        "buildings.said.kept", plan=stay["name"], number=stay["number"], lies_in=numbered(stay["lies_in"])
    )
