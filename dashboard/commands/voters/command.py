"""A command of `./ikomek voters` being done: its arguments, who gives it, the keys, and its transactions."""

from __future__ import annotations

import argparse
import getpass
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import ModuleType

from dashboard.words import word
from geo.database import Connection, Engine, Role, connected_engine
from geo.errors import NotFound
from geo.settings import Settings
from geo.voters import approval, model
from geo.voters.keys import KeyRing


@dataclass(frozen=True)
class VotersCommand:
    """A command being done: `files` reads lists (`etl.voters.files`), `demo` gives what invents
    them, which takes a second to be imported."""

    settings: Settings
    args: argparse.Namespace
    who: str
    ring: KeyRing
    files: ModuleType
    demo: Callable[[], ModuleType]

    @property
    def region(self) -> str:
        return self.settings.city.region

    @contextmanager
    def engine(self, role: Role = "voters") -> Iterator[Engine]:
        with connected_engine(self.settings, role, pool_size=2) as engine:
            yield engine

    @contextmanager
    def connected(self, role: Role = "voters") -> Iterator[Connection]:
        """One transaction, committed where nothing was raised."""
        with self.engine(role) as engine, engine.begin() as connection:
            yield connection

    def list_id(self, connection: Connection) -> int:
        """The version that is named, else the newest that waits and can still be approved. Raises `NotFound`
        ("voters.nothing_waits")."""
        if self.args.list is not None:
            return int(self.args.list)
        row = approval.live(model.versions(connection, self.region))
        if row is None:
            raise NotFound("voters.nothing_waits")
        return int(row.id)


Run = Callable[[VotersCommand], int | None]


def typed(prompt: str) -> str:
    """Asks at the terminal for what names a person: an argument would stand in the list of processes and in
    the shell's history."""
    return (getpass.getpass(word(prompt)) if sys.stdin.isatty() else sys.stdin.readline()).strip()
