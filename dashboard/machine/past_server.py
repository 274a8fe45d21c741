"""The database as it was at a named second: restored beside the one that runs, from the repository, started
on a socket of its own, ended and removed after it was read.

What it holds is what had been committed by that second. It archives nothing, and nobody else can reach it.
"""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from dashboard.machine import cluster as machine
from dashboard.machine import pitr, workplaces
from dashboard.machine.accounts import DATABASE, give, run_as
from dashboard.machine.cluster import SOCKET_PATH_LIMIT, SUPERUSER, Cluster, begin_server
from dashboard.machine.errors import MachineError
from dashboard.machine.pitr_plan import CONFIGURATION, PitrPlan
from dashboard.machine.programs import program, program_environment
from dashboard.machine.state import write_whole

PREFIX = ".past-"
PROMOTED_WITHIN_S = 3600.0
"""A day's log is replayed in minutes; a server that is still at it after this is not waited for."""


@contextmanager
def past_server(cluster: Cluster, at: datetime, repository: Path | None = None) -> Iterator[Cluster]:
    """A running server with everything as of `at`; its sockets are in `sockets` of what is given.
    `repository`: that of another machine, such as one that is lost; none = our own. Raises `MachineError`
    where it does not reach there."""
    with workplaces.work_in(cluster.data / "pitr", PREFIX) as folder:
        give(folder, None, 0o711)
        past = Cluster(folder)
        if len(str(past.sockets / ".s.PGSQL.5432")) > SOCKET_PATH_LIMIT:
            raise MachineError(
                f"The path of the data folder is too long for a second server: {cluster.data}."
            )
        for made in (past.database_folder, past.sockets, past.logs):
            made.mkdir()
            give(made, DATABASE, 0o700)
        configuration = cluster.data / CONFIGURATION
        if repository is not None:
            configuration = folder / "pgbackrest.conf"
            write_whole(configuration, pitr.configuration(cluster, PitrPlan(str(repository))), 0o644)
        restore(cluster, past, at, configuration)
        server = _start(past)
        try:
            _wait_until_promoted(past, server, at)
            yield past
        finally:
            machine.stop([server])


def restore(cluster: Cluster, past: Cluster, at: datetime, configuration: Path) -> None:
    """The files of the newest copy before `at`, told to replay the log to that moment."""
    target = at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f+00")
    arguments = [
        "restore",
        f"--pg1-path={past.database_folder}",
        "--type=time",
        f"--target={target}",
        "--target-action=promote",
        "--archive-mode=off",
    ]
    pitr.pgbackrest(cluster, arguments, f"restore the database as of {target}", configuration)


def _start(past: Cluster) -> subprocess.Popen[bytes]:
    settings = {
        "unix_socket_directories": past.sockets,
        "listen_addresses": "",
        "shared_buffers": "128MB",
        "archive_mode": "off",
        "hot_standby": "off",  # nobody reads before it is there, so its limits need not be those of the other
    }
    options = [word for key, value in settings.items() for word in ("-c", f"{key}={value}")]
    command = run_as(DATABASE, [program("postgres"), "-D", past.database_folder, *options])
    return begin_server(command, past.logs / "postgres.log", past.database_folder)


def _wait_until_promoted(past: Cluster, server: subprocess.Popen[bytes], at: datetime) -> None:
    psql: list[str | Path] = [program("psql"), "-X", "-q", "-t", "-A", "-h", past.sockets]
    question = run_as(
        DATABASE, [*psql, "-U", SUPERUSER, "-d", "postgres", "-c", "select pg_is_in_recovery()"]
    )
    end = time.monotonic() + PROMOTED_WITHIN_S
    while server.poll() is None and time.monotonic() < end:
        answer = subprocess.run(question, capture_output=True, text=True, cwd="/", env=program_environment())
        if answer.returncode == 0 and answer.stdout.strip() == "f":
            return
        time.sleep(0.2)
    lines = (past.logs / "postgres.log").read_text(errors="replace").strip().splitlines()
    last = [line for line in lines if "FATAL" in line or "HINT" in line][-3:] or lines[-3:]
    raise MachineError(
        f"The database as of {at.isoformat()} could not be brought back: the repository may not reach there. "
        "'./ikomek backup pitr status' shows from when to when it does. It says:\n  " + "\n  ".join(last)
    )
