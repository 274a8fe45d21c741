"""The template of the web server: a process that has read the code and waits. Each web server is a copy of
it (a fork), there in a moment however often one is killed and whatever else the machine has to do: reading
the code takes seconds. Copies share its memory.

This is the supervisor's side, `dashboard.machine.copies` the template's. They talk over one socket, the
template's standard input: it says `READY`, is sent `COPY` for each web server, and the copy answers with its
own process number. Where the supervisor ends, so does the template; its copies live on, for the next
supervisor to adopt.
"""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress

from dashboard.machine.answering import is_stopped
from dashboard.machine.copies import COPY, READY
from dashboard.machine.handles import Handle, ended

ANSWER_WITHIN_S = 0.2
"""Waited for at each call: nothing else is looked after meanwhile."""
AGAIN_AFTER_S = 5.0
"""One that dies by itself is not started again at once."""


class Template:
    """The supervisor's side. `spawn` starts the process, with what it is given as its standard input."""

    def __init__(self, spawn: Callable[[int], subprocess.Popen[bytes]]) -> None:
        self.spawn = spawn
        self.process: Handle | None = None
        self.due = 0.0
        """By `time.monotonic()`: when the next one may be started."""
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
        if self._line is not None:
            self._line.close()
        self.due = time.monotonic() + AGAIN_AFTER_S
        self._line, theirs = socket.socketpair()
        with theirs:
            self.process = Handle.of(self.spawn(theirs.fileno()))
        self._heard, self._ready, self._copy_under_way = b"", False, False

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
