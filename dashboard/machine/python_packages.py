"""The virtual environment `.venv`, filled from a lock file in which every file has its hash.

A stamp inside it names the lock it was filled from. It is removed before anything changes, so an
environment without a stamp was cut short by a kill, and is made anew.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from pathlib import Path

from dashboard.machine import unpacked
from dashboard.machine.accounts import DATABASE, account_can
from dashboard.machine.errors import MachineError
from dashboard.machine.packages import base_python
from dashboard.machine.paths import Paths
from dashboard.machine.progress import run_step

LOCK = "requirements.lock"
TEST_LOCK = "requirements-test.lock"
"""Holds all of `LOCK`, in the same versions."""


def is_current(paths: Paths, tests: bool) -> bool:
    """Whether `.venv` holds what the lock says and runs for whoever is to run it."""
    locks = [TEST_LOCK] if tests else [LOCK, TEST_LOCK]
    return stamp_of(paths) in {digest(paths.root / name) for name in locks} and _runs(paths)


def ensure(paths: Paths, tests: bool) -> None:
    if is_current(paths, tests):
        return
    venv = paths.root / ".venv"
    if stamp_of(paths) is None or not _runs(paths):
        _create(paths, venv)
    lock = paths.root / (TEST_LOCK if tests else LOCK)
    (venv / "ikomek.json").unlink(missing_ok=True)
    run_step(
        f"Installing Python packages from {lock.name}",
        [
            str(paths.python),
            "-m",
            "pip",
            "install",
            "--disable-pip-version-check",
            "--no-input",
            "--require-hashes",
            "--only-binary",
            ":all:",
            "--requirement",
            str(lock),
        ],
        paths.install_log,
    )
    (venv / "ikomek.json").write_text(json.dumps({"lock": digest(lock)}))


def stamp_of(paths: Paths) -> str | None:
    """The digest of the lock that `.venv` was filled from; None = there is none, or it was cut short."""
    try:
        return json.loads((paths.root / ".venv/ikomek.json").read_text())["lock"]
    except (OSError, ValueError, KeyError):
        return None


def chosen_on(paths: Paths) -> str:
    """The day on which the versions of the lock were chosen, as its first line says."""
    with (paths.root / LOCK).open() as lock:
        return lock.readline().split()[-1]


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _create(paths: Paths, venv: Path) -> None:
    base = base_python()
    if base is None:
        raise MachineError(
            "No Python 3.11 or newer with the module venv that everybody may run. On Debian 12: "
            "apt-get install python3-venv"
        )
    if venv.exists():
        shutil.rmtree(venv)
    wheels = unpacked.wheels()
    run_step(
        "Creating .venv",
        [base, "-m", "venv", *(["--without-pip"] if wheels else []), str(venv)],
        paths.install_log,
    )
    if wheels:  # a Python without ensurepip: pip installs itself out of its own wheel
        command = [str(paths.python), f"{wheels[-1]}/pip", "install", "--no-index", str(wheels[-1])]
        run_step("Installing pip into .venv", command, paths.install_log)


def _runs(paths: Paths) -> bool:
    if not paths.python.exists():
        return False
    if paths.as_caller:
        return subprocess.run([paths.python, "-c", ""], stderr=subprocess.DEVNULL).returncode == 0
    return account_can(DATABASE, [paths.python, "-c", ""])
