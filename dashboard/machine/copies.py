"""How a process makes copies of itself for the supervisor (`dashboard.machine.template` is its side)."""

from __future__ import annotations

import gc
import os
import signal
import socket
from contextlib import suppress

READY = b"ready\n"
COPY = b"copy\n"
ALONE_AT_MOST_S = 120.0
"""A supervisor that was killed is started again within a second; where none comes, nobody needs copies."""


def become_copy() -> bool:
    """Called when all code is read: True in each copy, False in the template when no supervisor comes for
    `ALONE_AT_MOST_S`. Standard input is the socket at which supervisors call, one after another."""
    calls = socket.socket(fileno=0)
    calls.settimeout(ALONE_AT_MOST_S)
    gc.collect()
    gc.freeze()  # a copy's collector would write to what is shared, and so make it its own
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # copies are the supervisor's to watch
    with suppress(TimeoutError):
        while True:
            line, _ = calls.accept()
            if _serve(line):
                return _stand_alone(calls, line)
            line.close()
    return False


def _serve(line: socket.socket) -> bool:
    """Make copies until this supervisor ends; True in each copy."""
    with suppress(OSError):
        line.sendall(READY)
        while line.recv(len(COPY)):
            if os.fork() == 0:
                return True
    return False


def _stand_alone(calls: socket.socket, line: socket.socket) -> bool:
    """Tell our number; whether anybody heard it."""
    os.setsid()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    heard = False
    with suppress(OSError):
        line.sendall(b"%d\n" % os.getpid())
        heard = True
    line.close()
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, calls.detach())
    os.close(nothing)
    return heard
