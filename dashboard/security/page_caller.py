"""A page that was drawn for one person refuses the cookie of another: somebody else may sign in beside it in
the same browser, and header and list would be those of two people.

The document carries a mark of its caller (`data-caller`, `dashboard.app`), and whatever the page asks for
says it again: scripts in a header, the stream and what the browser fetches by itself in the address. What
says none is not one of our pages, and is answered by its cookie.
"""

from __future__ import annotations

from hashlib import sha256
from urllib.parse import parse_qsl, urlencode

from starlette.datastructures import Headers
from starlette.types import Scope

from geo.accounts.users import Principal
from geo.errors import Conflict

HEADER = "x-caller"
PARAMETER = "caller"


def mark_of(principal: Principal) -> str:
    """The same for every session of one person, and for every visit of one screen."""
    return sha256(f"{principal.type} {principal.name}".encode()).hexdigest()[:16]


def check(scope: Scope, headers: Headers, principal: Principal) -> None:
    """Raises `Conflict` ("door.other_caller") for a page that was drawn for somebody else."""
    drawn_for = headers.get(HEADER) or _in_address(scope)
    if drawn_for and drawn_for != mark_of(principal):
        raise Conflict("door.other_caller")


def _in_address(scope: Scope) -> str | None:
    """Taken out of it: routes read their filters there."""
    if f"{PARAMETER}=".encode() not in scope["query_string"]:
        return None
    pairs = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
    rest = [(name, value) for name, value in pairs if name != PARAMETER]
    scope["query_string"] = urlencode(rest).encode("latin-1")
    return dict(pairs).get(PARAMETER)
