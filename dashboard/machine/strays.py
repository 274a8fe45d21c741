"""What still runs with a data folder that no supervisor watches over: written down or not, for the file that
says what runs can be lost too.

A process of the application is known by its command and by the data folder in its environment, which root
and the process's own user may read; a server by its working directory.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

from dashboard.machine import state
from dashboard.machine.cluster import Cluster, servers_in
from dashboard.machine.processes import Options, application

PROCESSES = Path("/proc")


def left(data: Path) -> dict[str, state.Started]:
    """By name; of several processes of one name those that are not written down have a number behind it."""
    found = dict(state.left_behind(data))
    known = {process.pid for process in found.values()}
    for name, pid in (*servers_in(Cluster(data)).items(), *_of_the_application(data)):
        ticks = state.start_ticks(pid)
        if pid in known or ticks is None or (name in state.SERVERS and name in found):
            continue
        free = next(one for one in (name, *(f"{name} {n}" for n in range(2, 99))) if one not in found)
        found[free] = state.Started(pid, ticks, _since(pid))
    return found


def _of_the_application(data: Path) -> Iterator[tuple[str, int]]:
    own = f"IKOMEK_DATA={data}".encode()
    plain = application(Options(Path(), data, Path()), demo=True)
    commands = {name: [word.encode() for word in command[1:]] for name, command in plain.items()}
    for process in sorted(PROCESSES.glob("[0-9]*"), key=lambda path: int(path.name)):
        try:
            words = (process / "cmdline").read_bytes().split(b"\0")[1:]
            name = next((name for name in commands if _is(words, commands[name])), None)
            if name and own in (process / "environ").read_bytes().split(b"\0"):
                yield name, int(process.name)
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue  # it has ended, or is another account's


def _is(words: list[bytes], command: list[bytes]) -> bool:
    """By module: -m dashboard.server, -m geo.process etl.runs.watch."""
    n = 3 if command[1] == b"geo.process" else 2
    return words[:n] == command[:n]


def _since(pid: int) -> float:
    """When it started, in epoch seconds."""
    try:
        return (PROCESSES / str(pid)).stat().st_mtime
    except FileNotFoundError:
        return time.time()
