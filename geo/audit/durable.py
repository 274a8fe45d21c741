"""Files that are there, whole, once they have been written: whatever dies afterwards."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path


def write_once(path: Path, content: bytes) -> None:
    """A new file, readable by its owner alone. One that is there already stays: of two that write at once
    one wins, whole."""
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        _hand_over(partial)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(partial, path)
        sync_folder(path.parent)
    finally:
        partial.unlink(missing_ok=True)


def append_line(path: Path, line: bytes) -> None:
    """One more line of a file. What a kill left of an earlier one, without its end, is cut off: nobody was
    told that it was there."""
    new = not path.exists()
    with open(path, "a+b") as file:
        file.seek(0)
        whole = _whole_length(file.read())
        file.truncate(whole)
        file.write(line + b"\n")
        file.flush()
        os.fsync(file.fileno())
    if new:
        _hand_over(path)
        sync_folder(path.parent)


def make_folder(path: Path) -> None:
    """A folder that others may read, with those above it that are not there yet."""
    if not path.is_dir():
        make_folder(path.parent)
        path.mkdir(mode=0o755, exist_ok=True)
        _hand_over(path)


def _hand_over(path: Path) -> None:
    """Gives a file that root made (a restore) to the owner of its folder: the processes go on with it."""
    if os.geteuid() == 0:
        above = path.parent.stat()
        os.chown(path, above.st_uid, above.st_gid)


def _whole_length(content: bytes) -> int:
    return content.rfind(b"\n") + 1


def sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
