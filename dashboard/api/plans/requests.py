"""What the routes of the studio share: a body that is checked, a command in one transaction as the editor,
an answer that the map can draw at once.

A refusal carries its parameters besides the sentence: who changed what and when, so that the page can show
the other's work beside one's own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any, TypeVar

from fastapi import Path, Request
from fastapi.encoders import jsonable_encoder
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field, ValidationError

from dashboard.request_context import Visit, current
from dashboard.words import error_words
from geo.database import Connection, Engine, transact
from geo.errors import STATUS, IkomekError, InvalidInput
from geo.plans.editing.draft import Author, check_known
from geo.plans.editing.save import Edited
from geo.settings import City
from layers.executors import STUDIO
from layers.plans.studio import read_part, read_sources

Lon = Annotated[float, Field(ge=-180, le=180)]
Lat = Annotated[float, Field(ge=-90, le=90)]
MOST = 2**63 - 1
"""The largest number that a column of the database holds."""
Whole = Annotated[int, Field(ge=0, le=MOST)]
"""An id or a version."""
PlanId = Annotated[int, Path(ge=1, le=MOST)]
Line = Annotated[tuple[tuple[Lon, Lat], ...], Field(min_length=2, max_length=10_000)]
Command = Callable[[Connection, City, str], Any]
"""What is asked of `geo`: with the open transaction, the city, and the name of who asks."""
Edit = Callable[[Author], Edited]


class Body(BaseModel, extra="forbid"):
    pass


Asked = TypeVar("Asked", bound=Body)


async def read_body(request: Request, form: type[Asked]) -> Asked:
    """Raises `InvalidInput` ("plan.edit_body") naming the first place that is wrong."""
    try:
        return form.model_validate_json(await request.body() or b"{}")
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise InvalidInput(
            "plan.edit_body", where=".".join(map(str, first["loc"])), reason=first["type"]
        ) from error


async def change(
    request: Request, plan: int, edit: Edit, seen: Mapping[int, int] | None = None
) -> JSONResponse:
    """Edit a plan as the visitor, who saw its precincts at these versions; the answer has besides `Edited`
    `part`: the touched precincts as they now are."""
    return await answer(lambda: _changed(request.app.state.editor, current(), plan, edit, seen or {}))


async def tell(request: Request, command: Command, plan: int | None = None) -> JSONResponse:
    """Run a command and send what it returns; `plan`: it is asked of this one, which must be there."""
    return await answer(lambda: _told(request.app.state.editor, current(), command, plan))


async def answer(work: Callable[[], Any]) -> JSONResponse:
    try:
        return JSONResponse(jsonable_encoder(await current().run(STUDIO, work)))
    except IkomekError as error:
        said = {"error": error.code, "message": error_words(error), "parameters": error.parameters}
        return JSONResponse(
            jsonable_encoder(said), next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)
        )


def _changed(editor: Engine, visit: Visit, plan: int, edit: Edit, seen: Mapping[int, int]) -> dict:
    city = visit.settings.city

    def work(connection: Connection) -> dict:
        edited = edit(Author(connection, city, plan, visit.principal.name, seen))
        kept = [precinct["id"] for precinct in edited.precincts if not precinct.get("removed")]
        part = read_part(connection, city, plan, kept)
        sources = (
            read_sources(connection, city, plan, [moved["building"] for moved in edited.moved])
            if edited.moved
            else []
        )
        return vars(edited) | {"part": part, "sources": sources}

    return transact(editor, work)


def _told(editor: Engine, visit: Visit, command: Command, plan: int | None) -> Any:
    city = visit.settings.city

    def work(connection: Connection) -> Any:
        if plan is not None:
            check_known(connection, city, plan)
        return command(connection, city, visit.principal.name)

    return transact(editor, work)
