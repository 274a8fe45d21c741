"""The process that owns the electoral list (`python -m geo.process etl.voters.service`): what
`geo.voters.service` answers, and the files that it is sent. With `--demo SCALE` an invented list is loaded
where there was never one."""

from __future__ import annotations

import argparse
import threading
from collections.abc import Sequence

from etl.voters.uploads import FileRequests
from geo.voters.answers import ListOwner
from geo.voters.service import serve


def main(stop: threading.Event, arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m geo.process etl.voters.service")
    parser.add_argument("--demo", metavar="SCALE")
    scale = parser.parse_args(arguments).demo

    def file_requests(owner: ListOwner) -> FileRequests:
        found = FileRequests(owner)
        if scale:
            threading.Thread(
                target=found.load_invented, args=(owner, scale, stop), name="invented list", daemon=True
            ).start()
        return found

    return serve(stop, file_requests)
