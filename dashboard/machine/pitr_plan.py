"""The plan of backups to a point in time, and what PostgreSQL is told of it: read where the server's settings
are written, so nothing of the server is imported here."""

from __future__ import annotations

import json
import shlex
from dataclasses import dataclass
from pathlib import Path

from dashboard.machine.errors import MachineError

PACKAGE = "pgbackrest"
STANZA = "ikomek"
PLAN, CONFIGURATION = "pitr/plan.json", "pitr/pgbackrest.conf"
OFF = "/bin/true"


@dataclass(frozen=True)
class PitrPlan:
    """`keep`: full copies that stay, with all of the log since the oldest; a full one each `full_days` days,
    an incremental one each `every_h` hours."""

    folder: str
    keep: int = 4
    every_h: int = 24
    full_days: int = 7


def read_plan(data: Path) -> PitrPlan | None:
    """None = it is not switched on."""
    try:
        return PitrPlan(**json.loads((data / PLAN).read_bytes()))
    except (FileNotFoundError, PermissionError):
        return None
    except (OSError, ValueError, TypeError) as error:
        raise MachineError(
            f"{data / PLAN} cannot be read: {error}. Switch it on again: ./ikomek backup pitr on FOLDER"
        ) from error


def archive_command(data: Path) -> str:
    """PostgreSQL's setting, for a shell; `%p` is the piece of the log."""
    if not (data / CONFIGURATION).exists():
        return OFF
    words = [PACKAGE, f"--config={data / CONFIGURATION}", f"--stanza={STANZA}", "archive-push"]
    return " ".join(shlex.quote(word.replace("%", "%%")) for word in words) + ' "%p"'
