"""The last backup by hand, as it went, in a file of the data folder: there even when the database is what
failed. Those of every day are jobs of the database."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from dashboard.words import error_words
from geo.errors import IkomekError

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
    path = data / NAME
    return Attempt(**json.loads(path.read_text(encoding="utf-8"))) if path.is_file() else None


def write(data: Path, attempt: Attempt) -> None:
    fresh = data / f"{NAME}.new"
    fresh.write_text(json.dumps(asdict(attempt)), encoding="utf-8")
    os.replace(fresh, data / NAME)


def now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def message_of(error: BaseException) -> str:
    """In words, on one line."""
    text = error_words(error) if isinstance(error, IkomekError) else str(error)
    return " ".join(text.split())[:500] or type(error).__name__
