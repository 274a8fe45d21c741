"""The process that owns the electoral list, in a thread beside a test's server."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from etl.voters.uploads import FileRequests
from geo.settings import Settings
from geo.voters.client import socket_of
from geo.voters.service import Service


@contextmanager
def answering(settings: Settings) -> Iterator[None]:
    with Service(settings, socket_of(settings), FileRequests) as service:
        listening = threading.Thread(target=service.serve_forever, kwargs={"poll_interval": 0.05})
        listening.start()
        try:
            yield
        finally:
            service.shutdown()
            listening.join()
