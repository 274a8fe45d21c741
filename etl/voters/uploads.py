"""A file that the page sends becomes a version of the list: one at a time, in a thread, while the page asks
how far it is.

The file lies beside the keys, where nobody else may look, until it is read; then it is removed, whatever
became of it, and what a killed process left is removed by the next. The import is one transaction: a killed
one leaves what was there before it.
"""

from __future__ import annotations

import logging
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextvars import copy_context
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from hashlib import sha256
from itertools import chain, repeat
from pathlib import Path, PurePath
from secrets import token_hex
from shutil import rmtree
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from etl.voters.files import FORMATS, open_list, sheets
from geo.audit.records import record_audit
from geo.database import is_away
from geo.errors import Conflict, IkomekError, InvalidInput, TooLarge, Unavailable
from geo.voters.answers import ListOwner, ListRequest
from geo.voters.cells import GUESSED
from geo.voters.importing import ImportedList, ListFile, import_list, settle
from geo.voters.model import version, versions
from geo.voters.rows import RowChunk
from geo.voters.service import RequestBody

log = logging.getLogger(__name__)

FOLDER = "uploads"
MOST_BYTES = 120_000_000
MOST_ROWS = 2_000_000
BLOCK_BYTES = 1 << 20
INVENTED, INVENTED_BY = "demo.csv", "demo-list"
AGAIN_S = (5.0, 15.0, 60.0, 300.0, 600.0)
"""After these waits the invented list is tried again."""
AWAY = "voters.away"
INVENTED_AHEAD = timedelta(days=60)
"""How far the voting day of an invented list is."""
LONGEST_NAME = 100
LOAD = "voters.load"


@dataclass(frozen=True)
class UploadState:
    """`state`: "none", "running", "done" or "failed"; `step`: as the import says; `error`: the code of what
    refused it, with its parameters; `sheets`: of several the one that was read, and the others; `guessed`:
    rows of an encoding that was guessed."""

    state: str = "none"
    file: str = ""
    step: str = "rows"
    rows: int = 0
    list: int | None = None
    replayed: bool = False
    error: str = ""
    parameters: dict[str, Any] | None = None
    sheets: tuple[str, Sequence[str]] | None = None
    guessed: int = 0


