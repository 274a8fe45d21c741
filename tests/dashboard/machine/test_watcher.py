"""Who starts the supervisor again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.killable import eventually

ROOT = Path(__file__).parents[3]
PROGRAM = """
import sys
from dashboard.machine import watcher
watcher.BACK_OFF_S = 0
watched = watcher.SupervisorWatcher([sys.executable, "-c", sys.argv[1], sys.argv[2]])
watcher.signal.signal(watcher.signal.SIGTERM, watched.stop)
sys.exit(watched.run())
"""


def start(supervisor: str, file: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", PROGRAM, supervisor, str(file)], cwd=ROOT)


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


def test_a_supervisor_that_ends_by_itself_is_not_started_again(tmp_path: Path) -> None:
    file = tmp_path / "started"
    watcher = start("import sys; print(1, file=open(sys.argv[1], 'a')); sys.exit(1)", file)
    assert watcher.wait(10) == 1
    assert numbers(file) == [1]
