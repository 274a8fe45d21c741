"""The demo city's list as a file, written by a program of its own (`python -m geo.process
etl.demo.voters.invention FILE SHARE VOTING_DAY`): what invents people is no part of the process that holds
the keys, and its memory ends with it. It reads buildings alone."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from etl.demo.voters.writing import invent_list, share_of, write_list
from geo.database import connected
from geo.settings import Settings


def main(stop: threading.Event, arguments: Sequence[str]) -> int:
    path, scale, day = arguments
    settings = Settings.load()
    with connected(settings, "voters") as connection:
        found = invent_list(connection, settings.city, share_of(scale), date.fromisoformat(day))
    write_list(found, Path(path))
    return 0
