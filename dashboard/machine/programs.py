"""Where the servers' programs are: Debian's, or unpacked by us."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from dashboard.machine import unpacked
from dashboard.machine.errors import MachineError


def find_program(name: str) -> Path | None:
    """A PostgreSQL program such as "initdb": the newest version under Debian's folder, or unpacked, that
    also has PostGIS, else on PATH."""
    paths = [path for path in (Path("/usr"), unpacked.root()) if path is not None]
    homes = sorted(
        (home for path in paths for home in path.glob("lib/postgresql/*/bin")),
        key=lambda path: int(path.parent.name),
        reverse=True,
    )
    for home in sorted(homes, key=lambda path: not _has_postgis(path)):
        if (home / name).exists():
            return home / name
    found = shutil.which(name)
    return Path(found) if found else None


def has_postgis() -> bool:
    """Whether the PostgreSQL that `find_program` finds can `create extension postgis`."""
    initdb = find_program("initdb")
    return initdb is not None and _has_postgis(initdb.resolve().parent)


def _has_postgis(home: Path) -> bool:
    candidates = (
        home.parents[3] / "share/postgresql" / home.parent.name if len(home.parts) > 5 else home,
        home.parent / "share/postgresql",
        home.parent / "share",
    )
    return any((share / "extension/postgis.control").exists() for share in candidates)


def program(name: str) -> Path:
    found = find_program(name)
    if not found:
        raise MachineError(
            f"PostgreSQL's program '{name}' is missing. Run './ikomek doctor' to see how to get it."
        )
    return found


def find_redis() -> str | None:
    return shutil.which("redis-server") or (
        str(found) if (found := unpacked.program("redis-server")) else None
    )


def program_environment() -> dict[str, str]:
    """The environment of every program of the servers: UTF-8, and where its libraries are if it was
    unpacked."""
    return os.environ | {"LC_ALL": "C.UTF-8"} | unpacked.environment()
