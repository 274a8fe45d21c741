"""A running process, held by the kernel's own handle (pidfd), whoever started it.

A supervisor that comes back after a kill is not the parent of what still runs: it can neither wait for it
nor trust its number, which may be given to a stranger as soon as the process has ended. The handle stays
with the process, tells at once when it ends, and is what signals are sent through.
"""

from __future__ import annotations

import os
import select
import signal
import subprocess
from collections.abc import Iterable
from contextlib import suppress

from dashboard.machine.state import Started


class Handle:
    """The part of `subprocess.Popen` that watching needs. `child` is there if we started the process
    ourselves; of another one nobody tells us how it ended."""

    def __init__(self, pid: int, child: subprocess.Popen[bytes] | None = None) -> None:
        """Raises `ProcessLookupError` if there is no such process."""
        self.pid = pid
        self.child = child
        self.handle = os.pidfd_open(pid)
        self.returncode: int | None = None

    @classmethod
    def of(cls, child: subprocess.Popen[bytes]) -> Handle:
        return cls(child.pid, child)

    @classmethod
    def adopt(cls, started: Started) -> Handle | None:
        """The process that was written down; None if it has ended. It is compared after the handle was
        taken: from then on its number cannot lead to another one."""
        try:
            handle = cls(started.pid)
        except ProcessLookupError:
            return None
        if started.alive:
            return handle
        handle.close()
        return None

    def poll(self) -> int | None:
        """None while it runs; afterwards its exit code, or -1 if only its own parent could know that."""
        if self.returncode is None and ended([self], 0):
            self.returncode = -1 if self.child is None else self.child.wait()
            self.close()
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Raises `subprocess.TimeoutExpired`."""
        if self.returncode is None:
            ended([self], timeout)
        code = self.poll()
        if code is None:
            raise subprocess.TimeoutExpired(str(self.pid), timeout or 0)
        return code

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            with suppress(ProcessLookupError):  # it ended this moment
                signal.pidfd_send_signal(self.handle, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def close(self) -> None:
        if self.handle >= 0:
            os.close(self.handle)
            self.handle = -1


def ended(handles: Iterable[Handle], timeout: float | None) -> bool:
    """Wait until one of the processes ends, `timeout` seconds at the most; whether one has."""
    watched = select.poll()
    for handle in handles:
        number = handle.handle
        if number < 0:
            return True
        watched.register(number, select.POLLIN)
    return bool(watched.poll(None if timeout is None else max(0, round(1000 * timeout))))
