"""What is frozen, and what is only slow."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dashboard.machine import watchdog
from dashboard.machine.answering import Question, answers
from dashboard.machine.cluster import Cluster
from dashboard.machine.handles import Handle
from dashboard.machine.watchdog import MISSES, MISSES_AT_WORK, Watchdog, Watchdogs
from tests.support.killable import eventually

ROOT = Path(__file__).parents[3]
WAITS = "from geo.signals import stop_event; stop_event(); print(flush=True); import time; time.sleep(600)"
WORKS = "print(flush=True)\nwhile True: pass"
Start = Callable[[str], "subprocess.Popen[str]"]


@pytest.fixture
def start() -> Iterator[Start]:
    """A program that has begun; killed at the end."""
    started = []

    def begin(program: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        started.append(process)
        process.stdout.readline()
        return process

    yield begin
    for process in started:
        process.kill()
        process.wait()
        process.stdout.close()


@pytest.fixture
def by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    """A watchdog asks when it is told to."""
    monkeypatch.setattr(watchdog, "FIRST_AFTER_S", 3600.0)


def beats(process: subprocess.Popen[str], within_s: float) -> bool:
    question = Question(process.pid, Cluster(Path("/nonexistent")), "http://127.0.0.1:1")
    return answers("relay", question, within_s)


def miss() -> bool:
    time.sleep(0.2)
    return False


def test_a_process_that_waits_has_a_pulse_and_a_stopped_one_has_none(start: Start) -> None:
    process = start(WAITS)
    assert beats(process, 60)
    os.kill(process.pid, signal.SIGSTOP)
    eventually(lambda: not beats(process, 1.5), 60)
    os.kill(process.pid, signal.SIGCONT)
    assert beats(process, 60)


def test_a_stopped_process_is_told_and_another_is_not(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watchdog, "EVERY_S", 0.1)
    monkeypatch.setattr(watchdog, "WITHIN_S", 2.0)
    running = {"relay": Handle.of(start(WAITS)), "etl": Handle.of(start(WAITS))}
    dogs = Watchdogs(Cluster(Path("/nonexistent")), "http://127.0.0.1:1")
    assert dogs.silent(running) == {}
    os.kill(running["relay"].pid, signal.SIGSTOP)
    found: set[str] = set()
    eventually(lambda: found.update(dogs.silent(running)) or found, 60)
    assert found == {"relay"}
    assert running["etl"].poll() is None
    assert dogs.silent({}) == {} and dogs.dogs == {}
    running["etl"].close()


def test_one_that_has_answered_and_waits_for_itself_is_silent(by_hand: None, start: Start) -> None:
    found = iter([True, *[False] * MISSES])
    dog = Watchdog(start(WAITS).pid, lambda: next(found) or miss())
    for _ in range(MISSES):
        dog.look()
        assert not dog.silent
    dog.look()
    assert dog.silent


def test_one_that_is_at_work_or_begins_is_only_slow(by_hand: None, start: Start) -> None:
    """Each is asked often enough for one that waits."""
    works, begins = Watchdog(start(WORKS).pid, miss), Watchdog(start(WAITS).pid, miss)
    works.has_answered = True
    for dog in (works, begins):
        for _ in range(2 * MISSES):
            dog.look()
        assert not dog.silent
        dog.misses = MISSES_AT_WORK
        assert dog.silent


def test_a_silence_of_our_own_is_not_counted(
    by_hand: None, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A virtual machine that was paused: every ask is late, whatever it comes to."""
    dog = Watchdog(start(WAITS).pid, miss)
    dog.look()
    dog.look()
    assert dog.misses == 2
    monkeypatch.setattr(watchdog, "WITHIN_S", 0.01)
    dog.look()
    assert dog.misses == 0


def test_only_what_answers_for_itself_has_served(start: Start) -> None:
    """A beat says that a process runs, not that it has started: one that ends at its start beats too."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    page = f"from http.server import *; s = HTTPServer(('127.0.0.1', {port}), SimpleHTTPRequestHandler); "
    web = start(page + "print(flush=True); s.serve_forever()")
    beating = start(WAITS)
    running = {"web": Handle.of(web), "relay": Handle.of(beating)}
    dogs = Watchdogs(Cluster(Path("/nonexistent")), f"http://127.0.0.1:{port}")
    assert not dogs.has_served("web", web.pid)
    dogs.silent(running)
    eventually(lambda: dogs.has_served("web", web.pid), 60)
    eventually(lambda: dogs.dogs["relay"].has_answered, 60)
    assert not dogs.has_served("relay", beating.pid) and not dogs.has_served("web", beating.pid)
    dogs.silent({})
