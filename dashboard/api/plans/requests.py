"""How the routes of one plan are told: a table of commands and of reads, each a function of the `Author`
(whose transaction is open) and of its body, and one function that makes routes of them.

An edit answers with what changed (`geo.plans.editing.save.Edited`) and with `part`: the touched precincts as
they now are, so that the map can draw it at once. Its body's `seen` = {precinct: version} is what the caller
looked at; another version now is a 409 that says who changed what and when, so that the page can show the
other's work beside one's own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any, ClassVar

from fastapi import APIRouter, Path, Request
from fastapi.responses import JSONResponse
from pydantic import Field

from dashboard import routes
from dashboard.request_context import current
from dashboard.routes import read_body, respond
from geo.database import Connection
from geo.plans.editing.draft import Author, check_known
from geo.plans.editing.save import Edited
from geo.ranges import LARGEST, Id, Lat, Lon
from layers.plans.studio import read_part, read_sources

PlanId = Annotated[int, Path(ge=1, le=LARGEST)]
Line = Annotated[tuple[tuple[Lon, Lat], ...], Field(min_length=2, max_length=10_000)]


class PlanBody(routes.Body):
    refusal: ClassVar[str] = "plan.edit_body"


class EditBody(PlanBody):
    """`seen`: the versions of the precincts that the caller looked at."""

    seen: dict[Id, Id] = {}


Command = Callable[[Author, Any], Any]
"""A command of `geo` for a body that has been checked."""
Edit = Callable[[Author, Any], Edited]
Read = Callable[[Author], Any]


def add_edits(router: APIRouter, edits: Mapping[str, tuple[type[PlanBody], Edit]]) -> None:
    """`POST .../<name>` for each: its body is read, the plan edited."""
    add_commands(router, {name: (form, _with_part(edit)) for name, (form, edit) in edits.items()})


def add_commands(router: APIRouter, commands: Mapping[str, tuple[type[PlanBody], Command]]) -> None:
    """`POST .../<name>` for each: its body is read, the answer is what the command returns."""

    def route(form: type[PlanBody], command: Command) -> Callable:
        async def post(request: Request, plan: PlanId) -> JSONResponse:
            body = await read_body(request, form)
            return await run_command(request, plan, lambda author: command(author, body), body)

        return post

    for name, (form, command) in commands.items():
        router.add_api_route(f"/{{plan}}/{name}", route(form, command), methods=["POST"], name=name)


def add_reads(router: APIRouter, reads: Mapping[str, Read]) -> None:
    """`GET .../<name>` for each that takes nothing but the plan."""

    def route(read: Read) -> Callable:
        async def get(request: Request, plan: PlanId) -> JSONResponse:
            return await run_command(request, plan, read)

        return get

    for name, read in reads.items():
        router.add_api_route(f"/{{plan}}/{name}", route(read), methods=["GET"], name=name)


async def run_command(
    request: Request, plan: int, command: Read, body: PlanBody | None = None
) -> JSONResponse:
    """Runs a command for the caller on a plan that must exist, and answers with its result."""
    context = current()
    city, who = context.settings.city, context.principal.name
    seen = body.seen if isinstance(body, EditBody) else {}

    def work(connection: Connection) -> Any:
        check_known(connection, city, plan)
        return command(Author(connection, city, plan, who, seen))

    return await respond(request, work)


def _with_part(edit: Edit) -> Command:
    def edit_and_read(author: Author, body: Any) -> dict:
        edited = edit(author, body)
        kept = [precinct["id"] for precinct in edited.precincts if not precinct.get("removed")]
        moved = [move["building"] for move in edited.moved]
        return vars(edited) | {
            "part": read_part(author.connection, author.city, author.plan, kept),
            "sources": read_sources(author.connection, author.city, author.plan, moved) if moved else [],
        }

    return edit_and_read
