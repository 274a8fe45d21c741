"""The process that owns the keys of the electoral list, and answers the few requests of `geo.voters.answers`
on a socket (`python -m geo.process etl.voters.service`, which adds how files are read).

The web server has no right on the list and cannot read a key: it asks here, with the token of the session of
who asked it. Who that is, and whether they may, is looked up here: whoever rules the web server can ask only
in the name of a person who has an account. One line of JSON each way, a connection for each request
(`geo.voters.client`); a file follows its line. What is answered has been recorded in the audit, in a
transaction that is committed, before the answer is written. Nothing of a request or of an answer is logged.
"""

from __future__ import annotations

import json
import logging
import os
import socketserver
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BufferedIOBase
from pathlib import Path
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from geo import logs
from geo.accounts.open_sessions import need_fresh
from geo.accounts.sessions import read_principal
from geo.audit.callers import Caller, caller
from geo.database import is_away
from geo.errors import Conflict, Forbidden, IkomekError, Unauthenticated, Unavailable
from geo.settings import Settings
from geo.voters.answers import ANSWERS, ListOwner, ListRequest
from geo.voters.client import LONGEST, socket_of
from geo.voters.given import check_given
from geo.voters.retention import erase_due, sweep_keys

log = logging.getLogger(__name__)

OPEN_TO_GROUP = 0o660
ERASE_EVERY_S = 600.0
IDLE_S = 10.0
"""A caller that sends nothing so long is sent away."""


@dataclass
class RequestBody:
    """The file that follows a request: `left` bytes of it have not been read."""

    rest: BufferedIOBase
    left: int

    def read(self, most: int) -> bytes:
        """Empty where there is no more, also where the caller has hung up."""
        block = self.rest.read(min(self.left, most))
        self.left = self.left - len(block) if block else 0
        return block

    def skip(self) -> None:
        """Reads the request to its end: who is still sending hears no answer."""
        while self.read(LONGEST):
            pass


class VotersConnection(socketserver.StreamRequestHandler):
    """One request."""

    timeout = IDLE_S
    server: Service

    def handle(self) -> None:
        with suppress(TimeoutError, ConnectionError):
            line = self.rfile.readline(LONGEST)
            if line.endswith(b"\n"):
                self.wfile.write(self.server.respond(line, self.rfile))


class Service(socketserver.ThreadingUnixStreamServer):
    """Listens on `path`; a socket that an earlier process left there is replaced. Whoever may enter its
    folder and is of its group may connect."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(
        self,
        settings: Settings,
        path: Path,
        more: Callable[[ListOwner], Mapping[str, ListRequest]] = lambda _: {},
    ) -> None:
        """`more`: what else is answered; a request whose message has "body", a number of bytes, is given
        these as a `RequestBody`."""
        self.owner = ListOwner.of(settings)
        self.answers = {**ANSWERS, **more(self.owner)}
        path.parent.mkdir(mode=0o710, parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        mask = os.umask(0o777 & ~OPEN_TO_GROUP)
        try:
            super().__init__(str(path), VotersConnection)
        finally:
            os.umask(mask)

    def respond(self, line: bytes, rest: BufferedIOBase) -> bytes:
        """A line: {"answer": ...}, or {"error": class, "code", "parameters"}."""
        try:
            return _line({"answer": self._answer(json.loads(line), rest)})
        except IkomekError as error:
            return _refusal(error)
        except Exception as error:
            if is_away(error):
                return _refusal(Unavailable("voters.away"))
            log.exception("a request could not be answered")
            return _refusal(Unavailable("request.failed"))

    def _answer(self, message: dict[str, Any], rest: BufferedIOBase) -> Any:
        given, body = message["parameters"], RequestBody(rest, message.get("body", 0))
        if "body" in message:
            given |= {"body": body}
        token = caller.set(Caller(**message["caller"] | {"type": "person"}))
        try:
            answer = self.answers[message["request"]]
            who = self._caller(message["session"], answer)
            check_given(answer.function, given)
            return answer.function(self.owner, who, **given)
        finally:
            body.skip()
            caller.reset(token)

    def _caller(self, session: object, wanted: ListRequest) -> str:
        """Raises `Unauthenticated` ("door.signed_out"), `Forbidden` ("door.forbidden", "account.again")."""
        principal = read_principal(self.owner.voters, session) if isinstance(session, str) else None
        if principal is None or principal.type != "person":
            raise Unauthenticated("door.signed_out")
        if not principal.may(wanted.permission):
            raise Forbidden("door.forbidden", permission=wanted.permission)
        if wanted.weighs:
            need_fresh(principal)
        return principal.name

    def server_close(self) -> None:
        super().server_close()
        self.owner.close()


def _refusal(error: IkomekError) -> bytes:
    return _line({"error": type(error).__name__, "code": error.code, "parameters": error.parameters})


def _line(answer: dict[str, Any]) -> bytes:
    return json.dumps(answer).encode() + b"\n"


def erase_until(stop: threading.Event, owner: ListOwner) -> None:
    """Lists whose time is over, and keys of lists that never came to be, at once and then every
    `ERASE_EVERY_S`."""
    while True:
        try:
            with suppress(Conflict):  # an import is at work: the next round sees what it leaves
                sweep_keys(owner.voters, owner.city, owner.ring)
            if erased := erase_due(owner.voters, owner.city, owner.ring, datetime.now(UTC)):
                log.info("erased after their time: lists %s", ", ".join(map(str, erased)))
        except IkomekError as error:
            log.warning("lists whose time is over were not erased: %s; tried again", error.code)
        except SQLAlchemyError as error:
            if not is_away(error):
                log.exception("lists whose time is over were not erased")
        if stop.wait(ERASE_EVERY_S):
            return


def serve(stop: threading.Event, more: Callable[[ListOwner], Mapping[str, ListRequest]]) -> int:
    """Serves until `stop` is set; `more` as `Service` takes it. The exit code."""
    logs.configure()
    settings = Settings.load()
    with Service(settings, socket_of(settings), more) as service:
        listening = threading.Thread(target=service.serve_forever, name="listening")
        listening.start()
        erase_until(stop, service.owner)
        service.shutdown()
        listening.join()
    return 0
