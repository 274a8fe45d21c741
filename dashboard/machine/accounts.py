"""The unprivileged account: PostgreSQL refuses to run as root, and nothing of ours needs to.

Started by root, every process of ours runs as the system user `ikomek`; started by anybody else, as that
person.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from dashboard.machine.errors import MachineError

SYSTEM_USER = "ikomek"


def is_root() -> bool:
    return os.geteuid() == 0


def service_user() -> str:
    """The name of the account that our processes run as."""
    return SYSTEM_USER if is_root() else pwd.getpwuid(os.geteuid()).pw_name


def ensure_service_user() -> None:
    """Create the system user when root starts us and it is not there yet."""
    if not is_root() or _exists(SYSTEM_USER):
        return
    command = [
        "useradd",
        "--system",
        "--user-group",
        "--no-create-home",
        "--home-dir",
        "/nonexistent",
        "--shell",
        "/usr/sbin/nologin",
        SYSTEM_USER,
    ]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode and not _exists(SYSTEM_USER):
        raise MachineError(
            f"The system user '{SYSTEM_USER}' could not be created: {done.stderr.strip()}. Create "
            f"it by hand: {' '.join(command)}"
        )


def as_service_user(command: Sequence[str | Path], signal_on_parents_death: str | None = None) -> list[str]:
    """`command` so that it runs as the service user, whoever calls. Optionally the kernel signals it when
    its parent dies ("INT", "TERM")."""
    prefix: list[str] = []
    if is_root():
        prefix = ["--reuid", SYSTEM_USER, "--regid", SYSTEM_USER, "--clear-groups"]
    if signal_on_parents_death:
        prefix += ["--pdeathsig", signal_on_parents_death]
    words = [str(word) for word in command]
    if not prefix:
        return words
    setpriv = shutil.which("setpriv")
    if not setpriv:
        raise MachineError("The program 'setpriv' is missing. On Debian: apt-get install util-linux")
    return [setpriv, *prefix, "--", *words]


def service_user_can(command: list[str | Path]) -> bool:
    """Whether the service user can run `command`, with success. Through a shell, for setpriv itself still
    reaches what only root may."""
    done = subprocess.run(
        as_service_user(["sh", "-c", 'exec "$@"', "sh", *command]), stderr=subprocess.DEVNULL, cwd="/"
    )
    return done.returncode == 0


def give(path: Path) -> None:
    """Make the service user the owner of `path`, when root calls."""
    if is_root():
        shutil.chown(path, SYSTEM_USER, SYSTEM_USER)


def private_folder(path: Path) -> Path:
    """Create a folder that only the service user (and root) may enter."""
    path.mkdir(parents=True, exist_ok=True)
    path.chmod(0o700)
    give(path)
    return path


def _exists(user: str) -> bool:
    try:
        pwd.getpwnam(user)
    except KeyError:
        return False
    return True
