"""`./ikomek service install`: a systemd unit, so that it starts with the machine."""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
from pathlib import Path

from dashboard.machine.accounts import is_root
from dashboard.machine.errors import MachineError
from dashboard.machine.paths import Paths
from dashboard.machine.progress import say

UNIT = Path("/etc/systemd/system/ikomek.service")
KEPT_VARIABLES = (
    "IKOMEK_CITY",
    "IKOMEK_FEEDS",
    "IKOMEK_DATABASE_URL",
    "IKOMEK_REDIS_URL",
    "IKOMEK_TRUST_PROXY",
)
"""Settings of the moment of the installation that the service starts with."""
RUNNING_SYSTEMD = Path("/run/systemd/system")


def install(checkout: Path, where: Paths, args: argparse.Namespace) -> int:
    """Write the unit, enable it and start it. Raises `MachineError` where there is no systemd, or without
    root."""
    if not RUNNING_SYSTEMD.exists() or not shutil.which("systemctl"):
        raise MachineError(
            "This machine is not run by systemd. Let its own init run: "
            f"{' '.join(start_command(checkout, where, args))}"
        )
    if not is_root():
        raise MachineError("Installing a service needs root: sudo ./ikomek service install")
    UNIT.touch(mode=0o600)
    UNIT.chmod(0o600)  # an address of a database may hold a password
    UNIT.write_text(unit(checkout, where, args))
    for command in (["daemon-reload"], ["enable", "--now", "ikomek.service"]):
        done = subprocess.run(["systemctl", *command], capture_output=True, text=True)
        if done.returncode:
            raise MachineError(
                f"'systemctl {' '.join(command)}' failed: {done.stderr.strip()}. Correct that and run "
                "'./ikomek service install' again."
            )
    say(f"{UNIT} is installed and started. 'systemctl status ikomek' and './ikomek status' show it.")
    return 0


def unit(checkout: Path, where: Paths, args: argparse.Namespace) -> str:
    """The unit's text. It starts as root, installs what a new version needs, and drops to the service user
    by itself."""
    kept = "".join(
        f"Environment={_quoted(f'{name}={os.environ[name]}')}\n"
        for name in KEPT_VARIABLES
        if os.environ.get(name)
    )
    words = " ".join(_quoted(word) for word in start_command(checkout, where, args))
    return f"""[Unit]
Description=iKOMEK109, the situation centre
After=network-online.target
Wants=network-online.target
StartLimitIntervalSec=0

[Service]
Type=simple
{kept}ExecStart={words}
Restart=always
RestartSec=200ms
KillMode=mixed
TimeoutStartSec=infinity
TimeoutStopSec=60

[Install]
WantedBy=multi-user.target
"""


def start_command(checkout: Path, where: Paths, args: argparse.Namespace) -> list[str]:
    command = [
        str(checkout / "ikomek"),
        "up",
        "--host",
        args.host,
        "--port",
        str(args.port),
        "--data",
        str(where.data),
    ]
    if args.scale != "tenth":
        command += ["--scale", args.scale]
    if args.city:
        command += ["--city", str(Path(args.city).resolve())]
    if args.empty:
        command.append("--empty")
    if args.tls_cert:
        command += [
            "--tls-cert",
            str(Path(args.tls_cert).resolve()),
            "--tls-key",
            str(Path(args.tls_key).resolve()),
        ]
    return command


def _quoted(word: str) -> str:
    """systemd's own quoting: percent signs, quotes, and what it would expand."""
    escaped = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return f'"{escaped}"' if any(sign in word for sign in ' "\\$%') else word
