"""The family of errors, each a code with parameters, and the HTTP status it answers with. The sentences are
in `dashboard/locale`.

The table `STATUS` maps each class to the HTTP status it answers with; every one of them exits the command
line with 1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


class IkomekError(Exception):
    """What went wrong, as a code (`"feed.unknown"`) with parameters for the sentence (`feed="inquiries"`)."""

    def __init__(self, code: str, **parameters: Any) -> None:
        self.code = code
        self.parameters = parameters
        super().__init__(f"{code} {parameters}" if parameters else code)


@dataclass(frozen=True)
class LineMistake:
    """A mistake in a file that people write, at a line counted from 1: `code` with its parameters. Its words
    are under "SUBJECT.mistake.CODE"."""

    line: int
    code: str
    parameters: Mapping[str, Any]


class InvalidInput(IkomekError):
    """The caller's value cannot be used; `parameters` name the field and the value."""


class NotFound(IkomekError):
    """No such thing."""


class Forbidden(IkomekError):
    """Known, but not allowed."""


class Unauthenticated(IkomekError):
    """Nobody is signed in, or the session or token has ended."""


class Conflict(IkomekError):
    """The caller's version is not the newest; `parameters` say who changed what, and when."""


class TooLarge(IkomekError):
    """More than one request may carry or ask for; `parameters` give the limit."""


class TooMany(IkomekError):
    """Asked too often; `parameters` give the seconds to wait (`retry_s`)."""


class Misdirected(IkomekError):
    """Asked for under a name that is not ours."""


class Unavailable(IkomekError):
    """A server that this needs does not answer, or not in time."""


class StorageFull(IkomekError):
    """The database has no room on its disk: nothing can be taken until there is."""


STATUS: dict[type[IkomekError], int] = {
    InvalidInput: 400,
    Unauthenticated: 401,
    Forbidden: 403,
    NotFound: 404,
    Conflict: 409,
    TooLarge: 413,
    Misdirected: 421,
    TooMany: 429,
    Unavailable: 503,
    StorageFull: 507,
}
