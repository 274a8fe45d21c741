"""What routes that take a command share: a JSON body that is checked, a command in one transaction as the
editor, and the answer to a parameter that cannot be read.

A refusal is raised and never made here: the middleware answers every error in the same form
(`dashboard.security.refusals`), {"error": code, "message": sentence, "parameters": {...}}.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar, NoReturn, TypeVar

from fastapi import Request
from fastapi.encoders import jsonable_encoder
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ValidationError, model_validator

from dashboard.request_context import current
from geo.database import Connection, transact
from geo.errors import InvalidInput
from geo.storable import as_typed, unstorable
from layers.executors import STUDIO


class Body(BaseModel, extra="forbid"):
    """A JSON body. `refusal`: the code of the error that tells of one that cannot be read."""

    refusal: ClassVar[str] = "request.parameter"

    @model_validator(mode="before")
    @classmethod
    def _typed(cls, given: Any) -> Any:
        """Here, so that no text of any body is forgotten. Raises `InvalidInput` ("request.unstorable")."""
        for where in unstorable(given):
            raise InvalidInput("request.unstorable", where=where[:100])
        return as_typed(given)


Form = TypeVar("Form", bound=Body)


async def read_body(request: Request, form: type[Form]) -> Form:
    """The body, none read as {}. Raises `InvalidInput` (`form.refusal`) that names the first place that is
    wrong."""
    return read_json(await request.body() or b"{}", form)


def read_json(content: bytes | str, form: type[Form]) -> Form:
    """The same as `read_body`, for a part of a request."""
    try:
        return form.model_validate_json(content)
    except ValidationError as error:
        raise _refusal(form.refusal, error.errors(include_url=False, include_input=False)) from error


async def refuse_parameters(request: Request, error: RequestValidationError) -> NoReturn:
    """Takes the place of FastAPI's own answer: raises `InvalidInput` ("request.parameter")."""
    raise _refusal("request.parameter", error.errors()) from error


async def respond(request: Request, work: Callable[[Connection], Any]) -> JSONResponse:
    """Answers with what `work` returns; it runs in one transaction as the editor, in a thread."""
    done = await current().run(STUDIO, transact, request.app.state.editor, work)
    return JSONResponse(jsonable_encoder(done))


def _refusal(code: str, errors: Sequence[Any]) -> InvalidInput:
    return InvalidInput(code, where=".".join(map(str, errors[0]["loc"])), reason=errors[0]["type"])
