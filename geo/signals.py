"""How a process is told to end: SIGTERM from whoever started it, SIGINT from a terminal."""

from __future__ import annotations

import signal
import threading


def stop_event() -> threading.Event:
    """An event that either signal sets. Called in the main thread, once for a process."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return stop
