"""The private PostgreSQL and Redis: created, started, stopped and repaired, on unix sockets only, as
users of their own.

A data folder holds `pg` (the database), `redis`, `run` (the sockets) and `log`. Whoever calls `start`
holds the folder's lock (see `dashboard.machine.supervisor`), so a server found running in it is an orphan
of a killed start and is ended first.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from dashboard.machine import configuration, folders
from dashboard.machine.accounts import (
    ACCOUNTS,
    DATABASE,
    Account,
    is_root,
    run_as,
)
from dashboard.machine.errors import MachineError
from dashboard.machine.programs import find_redis, program, program_environment

NAME = "ikomek"
"""The name of the product's database."""
SUPERUSER = "ikomek_superuser"
"""The role that the server is made with. Nothing of the application signs in as it."""
READY_WITHIN_S = 60.0
SOCKET_PATH_LIMIT = 103
"""Linux allows 107 bytes for the path of a unix socket; PostgreSQL's lock file needs five more than the
socket's name."""


class Running(Protocol):
    """A process: `subprocess.Popen`, or one that was adopted (`dashboard.machine.handles`)."""

    def poll(self) -> int | None: ...
    def wait(self, timeout: float | None = None) -> int: ...
    def send_signal(self, number: int) -> None: ...
    def kill(self) -> None: ...


@dataclass(frozen=True)
class Cluster:
    """A private cluster in `data`. A throwaway one (tests) gives up durability for speed; nothing else
    ever does."""

    data: Path
    throwaway: bool = False

    @property
    def database_folder(self) -> Path:
        return self.data / "pg"

    @property
    def redis_folder(self) -> Path:
        return self.data / "redis"

    @property
    def sockets(self) -> Path:
        return self.data / "run"

    @property
    def redis_socket(self) -> Path:
        return self.redis_folder / "redis.sock"

    @property
    def logs(self) -> Path:
        return self.data / "log"

    def database_url(self, database: str = NAME, role: str = "ikomek_owner") -> str:
        return f"postgresql://{role}@/{database}?host={self.sockets}"


def create(cluster: Cluster) -> None:
    """Make the folders and, once, the database cluster. A creation that was cut short is thrown away and
    done again."""
    make_folders(cluster)
    if not cluster.database_folder.exists():
        _initdb(cluster)
    configuration.write(cluster.database_folder, cluster.sockets, cluster.throwaway)


def make_folders(cluster: Cluster) -> None:
    """Those of a data folder. Raises `MachineError` if the path is too long for a socket."""
    if len(str(cluster.sockets / ".s.PGSQL.5432")) > SOCKET_PATH_LIMIT:
        raise MachineError(
            f"The path of the data folder is too long for a unix socket: {cluster.data}. Choose a "
            f"shorter one with --data."
        )
    folders.make_folders(cluster.data)


def _initdb(cluster: Cluster) -> None:
    unfinished = cluster.data / "pg.new"
    shutil.rmtree(unfinished, ignore_errors=True)
    folders.own_folder(unfinished, DATABASE)
    options = ["--no-sync"] if cluster.throwaway else ["--data-checksums"]
    _run(
        [
            program("initdb"),
            "--pgdata",
            unfinished,
            "--username",
            SUPERUSER,
            "--encoding",
            "UTF8",
            "--locale",
            "C.UTF-8",
            "--auth-local",
            "peer",
            "--auth-host",
            "reject",
            "--no-instructions",
            *options,
        ],
        "create the database cluster",
    )
    unfinished.rename(cluster.database_folder)


def postgres_command(cluster: Cluster) -> list[str | Path]:
    return [program("postgres"), "-D", cluster.database_folder]


def redis_command(cluster: Cluster) -> list[str | Path]:
    """Redis is cache and doorbell, never the record: it keeps nothing on disk. Only keys with a time to
    live make room for others."""
    found = find_redis()
    if not found:
        raise MachineError(
            "The program 'redis-server' is missing. Run './ikomek doctor' to see how to get it."
        )
    return [
        found,
        "--port",
        "0",
        "--unixsocket",
        cluster.redis_socket,
        "--unixsocketperm",
        "770" if is_root() else "700",
        "--dir",
        cluster.redis_folder,
        "--save",
        "",
        "--appendonly",
        "no",
        "--maxmemory",
        "512mb",
        "--maxmemory-policy",
        "volatile-lru",
        "--daemonize",
        "no",
    ]


def start(cluster: Cluster) -> list[subprocess.Popen[bytes]]:
    """Create what is missing, repair what a kill left behind, start both servers and wait until they answer.

    They end when this process ends. Those that the supervisor starts outlive it, for the next one to adopt.
    """
    create(cluster)
    recover(cluster)
    servers = [spawn(cluster, "postgres"), spawn(cluster, "redis")]
    try:
        wait_for_postgres(cluster, servers[0])
        wait_for_redis(cluster, servers[1])
    except MachineError:
        stop(servers)
        raise
    return servers


def server_command(cluster: Cluster, name: str) -> list[str | Path]:
    return postgres_command(cluster) if name == "postgres" else redis_command(cluster)


