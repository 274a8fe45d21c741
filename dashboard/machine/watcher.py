"""Starts the supervisor, and again at once whenever it is killed (`python -m dashboard.machine.watcher`, with
the supervisor's arguments).

It does nothing else, so that nothing can happen to it. A supervisor that ends by itself has stopped what it
watched over, and ends this one with its exit code. What a killed supervisor leaves running becomes our child,
so that it is reaped where the machine's first process does not do that (containers).
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import time
from contextlib import suppress
from types import FrameType

from dashboard.machine.progress import report

SET_CHILD_SUBREAPER = 36
"""prctl(2)."""
BACK_OFF_S = 1.0
LASTED_S = 5.0
"""A supervisor that lived shorter than this is started again only after `BACK_OFF_S`."""


class SupervisorWatcher:
    """One supervisor after the other."""

    def __init__(self, command: list[str]) -> None:
        self.command = command
        self.supervisor: int | None = None
        """Its number, until it is reaped."""
        self.stopping = False

    def run(self) -> int:
        while True:
            began = time.monotonic()
            self.supervisor = os.posix_spawn(
                self.command[0], self.command, os.environ, setsigdef=[signal.SIGPIPE]
            )
            if self.stopping:  # told so before there was one to tell
                self.stop()
            code = self.wait()
            if self.stopping:
                return max(0, code)
            if code >= 0:
                return code
            report(f"the supervisor was ended by signal {-code}; it is started again")
            if time.monotonic() - began < LASTED_S:
                time.sleep(BACK_OFF_S)
            if self.stopping:
                return 0

    def wait(self) -> int:
        """Waits until the supervisor ends; its exit code, negative for the signal that ended it."""
        while True:
            pid, status = os.wait()
            if pid == self.supervisor:
                self.supervisor = None
                return os.waitstatus_to_exitcode(status)

    def stop(self, number: int = signal.SIGTERM, frame: FrameType | None = None) -> None:
        """The supervisor stops what it watches over, and then itself."""
        self.stopping = True
        if self.supervisor is not None:
            with suppress(ProcessLookupError):
                os.kill(self.supervisor, signal.SIGTERM)


def main(argv: list[str]) -> int:
    if ctypes.CDLL(None, use_errno=True).prctl(SET_CHILD_SUBREAPER, 1, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_CHILD_SUBREAPER) failed")
    own = ["--watcher", str(os.getpid())]
    watcher = SupervisorWatcher([sys.executable, "-m", "dashboard.machine.supervisor", *own, *argv])
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, watcher.stop)
    return watcher.run()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
