"""A process that is told to end while it still reads its code ends in peace."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

MODULE = """
import sys
print("reading", flush=True)
sys.stdin.readline()

def main(stop, arguments):
    print("working", *arguments, flush=True)
    stop.wait(60)
    return 3
"""


@pytest.fixture
def process(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """It reads its code until it is given a line."""
    (tmp_path / "worker.py").write_text(MODULE)
    process = subprocess.Popen(
        [sys.executable, "-m", "geo.process", "worker", "one", "two"],
        env=os.environ | {"PYTHONPATH": f"{tmp_path}:{Path(__file__).parents[2]}"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout.readline() == "reading\n"
        yield process
        process.kill()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_that_comes_before_the_code_is_read_cuts_nothing_off(
    process: subprocess.Popen[str], number: int
) -> None:
    process.send_signal(number)
    assert process.communicate("\n", timeout=30)[0] == ""
    assert process.returncode == 0


def test_it_works_until_it_is_told_to_end_and_gives_its_exit_code(process: subprocess.Popen[str]) -> None:
    process.stdin.write("\n")
    process.stdin.flush()
    assert process.stdout.readline() == "working one two\n"
    process.terminate()
    assert process.wait(30) == 3
