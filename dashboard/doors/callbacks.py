"""Who may call which Dash callback: it belongs to the page that registered it and needs that page's permission. One that no page registered is refused."""
from __future__ import annotations

import json
from collections.abc import Mapping

from dashboard.doors.rules import SIGNED_IN
from geo.errors import Forbidden, InvalidInput
from geo.users import Principal

PATH = "/_dash-update-component"


def check(body: bytes, permissions: Mapping[str, str], principal: Principal) -> None:
    """`body` as Dash sends it; "output" names the callback. Raises `InvalidInput`, `Forbidden`."""
    try:
        output = json.loads(body)["output"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise InvalidInput("request.callback") from error
    needed = permissions.get(output) if isinstance(output, str) else None
    if needed is None or (needed != SIGNED_IN and not principal.may(needed)):
        raise Forbidden("door.forbidden", permission=needed or "callback")
