"""A file of rules as a running city reads it: anew whenever it is another one, and while it is wrong the
rules that were read last go on."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Generic, TypeVar

from geo.errors import InvalidInput

Rules = TypeVar("Rules")
Stamp = tuple[Path, int, int, int] | tuple[Path]
log = logging.getLogger(__name__)


@dataclass
class RuleFile(Generic[Rules]):
    """What a process has read of one. `mistake`: what is wrong with the file as it is now; none = nothing."""

    read: Callable[[Path], Rules]
    mistake: InvalidInput | None = None
    _good: tuple[Rules] | None = None
    _stamp: Stamp | None = None
    _lock: Lock = field(default_factory=Lock)

    def current(self, path: Path) -> Rules:
        """The rules of the file, or the last that this process has read of it. Raises what `read` raises
        where it has read none: a wrong file is told in the log when it is first met."""
        with self._lock:
            stamp = _stamp(path)
            if stamp != self._stamp:
                self._look(path, stamp)
            if self._good is None:
                assert self.mistake is not None
                raise self.mistake
            return self._good[0]

    def _look(self, path: Path, stamp: Stamp) -> None:
        if self._stamp is not None and self._stamp[0] != path:
            self._good = None
        try:
            self._good, self.mistake = (self.read(path),), None
        except InvalidInput as error:
            self.mistake = error
            if self._good is not None:
                log.error("the rules that were read before go on: %s", error)
        self._stamp = stamp


def _stamp(path: Path) -> Stamp:
    """Another one whenever the file was written to or replaced; of its path alone where it is not there."""
    try:
        found = path.stat()
    except OSError:
        return (path,)
    return path, found.st_ino, found.st_mtime_ns, found.st_size
