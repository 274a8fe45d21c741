"""Whether a process answers, asked of each in its own way: a process can be there and do nothing, stopped by
a signal, frozen with its control group, or waiting for itself.

What has no address to ask at beats once in `geo.signals.PULSE_S`, whatever else of it waits, and the kernel
counts how often each of its threads had its turn: a count that stands still is of a process that does not
run. No disk, no database and no share of the processor worth a word stands between that and the truth.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from dashboard.machine.accounts import DATABASE, run_as
from dashboard.machine.cluster import Cluster, ready_command, redis_answers
from dashboard.machine.listening import web_status
from dashboard.machine.programs import program_environment
from dashboard.machine.state import MachineState, stat_fields

AGAIN_S = 0.2


@dataclass(frozen=True)
class Question:
    """A question to one process of the data folder of `cluster`; `address` is the web server's."""

    pid: int
    cluster: Cluster
    address: str


def database_ready(question: Question, within_s: float) -> bool:
    command = run_as(DATABASE, ready_command(question.cluster))
    try:
        done = subprocess.run(
            command, stderr=subprocess.DEVNULL, env=program_environment(), cwd="/", timeout=within_s
        )
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


def has_turns(question: Question, within_s: float) -> bool:
    """Whether a thread of it ran. What cannot be seen is not judged: that it has ended is known otherwise."""
    end = time.monotonic() + within_s
    before = turns(question.pid)
    while before and turns(question.pid) == before:
        if time.monotonic() > end:
            return False
        time.sleep(AGAIN_S)
    return True


def turns(pid: int) -> dict[str, list[str]]:
    """How often each thread was given the processor and taken from it, in the kernel's words; empty if there
    is no such process."""
    found = {}
    with suppress(FileNotFoundError, ProcessLookupError):
        for thread in Path(f"/proc/{pid}/task").iterdir():
            with suppress(FileNotFoundError, ProcessLookupError):  # a thread that has ended
                lines = (thread / "status").read_text().splitlines()
                found[thread.name] = [line for line in lines if "ctxt_switches" in line]
    return found


def is_stopped(pid: int) -> bool:
    """Whether a signal has stopped it."""
    fields = stat_fields(pid)
    return fields is not None and fields[0] == "T"


def let_go_on(pid: int) -> bool:
    """Whether a signal had stopped it: then it goes on."""
    stopped = is_stopped(pid)
    if stopped:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)
    return stopped


def let_watching_go_on(running: MachineState) -> list[str]:
    """Names of the supervisor and the watcher, where a signal had stopped them: both at once do not help each
    other."""
    alive = {name: process.pid for name, process in running.watching.items() if process.alive}
    stopped = [name for name, pid in alive.items() if is_stopped(pid)]
    for name in stopped:
        let_go_on(alive[name])
    return stopped


CHECKS: dict[str, Callable[[Question, float], bool]] = {
    "postgres": database_ready,
    "redis": lambda question, within_s: redis_answers(question.cluster.redis_socket, within_s),
    "web": lambda question, within_s: web_status(question.address, within_s) is not None,
    "template": lambda question, within_s: not is_stopped(question.pid),
    "watcher": lambda question, within_s: not is_stopped(question.pid),
}
"""By process. Every other one beats."""


def answers(name: str, question: Question, within_s: float) -> bool:
    """Asked again until `within_s` has passed: a refusal at once is no answer and says little."""
    check = CHECKS.get(name, has_turns)
    end = time.monotonic() + within_s
    while True:
        if check(question, max(AGAIN_S, end - time.monotonic())):
            return True
        if time.monotonic() >= end:
            return False
        time.sleep(AGAIN_S)


def silent(running: MachineState, cluster: Cluster, within_s: float) -> list[str]:
    """Names of what runs and does not answer, supervisor and watcher among them; all are asked at the same
    time."""
    processes = running.watching | running.processes
    alive = {name: process.pid for name, process in processes.items() if process.alive}
    with ThreadPoolExecutor(len(alive) or 1) as threads:
        found = threads.map(
            lambda name: answers(name, Question(alive[name], cluster, running.address), within_s), alive
        )
        return [name for name, answer in zip(alive, found, strict=True) if not answer]
