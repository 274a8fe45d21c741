"""The master key, which wraps the other keys of the list: given from outside, else a file beside them.

A new one of the file is `master.next` until every key is wrapped by it, and only then takes the place of
`master.key`: whatever is killed meanwhile, each key is wrapped by one that is there. One that is given is
exchanged by whoever gives it: the new one, and the one before for as long as `rekey` has not been through.
They are read each time: another process may have exchanged them.
"""

from __future__ import annotations

import base64
import binascii
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from geo.audit.durable import sync_folder, write_once
from geo.errors import InvalidInput, Unavailable
from geo.voters.sealing import SECRET_BYTES

MASTER, NEXT, FORMER = "master.key", "master.next", "master.former"
OTHERS = 0o077


@dataclass(frozen=True)
class MasterKeys:
    """`given`, `before`: from outside, 32 bytes in base64; none = there is no such one."""

    folder: Path
    given: str | None = field(repr=False)
    before: str | None = field(repr=False)

    @property
    def are_given(self) -> bool:
        return self.given is not None

    def wrapping(self) -> bytes:
        """The one that keys are wrapped by from now on. Raises as `all`."""
        return next(self.all())

    def all(self) -> Iterator[bytes]:
        """That one first, then those that earlier keys may be wrapped by. Raises `InvalidInput`
        ("voters.master"), `Unavailable` ("voters.key_mode")."""
        if self.given is not None:
            yield _read(self.given)
        elif not any((self.folder / name).exists() for name in (NEXT, MASTER)):
            self._make(MASTER)
        for name in (NEXT, MASTER):
            if (path := self.folder / name).exists():
                check_closed(path)
                yield _read(path.read_text(encoding="ascii", errors="replace"))
        if self.before is not None:
            yield _read(self.before)

    def begin(self) -> None:
        """A new one, of the file, is there from now on."""
        if self.given is None:
            self._make(NEXT)

    def is_begun(self) -> bool:
        return (self.folder / NEXT).exists() or (self.folder / FORMER).exists()

    def finish(self) -> None:
        """Every key is wrapped by the new one: the others go."""
        if self.given is not None:
            self._remove(NEXT)
            self._remove(MASTER)
        elif (self.folder / NEXT).exists():
            self._remove(MASTER)
            (self.folder / NEXT).rename(self.folder / MASTER)
        if (self.folder / FORMER).exists():
            shred(self.folder / FORMER)
        sync_folder(self.folder)

    def _remove(self, name: str) -> None:
        """Under another name before it is overwritten: one that is killed half-way is never read again."""
        if (self.folder / name).exists():
            (self.folder / name).rename(self.folder / FORMER)
            sync_folder(self.folder)
            shred(self.folder / FORMER)

    def _make(self, name: str) -> None:
        write_once(self.folder / name, base64.b64encode(os.urandom(SECRET_BYTES)))


def check_closed(path: Path) -> None:
    """Raises `Unavailable` ("voters.key_mode") for what others than its owner may read."""
    if path.stat().st_mode & OTHERS:
        raise Unavailable("voters.key_mode", file=str(path), mode=f"{path.stat().st_mode & 0o777:o}")


def shred(path: Path) -> None:
    """Overwritten, then removed."""
    with open(path, "r+b") as file:
        file.write(os.urandom(path.stat().st_size))
        file.flush()
        os.fsync(file.fileno())
    path.unlink()


def _read(given: str) -> bytes:
    """Raises `InvalidInput` ("voters.master")."""
    try:
        master = base64.b64decode(given.strip(), validate=True)
    except (binascii.Error, ValueError):
        master = b""
    if len(master) != SECRET_BYTES:
        raise InvalidInput("voters.master", bytes=SECRET_BYTES)
    return master
