"""The text of a file that a person wrote: UTF-8, with or without the mark that Excel and Notepad put in
front."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from geo.errors import InvalidInput


def read_written(path: Path, code: str) -> str:
    """Raises `InvalidInput`: `code` for a file that cannot be read, "file.not_utf8" for one that was saved in
    another encoding, "file.zero" for one that holds a character of code zero, each with the first line that
    says so."""
    try:
        return _without_zeros(path.read_text(encoding="utf-8-sig"), path)
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise InvalidInput("file.not_utf8", file=str(path), line=line) from error
    except OSError as error:
        raise InvalidInput(code, file=str(path), reason=error.strerror or str(error)) from error


def twice(columns: Iterable[str]) -> list[str]:
    """The names that a table's header has more than once, in its order: of two columns of one name a reader
    would take the last and say nothing. What has no name is none.

    >>> twice(["planned", "done", "", "", " Planned"])
    ['planned']
    """
    counts = Counter(name.strip().casefold() for name in columns)
    return [name for name, n in counts.items() if name and n > 1]


def _without_zeros(text: str, path: Path) -> str:
    """What no table can keep."""
    before, zero, _ = text.partition("\0")
    if zero:
        raise InvalidInput("file.zero", file=str(path), line=before.count("\n") + 1)
    return text
