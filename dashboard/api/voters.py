"""The electoral list: a file that is loaded, and what is printed.

`POST /api/v1/voters/load?name=FILE&day=DAY`: a CSV or XLSX as its body, handed to the list's own process
piece by piece; `GET`: how far it is. Both answer {"state", "step", "rows", "file", "list", "message"}.
`GET /api/v1/voters/printed.pdf?number=412&by=name|address&lang=kk|ru`: one precinct's list for its
commission; `GET /api/v1/voters/notices.pdf`: what the houses are told that vote elsewhere. Each is in the
audit before it is sent: the list's own process records the first.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response

from dashboard.paper.notices import notices_pdf
from dashboard.paper.voters import voters_pdf
from dashboard.request_context import RequestContext, current
from dashboard.words import code_words, word
from geo.errors import InvalidInput
from geo.plans.compare import read_notices
from geo.ranges import whole
from geo.voters.client import request as ask_list
from geo.voters.client import send_file
from geo.voters.printed import PrintedList
from layers.executors import CARDS, EXPORTS
from layers.reading import snapshot

router = APIRouter(prefix="/api/v1/voters", include_in_schema=False)

FileName = Annotated[str, Query(min_length=1, max_length=255)]
Number = Annotated[int, Query(ge=1, le=99_999)]


@router.post("/load")
async def load(request: Request, name: FileName, day: str | None = None) -> dict[str, Any]:
    """Raises what the list's process refuses, `InvalidInput` ("request.unfinished") for a body without its
    length."""
    context, size = current(), whole(request.headers.get("content-length", ""))
    if size is None:
        raise InvalidInput("request.unfinished")
    given = {"file_name": name, "day": day}
    state = await send_file(context.settings, "load", context.session, size, request.stream(), **given)
    return _worded(state)


@router.get("/load")
async def loading() -> dict[str, Any]:
    context = current()
    return _worded(await context.run(CARDS, ask_list, context.settings, "loading", context.session))


def _worded(state: dict[str, Any]) -> dict[str, Any]:
    """The state with a sentence; for what was refused it says why, never what stood in the file."""
    message = ""
    if state["state"] == "failed":
        message = code_words(state["error"], state["parameters"])
    elif state["state"] == "done":
        message = word("voters.load.same" if state["replayed"] else "voters.load.done", list=state["list"])
        if state["sheets"]:
            sheet, others = state["sheets"]
            message += " " + word("voters.load.sheet", sheet=sheet, others=", ".join(others))
        if state["guessed"]:
            message += " " + word("voters.guessed", n=state["guessed"])
    elif state["state"] == "running":
        message = word(f"voters.load.{state['step']}", file=state["file"], n=state["rows"])
    return {name: state[name] for name in ("state", "step", "rows", "file", "list")} | {"message": message}


@router.get("/printed.pdf")
async def send_list(
    number: Number, by: Literal["name", "address"] = "name", lang: Literal["kk", "ru"] = "ru"
) -> Response:
    """Raises what the list's process refuses."""
    body = await current().run(EXPORTS, make_list, current(), number, by, lang)
    return _pdf(body, f"precinct-{number}-{by}-{lang}.pdf")


@router.get("/notices.pdf")
async def send_notices() -> Response:
    """Raises `NotFound` ("plan.nothing_before"), `TooLarge` ("plan.notices")."""
    return _pdf(await current().run(EXPORTS, make_notices, current()), "notices.pdf")


def make_list(context: RequestContext, number: int, by: str, lang: str) -> bytes:
    wanted = {"number": number, "by": by, "lang": lang}
    printed = ask_list(context.settings, "printed", context.session, **wanted)
    return voters_pdf(PrintedList.read(printed), by, lang, context.settings.city.time_zone)


def make_notices(context: RequestContext) -> bytes:
    with snapshot(context.servers.engine) as connection:
        found = read_notices(connection, context.settings.city)
    body = notices_pdf(found, context.settings.city)
    context.record("plan.exported", plan=found.plan, form="notices")
    return body


def _pdf(body: bytes, name: str) -> Response:
    headers = {"Cache-Control": "no-store", "Content-Disposition": f'inline; filename="{name}"'}
    return Response(body, media_type="application/pdf", headers=headers)
