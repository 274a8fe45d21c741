"""`./ikomek service install`: a systemd unit, so that it starts with the machine.

What a new version needs is installed before each start, outside of the unit's walls (`service prepare`).
Within them root has only what it takes to become our system users, and all write only where their data is.
"""

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
    "IKOMEK_AUDIT_COPY",
)
"""Settings of the moment of the installation that the service starts with."""
BACKUP_FOLDERS = ("/srv", "/mnt", "/media", "/var/backups")
"""Where a daily backup may be written, besides the data folder."""
HARDENED = """
# Root may become our system users, and reach, own and end what is theirs: nothing else.
CapabilityBoundingSet=CAP_SETUID CAP_SETGID CAP_CHOWN CAP_DAC_OVERRIDE CAP_FOWNER CAP_KILL
NoNewPrivileges=yes
ProtectSystem=strict
# The data folder, what is installed beside the code, and where backups go: a daily backup elsewhere needs
# a line of its own (systemctl edit ikomek).
ReadWritePaths={writable}
ProtectHome={home}
PrivateTmp={own_tmp}
PrivateDevices=yes
PrivateMounts=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallErrorNumber=EPERM
KeyringMode=private
MemoryMax=90%
TasksMax=2048
LimitNOFILE=65536
"""
"""The walls. Not MemoryDenyWriteExecute: what calls foreign code makes its callbacks at run time."""
RUNNING_SYSTEMD = Path("/run/systemd/system")


def is_walled() -> bool | None:
    """Whether the installed unit has the walls of this version; none = there is none, or only root may read
    it."""
    if not os.access(UNIT, os.R_OK):
        return None
    lines = set(UNIT.read_text().splitlines())
    fixed = [line for line in HARDENED.splitlines() if "=" in line and "{" not in line and line[0] != "#"]
    return lines.issuperset(fixed)


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
    """The unit's text. It starts as root, which starts each process as a user of its own."""
    kept = "".join(
        f"Environment={_quoted(f'{name}={os.environ[name]}')}\n"
        for name in KEPT_VARIABLES
        if os.environ.get(name)
    )
    given = (args.city, args.tls_cert, args.tls_key, *map(os.environ.get, ("IKOMEK_CITY", "IKOMEK_FEEDS")))
    files = [Path(file).resolve() for file in given if file]
    command = start_command(checkout, where, args)
    prepare = [command[0], "service", "prepare", *command[2:]]
    return f"""[Unit]
Description=iKOMEK109, the situation centre
After=network-online.target
Wants=network-online.target
StartLimitIntervalSec=0

[Service]
Type=simple
{kept}ExecStartPre=+{_line(prepare)}
ExecStart={_line(command)}
Restart=always
RestartSec=200ms
KillMode=mixed
TimeoutStartSec=infinity
TimeoutStopSec=60
{walls(where, [checkout, where.root, where.data, *files])}
[Install]
WantedBy=multi-user.target
"""


TEMPORARY = (Path("/tmp"), Path("/var/tmp"))
HOMES = tuple(Path("/") / name for name in ("home", "root", "run/user"))
"""The folders that systemd's PrivateTmp and ProtectHome close."""


def walls(where: Paths, used: list[Path]) -> str:
    """What the unit's processes may do, as lines of its section [Service]. `used`: what they read
    or write; where one lies in /tmp or in a home, the restriction has an opening for it."""
    own_tmp = not any(path.is_relative_to(folder) for path in used for folder in TEMPORARY)
    at_home = any(path.is_relative_to(folder) for path in used for folder in HOMES)
    writable = [*dict.fromkeys((where.data, where.root)), *BACKUP_FOLDERS]
    if copy := os.environ.get("IKOMEK_AUDIT_COPY"):
        writable.append(Path(copy).resolve())
    return HARDENED.format(
        writable=" ".join(_quoted(f"-{path}") for path in writable),
        own_tmp="yes" if own_tmp else "no",
        home="read-only" if at_home else "yes",
    )


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


def _line(command: list[str]) -> str:
    return " ".join(_quoted(word) for word in command)


def _quoted(word: str) -> str:
    """systemd's own quoting: percent signs, quotes, and what it would expand."""
    escaped = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return f'"{escaped}"' if any(sign in word for sign in ' "\\$%') else word
