"""How a process makes copies of itself for the supervisor (`dashboard.machine.template` is its side)."""

from __future__ import annotations

import gc
import os
import signal
import socket
from contextlib import suppress

READY = b"ready\n"
COPY = b"copy\n"


def become_copy() -> bool:
    """Called when all code is read: True in each copy, False in the template when its supervisor ends."""
    line = socket.socket(fileno=0)
    gc.collect()
    gc.freeze()  # a copy's collector would write to what is shared, and so make it its own
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # copies are the supervisor's to watch
    with suppress(OSError):
        line.sendall(READY)
        while line.recv(len(COPY)):
            if os.fork() == 0:
                return _stand_alone(line)
    return False


def _stand_alone(line: socket.socket) -> bool:
    """Tell our number; whether anybody heard it."""
    os.setsid()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    heard = False
    with suppress(OSError):
        line.sendall(b"%d\n" % os.getpid())
        heard = True
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, line.detach())
    os.close(nothing)
    return heard
