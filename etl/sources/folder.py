"""Files of a folder or a pattern, and whether somebody is still writing them.

A file of a folder or a pattern is written when nobody has touched it for `SETTLE_S` and its last line ends,
and any file when it has stood still from one look to the next: the last line of many a file has no end.
"""

from __future__ import annotations

import glob
import time
from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path, PurePath, PurePosixPath

from geo.errors import InvalidInput

UNFINISHED = (".part", ".partial", ".tmp", ".filepart", ".crdownload")
SETTLE_S = 2.0
"""A file that was written to more recently than this is left for the next look."""


def files(address: str) -> Iterator[Path]:
    """Those of a folder, or of a pattern, whose names say that they are whole. None is no fault; a pattern in
    a folder that is not there is one (`InvalidInput`, "source.missing")."""
    if Path(address).is_dir():
        found: list[Path] = list(Path(address).iterdir())
    elif not Path(base(address)).is_dir():
        raise InvalidInput("source.missing", source=address)
    else:
        found = [Path(name) for name in glob.glob(address, recursive=True)]
    return (path for path in found if is_finished(path.name) and path.is_file())


def base(pattern: str) -> str:
    """The folder of a pattern, up to its first wildcard.

    >>> base("/in/20*/days/*.csv"), base("*.csv")
    ('/in', '.')
    """
    parts = PurePath(pattern).parts[:-1]
    return str(PurePosixPath(*takewhile(lambda part: not glob.has_magic(part), parts)))


def is_finished(name: str) -> bool:
    return not name.startswith((".", "~")) and not name.lower().endswith(UNFINISHED)


def is_settled(path: Path) -> bool:
    """Whether nobody has written to it for `SETTLE_S`; raises OSError where it is gone meanwhile."""
    return time.time() - path.stat().st_mtime >= SETTLE_S


def ends_line(path: Path) -> bool:
    """Whether its last line ends: whoever writes line by line has written all of them."""
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - 1))
        return file.read(1) == b"\n"
