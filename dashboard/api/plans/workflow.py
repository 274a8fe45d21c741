"""The life of a plan: `POST /api/v1/plans` drafts one from another, `.../advance` moves it on,
`.../delete` ends a draft, `.../presence` says who has what in hand; `GET .../checks`, `.../presence`,
`.../compare`, `.../moved.csv` (the houses to notify) and `.../text`.

The permission to approve is asked for here, that the approver is another person than any editor in
`geo.plans.lifecycle`.
"""

from __future__ import annotations

import csv
import io
from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from pydantic import Field

from dashboard.api.plans.requests import Body, Lat, Lon, PlanId, Whole, read_body, tell
from dashboard.request_context import current
from dashboard.words import code_words, language, word
from geo.database import Connection, Engine
from geo.errors import Forbidden, InvalidInput
from geo.plans import (
    checks as plan_checks,
)
from geo.plans import (
    compare as plan_compare,
)
from geo.plans import (
    deletion,
    holes,
    lifecycle,
)
from geo.plans import (
    presence as plan_presence,
)
from geo.plans.decision_text import plans as legal_plans
from geo.plans.decision_text.read import Doubt
from geo.plans.editing.draft import Author
from geo.plans.files import unmatched
from geo.settings import City
from layers.executors import EXPORTS
from layers.plans.studio import read_addresses

router = APIRouter(prefix="/api/v1/plans", include_in_schema=False)
NEEDS_APPROVER = ("approved", "published")


class Draft(Body):
    source: Whole
    name: Annotated[str, Field(min_length=1, max_length=200)]


class Advance(Body):
    to: Literal["draft", "checked", "agreed", "approved", "published"]
    document: Annotated[str, Field(max_length=500)] | None = None
    day: date | None = None
    in_force_from: date | None = None


class Withdraw(Body):
    reason: Annotated[str, Field(min_length=1, max_length=500)]


class AcceptHole(Body):
    place: tuple[Lon, Lat]
    reason: Annotated[str, Field(min_length=1, max_length=500)]


class Settle(Body):
    doubt: Whole


class Presence(Body):
    precincts: Annotated[list[Whole], Field(max_length=50)] = []


@router.post("")
async def draft(request: Request) -> JSONResponse:
    asked = await read_body(request, Draft)
    return await tell(
        request,
        lambda connection, city, who: {
            "plan": lifecycle.draft_from(connection, city, asked.source, asked.name, who)
        },
    )


@router.post("/{plan}/advance")
async def advance(request: Request, plan: PlanId) -> JSONResponse:
    asked = await read_body(request, Advance)
    if asked.to in NEEDS_APPROVER and not current().may("precinct.approve"):
        raise Forbidden("door.forbidden", permission="precinct.approve")
    return await tell(
        request,
        lambda connection, city, who: lifecycle.advance(
            connection, city, plan, asked.to, who, asked.document or None, asked.day, asked.in_force_from
        ),
    )


@router.post("/{plan}/withdraw")
async def withdraw(request: Request, plan: PlanId) -> JSONResponse:
    """Of a published plan whose day has not come, by who may publish, with the reason."""
    asked = await read_body(request, Withdraw)
    if not current().may("precinct.approve"):
        raise Forbidden("door.forbidden", permission="precinct.approve")
    return await tell(
        request, lambda connection, city, who: lifecycle.withdraw(connection, city, plan, who, asked.reason)
    )


@router.post("/{plan}/delete")
async def delete(request: Request, plan: PlanId) -> JSONResponse:
    """Of a draft, by who may edit it."""
    await read_body(request, Body)
    return await tell(request, lambda connection, city, who: deletion.delete(connection, city, plan, who))


@router.get("/{plan}/checks")
async def checks(request: Request, plan: PlanId) -> JSONResponse:
    """{"checks": [{"key", "level", "count", "items"}]}; a house that is in no precinct comes with its
    `address`."""
    return await tell(
        request,
        lambda connection, city, who: {
            "checks": [addressed(connection, city, one) for one in plan_checks.check(connection, city, plan)]
        },
    )


def addressed(connection: Connection, city: City, check: plan_checks.Check) -> dict:
    homeless = [
        item["building"]
        for item in check.items
        if item.get("building") is not None and item.get("number") is None
    ]
    names = read_addresses(connection, city, homeless, language.get()) if homeless else {}
    return vars(check) | {
        "items": [
            item | ({"address": names[item["building"]]} if item.get("building") in names else {})
            for item in check.items
        ]
    }


@router.get("/{plan}/presence")
async def present(request: Request, plan: PlanId) -> JSONResponse:
    return await tell(
        request,
        lambda connection, city, who: {"present": plan_presence.present(connection, city, plan)},
        plan,
    )


