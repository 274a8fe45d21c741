"""Steps on the screen: a counting line on a terminal, plain lines elsewhere. What a step's program printed
goes to a log."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from dashboard.machine.errors import MachineError

LINES_SHOWN_ON_FAILURE = 15


def say(text: str) -> None:
    print(text, flush=True)


def report(text: str) -> None:
    """A line with its time. On a full disk it is lost, and nothing else."""
    with suppress(OSError):
        say(f"{time.strftime('%F %T')} {text}")


def run_step(
    title: str,
    command: list[str],
    log: Path,
    environment: dict[str, str] | None = None,
    cwd: Path | None = None,
) -> None:
    """Run one program of the installation. Raises `MachineError` with its last lines when it fails."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with open(log, "ab") as output:
        output.write(f"\n# {title}: {' '.join(command)[:300]}\n".encode())
        output.flush()
        begin = output.tell()
        process = subprocess.Popen(
            _ending_with_us(command),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=cwd,
            env=environment or dict(os.environ),
        )
        _count_while(title, process.poll)
    if process.returncode:
        output_lines = (
            log.read_bytes()[begin:].decode(errors="replace").strip().splitlines()[-LINES_SHOWN_ON_FAILURE:]
        )
        raise MachineError(
            f"{title}: failed. The last lines (all of them are in {log}):\n  "
            + "\n  ".join(output_lines)
            + "\nCorrect what they name and run the command again."
        )


def _ending_with_us(command: list[str]) -> list[str]:
    """So that a killed `up` leaves no installation behind that its successor would run into. Debian's own
    installer is let finish."""
    setpriv = shutil.which("setpriv")
    return (
        command
        if "apt-get" in " ".join(command) or not setpriv
        else [setpriv, "--pdeathsig", "KILL", "--", *command]
    )


def _count_while(title: str, finished: Callable[[], int | None]) -> None:
    begun = time.monotonic()
    terminal = sys.stdout.isatty()
    if not terminal:
        say(f"{title} ...")
    while finished() is None:
        if terminal:
            print(f"\r\033[K{title} ... {time.monotonic() - begun:.0f} s", end="", flush=True)
        time.sleep(0.2)
    say(f"{chr(13) + chr(27) + '[K' if terminal else ''}{title}: {time.monotonic() - begun:.0f} s")
