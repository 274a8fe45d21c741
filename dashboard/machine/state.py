"""What runs, written down for `status`, `down` and the next `up`, and the lock that lets only one `up`
hold a data folder.

A process is named by its number and the tick at which it started: a number alone may since belong to a
stranger.
"""

from __future__ import annotations

import fcntl
import json
import os
import signal
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any

from dashboard.machine.errors import MachineError


@dataclass
class Started:
    """One process. `ticks` is its start time as the kernel counts it; `since` is epoch seconds; `restarts`
    since `up`."""

    pid: int
    ticks: int
    since: float
    restarts: int = 0

    @property
    def alive(self) -> bool:
        return start_ticks(self.pid) == self.ticks

    @classmethod
    def of(cls, pid: int, restarts: int = 0) -> Started:
        return cls(pid, start_ticks(pid) or 0, time.time(), restarts)

    @classmethod
    def read(cls, raw: dict) -> Started:
        pid, ticks, restarts = (int(raw[name]) for name in ("pid", "ticks", "restarts"))
        return cls(pid, ticks, float(raw["since"]), restarts)


@dataclass
class MachineState:
    """`phase` is "starting", "preparing", "running" or "stopping"; `address` is where a person opens it,
    `demo` whether demo data is shown; `prepared` says what everything was installed and prepared for
    (`dashboard.machine.resume`)."""

    supervisor: Started
    phase: str = "starting"
    address: str = ""
    demo: bool = False
    processes: dict[str, Started] = field(default_factory=dict)
    prepared: str = ""

    def write(self, data: Path) -> None:
        """Whole or not at all, also when the power goes: a file that is renamed before its bytes are on
        the disk comes back empty."""
        fresh = data / "state.json.new"
        with fresh.open("w") as file:
            json.dump(asdict(self), file)
            file.flush()
            os.fsync(file.fileno())
        fresh.rename(data / "state.json")
        folder = os.open(data, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    @classmethod
    def of(cls, raw: Any) -> MachineState:
        """What `write` wrote. Raises `TypeError`, `KeyError`, `AttributeError` or `ValueError` for
        anything else."""
        started = {name: Started.read(process) for name, process in raw["processes"].items()}
        return cls(
            Started.read(raw["supervisor"]),
            processes=started,
            phase=str(raw["phase"]),
            address=str(raw["address"]),
            demo=bool(raw["demo"]),
            prepared=str(raw.get("prepared", "")),
        )


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
    """The state of an `up` that is alive now, else None."""
    state = read(data)
    return state if state and state.supervisor.alive else None


def hold(data: Path) -> IO[str] | None:
    """Take the folder's lock, kept while the file stays open. None: another `up` holds it."""
    lock = open(data / "up.lock", "a")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        return None
    return lock


def end_orphans(data: Path, within_s: float = 5.0) -> None:
    """End processes that a killed `up` left behind: those it wrote down, if they are still the same. The
    caller holds the lock."""
    state = read(data)
    left = list(state.processes.values()) if state else []
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
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if fields[0] == "Z" else int(fields[19])
