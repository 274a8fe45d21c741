"""The way that a call takes through our files, as Python runs it."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import FrameType

ROOT = Path(__file__).parents[2]
TOPS = tuple(str(ROOT / top) for top in ("dashboard", "layers", "etl", "geo"))


def files_of(run: Callable[[], object]) -> list[str]:
    """Our files in the order in which the run enters each for the first time, in every thread that it
    starts. Modules that it imports on the way do not count: only calls do."""
    entered: dict[str, None] = {}

    def note(frame: FrameType, event: str, _: object) -> None:
        name = frame.f_code.co_filename
        if event == "call" and frame.f_code.co_name != "<module>" and name.startswith(TOPS):
            entered.setdefault(str(Path(name).relative_to(ROOT)))

    threading.setprofile(note)
    sys.setprofile(note)
    try:
        run()
    finally:
        sys.setprofile(None)
        threading.setprofile(None)
    return list(entered)
