"""The last backup by hand, as it went, in a file of the data folder: there even when the database is what
failed. Those of every day are jobs of the database."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from dashboard.words import error_words
from geo.errors import IkomekError
from geo.foreign_json import read_foreign_json

NAME = "last_backup.json"


@dataclass(frozen=True)
class Attempt:
    """`at`: when it began, or ended if it has (ISO, UTC); `reason` none = it did not fail."""

    file: str
    at: str
    ended: bool = False
    reason: str | None = None


@contextmanager
def noted(data: Path, file: Path) -> Iterator[None]:
    """Notes what is done within as an attempt at `file`; what is raised goes on."""
    write(data, Attempt(str(file), now()))
    try:
        yield
    except BaseException as error:
        write(data, Attempt(str(file), now(), True, message_of(error)))
        raise
    write(data, Attempt(str(file), now(), True))


def last(data: Path) -> Attempt | None:
    """None where there was none, and where the file cannot be read: status has more to tell."""
    try:
        return Attempt(**read_foreign_json((data / NAME).read_bytes()))
    except (OSError, ValueError, TypeError):
        return None


def write(data: Path, attempt: Attempt) -> None:
    """A note that cannot be written (the disk is full) is left out: it neither stops a backup nor hides why
    one failed."""
    fresh = data / f"{NAME}.new"
    with suppress(OSError):
        fresh.write_text(json.dumps(asdict(attempt)), encoding="utf-8")
        os.replace(fresh, data / NAME)


def now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def message_of(error: BaseException) -> str:
    """In words, on one line."""
    text = error_words(error) if isinstance(error, IkomekError) else str(error)
    return " ".join(text.split())[:500] or type(error).__name__
