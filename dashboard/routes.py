"""What routes that take a command share: a JSON body that is checked, a command in one transaction as the
editor, and the answer to a parameter that cannot be read.

A refusal is raised and never made here: the middleware answers every error in the same form
(`dashboard.security.refusals`), {"error": code, "message": sentence, "parameters": {...}}.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
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

    @model_validator(mode="wrap")
    @classmethod
    def _typed(cls, given: Any, check: Callable[[Any], Body]) -> Body:
        """Here, so that no text and no number of any body is forgotten. Raises `InvalidInput`
        ("request.unstorable", `refusal`)."""
        for where in unstorable(given):
            raise InvalidInput("request.unstorable", where=where[:100])
        typed = as_typed(given)
        body = check(typed)
        for where in misread(typed, body):
            raise InvalidInput(cls.refusal, where=where[:100], reason="int_type")
        return body


Form = TypeVar("Form", bound=Body)


def misread(given: Any, value: Any, at: tuple[str, ...] = ()) -> Iterator[str]:
    """The way to every number that was read from something else: yes or no, 1.0 where only whole ones are,
    a text; and to every name of a member that stands for the same number as another ("1" and "01")."""
    if isinstance(value, int | float) and _kind(given) != _kind(value) and not _is_whole_for(given, value):
        yield ".".join(at)
    if isinstance(given, list) and isinstance(value, list | tuple):
        for nth, (one, other) in enumerate(zip(given, value)):
            yield from misread(one, other, (*at, str(nth)))
    if isinstance(given, dict) and isinstance(value, dict):
        yield from (".".join((*at, name)) for name in given.keys() - set(map(str, value)))
        for (name, one), other in zip(given.items(), value.values()):
            yield from misread(one, other, (*at, name))
    elif isinstance(given, dict):
        for name, one in given.items():
            yield from misread(one, getattr(value, name, None), (*at, name))


def _kind(value: Any) -> type:
    return bool if isinstance(value, bool) else type(value)


def _is_whole_for(given: Any, value: Any) -> bool:
    """A whole number where any will do."""
    return isinstance(value, float) and _kind(given) is int


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
