"""What a browser sends a callback, checked by the types of its arguments before it runs: a page of ours sends
no other, so that a callback need not ask."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Any, get_type_hints

from pydantic import TypeAdapter, ValidationError

from geo.errors import InvalidInput
from geo.storable import as_typed, unstorable


def checked(function: Callable[..., Any]) -> Callable[..., Any]:
    """The callback, which raises `InvalidInput` ("request.parameter", "request.unstorable") with the name of
    an argument that is of another type, or holds a text that cannot be kept."""
    types = {name: TypeAdapter(kind) for name, kind in _types(function).items()}
    names = [*inspect.signature(function).parameters]

    def taken(values: tuple[Any, ...]) -> list[Any]:
        given = (*names, *names[-1:] * len(values))
        return [_value(name, types.get(name), value) for name, value in zip(given, values)]

    if inspect.iscoroutinefunction(function):

        @wraps(function)
        async def ask(*values: Any) -> Any:
            return await function(*taken(values))

        return ask

    @wraps(function)
    def answer(*values: Any) -> Any:
        return function(*taken(values))

    return answer


def _types(function: Callable[..., Any]) -> dict[str, Any]:
    """The types of its arguments; of a partial one, those of its function."""
    hints = get_type_hints(getattr(function, "func", function), include_extras=True)
    return {name: kind for name, kind in hints.items() if name != "return"}


def _value(name: str, kind: TypeAdapter[Any] | None, value: Any) -> Any:
    for where in unstorable(value, (name,)):
        raise InvalidInput("request.unstorable", where=where[:100])
    try:
        return as_typed(value) if kind is None else kind.validate_python(as_typed(value))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, (name, *first["loc"])))[:100]
        raise InvalidInput("request.parameter", where=where, reason=first["type"]) from error
