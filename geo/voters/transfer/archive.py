"""A package as one file: a tar (POSIX pax) whose bytes follow from the names and contents of its files alone.
It is never written to a disk: a second copy of personal data would have to be guarded too."""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path

from geo.errors import Conflict

PIECE = 1 << 20
"""Bytes that are read at once."""
RECORD = tarfile.BLOCKSIZE
END = bytes(2 * RECORD)


@dataclass(frozen=True)
class ArchiveMember:
    """A file of the package, with its header before it and zeros after it up to a whole record."""

    path: Path
    header: bytes
    size: int

    @property
    def padding(self) -> bytes:
        return bytes(-self.size % RECORD)


class PackageArchive:
    """The folder of a package, which stays as it is while this lives."""

    def __init__(self, folder: Path) -> None:
        self._members = [
            _member(path, path.relative_to(folder).as_posix())
            for path in sorted(folder.rglob("*"))
            if path.is_file()
        ]
        self.size = len(END) + sum(len(one.header) + one.size + len(one.padding) for one in self._members)

    @cached_property
    def sha256(self) -> bytes:
        """The SHA-256 of the whole archive."""
        digest = sha256()
        for piece in self._from(0):
            digest.update(piece)
        return digest.digest()

    def blocks(self, begin: int, block: int) -> Iterator[bytes]:
        """The blocks from a byte on; each of `block` bytes but the last. Raises `Conflict`
        ("voters.transfer.changed") where a file is not as long as it was."""
        held = bytearray()
        for piece in self._from(begin):
            held += piece
            while len(held) >= block:
                yield bytes(held[:block])
                del held[:block]
        if held:
            yield bytes(held)

    def _from(self, begin: int) -> Iterator[bytes]:
        for one in self._members:
            for part in (one.header, one, one.padding):
                size = one.size if isinstance(part, ArchiveMember) else len(part)
                if begin >= size:
                    begin -= size
                    continue
                yield from _contents(part, begin) if isinstance(part, ArchiveMember) else (part[begin:],)
                begin = 0
        yield END[begin:]


def _member(path: Path, name: str) -> ArchiveMember:
    size = path.stat().st_size
    header = tarfile.TarInfo(name)
    header.size, header.mode = size, 0o600
    return ArchiveMember(path, header.tobuf(tarfile.PAX_FORMAT), size)


def _contents(member: ArchiveMember, begin: int) -> Iterator[bytes]:
    left = member.size - begin
    with member.path.open("rb") as file:
        file.seek(begin)
        while left and (piece := file.read(min(left, PIECE))):
            left -= len(piece)
            yield piece
        if left or file.read(1):
            raise Conflict("voters.transfer.changed", file=member.path.name)
