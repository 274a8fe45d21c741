"""The text of a file that a person wrote: UTF-8, with or without the mark that Excel and Notepad put in
front."""

from __future__ import annotations

from pathlib import Path

from geo.errors import InvalidInput


def read_written(path: Path, code: str) -> str:
    """Raises `InvalidInput`: `code` for a file that cannot be read, "file.not_utf8" for one that was saved in
    another encoding, with the first line that says so."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise InvalidInput("file.not_utf8", file=str(path), line=line) from error
    except OSError as error:
        raise InvalidInput(code, file=str(path), reason=error.strerror or str(error)) from error
