"""How far the files have come that are being written, so that who waits for one sees it grow."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from geo.errors import InvalidInput

KEY = re.compile(r"[0-9a-zA-Z-]{1,40}")
_rows: dict[tuple[str, str], int] = {}
_lock = threading.Lock()


@contextmanager
def followed(who: str, key: str) -> Iterator[Callable[[int], None]]:
    """Takes how many rows are written, while they are. `key`: which file of this person it is, by the choice
    of their page; an empty one is not followed. Raises `InvalidInput` ("export.progress")."""
    if not key:
        yield lambda rows: None
        return
    if not KEY.fullmatch(key):
        raise InvalidInput("export.progress", key=key[:40])

    def report(rows: int) -> None:
        with _lock:
            _rows[who, key] = rows

    report(0)
    try:
        yield report
    finally:
        with _lock:
            _rows.pop((who, key), None)


def rows_written(who: str, key: str) -> int | None:
    """None where no such file is being written: not yet, or no longer."""
    with _lock:
        return _rows.get((who, key))
