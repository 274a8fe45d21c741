"""Secrets that are brought from outside, so that they lie in no file of ours: settings (`IKOMEK_...`) by
systemd's credentials, which a machine's TPM or host key seals, or by a command that asks a vault.

They are settings of the environment like others, and outweigh those, but only processes that need one are
given it (`dashboard.machine.processes`): neither the supervisor nor its watcher has them in its environment.
Where the servers are is no secret and is asked before: it stays in the environment.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from dashboard.machine.errors import MachineError

RUNNING = Path("/run/credentials/ikomek.service")
"""Those of the service, for a command that root types beside it."""
STORES = {
    Path("/etc/credstore.encrypted"): "LoadCredentialEncrypted",
    Path("/etc/credstore"): "LoadCredential",
}
"""Where `systemd-creds encrypt` and people put them, and the unit's line for each."""
COMMAND = "IKOMEK_SECRETS_COMMAND"
NAME = re.compile(r"IKOMEK_[A-Z][A-Z0-9_]*")
ELSEWHERE = frozenset({"IKOMEK_DATABASE_URL", "IKOMEK_REDIS_URL", "IKOMEK_DATA", COMMAND})
PATIENCE_S = 30


def given(environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Raises `MachineError` where the command fails, or brings what is no setting."""
    folder = environ.get("CREDENTIALS_DIRECTORY")
    command = environ.get(COMMAND)
    return _read(Path(folder) if folder else RUNNING) | (_from_command(command) if command else {})


def lines(stores: Mapping[Path, str] = STORES) -> str:
    """The unit's, for what lies in the machine's stores of credentials. A value is in none of them."""
    found = {
        path.name: f"{line}={path.name}:{path}\n"
        for folder, line in reversed(list(stores.items()))
        for path in _settings_in(folder)
    }
    return "".join(line for _, line in sorted(found.items()))


def _settings_in(folder: Path) -> list[Path]:
    if not os.access(folder, os.R_OK | os.X_OK):
        return []
    return [path for path in sorted(folder.iterdir()) if NAME.fullmatch(path.name)]


def _read(folder: Path) -> dict[str, str]:
    """They change with a restart of the service alone, so each start of a process reads them."""
    found = {path.name: path.read_text(encoding="utf-8").strip() for path in _settings_in(folder)}
    _need_known(found)
    return found


@cache
def _from_command(command: str) -> dict[str, str]:
    """Once a supervisor: what dies is started again also while the vault is away."""
    try:
        done = subprocess.run(
            shlex.split(command), stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE_S
        )
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        raise MachineError(f"{COMMAND} could not be run: {type(error).__name__}") from None
    if done.returncode:
        raise MachineError(f"{COMMAND} ended with {done.returncode}: {done.stderr.strip()[-300:]}")
    pairs = [line.partition("=") for line in done.stdout.splitlines() if line.strip()]
    found = {name.strip(): value.strip() for name, _, value in pairs}
    _need_known(found)
    return found


def _need_known(found: Mapping[str, str]) -> None:
    """No message holds a line of the command: it could be a secret."""
    if not all(NAME.fullmatch(name) for name in found):
        raise MachineError(f"{COMMAND} must write lines of IKOMEK_NAME=value, and wrote another")
    if wrong := ELSEWHERE & found.keys():
        raise MachineError(f"{', '.join(sorted(wrong))} must stand in the environment itself")
