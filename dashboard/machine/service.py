"""`./ikomek service install`: a systemd unit, so that it starts with the machine.

What a new version needs is installed before each start, outside of the unit's walls (`service prepare`).
Within them root has only what it takes to become our system users, and all write only where their data is.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
from pathlib import Path

from dashboard.machine import credentials, start_options
from dashboard.machine.accounts import is_root
from dashboard.machine.errors import MachineError
from dashboard.machine.paths import Paths
from dashboard.machine.progress import say
from dashboard.machine.start_options import StartOptions, settings_given

UNIT = Path("/etc/systemd/system/ikomek.service")
SETTINGS = ".env"
"""Suffix of the file beside the unit with our settings of the moment of the installation: the service starts
with them. Whoever asks systemd is shown what stands in the unit, and some hold passwords."""
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
            f"{' '.join(start_command(checkout, where, start_options.of(where.data, args), args.city))}"
        )
    if not is_root():
        raise MachineError("Installing a service needs root: sudo ./ikomek service install")
    for file, text in ((UNIT.with_suffix(SETTINGS), settings_text()), (UNIT, unit(checkout, where, args))):
        file.touch(mode=0o600)
        file.chmod(0o600)
        file.write_text(text)
    for command in (["daemon-reload"], ["enable", "--now", "ikomek.service"]):
        done = subprocess.run(["systemctl", *command], capture_output=True, text=True)
        if done.returncode:
            raise MachineError(
                f"'systemctl {' '.join(command)}' failed: {done.stderr.strip()}. Correct that and run "
                "'./ikomek service install' again."
            )
    say(f"{UNIT} is installed and started. 'systemctl status ikomek' and './ikomek status' show it.")
    if kept := settings_given():
        say(f"It starts with these settings ({UNIT.with_suffix(SETTINGS)}): {', '.join(kept)}.")
    return 0


def unit(checkout: Path, where: Paths, args: argparse.Namespace) -> str:
    """The unit's text. It starts as root, which starts each process as a user of its own."""
    start = start_options.of(where.data, args)
    named = [Path(value) for value in settings_given().values()]
    given = [Path(file).resolve() for file in (args.city, start.tls_cert, start.tls_key) if file]
    files = [*given, *(path for path in named if path.is_absolute())]
    command = start_command(checkout, where, start, args.city)
    prepare = [command[0], "service", "prepare", *command[2:]]
    return f"""[Unit]
Description=iKOMEK109, the situation centre
After=network-online.target
Wants=network-online.target
StartLimitIntervalSec=0

[Service]
Type=simple
EnvironmentFile=-{UNIT.with_suffix(SETTINGS)}
{credentials.lines()}ExecStartPre=+{_line(prepare)}
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


def start_command(checkout: Path, where: Paths, start: StartOptions, city: str | None) -> list[str]:
    """All of it said, so that it starts the same whatever an `up` by hand was told since."""
    command = [str(checkout / "ikomek"), "up", "--host", start.host, "--port", str(start.port)]
    command += ["--data", str(where.data), "--empty" if start.empty else "--no-empty", "--scale", start.scale]
    if city:
        command += ["--city", str(Path(city).resolve())]
    if start.tls_cert and start.tls_key:
        return [*command, "--tls-cert", start.tls_cert, "--tls-key", start.tls_key]
    return [*command, "--no-tls"]


def settings_text() -> str:
    """Our settings as systemd's EnvironmentFile has them."""
    lines = []
    for name, value in settings_given().items():
        escaped = re.sub(r'(["\\$`])', r"\\\1", value)
        lines.append(f'{name}="{escaped}"\n')
    return "".join(lines)


def _line(command: list[str]) -> str:
    return " ".join(_quoted(word) for word in command)


def _quoted(word: str) -> str:
    """systemd's own quoting: percent signs, quotes, and what it would expand."""
    escaped = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return f'"{escaped}"' if any(sign in word for sign in ' "\\$%') else word