def spawn(cluster: Cluster, name: str, outlives_us: bool = False) -> subprocess.Popen[bytes]:
    """Start "postgres" or "redis" without waiting. Its output goes to the folder's log."""
    died = {"postgres": "INT", "redis": "TERM"}[name]
    command = run_as(ACCOUNTS[name], server_command(cluster, name), None if outlives_us else died)
    return begin_server(command, cluster.logs / f"{name}.log", cluster.data)


def begin_server(command: Sequence[str | Path], log: Path, folder: Path) -> subprocess.Popen[bytes]:
    """Start a server in a session of its own, in its folder; its output goes to the log."""
    with open(log, "ab") as output:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            cwd=folder,
            env=program_environment(),
        )


def stop(servers: Iterable[Running], within_s: float = 30.0, number: int = signal.SIGINT) -> None:
    """End processes, such as the servers that `start` or `spawn` returned: PostgreSQL's fast shutdown
    (SIGINT), then, past `within_s`, by force."""
    servers = list(servers)
    for server in servers:
        if server.poll() is None:
            server.send_signal(number)
    for server in servers:
        try:
            server.wait(within_s)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def wait_for_postgres(cluster: Cluster, server: Running) -> None:
    command = run_as(DATABASE, ready_command(cluster))
    for _ in _until_ready(cluster, "postgres", server):
        if subprocess.run(command, stderr=subprocess.DEVNULL, env=program_environment()).returncode == 0:
            return


def ready_command(cluster: Cluster) -> list[str | Path]:
    """Exit code 0 once the database takes connections."""
    return [program("pg_isready"), "-q", "-h", cluster.sockets, "-d", "postgres", "-U", "ikomek_owner"]


def wait_for_redis(cluster: Cluster, server: Running) -> None:
    """Waits until Redis answers a PING, for the socket's file also exists after a crash."""
    for _ in _until_ready(cluster, "redis", server):
        if redis_answers(cluster.redis_socket):
            return


def redis_answers(path: Path, within_s: float = 2) -> bool:
    try:
        with socket.socket(socket.AF_UNIX) as caller:
            caller.settimeout(within_s)
            caller.connect(str(path))
            caller.sendall(b"PING\r\n")
            return caller.recv(64).startswith(b"+PONG")
    except OSError:
        return False


def _until_ready(cluster: Cluster, name: str, server: Running) -> Iterator[None]:
    end = time.monotonic() + READY_WITHIN_S
    log = cluster.logs / f"{name}.log"
    while server.poll() is None and time.monotonic() < end:
        yield
        time.sleep(0.03)
    last = log.read_text(errors="replace").strip().splitlines()[-3:]
    raise MachineError(
        f"{name} did not start. The last lines of {log}:\n  "
        + "\n  ".join(last)
        + "\nCorrect what they name and run the command again; './ikomek doctor' checks this machine."
    )


def recover(cluster: Cluster, names: Iterable[str] = ("postgres", "redis"), within_s: float = 10.0) -> None:
    """End servers that a killed start left in this folder, then remove their stale lock files.

    A process is ours when its working directory is the folder's: a pid file may name a stranger that got
    the number since.
    """
    for name in names:
        folder = cluster.database_folder if name == "postgres" else cluster.redis_folder
        account = ACCOUNTS[name]
        for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
            for pid in _processes_in(folder, account):
                _signal(pid, number)
            if _gone(folder, account, within_s):
                break
        stale = [cluster.redis_socket]
        if name == "postgres":
            stale = [folder / "postmaster.pid", *cluster.sockets.glob(".s.PGSQL.*")]
        for path in stale:
            path.unlink(missing_ok=True)


def servers_in(cluster: Cluster) -> dict[str, int]:
    """Name -> number of the servers that run in these folders, whoever started them."""
    folders_of = {"postgres": cluster.database_folder, "redis": cluster.redis_folder}
    found = {name: _processes_in(folder, ACCOUNTS[name]) for name, folder in folders_of.items()}
    return {name: pids[0] for name, pids in found.items() if pids}


def _gone(folder: Path, account: Account, within_s: float) -> bool:
    end = time.monotonic() + within_s
    while _processes_in(folder, account):
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


def _processes_in(folder: Path, account: Account) -> list[int]:
    """Looked for as the account that they run as: not even root may look into another user's processes where
    it was left without that capability, in a container or a walled service."""
    pattern = re.sub(r"([\\\[\]*?])", r"\\\1", str(folder))
    looked = run_as(account, ["find", "/proc", "-maxdepth", "2", "-name", "cwd", "-lname", pattern])
    found = subprocess.run(looked, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd="/")
    return sorted(int(Path(line).parent.name) for line in found.stdout.splitlines() if line[6:7].isdigit())


def _signal(pid: int, number: int) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return


def _run(command: list[str | Path], what: str) -> str:
    done = subprocess.run(
        run_as(DATABASE, command), capture_output=True, text=True, cwd="/", env=program_environment()
    )
    if done.returncode:
        raise MachineError(
            f"Could not {what}: {done.stderr.strip() or done.stdout.strip()}. Correct that and run the "
            "command again."
        )
    return done.stdout
