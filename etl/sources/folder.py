"""A watched folder: its files, but those that somebody is still writing."""

from __future__ import annotations

import time
from pathlib import Path

UNFINISHED = (".part", ".partial", ".tmp", ".filepart", ".crdownload")
SETTLE_S = 2.0
"""A file that was written to more recently than this is left for the next look."""


def settled(path: Path) -> list[Path]:
    """Files of a folder in the order of their names; an empty folder is an empty list."""
    now = time.time()
    return sorted(
        file
        for file in path.iterdir()
        if is_finished(file.name) and file.is_file() and now - file.stat().st_mtime >= SETTLE_S
    )


def is_finished(name: str) -> bool:
    return not name.startswith((".", "~")) and not name.lower().endswith(UNFINISHED)
