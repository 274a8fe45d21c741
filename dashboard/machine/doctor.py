"""`./ikomek doctor`: what is missing on this machine, and how to get it."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from dashboard.machine import (
    cryptography,
    packages,
    paths,
    python_packages,
    scripts,
    service,
    start_options,
    state,
)
from dashboard.machine.accounts import database_user, is_root, missing
from dashboard.machine.cluster import Cluster, redis_answers
from dashboard.machine.errors import MachineError
from dashboard.machine.paths import START_FILE, Paths
from dashboard.machine.progress import say

FREE_GB = 5
LOCK_DAYS = 90
"""So long may the versions of the packages stay as they were chosen (CONTRIBUTING.md)."""


@dataclass(frozen=True)
class CheckResult:
    """`remedy`: what to do when it is not well. `optional`: it does not make the examination fail, as what is
    only for tests."""

    what: str
    well: bool
    remedy: str
    optional: bool = False


def examine(where: Paths) -> int:
    """Print every finding. Exit code 1 when something that `up` cannot put right by itself, or has not
    yet, is missing."""
    findings = list(_findings(where))
    for finding in findings:
        mark = "ok     " if finding.well else ("absent " if finding.optional else "MISSING")
        say(f"{mark} {finding.what}" + ("" if finding.well else f"\n          {finding.remedy}"))
    bad = [finding for finding in findings if not finding.well and not finding.optional]
    say(f"\n{len(bad)} to mend." if bad else "\nNothing to mend.")
    return 1 if bad else 0


def _findings(where: Paths) -> Iterator[CheckResult]:
    version = ".".join(map(str, sys.version_info[:3]))
    yield CheckResult(f"Python {version}", True, "")
    system = "Debian 12" if packages.is_debian_12() else "another system than Debian 12: untested"
    yield CheckResult(f"System: {system}", True, "")
    for need in packages.needs_for(tests=True):
        remedy = "'./ikomek up' installs it" if packages.is_debian_12() else "Install it in this system's way"
        yield CheckResult(
            f"{need.brings}{' (for the tests)' if need.tests else ''}",
            _present(need),
            f"{remedy}: package {need.package}.",
            need.tests,
        )
    yield CheckResult(
        f"Python packages in {where.root / '.venv'}, versions of {python_packages.chosen_on(where)}",
        _current(where),
        "'./ikomek up' installs them.",
    )
    yield lock_age(python_packages.chosen_on(where), datetime.now(UTC))
    yield CheckResult(
        "map scripts and fonts in assets/vendor", scripts.is_current(where), "'./ikomek up' installs them."
    )
    yield from _users()
    yield from _folder(where)
    yield from keys(where.data, datetime.now(UTC))
    yield from _walls()
    yield from _servers(where)


def lock_age(chosen_on: str, now: datetime) -> CheckResult:
    """Whether the versions of the packages have been chosen lately; what cannot be read is old."""
    try:
        days = (now - datetime.fromisoformat(chosen_on).replace(tzinfo=UTC)).days
    except ValueError:
        days = LOCK_DAYS + 1
    return CheckResult(
        f"versions of the packages chosen within {LOCK_DAYS} days",
        days <= LOCK_DAYS,
        "Take in a newer release: its packages are without the faults that have become known since.",
        optional=True,
    )


def keys(data: Path, now: datetime) -> Iterator[CheckResult]:
    """The keys in the data folder, and whether each is renewed as its schedule says."""
    for key in cryptography.ages(data, now):
        yield CheckResult(
            f"{key.name} ({key.path.relative_to(data)}): {key.algorithm}, {key.days} days old"
            + (f" of {key.most}" if key.most else ""),
            not key.is_due,
            f"It is to be renewed: {key.renew}.",
            optional=True,
        )


def _users() -> Iterator[CheckResult]:
    """Whether each process has a system user of its own. With one user for all, each process may do in the
    database what any of them may, and reads all of its files."""
    absent = missing()
    yield CheckResult(
        "each process as a system user of its own" + (f": without {', '.join(absent)}" if absent else ""),
        is_root() and not absent,
        "'./ikomek up' makes them."
        if is_root()
        else "All run as one, and each could do what any of them may. Start it as root: sudo ./ikomek up, or "
        "./ikomek service install.",
        optional=True,
    )


def _walls() -> Iterator[CheckResult]:
    if (walled := service.is_walled()) is not None:
        yield CheckResult(
            f"the walls around the service ({service.UNIT})",
            walled,
            "They are of an earlier version: ./ikomek service install writes the unit anew.",
        )


def _folder(where: Paths) -> Iterator[CheckResult]:
    if where.mirrored:
        yield CheckResult(
            f"the user '{database_user()}' cannot read {where.checkout}: runs from its copy {where.root}",
            True,
            "",
        )
    yield CheckResult(
        f"data folder {where.data}, reachable by the user '{database_user()}'",
        paths.reachable_by_service(where.data),
        "Choose one outside of root's home: ./ikomek up --data /srv/ikomek.",
    )
    above = next(path for path in (where.data, *where.data.parents) if path.exists())
    free = shutil.disk_usage(above).free / 1e9
    yield CheckResult(
        f"{free:.0f} GB free under {above}", free >= FREE_GB, f"Make room: at least {FREE_GB} GB."
    )


def _servers(where: Paths) -> Iterator[CheckResult]:
    running = state.running(where.data) if os.access(where.data / "state.json", os.R_OK) else None
    if not running:
        last = start_options.read(where.data) if os.access(where.data / START_FILE, os.R_OK) else None
        again = f" with {' '.join(last.words())}" if last and last.words() else ""
        yield CheckResult(f"not running; './ikomek up' starts it{again}", True, "")
        return
    for name, process in running.processes.items():
        yield CheckResult(
            f"process {name}", process.alive, f"It is started again by itself. See './ikomek logs {name}'."
        )
    if "redis" in running.processes:
        yield CheckResult(
            "Redis answers", redis_answers(Cluster(where.data).redis_socket), "See './ikomek logs redis'."
        )


def _present(need: packages.Need) -> bool:
    try:
        return need.present()
    except MachineError:
        return False


def _current(where: Paths) -> bool:
    try:
        return python_packages.is_current(where, tests=False)
    except (MachineError, FileNotFoundError):
        return False