@router.post("/{plan}/presence")
async def presence(request: Request, plan: PlanId) -> JSONResponse:
    """The caller is here and has `precincts` in hand; who only looks is not seen. Answers who is here."""
    asked = await read_body(request, Presence)
    editing = current().may("precinct.edit")
    return await tell(
        request,
        lambda connection, city, who: here(connection, city, plan, who, asked.precincts, editing),
        plan,
    )


def here(
    connection: Connection, city: City, plan: int, who: str, precincts: list[int], editing: bool
) -> dict:
    if editing:
        plan_presence.seen(connection, city, plan, who, precincts)
    return {"present": plan_presence.present(connection, city, plan)}


@router.get("/{plan}/compare")
async def compare(request: Request, plan: PlanId) -> JSONResponse:
    """With the plan in force, as `geo.plans.compare.Comparison`."""
    return await tell(
        request, lambda connection, city, who: vars(plan_compare.compare(connection, city, plan))
    )


@router.get("/{plan}/moved.csv")
async def moved(request: Request, plan: PlanId) -> Response:
    """Every house whose precinct differs from the plan in force: whom to notify. UTF-8 with a mark, so
    that a spreadsheet reads Kazakh letters."""
    body = await current().run(EXPORTS, moved_table, request.app.state.editor, current().settings.city, plan)
    headers = {
        "Content-Disposition": f'attachment; filename="plan-{plan}-moved.csv"',
        "Cache-Control": "no-store",
    }
    return Response(body.encode("utf-8-sig"), media_type="text/csv", headers=headers)


def moved_table(editor: Engine, city: City, plan: int) -> str:
    written = io.StringIO()
    table = csv.writer(written)
    table.writerow(
        [
            word(f"studio.column.{name}")
            for name in ("street_kk", "street_ru", "house", "voters", "from", "to")
        ]
    )
    with editor.begin() as connection:
        for row in plan_compare.moved_buildings(connection, city, plan):
            table.writerow(
                [row["street_kk"], row["street_ru"], row["house"], row["voters"], row["from"], row["to"]]
            )
    return written.getvalue()


@router.get("/{plan}/doubts")
async def doubts(request: Request, plan: PlanId) -> JSONResponse:
    """{"doubts": [{"id", "precinct", "text", "said", "building"}]}: what a text or a list said that the
    register does not know, until it is settled."""
    return await tell(
        request,
        lambda connection, city, who: {
            "doubts": [
                doubt_row(*held) for held in unmatched.held_doubts(connection, city.region, plan).items()
            ]
        },
        plan,
    )


def doubt_row(id_: int, doubt: Doubt) -> dict:
    own = f"precincts.doubt.{doubt.code}" if "." not in doubt.code else None
    said = (
        word(own, other=doubt.other)
        if own
        else code_words(doubt.code, {"building": doubt.text, "value": doubt.text, "precincts": doubt.text})
    )
    return {
        "id": id_,
        "precinct": doubt.precinct,
        "text": doubt.text,
        "said": said,
        "building": doubt.building,
    }


@router.post("/{plan}/settle")
async def settle(request: Request, plan: PlanId) -> JSONResponse:
    asked = await read_body(request, Settle)
    return await tell(
        request,
        lambda connection, city, who: {"left": unmatched.settle(connection, city.region, plan, asked.doubt)},
        plan,
    )


@router.post("/{plan}/holes")
async def accept_hole(request: Request, plan: PlanId) -> JSONResponse:
    """The gap at a place is lawful (a lake, a foreign territory): {"area_m2"}."""
    asked = await read_body(request, AcceptHole)
    return await tell(
        request,
        lambda connection, city, who: {
            "area_m2": holes.accept_hole(Author(connection, city, plan, who), asked.place, asked.reason)
        },
    )


@router.get("/{plan}/text")
async def legal_text(request: Request, plan: PlanId) -> JSONResponse:
    """{"number", "lines", "untold"} of `?number=`: the border as the decision says it, in Kazakh or
    Russian: `?lang=`, else Kazakh to who reads the page in it."""
    asked = request.query_params.get("number", "")
    if not (asked.isascii() and asked.isdigit() and len(asked) < 10):
        raise InvalidInput("plan.edit_body", where="number", reason="int_parsing")
    lang = request.query_params.get("lang") or ("kk" if language.get() == "kk" else "ru")
    return await tell(
        request, lambda connection, city, who: text_of(connection, city, plan, lang, int(asked))
    )


def text_of(connection: Connection, city: City, plan: int, lang: str, number: int) -> dict:
    told = legal_plans.plan_texts(connection, city, plan, lang, number)[number]
    return {
        "number": number,
        "lines": [line.written(lang) for line in told.lines],
        "untold": len(told.untold),
    }
