"""Backup to a point in time: pgBackRest keeps full and incremental copies of the private PostgreSQL and every
piece of its log, so that any second between can be brought back. Photos are rows of the database, so they
come with it; keys never do.

The plan is a file of the data folder (`pitr/plan.json`), pgBackRest's own configuration beside it. PostgreSQL
archives by `archive_command`, which is changed without a restart. A restore never touches the server that
runs: it is made beside it, from the repository, and ended once it is read (`dashboard.machine.past_server`).
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from dashboard.machine.accounts import DATABASE, account_can, run_as
from dashboard.machine.cluster import SUPERUSER, Cluster
from dashboard.machine.errors import MachineError
from dashboard.machine.folders import make_folders
from dashboard.machine.pitr_plan import CONFIGURATION, PACKAGE, PLAN, STANZA, PitrPlan
from dashboard.machine.programs import program_environment
from dashboard.machine.state import write_whole

QUEUE_MOST = "4GiB"
"""So much of the log waits for a repository that is full or away, before PostgreSQL goes on without: else its
own disk fills, and the city stands."""


def switch_on(cluster: Cluster, plan: PitrPlan) -> None:
    """Writes the plan and pgBackRest's configuration; the caller has the server read `archive_command`
    anew."""
    require_program()
    folder = Path(plan.folder)
    if not folder.is_dir() or not account_can(DATABASE, ["test", "-w", str(folder)]):
        raise MachineError(
            f"The user '{DATABASE.user}' cannot write into {folder}. Create it and give it away: "
            f"install -d -o {DATABASE.user} -m 700 {folder}"
        )
    make_folders(cluster.data)
    write_whole(cluster.data / CONFIGURATION, configuration(cluster, plan), 0o644)
    write_whole(cluster.data / PLAN, json.dumps(asdict(plan)), 0o644)


def switch_off(cluster: Cluster) -> None:
    """The repository stays."""
    for name in (PLAN, CONFIGURATION):
        (cluster.data / name).unlink(missing_ok=True)


def configuration(cluster: Cluster, plan: PitrPlan) -> str:
    """pgBackRest's own. Checksums of pages are verified by each copy."""
    lines = {
        "repo1-path": plan.folder,
        "repo1-retention-full": str(plan.keep),
        "lock-path": cluster.data / "pitr" / "lock",
        "spool-path": cluster.data / "pitr" / "spool",
        "log-level-console": "warn",
        "log-level-file": "off",
        "start-fast": "y",
        "compress-type": "lz4",
        "process-max": "2",
        "archive-push-queue-max": QUEUE_MOST,
    }
    server = {
        "pg1-path": cluster.database_folder,
        "pg1-socket-path": cluster.sockets,
        "pg1-user": SUPERUSER,
        "pg1-database": "postgres",
    }
    written = ["[global]", *(f"{key}={value}" for key, value in lines.items())]
    return "\n".join([*written, f"[{STANZA}]", *(f"{key}={value}" for key, value in server.items())]) + "\n"


def make(cluster: Cluster, full: bool) -> None:
    """One copy; copies and pieces of the log that are no longer kept go. Raises `MachineError`."""
    pgbackrest(cluster, ["backup", f"--type={'full' if full else 'incr'}"], "make the copy")


def info(cluster: Cluster) -> list[dict[str, Any]]:
    """The copies in the repository, the oldest first, as pgBackRest describes them."""
    found = json.loads(pgbackrest(cluster, ["info", "--output=json"], "read the repository"))
    return found[0].get("backup", []) if found else []


def pgbackrest(cluster: Cluster, arguments: Sequence[str], what: str, configured: Path | None = None) -> str:
    """Run as the user of the database; what it wrote to standard output. Raises `MachineError`."""
    require_program()
    command = [
        PACKAGE,
        f"--config={configured or cluster.data / CONFIGURATION}",
        f"--stanza={STANZA}",
        *arguments,
    ]
    done = subprocess.run(
        run_as(DATABASE, command), capture_output=True, text=True, cwd="/", env=program_environment()
    )
    if done.returncode:
        message = (done.stderr.strip() or done.stdout.strip())[-1500:]
        raise MachineError(f"pgBackRest could not {what}: {message}")
    return done.stdout


def require_program() -> None:
    if not shutil.which(PACKAGE):
        raise MachineError(
            f"The program '{PACKAGE}' is missing. As root: apt-get install --no-install-recommends {PACKAGE}"
        )
