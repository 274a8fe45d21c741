"""How a process is told to end: SIGTERM from whoever started it, SIGINT from a terminal. And how it is seen
to run: by a pulse."""

from __future__ import annotations

import signal
import threading
import time

PULSE_S = 0.5


def stop_event() -> threading.Event:
    """An event that either signal sets. Called in the main thread, once for a process, which has a pulse
    from then on: whatever else of it waits, for a database or a source, the supervisor sees that it runs
    (`dashboard.machine.answering`)."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    threading.Thread(target=_beat, name="pulse", daemon=True).start()
    return stop


def _beat() -> None:
    while True:
        time.sleep(PULSE_S)
