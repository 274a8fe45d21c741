"""The whole centre as `./ikomek up` starts it, on a small disk of its own and with a clock that can be
set, for faults to be done to it."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import httpx
import redis

from dashboard.machine import cluster as machine
from dashboard.machine import state
from dashboard.machine.errors import MachineError
from geo.database import connect_engine
from geo.settings import Settings
from tests.support.web import ROOT

APPLICATION = ("web", "relay", "etl")
WATCHING = ("supervisor", "watcher")
"""Their children are all the others, which go on without them."""
LIBRARY = "usr/lib/*/faketime/libfaketimeMT.so.1"


class Site:
    """`disk_mb`: on a memory disk of this size, which needs root; none = in the folder for temporary
    files."""

    def __init__(self, disk_mb: int | None = None) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="ikomek-faults-")).resolve()
        self.folder.chmod(0o755)
        self.disk, self.data = disk_mb is not None, self.folder / "disk/data"
        self.data.parent.mkdir()
        if self.disk:
            subprocess.run(
                [
                    "mount",
                    "-t",
                    "tmpfs",
                    "-o",
                    f"size={disk_mb}m,mode=755",
                    "ikomek-faults",
                    self.data.parent,
                ],
                check=True,
            )
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.clock = self.folder / "clock"
        self.environment = {
            name: value for name, value in os.environ.items() if not name.startswith("IKOMEK_")
        } | {"LC_ALL": "C.UTF-8", "IKOMEK_DATA": str(self.data)}

    @contextmanager
    def own_clock(self) -> Iterator[None]:
        """The processes of the application under a clock that `set_clock` sets. They are started here, for
        the supervisor, which is frozen meanwhile, and its watcher with it, would not run under faketime: it
        makes `time.sleep` fail where the monotonic clock is left alone, as a clock that is set leaves it."""
        self.set_clock(0)
        faked = {
            "LD_PRELOAD": str(faketime()),
            "FAKETIME_TIMESTAMP_FILE": str(self.clock),
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "FAKETIME_CACHE_DURATION": "1",
        }
        running = self.processes()
        for name in reversed(WATCHING):  # a watcher that runs would let the supervisor go on
            send(running[name], signal.SIGSTOP)
        try:
            started = [restarted(running[name], faked) for name in APPLICATION]
            try:
                yield
            finally:
                machine.stop(started, 5)
        finally:
            for name in WATCHING:
                send(running[name], signal.SIGCONT)

    def set_clock(self, seconds: int) -> None:
        """How far the clock of the application is ahead of the true one."""
        self.clock.write_text(f"{seconds:+d}\n")
        self.clock.chmod(0o644)

    @property
    def settings(self) -> Settings:
        cluster = machine.Cluster(self.data)
        return replace(
            Settings.load({"IKOMEK_DATA": str(self.data)}),
            own_database=True,
            redis_url=f"unix://{cluster.redis_socket}",
            database_url=cluster.database_url().replace("postgresql:", "postgresql+psycopg2:"),
        )

    def up(self) -> None:
        command = [ROOT / "ikomek", "up", "--detach", "--empty", "--port", str(self.port)]
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(f"up: {done.stdout}{done.stderr}")

    def close(self) -> None:
        """Stop everything and take the disk away."""
        subprocess.run([ROOT / "ikomek", "down"], env=self.environment, capture_output=True)
        if self.disk:
            subprocess.run(["umount", "--lazy", self.data.parent], check=True)
        shutil.rmtree(self.folder)

    def processes(self) -> dict[str, int]:
        """Name -> pid of what runs now, the supervisor and its watcher among them."""
        found = state.read(self.data)
        named = found.watching | found.processes
        return {name: process.pid for name, process in named.items() if process.alive}

    def kill(self, name: str) -> None:
        with suppress(ProcessLookupError, KeyError):
            os.kill(self.processes()[name], signal.SIGKILL)

    def freeze(self, name: str, seconds: float) -> None:
        """Stop a process and all that it has started for so long, as a machine does that has no memory
        left."""
        pids = [pid for pid in self.processes().items() if pid[0] == name]
        family = [
            pid for _, root in pids for pid in ([root] if name in WATCHING else [root, *descendants(root)])
        ]
        for pid in family:
            send(pid, signal.SIGSTOP)
        try:
            time.sleep(seconds)
        finally:
            for pid in family:
                send(pid, signal.SIGCONT)

    def fill_disk(self) -> Path:
        """Leave no byte free; returns the file to delete."""
        filler = self.data.parent / "filler"
        with open(filler, "wb") as file:
            while free := shutil.disk_usage(self.data.parent).free:
                with suppress(OSError):
                    os.posix_fallocate(file.fileno(), file.tell(), min(free, 2**24))
                    file.seek(0, os.SEEK_END)
                    continue
                break
        return filler

    def complaints(self) -> str:
        """What the web server logged of requests that it could not answer."""
        return "".join((self.data / "log/web.log").read_text(errors="replace").partition("failed: ")[1:])[
            :3000
        ]

    def redis(self) -> redis.Redis:
        return redis.Redis.from_url(self.settings.redis_url, socket_timeout=5)

    def answers(self) -> bool:
        try:
            return httpx.get(f"{self.url}/healthz", timeout=2).status_code == 200
        except httpx.HTTPError:
            return False

    def engine(self, role: str):
        return connect_engine(self.settings, role, pool_size=2)


def faketime() -> Path:
    found = next(Path("/").glob(LIBRARY), None)
    if found is None:
        raise MachineError(
            "The clock of a process can be set only with Debian's package faketime: apt-get install faketime"
        )
    return found


def restarted(pid: int, more: dict[str, str]) -> subprocess.Popen[bytes]:
    """The same command again, as the same user, with more in its environment; the process itself is
    killed."""
    process = Path(f"/proc/{pid}")
    command = [
        word for word in (process / "cmdline").read_text().split("\0") if word and word != "--template"
    ]
    environment = dict(pair.split("=", 1) for pair in (process / "environ").read_text().split("\0") if pair)
    ids = {
        name: [int(number) for number in numbers.split()]
        for name, _, numbers in (
            line.partition(":") for line in (process / "status").read_text().splitlines()
        )
        if name in ("Uid", "Gid", "Groups")
    }
    send(pid, signal.SIGKILL)
    time.sleep(0.2)  # its port is free again
    return subprocess.Popen(
        command,
        env=environment | more,
        user=ids["Uid"][0],
        group=ids["Gid"][0],
        extra_groups=ids["Groups"],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def descendants(pid: int) -> list[int]:
    parents = {}
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
    found, fresh = [], [pid]
    while fresh:
        fresh = [child for child, parent in parents.items() if parent in fresh]
        found += fresh
    return found


def send(pid: int, number: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, number)
