"""Where a package is being written: noted among the keys before its first row, struck off once it has its
name or is gone. What a killed export has left holds personal data: it is found by its note."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

from geo.audit.durable import sync_folder
from geo.foreign_json import read_foreign_json
from geo.voters.keys import KeyRing

NOTES = "exports"


def note(ring: KeyRing, partial: Path) -> None:
    """Before anything is written."""
    path = _note_of(ring, partial)
    path.parent.mkdir(mode=0o700, exist_ok=True)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(os.fsencode(partial.absolute()))
        file.flush()
        os.fsync(file.fileno())
    sync_folder(path.parent)


def strike(ring: KeyRing, partial: Path) -> None:
    _note_of(ring, partial).unlink(missing_ok=True)


def is_any(ring: KeyRing) -> bool:
    """Whether an export is being made, or was killed."""
    return any((ring.folder / NOTES).glob("*"))


def noted(ring: KeyRing) -> Iterator[Path]:
    """Folders whose export did not end. Only while no export is made: the lock of the list is held."""
    for path in sorted((ring.folder / NOTES).glob("*")):
        partial = Path(os.fsdecode(path.read_bytes()))
        if partial.is_dir() and not partial.is_symlink():
            yield partial
        else:
            path.unlink(missing_ok=True)


def remove(ring: KeyRing, partial: Path) -> tuple[int, str] | None:
    """The list and the SHA-256 of its manifest; none where it had none yet, and so no trace."""
    manifest = _manifest(partial)
    shutil.rmtree(partial)
    strike(ring, partial)
    return manifest


def _manifest(partial: Path) -> tuple[int, str] | None:
    try:
        body = (partial / "manifest.json").read_bytes()
        return int(read_foreign_json(body)["list"]), sha256(body).hexdigest()
    except (OSError, ValueError, LookupError, TypeError):
        return None


def _note_of(ring: KeyRing, partial: Path) -> Path:
    return ring.folder / NOTES / sha256(os.fsencode(partial.absolute())).hexdigest()[:32]
