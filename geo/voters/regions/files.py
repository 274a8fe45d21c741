"""What two regions exchange: a line of JSON that says what it is, then points of 32 bytes each."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import IO, Literal

from geo.errors import InvalidInput
from geo.foreign_json import read_foreign_json
from geo.voters.regions.blinding import POINT_BYTES

FORMAT = "ikomek109-compare/1"
Step = Literal["begin", "answer", "return"]
STEPS: tuple[Step, ...] = ("begin", "answer", "return")
LONGEST_HEADER = 1_000
MOST_ROWS = 20_000_000
"""More than any country compares."""
SESSION_BYTES = 32
BLOCK_BYTES = 1 << 20


@dataclass(frozen=True)
class Header:
    """`of`: SHA-256 of the file that this one answers, empty for the first. `own`: points of the sender's
    persons, blinded by it alone; `doubled`: those of the receiver, in the receiver's order, blinded by
    both."""

    step: Step
    session: str
    region: str
    own: int
    doubled: int
    of: str = ""


@dataclass(frozen=True)
class ComparisonFile:
    header: Header
    path: Path
    sha256: str

    def own(self) -> Iterator[bytes]:
        return self._points(0, self.header.own)

    def doubled(self) -> Iterator[bytes]:
        return self._points(self.header.own, self.header.doubled)

    def _points(self, first: int, n: int) -> Iterator[bytes]:
        with self.path.open("rb") as file:
            file.readline()
            file.seek(first * POINT_BYTES, os.SEEK_CUR)
            for _ in range(n):
                yield file.read(POINT_BYTES)


def write(path: Path, header: Header, points: Iterable[bytes]) -> ComparisonFile:
    """A file that its owner alone may read. Raises `FileExistsError`: what is there is not written over."""
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(json.dumps({"format": FORMAT, **asdict(header)}).encode() + b"\n")
        file.writelines(points)
        file.flush()
        os.fsync(file.fileno())
    return read(path)


def read(path: Path) -> ComparisonFile:
    """Raises `InvalidInput` ("voters.compare.file") for what is no such file, or is not whole."""
    try:
        with path.open("rb") as file:
            header = _header(read_foreign_json(file.readline(LONGEST_HEADER)))
            rest = path.stat().st_size - file.tell()
            if rest != (header.own + header.doubled) * POINT_BYTES:
                raise InvalidInput("voters.compare.file", file=path.name)
            file.seek(0)
            return ComparisonFile(header, path, _sha256(file))
    except (OSError, ValueError, KeyError, TypeError):
        raise InvalidInput("voters.compare.file", file=path.name) from None


def _header(given: dict[str, object]) -> Header:
    """Raises `ValueError`, `KeyError` or `TypeError`."""
    if given.pop("format") != FORMAT:
        raise ValueError
    found = Header(**given)  # type: ignore[arg-type]  # what they are is checked next
    counts, texts = (found.own, found.doubled), (found.session, found.region, found.of)
    if (
        found.step not in STEPS
        or not all(isinstance(n, int) and 0 <= n <= MOST_ROWS for n in counts)
        or not all(isinstance(one, str) for one in texts)
        or len(bytes.fromhex(found.session)) != SESSION_BYTES
    ):
        raise ValueError
    return found


def _sha256(file: IO[bytes]) -> str:
    found = sha256()
    while block := file.read(BLOCK_BYTES):
        found.update(block)
    return found.hexdigest()
