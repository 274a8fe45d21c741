"""Mass events: `POST /api/v1/incidents/mass-events/confirm` with {"key", "incidents"} makes one of open
incidents, `.../preview` with {"incidents", "part"} says what that, or splitting a part off, would join;
`.../dismiss` says that they are none; `.../<event>/<verb>` with {"key", "version", "wish"} is a
step on one, `.../steps/<step>/undo` with {"key"} takes it back.

`key` is a UUID that the page makes for a click, as of actions. The verbs and what each asks for are
`geo.incidents.mass_events.commands.EVENT_VERBS`.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from pydantic import Field

from dashboard import routes
from dashboard.api.incidents.actions import ActionBody, OneBody, PathId, caller, form_of
from dashboard.formats import number
from dashboard.routes import read_body, respond
from dashboard.words import language, word
from geo.incidents.cases.undo import UNDO_S
from geo.incidents.mass_events.commands import EVENT_VERBS, EventVerb, act_on_event
from geo.incidents.mass_events.confirm import MOST, confirm, dismiss
from geo.incidents.mass_events.members import StepDone
from geo.incidents.mass_events.preview import JoinPreview, preview_join, preview_part
from geo.incidents.mass_events.undo import undo_step
from geo.ranges import Id

router = APIRouter(prefix="/api/v1/incidents/mass-events", include_in_schema=False)


class IncidentsBody(ActionBody):
    incidents: Annotated[list[Id], Field(min_length=1, max_length=MOST)]


class JoinQuestionBody(routes.Body):
    """`part`: they are incidents of one event, to be split off or taken out of it."""

    refusal: ClassVar[str] = "incident.body"
    incidents: Annotated[list[Id], Field(min_length=1, max_length=MOST)]
    part: bool = False


@router.post("/preview")
async def preview_one(request: Request) -> JSONResponse:
    body, (city, principal) = await read_body(request, JoinQuestionBody), caller()
    read, lang = (preview_part if body.part else preview_join), language.get()
    return await respond(
        request, lambda connection: previewed(read(connection, city, principal, lang, body.incidents))
    )


@router.post("/confirm")
async def confirm_one(request: Request) -> JSONResponse:
    body, (city, principal) = await read_body(request, IncidentsBody), caller()
    return await respond(
        request, lambda connection: done(confirm(connection, city, principal, body.incidents, body.key))
    )


@router.post("/dismiss")
async def dismiss_one(request: Request) -> JSONResponse:
    body, (city, principal) = await read_body(request, IncidentsBody), caller()
    return await respond(
        request,
        lambda connection: (
            dismiss(connection, city, principal, body.incidents) | {"message": word("duty.mass.dismissed")}
        ),
    )


@router.post("/steps/{step}/undo")
async def undo_one(request: Request, step: PathId) -> JSONResponse:
    body, (city, principal) = await read_body(request, ActionBody), caller()
    return await respond(
        request, lambda connection: done(undo_step(connection, city, principal, step, body.key))
    )


def add_verb(key: str, verb: EventVerb) -> None:
    form = form_of(verb.wish, "Event", OneBody)

    async def act(request: Request, event: PathId) -> JSONResponse:
        body, (city, principal) = await read_body(request, form), caller()
        return await respond(
            request,
            lambda connection: done(
                act_on_event(connection, city, principal, event, key, body.wish, body.version, body.key)
            ),
        )

    router.add_api_route(f"/{{event}}/{key}", act, methods=["POST"], name=f"mass_{key}")


for each, of in EVENT_VERBS.items():
    add_verb(each, of)


def previewed(join: JoinPreview) -> dict[str, Any]:
    """`warnings`: what somebody should know before it is done, in words."""
    warnings = []
    if join.metres is not None and join.is_far:
        metres, radius = number(round(join.metres, -1)), number(join.radius_m)
        warnings.append(word("duty.mass.preview.far", metres=metres, radius=radius))
    if len(join.districts) > 1:
        warnings.append(word("duty.mass.preview.districts", names=", ".join(join.districts)))
    if join.left:
        warnings.append(word("duty.mass.left", n=join.left))
    return {"n": join.n, "warnings": warnings}


def done(step: StepDone) -> dict[str, Any]:
    """`undo_s`: how long it can be undone, in seconds from `at`."""
    message = word(f"duty.mass.done.{step.verb}", number=step.number, n=step.n)
    if step.left:
        message = f"{message} {word('duty.mass.left', n=step.left)}"
    if step.ended:
        message = f"{message}. {word('duty.mass.ended')}"
    return vars(step) | {
        "at": step.at.timestamp(),
        "undo_s": 0 if step.verb == "undo" else UNDO_S,
        "message": message,
    }
