"""Who may call which Dash callback: it belongs to the page that registered it and needs that page's
permission. One that no page registered is refused."""

from __future__ import annotations

from collections.abc import Mapping

from dashboard.security.rules import SIGNED_IN
from geo.accounts.users import Principal
from geo.errors import Forbidden, InvalidInput
from geo.foreign_json import read_foreign_json

PATH = "/_dash-update-component"


def check(body: bytes, permissions: Mapping[str, str], principal: Principal) -> None:
    """`body` as Dash sends it; "output" names the callback. Raises `InvalidInput`, `Forbidden`."""
    try:
        call = read_foreign_json(body)
        output = call["output"]
    except (ValueError, KeyError, TypeError) as error:
        raise InvalidInput("request.callback") from error
    needed = permissions.get(output) if isinstance(output, str) else None
    if needed is None or (needed != SIGNED_IN and not principal.may(needed)):
        raise Forbidden("door.forbidden", permission=needed or "callback")
    if not _fits(output, call.get("outputs")):
        raise InvalidInput("request.callback")


def _fits(output: str, outputs: object) -> bool:
    """Whether what is to be filled is what the callback fills: Dash takes the answer apart by it."""
    if not output.startswith(".."):
        return _is_field(outputs, output)
    names = output[2:-2].split("...")
    return isinstance(outputs, list) and len(outputs) == len(names) and all(map(_is_field, outputs, names))


def _is_field(field: object, name: str) -> bool:
    return (
        isinstance(field, dict)
        and isinstance(field.get("id"), str)
        and f"{field['id']}.{field.get('property')}" == name
    )
