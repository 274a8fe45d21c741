"""What the three levels do on /desk, each with a `key` of the click, which does nothing twice, and but for a
mark with the incident's `version` that was seen: `POST /api/v1/desk/<incident>/agree` with {"queue"},
`/correct/<verb>` with {"queue", "wish"}, `/decide` with {"granted", "answer"} by an inspector; `/act/<verb>`
with {"wish"} and `/extension` with {"wish"} by the performer whose case it is; `/mark` with {"mark"} and
`/reopen` with {"wish"} for a citizen.

Each answers {"message"}, and of an action what `dashboard.api.incidents.actions.done` says of one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from annotated_types import Len
from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from pydantic import Field, create_model

from dashboard.api.incidents.actions import ActionBody, PathId, caller, done
from dashboard.routes import Body, read_body, respond
from dashboard.words import word
from geo.accounts.users import Principal
from geo.database import Connection
from geo.desk import check, citizens, extensions, organisation
from geo.desk.model import MARKS
from geo.incidents.cases.verbs import VERBS, Because, Until, Wish
from geo.ranges import Id
from geo.settings import City

Queue = Literal["time", "reopened", "escalated", "new", "sample"]

router = APIRouter(prefix="/api/v1/desk", include_in_schema=False)


class SeenBody(ActionBody):
    version: Id


class AgreeBody(SeenBody):
    queue: Queue


class DecideBody(SeenBody):
    granted: bool
    answer: Annotated[str, Len(1, 2000)] | None = None


class ExtensionBody(SeenBody):
    wish: Until


class ReopenBody(SeenBody):
    wish: Because


class MarkBody(ActionBody):
    mark: Annotated[int, Field(ge=min(MARKS), le=max(MARKS))]


@router.post("/{incident}/reopen")
async def reopen(request: Request, incident: PathId) -> JSONResponse:
    body, (city, principal) = await read_body(request, ReopenBody), caller()
    return await respond(
        request,
        lambda connection: done(
            citizens.reopen(connection, city, principal, incident, body.wish, body.version, body.key)
        ),
    )


Case = tuple[Connection, City, Principal, int]


@dataclass(frozen=True)
class DeskRoute:
    """`do` gives the number of what was written; `message` the word (a key) that tells it."""

    form: type[Body]
    do: Callable[[Case, Any], int]
    message: Callable[[Any], str]


STEPS = {
    "agree": DeskRoute(
        AgreeBody,
        lambda case, body: check.agree(*case, body.queue, body.version, body.key),
        lambda body: "desk.done.agree",
    ),
    "decide": DeskRoute(
        DecideBody,
        lambda case, body: extensions.decide(*case, body.granted, body.answer, body.version, body.key),
        lambda body: f"desk.done.{'grant' if body.granted else 'refuse'}",
    ),
    "extension": DeskRoute(
        ExtensionBody,
        lambda case, body: extensions.request(*case, body.wish, body.version, body.key),
        lambda body: "desk.done.extension",
    ),
    "mark": DeskRoute(
        MarkBody,
        lambda case, body: citizens.give_mark(*case, body.mark, body.key),
        lambda body: "desk.done.mark",
    ),
}
"""What is no action on the incident itself."""


def add_step(name: str, step: DeskRoute) -> None:
    async def take(request: Request, incident: PathId) -> JSONResponse:
        body: Any = await read_body(request, step.form)
        city, principal = caller()

        def done_so(connection: Connection) -> dict[str, Any]:
            number = step.do((connection, city, principal, incident), body)
            return {"number": number, "message": word(step.message(body))}

        return await respond(request, done_so)

    router.add_api_route(f"/{{incident}}/{name}", take, methods=["POST"], name=name)


def add_correction(verb: str, wish: type[Wish]) -> None:
    form = create_model(f"{wish.__name__}Correction", __base__=AgreeBody, wish=(wish, ...))

    async def correct(request: Request, incident: PathId) -> JSONResponse:
        body: Any = await read_body(request, form)
        city, principal = caller()
        return await respond(
            request,
            lambda connection: done(
                check.correct(
                    connection,
                    city,
                    principal,
                    incident,
                    body.queue,
                    verb,
                    body.wish,
                    body.version,
                    body.key,
                )
            ),
        )

    router.add_api_route(f"/{{incident}}/correct/{verb}", correct, methods=["POST"], name=f"correct_{verb}")


def add_work(verb: str, wish: type[Wish]) -> None:
    form = create_model(
        f"{wish.__name__}Work", __base__=SeenBody, wish=(wish, ... if verb == "note" else wish())
    )

    async def work(request: Request, incident: PathId) -> JSONResponse:
        body: Any = await read_body(request, form)
        city, principal = caller()
        return await respond(
            request,
            lambda connection: done(
                organisation.work(
                    connection, city, principal, incident, verb, body.wish, body.version, body.key
                )
            ),
        )

    router.add_api_route(f"/{{incident}}/act/{verb}", work, methods=["POST"], name=f"work_{verb}")


for each, step in STEPS.items():
    add_step(each, step)
for each in check.CORRECTIONS:
    add_correction(each, VERBS[each].wish)
for each, what in organisation.WORK.items():
    add_work(each, what)
