"""Finds the processes that run and do not answer, for the supervisor to replace them.

Slow is not frozen. An ask is missed after `WITHIN_S`, and three in a row are too many only for a process that
was stopped by a signal, or that has answered before and now waits, the processor and the disk unused. One
that is at work, or has not answered yet, is left alone forty times as long as one ask: on a machine that has
other things to do everything is late, but it works. When an ask took far longer than it may, it was us that
stood still, with the whole machine as a rule (a virtual one that was paused): nothing is counted.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Mapping
from functools import partial

from dashboard.machine.answering import CHECKS, Question, answers, is_stopped
from dashboard.machine.cluster import Cluster
from dashboard.machine.handles import Handle
from dashboard.machine.state import stat_fields

FIRST_AFTER_S, EVERY_S, WITHIN_S = 0.0, 2.0, 3.0
MISSES, MISSES_AT_WORK = 3, 40
IDLE_SHARE = 0.02
"""The share of a processor up to which a process counts as idle. One that has work gets more, even with a
hundred others beside it."""
NAMED_ONLY = ("postgres",)
"""Killing it costs a recovery, and what it waits for may be one: `status` names it, a person decides. Where a
signal has stopped it, it is let go on."""
TICKS_S = os.sysconf("SC_CLK_TCK")


class Watchdog:
    """Asks one process, in a thread of its own, until it is `over`."""

    def __init__(self, pid: int, ask: Callable[[], bool]) -> None:
        self.pid = pid
        self.ask = ask
        self.over = threading.Event()
        self.answered_at = time.monotonic()
        self.has_answered = self.at_work = False
        self.misses = 0
        threading.Thread(target=self._run, name=f"watchdog {pid}", daemon=True).start()

    @property
    def silent(self) -> bool:
        waits = self.has_answered and not self.at_work
        return self.misses >= (MISSES if waits or is_stopped(self.pid) else MISSES_AT_WORK)

    @property
    def silent_s(self) -> float:
        return time.monotonic() - self.answered_at

    def _run(self) -> None:
        wait_s = FIRST_AFTER_S
        while not self.over.wait(wait_s):
            self.look()
            wait_s = 0 if self.misses else EVERY_S

    def look(self) -> None:
        """Ask once."""
        began, used = time.monotonic(), processor_s(self.pid)
        answer, ended = self.ask(), time.monotonic()
        if answer or ended - began > 2 * WITHIN_S:
            self.has_answered |= answer
            self.answered_at, self.misses, self.at_work = ended, 0, False
            return
        share = (processor_s(self.pid) - used) / (ended - began)
        self.at_work |= share > IDLE_SHARE or is_held(self.pid)
        self.misses += 1


class Watchdogs:
    """One for each process of a data folder that is replaced when it does not answer."""

    def __init__(self, cluster: Cluster, address: str) -> None:
        self.cluster = cluster
        self.address = address
        self.dogs: dict[str, Watchdog] = {}

    def has_served(self, name: str, pid: int) -> bool:
        """Whether it has answered a question that it can answer only once it has started."""
        dog = self.dogs.get(name)
        return name in CHECKS and dog is not None and dog.pid == pid and dog.has_answered

    def silent(self, running: Mapping[str, Handle]) -> dict[str, float]:
        """Name -> the seconds since the last answer, for those that have been silent for too long."""
        for name, dog in list(self.dogs.items()):
            if name not in running or running[name].pid != dog.pid:
                self.dogs.pop(name).over.set()
        for name in running.keys() - self.dogs.keys() - set(NAMED_ONLY):
            pid = running[name].pid
            ask = partial(answers, name, Question(pid, self.cluster, self.address), WITHIN_S)
            self.dogs[name] = Watchdog(pid, ask)
        found = {name: dog.silent_s for name, dog in self.dogs.items() if dog.silent}
        for name in found:  # killed now; what even that does not end is asked from the beginning
            self.dogs.pop(name).over.set()
        return found


def processor_s(pid: int) -> float:
    """Seconds of the processor that it has used; 0 if there is no such process."""
    fields = stat_fields(pid)
    return 0.0 if fields is None else (int(fields[11]) + int(fields[12])) / TICKS_S


def is_held(pid: int) -> bool:
    """It waits for the disk, for its turn at the processor, or is in the hands of a debugger."""
    fields = stat_fields(pid)
    return fields is not None and fields[0] in "DRt"
