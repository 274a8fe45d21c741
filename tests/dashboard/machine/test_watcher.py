"""Who starts the supervisor again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from dashboard.machine.answering import is_stopped
from tests.support.killable import eventually

ROOT = Path(__file__).parents[3]
PROGRAM = """
import sys
from pathlib import Path
from dashboard.machine import watcher
watcher.BACK_OFF_S = (0.0, float(sys.argv[3]))
command = [sys.executable, "-c", sys.argv[1], sys.argv[2]]
watched = watcher.SupervisorWatcher(command, Path(sys.argv[2]).parent)
watcher.signal.signal(watcher.signal.SIGTERM, watched.stop)
sys.exit(watched.run())
"""


def start(supervisor: str, file: Path, back_off_s: float = 0) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", PROGRAM, supervisor, str(file), str(back_off_s)]
    return subprocess.Popen(command, cwd=ROOT)


def numbers(file: Path) -> list[int]:
    return [int(line) for line in file.read_text().splitlines()] if file.exists() else []


LASTING = "import os, sys, time; print(os.getpid(), file=open(sys.argv[1], 'a'), flush=True); time.sleep(60)"


def test_a_killed_supervisor_is_started_again_until_told_to_stop(tmp_path: Path) -> None:
    file = tmp_path / "started"
    watcher = start(LASTING, file)
    for n in range(1, 4):
        eventually(lambda: len(numbers(file)) == n)
        if n < 3:
            os.kill(numbers(file)[-1], signal.SIGKILL)
    watcher.terminate()
    assert watcher.wait(10) == 0
    assert len(numbers(file)) == 3
    with pytest.raises(ProcessLookupError):
        os.kill(numbers(file)[-1], 0)


def test_a_stopped_supervisor_goes_on_and_is_no_other_one(tmp_path: Path) -> None:
    file = tmp_path / "started"
    watcher = start(LASTING, file)
    eventually(lambda: len(numbers(file)) == 1)
    for _ in range(2):
        os.kill(numbers(file)[0], signal.SIGSTOP)
        eventually(lambda: not is_stopped(numbers(file)[0]))
    watcher.terminate()
    assert watcher.wait(10) == 0
    assert len(numbers(file)) == 1


def test_a_supervisor_that_could_not_start_is_not_started_again(tmp_path: Path) -> None:
    """The person who started it is told, and corrects what is wrong."""
    file = tmp_path / "started"
    watcher = start("import sys; print(1, file=open(sys.argv[1], 'a')); sys.exit(1)", file)
    assert watcher.wait(10) == 1
    assert numbers(file) == [1]


ENDS_AFTER_IT_RAN = """
import os, sys
from pathlib import Path
from dashboard.machine import state
file = Path(sys.argv[1])
own, watcher = state.Started.of(os.getpid()), state.Started.of(os.getppid())
state.MachineState(own, "running", watcher=watcher).write(file.parent)
with file.open("a") as started:
    print(os.getpid(), file=started)
sys.exit(0 if len(file.read_text().splitlines()) == 3 else 1)
"""


def test_a_supervisor_that_ends_by_an_error_is_started_again_until_it_was_told_to_stop(
    tmp_path: Path,
) -> None:
    """Once the centre has run, only the exit code of an orderly end ends all."""
    file = tmp_path / "started"
    assert start(ENDS_AFTER_IT_RAN, file).wait(20) == 0
    assert len(numbers(file)) == 3


def test_the_wait_between_two_supervisors_ends_when_told_to_stop(tmp_path: Path) -> None:
    file = tmp_path / "started"
    watcher = start(ENDS_AFTER_IT_RAN, file, back_off_s=600)
    eventually(lambda: len(numbers(file)) == 1)
    time.sleep(0.3)
    watcher.terminate()
    assert watcher.wait(10) == 0
    assert len(numbers(file)) == 1
