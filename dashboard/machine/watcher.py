"""Starts the supervisor, and again whenever it ends otherwise than by a `down` (`python -m
dashboard.machine.watcher`, with the supervisor's arguments).

It does nothing else, so that nothing can happen to it. A supervisor that was told to stop has stopped what it
watched over, and ends this one; so does an error before the centre has ever run, which is for the person who
started it. One that was killed, or ended by an error after that, is started again, later each time if it does
not last. What it leaves running becomes our child, so that it is reaped where the machine's first process
does not do that (containers).

One that a signal has stopped is let go on at once: nothing else would be looked after meanwhile.

Whoever watches is watched: a supervisor whose watcher is gone becomes the watcher, and one whose watcher was
stopped lets it go on.
"""

from __future__ import annotations

import argparse
import ctypes
import os
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path
from types import FrameType

from dashboard.machine import state
from dashboard.machine.errors import MachineError
from dashboard.machine.progress import report

SET_CHILD_SUBREAPER = 36
"""prctl(2)."""
BACK_OFF_S = (0.0, 1.0, 2.0, 5.0, 10.0, 30.0)
LASTED_S = 5.0
"""A supervisor that lived shorter than this is started again later each time."""
LOOK_S = 0.1
"""How soon a wait notices that we were told to stop."""


class SupervisorWatcher:
    """One supervisor after the other, over one data folder."""

    def __init__(self, command: list[str], data: Path) -> None:
        self.command = command
        self.data = data
        self.supervisor: int | None = None
        """Its number, until it is reaped."""
        self.stopping = False
        self.has_run = False
        """Whether the centre has ever run under one of our supervisors."""
        self.failures = 0
        """How many on end did not last."""

    def run(self) -> int:
        while True:
            began = time.monotonic()
            self.supervisor = os.posix_spawn(
                self.command[0], self.command, os.environ, setsigdef=[signal.SIGPIPE]
            )
            if self.stopping:  # told so before there was one to tell
                self.stop()
            code = self.wait()
            if self.stopping or code == 0:
                return max(0, code)
            self.has_run = self.has_run or ran_under(self.data, os.getpid())
            if code > 0 and not self.has_run:
                return code
            self.failures = 0 if time.monotonic() - began > LASTED_S else self.failures + 1
            self.pause(how_it_ended(code))
            if self.stopping:
                return 0

    def wait(self) -> int:
        """Waits until the supervisor ends; its exit code, negative for the signal that ended it."""
        while True:
            pid, status = os.waitpid(-1, os.WUNTRACED)
            if pid != self.supervisor:
                continue
            if not os.WIFSTOPPED(status):
                self.supervisor = None
                return os.waitstatus_to_exitcode(status)
            report(f"the supervisor was stopped by signal {os.WSTOPSIG(status)}; it is let go on")
            os.kill(pid, signal.SIGCONT)

    def pause(self, how: str) -> None:
        """Between two supervisors, or until we are told to stop."""
        wait = BACK_OFF_S[min(self.failures, len(BACK_OFF_S) - 1)]
        report(f"the supervisor {how}; it is started again{f' in {wait:.0f} s' if wait else ''}")
        end = time.monotonic() + wait
        while not self.stopping and time.monotonic() < end:
            time.sleep(LOOK_S)

    def stop(self, number: int = signal.SIGTERM, frame: FrameType | None = None) -> None:
        """The supervisor stops what it watches over, and then itself."""
        self.stopping = True
        if self.supervisor is not None:
            with suppress(ProcessLookupError):
                os.kill(self.supervisor, signal.SIGTERM)


def how_it_ended(code: int) -> str:
    return f"was ended by signal {-code}" if code < 0 else f"ended by an error (exit code {code})"


def ran_under(data: Path, watcher: int) -> bool:
    """Whether the supervisor that ended had the centre running: it has left it so, and written it down. Our
    number is the supervisor's where we were one ourselves."""
    try:
        left = state.read(data)
    except (MachineError, OSError) as error:
        report(f"cannot read what ran: {error}")
        return False
    if left is None or left.phase not in state.RUN:
        return False
    return watcher in (left.supervisor.pid, left.watcher.pid if left.watcher else None)


def main(argv: list[str]) -> int:
    if ctypes.CDLL(None, use_errno=True).prctl(SET_CHILD_SUBREAPER, 1, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_CHILD_SUBREAPER) failed")
    parser = argparse.ArgumentParser(prog="python -m dashboard.machine.watcher", allow_abbrev=False)
    parser.add_argument("--data", type=Path, required=True)
    own = ["--watcher", str(os.getpid())]
    watcher = SupervisorWatcher(
        [sys.executable, "-m", "dashboard.machine.supervisor", *own, *argv],
        parser.parse_known_args(argv)[0].data,
    )
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, watcher.stop)
    return watcher.run()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
