"""What a browser was kept from by the content policy, as it tells us itself: a script that somebody got into
a page, or a fault of ours. Only who is signed in, or a screen, is listened to; of one kind a line of the log
an hour, and no address is written with its query."""

from __future__ import annotations

import logging
import time
from urllib.parse import urlsplit

from fastapi import APIRouter, Request
from fastapi.responses import Response

from dashboard.security.headers import VIOLATIONS
from geo.foreign_json import read_foreign_json

AGAIN_S = 3600.0
MOST = 200
"""Kinds that are held at once; whoever makes up more is not written down."""
LONGEST = 120

log = logging.getLogger(__name__)
router = APIRouter(include_in_schema=False)


class Violations:
    """Those of one process."""

    def __init__(self) -> None:
        self._logged: dict[tuple[str, ...], float] = {}

    def take(self, body: bytes, now: float) -> None:
        """What cannot be read is none."""
        found = kind_of(body)
        if found is None:
            return
        self._logged = {kind: at for kind, at in self._logged.items() if now - at < AGAIN_S}
        if found not in self._logged and len(self._logged) < MOST:
            self._logged[found] = now
            log.warning("the content policy kept a browser from %s of %s on %s", *found)


def kind_of(body: bytes) -> tuple[str, str, str] | None:
    """The directive, what was blocked, and the page; all without what could break a line."""
    try:
        report = read_foreign_json(body)["csp-report"]
        names = ("effective-directive", "blocked-uri", "document-uri")
        directive, blocked, page = (str(report.get(name, "")) for name in names)
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    return plain(directive), plain(host_and_path(blocked)), plain(host_and_path(page))


def host_and_path(address: str) -> str:
    """Its host and path; a word such as "inline" as it is."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return "?"
    return f"{parts.netloc}{parts.path}" if parts.netloc else address.partition("?")[0]


def plain(text: str) -> str:
    return "".join(sign if sign.isprintable() else "?" for sign in text[:LONGEST])


@router.post(VIOLATIONS)
async def take_report(request: Request) -> Response:
    request.app.state.violations.take(await request.body(), time.monotonic())
    return Response(status_code=204)
