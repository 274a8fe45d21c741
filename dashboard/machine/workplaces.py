"""A folder for what is not whole yet, held while somebody works in it. What a killed process left is removed
by the next one that works beside it: nobody holds it."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

BACKUP, RESTORE = ".ikomek-backup-", ".ikomek-restore-"
RANDOM = re.compile(r"[a-z0-9_]{8}")
"""What `tempfile` puts behind the prefix: a folder that a person named so is not ours to remove."""


@contextmanager
def work_in(parent: Path, prefix: str) -> Iterator[Path]:
    """A new folder in `parent`, removed at the end."""
    _remove_left(parent, prefix)
    folder, handle = _held(parent, prefix)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(handle)


def _held(parent: Path, prefix: str) -> tuple[Path, int]:
    """Made again where somebody removed it before it was held."""
    while True:
        folder = Path(tempfile.mkdtemp(prefix=prefix, dir=parent))
        with suppress(FileNotFoundError):
            handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
            with suppress(OSError):  # a file system without locks: nobody removes what is left there either
                fcntl.flock(handle, fcntl.LOCK_EX)
            if folder.is_dir():
                return folder, handle
            os.close(handle)


def _remove_left(parent: Path, prefix: str) -> None:
    for folder in parent.glob(f"{prefix}*"):
        if RANDOM.fullmatch(folder.name.removeprefix(prefix)):
            with suppress(OSError):  # another account's, or held
                handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
                try:
                    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    shutil.rmtree(folder)
                finally:
                    os.close(handle)
