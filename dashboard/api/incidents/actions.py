"""What an officer does with an incident: `POST /api/v1/incidents/<incident>/<verb>` with {"key", "version",
"wish"}; on many at once `.../selection/<verb>` with {"key", "seen": {incident: version}, "preview", "wish"};
`.../actions/<action>/undo` and `.../selection/<batch>/undo`; `.../create` with {"key", "wish"}.

`key` is a UUID that the page makes for a click: sent again, by a second click or after an answer that never
came, it does nothing twice. The verbs and what each asks for are `geo.incidents.cases.verbs.VERBS`.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, TypeVar
from uuid import UUID

from fastapi import APIRouter, Path, Request
from fastapi.responses import JSONResponse
from pydantic import Field, create_model

from dashboard import routes
from dashboard.request_context import current
from dashboard.routes import read_body, respond
from dashboard.words import error_words, word
from geo.incidents.cases.act import MOST, BatchResult, act, act_on_selection
from geo.incidents.cases.undo import UNDO_S, undo, undo_selection
from geo.incidents.cases.verbs import VERBS, Verb, Wish
from geo.incidents.cases.write import Performed
from geo.loading.by_hand import NewIncident, create
from geo.ranges import LARGEST, Id

Body = TypeVar("Body", bound=routes.Body)
PathId = Annotated[int, Path(ge=1, le=LARGEST)]

FINAL = frozenset({"undo", "create"})
"""Actions that cannot be undone: a created incident is closed instead."""

router = APIRouter(prefix="/api/v1/incidents", include_in_schema=False)


class ActionBody(routes.Body):
    refusal: ClassVar[str] = "incident.body"
    key: UUID


class OneBody(ActionBody):
    """`version`: that of the incident or mass event that the officer looked at. `wish`: of the verb."""

    version: Id
    wish: Any


class SelectionBody(ActionBody):
    """`seen`: the same of each incident. `preview`: only what would become of it."""

    seen: Annotated[dict[Id, Id], Field(min_length=1, max_length=MOST)]
    preview: bool = False
    wish: Any


class CreateBody(ActionBody):
    wish: NewIncident


@router.post("/create")
async def create_one(request: Request) -> JSONResponse:
    body, (city, principal) = await read_body(request, CreateBody), caller()
    return await respond(
        request, lambda connection: done(create(connection, city, principal, body.wish, body.key))
    )


def form_of(wish: type[Wish], suffix: str, base: type[Body]) -> type[Body]:
    """The body of a verb: that of `base` with the verb's own fields, which may be left out where it has
    none."""
    field: Any = (wish, ... if wish.__match_args__ else Field(default_factory=wish))
    return create_model(f"{wish.__name__}{suffix}", __base__=base, wish=field)


def add_verb(verb: Verb) -> None:
    one_form = form_of(verb.wish, "One", OneBody)
    many_form = form_of(verb.wish, "Many", SelectionBody)

    async def one(request: Request, incident: PathId) -> JSONResponse:
        body, (city, principal) = await read_body(request, one_form), caller()
        return await respond(
            request,
            lambda connection: done(
                act(connection, city, principal, incident, verb.key, body.wish, body.version, body.key)
            ),
        )

    async def many(request: Request) -> JSONResponse:
        body, (city, principal) = await read_body(request, many_form), caller()
        return await respond(
            request,
            lambda connection: listed(
                act_on_selection(
                    connection, city, principal, verb.key, body.wish, body.seen, body.key, body.preview
                ),
                verb.key,
            ),
        )

    router.add_api_route(f"/selection/{verb.key}", many, methods=["POST"], name=f"{verb.key}_many")
    router.add_api_route(f"/{{incident}}/{verb.key}", one, methods=["POST"], name=verb.key)


@router.post("/actions/{action}/undo")
async def undo_one(request: Request, action: PathId) -> JSONResponse:
    body, (city, principal) = await read_body(request, ActionBody), caller()
    return await respond(
        request, lambda connection: done(undo(connection, city, principal, action, body.key))
    )


@router.post("/selection/{batch}/undo")
async def undo_many(request: Request, batch: UUID) -> JSONResponse:
    body, (city, principal) = await read_body(request, ActionBody), caller()
    return await respond(
        request,
        lambda connection: listed(undo_selection(connection, city, principal, batch, body.key), "undo"),
    )


for each in VERBS.values():
    add_verb(each)


def caller() -> tuple[Any, Any]:
    context = current()
    return context.settings.city, context.principal


def done(action: Performed) -> dict:
    """`undo_s`: how long it can be undone, in seconds from `at`."""
    message = word(f"duty.done.{action.verb}")
    if action.left_event is not None:
        message = f"{message}. {word('duty.left_event', number=action.left_event)}"
    return vars(action) | {
        "at": action.at.timestamp(),
        "undo_s": 0 if action.verb in FINAL else UNDO_S,
        "message": message,
    }


def listed(selection: BatchResult, verb: str) -> dict:
    """{"batch", "done": [...], "ready": [id], "refused": [{"incident", "error", "message"}], "undo_s"}."""
    refused = [
        {
            "incident": refusal.incident,
            "error": refusal.error.code,
            "message": error_words(refusal.error),
        }
        for refusal in selection.refused
    ]
    return {
        "batch": str(selection.batch),
        "done": [done(action) for action in selection.done],
        "ready": selection.ready,
        "refused": refused,
        "undo_s": UNDO_S if selection.done and verb != "undo" else 0,
        "message": word(f"duty.done.{verb}"),
    }
