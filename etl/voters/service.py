"""The process that owns the electoral list (`python -m geo.process etl.voters.service`): what
`geo.voters.service` answers, and the files that it is sent."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from etl.voters.uploads import FileRequests
from geo.voters.service import serve


def main(stop: threading.Event, arguments: Sequence[str]) -> int:
    return serve(stop, FileRequests)
