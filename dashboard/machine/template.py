"""The template of the web server: a process that has read the code and waits. Each web server is a copy of
it (a fork), there in a moment however often one is killed and whatever else the machine has to do: reading
the code takes seconds. Copies share its memory.

This is the supervisor's side, `dashboard.machine.copies` the template's. They talk over a unix socket of the
data folder, at which the template listens: it says `READY`, is sent `COPY` for each web server, and the copy
answers with its own process number. The socket is opened here and given to the template as its standard
input: so the supervisor's user alone may call. Where the supervisor is killed the template and its copies
live on, for the next one to adopt.
"""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from dashboard.machine.answering import is_stopped
from dashboard.machine.copies import COPY, READY
from dashboard.machine.handles import Handle, ended

ANSWER_WITHIN_S = 0.2
"""Waited for at each call: nothing else is looked after meanwhile."""
AGAIN_AFTER_S = 5.0
"""One that dies by itself is not started again at once."""


class Template:
    """The supervisor's side. `spawn` starts the process, with what it is given as its standard input; `path`
    is its socket's."""

    def __init__(self, path: Path, spawn: Callable[[int], subprocess.Popen[bytes]]) -> None:
        self.path, self.spawn = path, spawn
        self.process: Handle | None = None
        self.due = 0.0
        """When the next one may be started, by `time.monotonic()`."""
        self._line: socket.socket | None = None
        self._heard = b""
        self._ready = self._copy_under_way = False

    @property
    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def keep(self, now: float) -> bool:
        """Start one if there is none; whether one was started. One that was stopped by a signal cannot make
        copies and is replaced."""
        if self.process is not None and is_stopped(self.process.pid):
            self.process.kill()
            ended([self.process], ANSWER_WITHIN_S)
        if self.alive or now < self.due:
            return False
        self.start()
        return True

    def start(self) -> None:
        self.due = time.monotonic() + AGAIN_AFTER_S
        self.path.unlink(missing_ok=True)
        with socket.socket(socket.AF_UNIX) as calls:
            calls.bind(str(self.path))
            self.path.chmod(0o600)
            calls.listen()
            self.process = Handle.of(self.spawn(calls.fileno()))
            self._call()

    def adopt(self, process: Handle) -> bool:
        """Go on with one that an earlier supervisor started. False if it does not listen."""
        with suppress(OSError):
            self._call()
            self.process = process
        return self.process is process

    def _call(self) -> None:
        if self._line is not None:
            self._line.close()
        self._line = socket.socket(socket.AF_UNIX)
        self._heard, self._ready, self._copy_under_way = b"", False, False
        self._line.connect(str(self.path))

    def copy(self) -> Handle | None:
        """A new web server. None: it is not there yet (the template reads its code, or has died and `keep`
        starts the next one); call again."""
        if not self._ready:
            self._ready = self._answer() == READY
        if self._ready and not self._copy_under_way and self.alive and self._line is not None:
            with suppress(OSError):  # it died this moment
                self._line.sendall(COPY)
                self._copy_under_way = True
        number = self._answer() if self._copy_under_way else None
        if number is None:
            return None
        self._copy_under_way = False
        with suppress(ProcessLookupError):  # the copy has died since
            return Handle(int(number))
        return None

    def _answer(self) -> bytes | None:
        """The next line that came, also from a template that has died since; None if none did."""
        if self._line is None:
            return None
        self._line.settimeout(ANSWER_WITHIN_S)
        with suppress(OSError):
            while b"\n" not in self._heard:
                came = self._line.recv(64)
                if not came:
                    return None
                self._heard += came
        line, newline, rest = self._heard.partition(b"\n")
        if not newline:
            return None
        self._heard = rest
        return line + newline
