"""Debian's packages that we stand on: which are missing, and their installation on Debian 12 by root or
through sudo.

What counts is whether the thing is there, not whether this package brought it: on another system one may
install it another way.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from dashboard.machine import programs, unpacked
from dashboard.machine.accounts import DATABASE, account_can, ensure_accounts, is_root
from dashboard.machine.errors import MachineError
from dashboard.machine.progress import run_step

INSTALL = """
set -e
guard=/usr/sbin/policy-rc.d
if [ ! -e "$guard" ] || grep -q 'by ikomek up' "$guard"; then
  printf '#!/bin/sh\\n# by ikomek up, while it installs: no service is to be started\\nexit 101\\n' > "$guard"
  chmod 755 "$guard"
  trap 'rm -f "$guard"' EXIT
fi
export DEBIAN_FRONTEND=noninteractive
dpkg --configure -a
apt-get -q update
apt-get -q -y -o DPkg::Lock::Timeout=300 install --no-install-recommends "$@"
if command -v systemctl >/dev/null; then
  for package in "$@"; do
    case "$package" in
      postgresql-15) systemctl disable --quiet postgresql || true ;;
      redis-server) systemctl disable --quiet redis-server || true ;;
    esac
  done
fi
"""
"""Debian's own services are neither started now nor at the next boot; a guard left behind by a kill
carries our mark and is taken over."""


@dataclass(frozen=True)
class Need:
    """One thing that must be on the machine. `servers` = not needed when the environment names real
    servers."""

    package: str
    brings: str
    present: Callable[[], bool]
    servers: bool = False
    tests: bool = False


def base_python() -> str | None:
    """A Python 3.11+ with `venv` (and pip for it, unless that was unpacked) that the service user can run:
    this one, else the system's. None = none."""
    modules = "venv" if unpacked.wheels() else "ensurepip, venv"
    for candidate in (os.path.realpath(sys.executable), "/usr/bin/python3", "/usr/local/bin/python3"):
        probe: list[str | Path] = [
            candidate,
            "-c",
            f"import {modules}, sys; sys.exit(sys.version_info < (3, 11))",
        ]
        if os.path.exists(candidate) and account_can(DATABASE, probe):
            return candidate
    return None


NEEDS = (
    Need(
        "postgresql-15",
        "PostgreSQL's programs initdb and postgres",
        lambda: programs.find_program("initdb") is not None,
        servers=True,
    ),
    Need("postgresql-15-postgis-3", "PostgreSQL's extension PostGIS", programs.has_postgis, servers=True),
    Need("redis-server", "the program redis-server", lambda: programs.find_redis() is not None, servers=True),
    Need(
        "python3-venv",
        "Python 3.11 or newer with the module venv, readable by everybody",
        lambda: base_python() is not None,
    ),
    Need(
        "chromium-headless-shell",
        "the browser Chromium without a window",
        lambda: shutil.which("chromium-headless-shell") is not None,
        tests=True,
    ),
    Need(
        "age", "the program age, which encrypts backups", lambda: shutil.which("age") is not None, tests=True
    ),
    Need(
        "gnupg",
        "the program gpg, which encrypts backups too",
        lambda: shutil.which("gpg") is not None,
        tests=True,
    ),
    Need(
        "pgbackrest",
        "the program pgbackrest, for backups to a point in time",
        lambda: shutil.which("pgbackrest") is not None,
        tests=True,
    ),
    Need(
        "systemd",
        "the program systemd-analyze, which judges the unit of 'service install'",
        lambda: shutil.which("systemd-analyze") is not None,
        tests=True,
    ),
    Need(
        "fonts-dejavu-core",
        "a font for the browser's own pages",
        lambda: any(Path("/usr/share/fonts").glob("**/*.tt[fc]")),
        tests=True,
    ),
)
"""To add one: name Debian's package, what it brings in words, and how to see that it is there."""


def needs_for(tests: bool) -> list[Need]:
    own_servers = tests or not (os.environ.get("IKOMEK_DATABASE_URL") and os.environ.get("IKOMEK_REDIS_URL"))
    return [need for need in NEEDS if (own_servers or not need.servers) and (tests or not need.tests)]


def missing(tests: bool) -> list[Need]:
    return [need for need in needs_for(tests) if not need.present()]


def ensure(tests: bool, log: Path, data: Path | None = None) -> None:
    """Install what is missing, without root unpack it into `data`, or raise `MachineError` that names it
    and says how to get it."""
    ensure_accounts()
    lacking = missing(tests)
    if not lacking:
        return
    prefix = _privilege()
    if prefix is None and data is not None and not tests and has_apt():
        unpacked.ensure([need.package for need in lacking], data, log)
        lacking = missing(tests)
        if not lacking:
            return
    if not is_debian_12() or prefix is None:
        raise MachineError(explain(lacking))
    packages = [need.package for need in lacking]
    run_step(
        f"Installing from Debian: {', '.join(packages)}",
        [*prefix, "sh", "-c", INSTALL, "install", *packages],
        log,
    )
    still = missing(tests)
    if still:
        raise MachineError(
            "Installed, but still not found:\n"
            + "\n".join(f"  {need.brings} (package {need.package})" for need in still)
            + "\nSee './ikomek doctor'."
        )


def explain(lacking: list[Need]) -> str:
    """The missing packages and how to get them, for somebody with the rights to install."""
    lines = [f"  {need.brings} (Debian 12: package {need.package})" for need in lacking]
    packages = " ".join(need.package for need in lacking)
    if is_debian_12():
        how = (
            f"As root:\n  apt-get update && apt-get install --no-install-recommends {packages}\nThen "
            f"run this command again."
        )
    else:
        how = (
            "Installing by itself is done on Debian 12 only, the one system this is proved on. "
            "Install them in this system's way, "
            "so that the programs are on PATH, then run this command again.\n"
            "Or set IKOMEK_DATABASE_URL and IKOMEK_REDIS_URL to servers that run elsewhere."
        )
    return "This machine lacks:\n" + "\n".join(lines) + "\n" + how


def has_apt() -> bool:
    """Debian, Ubuntu and their kin: what can be unpacked without root."""
    return all(shutil.which(name) for name in ("apt-get", "apt-cache", "dpkg"))


def is_debian_12() -> bool:
    release = Path("/etc/os-release")
    lines = release.read_text().splitlines() if release.exists() else []
    return "ID=debian" in lines and 'VERSION_ID="12"' in lines


def _privilege() -> list[str] | None:
    """The prefix that lets us install, or None."""
    if is_root():
        return []
    sudo = shutil.which("sudo")
    if sudo and subprocess.run([sudo, "-n", "true"], capture_output=True).returncode == 0:
        return [sudo]
    if sudo and sys.stdin.isatty() and subprocess.run([sudo, "-v"]).returncode == 0:
        return [sudo]
    return None
