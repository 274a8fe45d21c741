"""The life of a plan: `POST /api/v1/plans` drafts one from another, `.../advance` moves it on,
`.../withdraw` takes a published plan whose day has not come back, with the reason, `.../delete` ends a draft,
`.../holes` accepts a gap as lawful (a lake, a foreign territory), `.../settle` a doubt, `.../presence` says
who has what in hand; `GET .../checks`, `.../presence`, `.../doubts`, `.../compare` (with the plan in force,
as `geo.plans.compare.Comparison`), `.../moved.csv` (the houses to notify) and `.../text`.

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

from dashboard.api.plans.requests import Command, PlanBody, PlanId, add_commands, add_reads, run_command
from dashboard.request_context import RequestContext, current
from dashboard.routes import read_body, respond
from dashboard.words import code_words, language, word
from geo.database import Engine
from geo.errors import Forbidden, InvalidInput
from geo.formulas import guarded
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
from geo.plans.decision_text.read import Unmatched
from geo.plans.editing.draft import Author
from geo.plans.files import unmatched
from geo.ranges import Id, Lat, Lon, whole
from geo.settings import City
from layers.executors import EXPORTS
from layers.plans.studio import read_addresses

router = APIRouter(prefix="/api/v1/plans", include_in_schema=False)
NEEDS_APPROVER = ("approved", "published")
APPROVE = "precinct.approve"


class DraftBody(PlanBody):
    source: Id
    name: Annotated[str, Field(min_length=1, max_length=200)]


class AdvanceBody(PlanBody):
    to: Literal["draft", "checked", "agreed", "approved", "published"]
    document: Annotated[str, Field(max_length=500)] | None = None
    day: date | None = None
    in_force_from: date | None = None


class WithdrawBody(PlanBody):
    reason: Annotated[str, Field(min_length=1, max_length=500)]


class HoleBody(PlanBody):
    place: tuple[Lon, Lat]
    reason: Annotated[str, Field(min_length=1, max_length=500)]


class SettleBody(PlanBody):
    doubt: Id


class PresenceBody(PlanBody):
    precincts: Annotated[list[Id], Field(max_length=50)] = []


@router.post("")
async def draft(request: Request) -> JSONResponse:
    body, context = await read_body(request, DraftBody), current()
    city, who = context.settings.city, context.principal.name
    return await respond(
        request,
        lambda connection: {"plan": lifecycle.draft_from(connection, city, body.source, body.name, who)},
    )


def need_approver() -> None:
    if not current().may(APPROVE):
        raise Forbidden("door.forbidden", permission=APPROVE)


def advance(author: Author, body: AdvanceBody) -> object:
    if body.to in NEEDS_APPROVER:
        need_approver()
    return lifecycle.advance(
        author.connection,
        author.city,
        author.plan,
        body.to,
        author.who,
        body.document or None,
        body.day,
        body.in_force_from,
    )


def withdraw(author: Author, body: WithdrawBody) -> object:
    need_approver()
    return lifecycle.withdraw(author.connection, author.city, author.plan, author.who, body.reason)


def checks(author: Author) -> dict:
    """{"checks": [{"key", "level", "count", "items"}]}; a house that is in no precinct comes with its
    `address`."""
    found = plan_checks.check(author.connection, author.city, author.plan)
    return {"checks": [with_addresses(author, check) for check in found]}


def with_addresses(author: Author, check: plan_checks.Check) -> dict:
    homeless = [
        item["building"]
        for item in check.items
        if item.get("building") is not None and item.get("number") is None
    ]
    names = read_addresses(author.connection, author.city, homeless, language.get()) if homeless else {}
    return vars(check) | {
        "items": [
            item | ({"address": names[item["building"]]} if item.get("building") in names else {})
            for item in check.items
        ]
    }


def present(author: Author) -> dict:
    return {"present": plan_presence.present(author.connection, author.city, author.plan)}


def announce(author: Author, body: PresenceBody) -> dict:
    """The caller is here and has `precincts` in hand; who only looks is not seen. Answers who is here."""
    if current().may("precinct.edit"):
        plan_presence.seen(author.connection, author.city, author.plan, author.who, body.precincts)
    return present(author)


def unmatched_lines(author: Author) -> dict:
    """{"doubts": [{"id", "precinct", "text", "said", "building"}]}: what a text or a list said that the
    register does not know, until it is settled."""
    held = unmatched.read_unmatched(author.connection, author.city.region, author.plan)
    return {"doubts": [unmatched_row(id_, line) for id_, line in held.items()]}


def unmatched_row(id_: int, line: Unmatched) -> dict:
    own = f"precincts.doubt.{line.code}" if "." not in line.code else None
    sentence = (
        word(own, other=line.other)
        if own
        else code_words(line.code, {"building": line.text, "value": line.text, "precincts": line.text})
    )
    return {
        "id": id_,
        "precinct": line.precinct,
        "text": line.text,
        "said": sentence,
        "building": line.building,
    }


COMMANDS: dict[str, tuple[type[PlanBody], Command]] = {
    "advance": (AdvanceBody, advance),
    "withdraw": (WithdrawBody, withdraw),
    "delete": (
        PlanBody,
        lambda author, body: deletion.delete(author.connection, author.city, author.plan, author.who),
    ),
    "presence": (PresenceBody, announce),
    "settle": (
        SettleBody,
        lambda author, body: {
            "left": unmatched.settle(
                author.connection, author.city.region, author.plan, body.doubt, author.who
            )
        },
    ),
    "holes": (
        HoleBody,
        lambda author, body: {"area_m2": holes.accept_hole(author, body.place, body.reason)},
    ),
}
READS = {
    "checks": checks,
    "presence": present,
    "doubts": unmatched_lines,
    "compare": lambda author: vars(plan_compare.compare(author.connection, author.city, author.plan)),
}

add_commands(router, COMMANDS)
add_reads(router, READS)


@router.get("/{plan}/moved.csv")
async def moved(request: Request, plan: PlanId) -> Response:
    """Every house whose precinct differs from the plan in force: whom to notify. UTF-8 with a mark, so
    that a spreadsheet reads Kazakh letters."""
    body = await current().run(EXPORTS, moved_file, current(), request.app.state.editor, plan)
    headers = {
        "Content-Disposition": f'attachment; filename="plan-{plan}-moved.csv"',
        "Cache-Control": "no-store",
    }
    return Response(body.encode("utf-8-sig"), media_type="text/csv", headers=headers)


def moved_file(context: RequestContext, editor: Engine, plan: int) -> str:
    table = moved_table(editor, context.settings.city, plan)
    context.record("plan.exported", plan=plan, form="moved")
    return table


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
            address = [guarded(row[name] or "") for name in ("street_kk", "street_ru", "house")]
            table.writerow([*address, row["voters"], row["from"], row["to"]])
    return written.getvalue()


@router.get("/{plan}/text")
async def legal_text(request: Request, plan: PlanId) -> JSONResponse:
    """{"number", "lines", "untold"} of `?number=`: the border as the decision says it, in Kazakh or
    Russian: `?lang=`, else Kazakh for those who read the page in it."""
    number = whole(request.query_params.get("number", ""), most=999_999_999)
    if number is None:
        raise InvalidInput(PlanBody.refusal, where="number", reason="int_parsing")
    lang = request.query_params.get("lang") or ("kk" if language.get() == "kk" else "ru")
    return await run_command(request, plan, lambda author: text_of(author, lang, number))


def text_of(author: Author, lang: str, number: int) -> dict:
    border = legal_plans.plan_texts(author.connection, author.city, author.plan, lang, number)[number]
    return {
        "number": number,
        "lines": [line.written(lang) for line in border.lines],
        "untold": len(border.untold),
    }