class FileRequests(Mapping[str, ListRequest]):
    """The requests of the list's process that take files, by name."""

    def __init__(self, owner: ListOwner) -> None:
        self.folder = owner.ring.folder / FOLDER
        rmtree(self.folder, ignore_errors=True)
        self._state, self._guard = UploadState(), threading.Lock()
        self._answers = {"load": ListRequest(self.load, LOAD), "loading": ListRequest(self.loading, LOAD)}

    def __getitem__(self, name: str) -> ListRequest:
        return self._answers[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._answers)

    def __len__(self) -> int:
        return len(self._answers)

    def load(
        self, owner: ListOwner, who: str, body: RequestBody, file_name: str, day: str | None = None
    ) -> dict[str, Any]:
        """Takes the file and begins; how it stands then. Raises `Conflict` ("voters.loading"), `TooLarge`
        ("request.body"), `InvalidInput` ("voters.format", "voters.unfinished", "voters.voting_day")."""
        file = PurePath(file_name).name[-LONGEST_NAME:]
        suffix = PurePath(file).suffix.lower()
        if suffix not in FORMATS:
            raise InvalidInput("voters.format", file=file, known=", ".join(FORMATS))
        if (size := body.left) > MOST_BYTES:
            raise TooLarge("request.body", limit=MOST_BYTES)
        voting_day = self._voting_day(owner, day)
        with self._guard:
            if self._state.state == "running":
                raise Conflict("voters.loading", file=self._state.file)
            self._state = UploadState("running", file)
        path = None
        try:
            path = self._keep(body, file)
            with owner.connected() as connection:
                record_audit(connection, who, "voters.loaded", hash=_sha256(path), size=size)
            arguments = (self._import, owner, who, path, file, voting_day)
            threading.Thread(target=copy_context().run, args=arguments, name="upload", daemon=True).start()
        except BaseException:
            if path is not None:
                path.unlink(missing_ok=True)  # people stand in it
            self._state = UploadState()
            raise
        return self.loading(owner, who)

    def load_invented(self, owner: ListOwner, scale: str, stop: threading.Event) -> None:
        """The demo city's, where no list was ever loaded; where the database is away at its moment, tried
        again, ever later. It waits for a person's approval like any other."""
        for wait_s in chain(AGAIN_S, repeat(AGAIN_S[-1])):
            if self._invented(owner, scale) or stop.wait(wait_s):
                return
            log.warning("the invented list is not loaded yet; tried again")

    def _invented(self, owner: ListOwner, scale: str) -> bool:
        """Whether nothing is left to do: it is loaded, or there is another list."""
        try:
            with owner.connected() as connection:
                if versions(connection, owner.region):
                    return True
        except SQLAlchemyError as error:
            if not is_away(error):
                raise
            return False
        path, day = self.folder / INVENTED, owner.city.today() + INVENTED_AHEAD
        self.folder.mkdir(mode=0o700, exist_ok=True)
        program = [sys.executable, "-m", "geo.process", "etl.demo.voters.invention"]
        done = subprocess.run([*program, str(path), scale, day.isoformat()], stdin=subprocess.DEVNULL)
        with self._guard:
            other = self._state.state != "none" and self._state.file != INVENTED
            if done.returncode or other:
                path.unlink(missing_ok=True)
                log.warning("no invented list was written: exit code %s", done.returncode)
                return other
            self._state = UploadState("running", INVENTED)
        self._import(owner, INVENTED_BY, path, INVENTED, day)
        return self._state.error != AWAY

    def loading(self, owner: ListOwner, who: str) -> dict[str, Any]:
        return asdict(self._state)

    def _voting_day(self, owner: ListOwner, day: str | None) -> date:
        """Raises `InvalidInput` ("voters.voting_day") where none is given and no list has one."""
        try:
            if day:
                return date.fromisoformat(day)
        except ValueError:
            raise InvalidInput("voters.voting_day") from None
        with owner.connected() as connection:
            for row in versions(connection, owner.region):
                known: date = row.voting_day
                return known
        raise InvalidInput("voters.voting_day")

    def _keep(self, body: RequestBody, file: str) -> Path:
        """The path of the file, which has the suffixes of its name and nothing else of it."""
        self.folder.mkdir(mode=0o700, exist_ok=True)
        path = self.folder / (token_hex(8) + "".join(PurePath(file).suffixes[-2:]).lower())
        left = body.left
        try:
            with path.open("xb") as kept:
                path.chmod(0o600)
                while block := body.read(BLOCK_BYTES):
                    kept.write(block)
                    left -= len(block)
            if left:
                raise InvalidInput("voters.unfinished", file=file)
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        return path

    def _import(self, owner: ListOwner, who: str, path: Path, file: str, voting_day: date) -> None:
        try:
            done, guessed = self._imported(owner, who, path, file, voting_day)
            found = UploadState("done", file, "rows", self._state.rows, done.id, done.replayed)
            self._state = replace(found, sheets=sheets(path), guessed=guessed)
        except IkomekError as error:
            named = {"file", "source"} & error.parameters.keys()
            about = {**error.parameters, **dict.fromkeys(named, file)}
            self._state = UploadState("failed", file, error=error.code, parameters=about)
        except Exception as error:
            if not is_away(error):
                log.exception("a list could not be loaded")
            code = Unavailable(AWAY if is_away(error) else "request.failed").code
            self._state = UploadState("failed", file, error=code, parameters={})
        finally:
            path.unlink(missing_ok=True)

    def _imported(
        self, owner: ListOwner, who: str, path: Path, file: str, voting_day: date
    ) -> tuple[ImportedList, int]:
        """And how many of its rows were read by a guessed encoding."""

        def note(step: str, rows: int) -> None:
            self._state = UploadState("running", file, step, rows or self._state.rows)

        whole = open_list(path)
        bounded = ListFile(whole.sha256, _bounded(whole.chunks, file))
        with owner.connected() as connection:
            done = import_list(connection, owner.city, owner.ring, bounded, voting_day, who, note)
        with owner.connected() as connection:
            settle(owner.ring, connection, owner.region, done.id)
            checks = version(connection, owner.region, done.id).checks
        return done, checks.get(GUESSED, {"count": 0})["count"]


def _bounded(chunks: Iterable[RowChunk], file: str) -> Iterator[RowChunk]:
    """Raises `TooLarge` ("voters.rows"): what is packed may be any number of rows."""
    rows = 0
    for chunk in chunks:
        rows += len(chunk.rows) + len(chunk.broken)
        if rows > MOST_ROWS:
            raise TooLarge("voters.rows", file=file, most=MOST_ROWS)
        yield chunk


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        found = sha256()
        while block := file.read(BLOCK_BYTES):
            found.update(block)
    return found.hexdigest()
