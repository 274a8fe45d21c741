"""What runs, written down for `status`, `down` and the next `up`, and the lock that lets only one `up`
hold a data folder.

A process is named by its number, the tick at which it started and the boot that the ticks are counted from:
a number alone may since belong to a stranger.
"""

from __future__ import annotations

import fcntl
import json
import os
import signal
import time
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path
from typing import IO, Any

from dashboard.machine.errors import MachineError

SERVERS = ("postgres", "redis")
"""The processes of an `up` that are not the application's."""
SHOWN = "processes.json"
RUN = ("running", "resuming")
"""Phases in which people use the centre."""


@cache
def boot_id() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()


@dataclass
class Started:
    """One process. `ticks` is its start time as the kernel counts it; `since` is epoch seconds; `restarts`
    since `up`; `command` is what was started."""

    pid: int
    ticks: int
    since: float
    restarts: int = 0
    command: list[str] = field(default_factory=list)
    boot: str = field(default_factory=lambda: boot_id())

    @property
    def alive(self) -> bool:
        return start_ticks(self.pid) == self.ticks and self.boot == boot_id()

    @classmethod
    def of(cls, pid: int, restarts: int = 0, command: Sequence[str | Path] = ()) -> Started:
        return cls(pid, start_ticks(pid) or 0, time.time(), restarts, [str(word) for word in command])

    @classmethod
    def read(cls, raw: dict) -> Started:
        pid, ticks, restarts = (int(raw[name]) for name in ("pid", "ticks", "restarts"))
        command = [str(word) for word in raw.get("command", [])]
        return cls(pid, ticks, float(raw["since"]), restarts, command, str(raw.get("boot", boot_id())))


@dataclass
class MachineState:
    """`phase` is "starting", "preparing", "running", "resuming" (what still ran is adopted, the rest
    being started) or "stopping"; `address` is where a person opens it, `demo` whether demo data is shown;
    `prepared` says what everything was installed and prepared for (`dashboard.machine.resume`); `watcher`
    starts the supervisor again, none = nobody of ours does."""

    supervisor: Started
    phase: str = "starting"
    address: str = ""
    demo: bool = False
    processes: dict[str, Started] = field(default_factory=dict)
    prepared: str = ""
    watcher: Started | None = None

    @property
    def head(self) -> Started:
        """Who is told to stop."""
        return self.watcher if self.watcher and self.watcher.alive else self.supervisor

    @property
    def watching(self) -> dict[str, Started]:
        """The two that watch each other, and all the rest."""
        return {"supervisor": self.supervisor} | ({"watcher": self.watcher} if self.watcher else {})

    def write(self, data: Path) -> None:
        write_whole(data / "state.json", json.dumps(asdict(self)))
        write_whole(data / SHOWN, json.dumps(self.shown()), 0o644)

    def shown(self) -> dict[str, Any]:
        """What everybody on the machine may know of it, for the page /operations: no command."""
        known = self.watching | self.processes
        names = ("pid", "ticks", "since", "restarts")
        processes = {name: {key: getattr(one, key) for key in names} for name, one in known.items()}
        return {"address": self.address, "phase": self.phase, "processes": processes}

    @classmethod
    def of(cls, raw: Any) -> MachineState:
        """Reads the form that `write` wrote. Raises `TypeError`, `KeyError`, `AttributeError` or `ValueError`
        for anything else."""
        started = {name: Started.read(process) for name, process in raw["processes"].items()}
        return cls(
            Started.read(raw["supervisor"]),
            processes=started,
            phase=str(raw["phase"]),
            address=str(raw["address"]),
            demo=bool(raw["demo"]),
            prepared=str(raw.get("prepared", "")),
            watcher=Started.read(raw["watcher"]) if raw.get("watcher") else None,
        )


def write_whole(path: Path, text: str, mode: int = 0o600) -> None:
    """Whole or not at all, also when the power goes: a file that is renamed before its bytes are on the disk
    comes back empty. Its owner alone may read it, unless the mode says otherwise."""
    fresh = path.with_name(path.name + ".new")
    with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    fresh.rename(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def forget(data: Path) -> None:
    """Nothing runs any more."""
    for name in ("state.json", SHOWN):
        (data / name).unlink(missing_ok=True)


def read(data: Path) -> MachineState | None:
    """What the last `up` wrote, whether it still runs or not; None if there never was one, or what stands
    there is not from an `up` of this version."""
    try:
        return MachineState.of(json.loads((data / "state.json").read_bytes()))
    except FileNotFoundError:
        return None
    except PermissionError as error:
        raise MachineError(
            f"The data folder {data} belongs to another account. Run this as root, or as its owner."
        ) from error
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def running(data: Path) -> MachineState | None:
    """The state of an `up` that is alive now, else None. Its supervisor may have been killed this moment,
    while its watcher is about to start the next one."""
    state = read(data)
    return state if state and state.head.alive else None


def hold(data: Path) -> IO[str] | None:
    """Take the folder's lock, kept while the file stays open. None: another `up` holds it."""
    lock = open(os.open(data / "up.lock", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "a")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        return None
    return lock


def left_behind(data: Path) -> dict[str, Started]:
    """The processes that were written down and still run, by name."""
    state = read(data)
    return {name: process for name, process in state.processes.items() if process.alive} if state else {}


def end_orphans(data: Path, adopted: Collection[str] = (), within_s: float = 5.0) -> list[str]:
    """End processes that a killed `up` left behind, but not those that were adopted: those it wrote down, if
    they are still the same. Returns their names. The caller holds the lock, and ends the servers in their own
    way (`dashboard.machine.cluster.recover`)."""
    found = {name: process for name, process in left_behind(data).items() if name not in adopted}
    end_processes([process for name, process in found.items() if name not in SERVERS], within_s)
    return list(found)


def end_processes(left: list[Started], within_s: float = 5.0) -> None:
    """SIGTERM, then SIGKILL."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        left = [process for process in left if process.alive]
        for process in left:
            send(process, number)
        end = time.monotonic() + within_s
        while any(process.alive for process in left) and time.monotonic() < end:
            time.sleep(0.05)


def send(process: Started, number: int) -> None:
    try:
        os.kill(process.pid, number)
    except ProcessLookupError:
        return
    except PermissionError as error:
        raise MachineError(
            f"Process {process.pid} belongs to another account. Run this as root, or as the "
            f"account that started it."
        ) from error


def start_ticks(pid: int) -> int | None:
    """When the process started, in the kernel's ticks since boot; None if there is no such process, or it
    only waits to be reaped."""
    fields = stat_fields(pid)
    return None if fields is None else int(fields[19])


def stat_fields(pid: int) -> list[str] | None:
    """What proc(5) lists of it from its state on; None if there is no such process, or it only waits to be
    reaped."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if fields[0] == "Z" else fields
