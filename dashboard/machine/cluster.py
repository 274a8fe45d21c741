"""The private PostgreSQL and Redis: created, started, stopped and mended, on unix sockets only, as
users of their own.

A data folder holds `pg` (the database), `redis`, `run` (the sockets) and `log`. Whoever calls `start`
holds the folder's lock (see `dashboard.machine.supervisor`), so a server found running in it is an orphan
of a killed start and is ended first.

Signing in is by the socket's peer: each process's system user may be that process's roles, and root each of
them (`signing_in`); nobody else gets in, and there is no password. `fsync`, `full_page_writes` and
`synchronous_commit` stay on: with the last one off a kill lost acknowledged commits.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from dashboard.machine import folders, unpacked
from dashboard.machine.accounts import (
    ACCOUNTS,
    DATABASE,
    EVERY,
    Account,
    database_user,
    is_root,
    own_name,
    run_as,
)
from dashboard.machine.errors import MachineError

NAME = "ikomek"
"""Of the product's database."""
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


def find_program(name: str) -> Path | None:
    """A PostgreSQL program such as "initdb": the newest version under Debian's folder, or unpacked, that
    also has PostGIS, else on PATH."""
    paths = [path for path in (Path("/usr"), unpacked.root()) if path is not None]
    homes = sorted(
        (home for place in paths for home in place.glob("lib/postgresql/*/bin")),
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


def create(cluster: Cluster) -> None:
    """Make the folders and, once, the database cluster. A creation that was cut short is thrown away and
    done again."""
    make_folders(cluster)
    if not cluster.database_folder.exists():
        _initdb(cluster)
    _write_configuration(cluster)


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


def _write_configuration(cluster: Cluster) -> None:
    """Written at every start, so that a newer version of the product brings its own settings."""
    folder = cluster.database_folder
    _replace(folder / "pg_hba.conf", "local all all peer map=ikomek\n")
    _replace(
        folder / "pg_ident.conf",
        "".join(f"ikomek {user} ikomek_{role}\n" for user, roles in signing_in().items() for role in roles),
    )
    _replace(folder / "ikomek.conf", "".join(f"{key} = {value}\n" for key, value in tuning(cluster).items()))
    main = folder / "postgresql.conf"
    include = "include_if_exists = 'ikomek.conf'\n"
    if include not in main.read_text():
        _replace(main, main.read_text() + include)


def signing_in() -> dict[str, tuple[str, ...]]:
    """System user -> the roles that it may sign in as. Root, who may become each of them, may be each role;
    without root one user is all of ours."""
    if is_root():
        return {"root": DATABASE.roles} | {account.user: account.roles for account in EVERY}
    return dict.fromkeys(("root", own_name()), DATABASE.roles)


def tuning(cluster: Cluster) -> dict[str, str]:
    """PostgreSQL's settings by name: for two cores and a share of the memory, read from what the machine
    has.

    What is logged never carries a row: neither the statement of an error nor its detail, for both may hold
    a citizen's words.
    """
    memory_mb = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20
    shared_mb = 128 if cluster.throwaway else max(128, min(2048, memory_mb // 8))
    settings = {
        "listen_addresses": "''",
        "unix_socket_directories": f"'{cluster.sockets}'",
        "unix_socket_permissions": "0770" if is_root() else "0700",
        "max_connections": "200",
        "shared_buffers": f"{shared_mb}MB",
        "effective_cache_size": f"{memory_mb // 2}MB",
        "work_mem": "32MB",
        "maintenance_work_mem": "256MB",
        "max_wal_size": "512MB",
        "min_wal_size": "256MB",
        "wal_compression": "lz4",
        "checkpoint_timeout": "2min",
        "random_page_cost": "1.1",
        "jit": "off",
        "max_parallel_workers_per_gather": "1",
        "timezone": "'UTC'",
        "log_timezone": "'UTC'",
        "log_line_prefix": "'%m [%p] %q%u@%d '",
        "log_min_error_statement": "panic",
        "log_min_messages": "log",
        "log_error_verbosity": "terse",
        "log_statement": "none",
        "idle_in_transaction_session_timeout": "'10min'",
        "dynamic_shared_memory_type": "posix",
    }
    durable = "off" if cluster.throwaway else "on"
    return settings | dict.fromkeys(("fsync", "full_page_writes", "synchronous_commit"), durable)


def postgres_command(cluster: Cluster) -> list[str | Path]:
    return [program("postgres"), "-D", cluster.database_folder]


def find_redis() -> str | None:
    return shutil.which("redis-server") or (
        str(found) if (found := unpacked.program("redis-server")) else None
    )


def program_environment() -> dict[str, str]:
    """For every program of the servers: UTF-8, and where its libraries are if it was unpacked."""
    return os.environ | {"LC_ALL": "C.UTF-8"} | unpacked.environment()


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
    """Create what is missing, mend what a kill left behind, start both servers and wait until they answer.

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
    with open(cluster.logs / f"{name}.log", "ab") as log:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            cwd=cluster.data,
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
    command = run_as(
        DATABASE,
        [program("pg_isready"), "-q", "-h", cluster.sockets, "-d", "postgres", "-U", "ikomek_owner"],
    )
    for _ in _until_ready(cluster, "postgres", server):
        if subprocess.run(command, stderr=subprocess.DEVNULL, env=program_environment()).returncode == 0:
            return


def wait_for_redis(cluster: Cluster, server: Running) -> None:
    """By PING, for the socket's file also exists after a crash."""
    for _ in _until_ready(cluster, "redis", server):
        if redis_answers(cluster.redis_socket):
            return


def redis_answers(path: Path) -> bool:
    try:
        with socket.socket(socket.AF_UNIX) as caller:
            caller.settimeout(2)
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


def _replace(path: Path, text: str) -> None:
    """Write whole or not at all, keeping the owner of a file that is there."""
    fresh = path.with_name(path.name + ".new")
    fresh.write_text(text)
    fresh.chmod(0o600)
    shutil.chown(fresh, database_user())
    fresh.rename(path)
