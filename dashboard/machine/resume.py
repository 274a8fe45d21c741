"""Whether an `up` goes on where another one was killed: everything that it would install and prepare is as
it was, so it only starts the processes again.

Installing, migrating and looking for what is in the database take most of the time of a start, and after a
kill people wait for it.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

from dashboard.machine import state
from dashboard.machine.paths import CITY_FILE
from dashboard.machine.processes import Options

CODE = ("dashboard", "etl", "geo", "layers")
LOCKS = ("requirements.lock", "package-lock.json", "pyproject.toml")
OWN = "IKOMEK_DATA"
"""The one setting of ours that names the data folder itself: it is among the options."""


def fingerprint(options: Options) -> str:
    """What a start depends on: the options, our settings in the environment, and the files of the code, of
    what it stands on and of the city, each by its size and the time of its last change."""
    found = hashlib.sha256(repr(options).encode())
    for name, value in sorted(os.environ.items()):
        if name.startswith("IKOMEK_") and name != OWN:
            found.update(f"\n{name}={value}".encode())
    for path in sorted(files(options)):
        about = path.stat()
        found.update(f"\n{path} {about.st_size} {about.st_mtime_ns}".encode())
    return found.hexdigest()


def files(options: Options) -> Iterator[Path]:
    for name in CODE:
        yield from (
            path for path in (options.root / name).rglob("*") if path.suffix in (".py", ".toml", ".po")
        )
    yield from (
        path
        for path in (*(options.root / name for name in LOCKS), options.data / CITY_FILE)
        if path.is_file()
    )


def left_running(options: Options) -> state.MachineState | None:
    """What the last `up` wrote, if it was killed while it ran and this one is like it; it had prepared the
    database, and only `jobs` changes what it had prepared. None after a `down`, another version, another
    option."""
    left = state.read(options.data)
    ran = left is not None and left.phase in state.RUN
    return left if ran and left.prepared == fingerprint(options) else None
