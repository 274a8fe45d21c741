"""Where an installation lies, and what is put into it before anything can run."""

from __future__ import annotations

import fcntl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dashboard.machine import packages, paths, python_packages, scripts, unpacked
from dashboard.machine.accounts import is_root
from dashboard.machine.paths import Paths
from dashboard.machine.progress import say


def find(checkout: Path, data: str | None) -> Paths:
    found = paths.find_paths(checkout, data)
    unpacked.use(found.data)
    return found


def install(where: Paths) -> None:
    """Everything that the processes need; what is there already is left alone."""
    with one_at_a_time(where):
        install_what_is_missing(where)


def install_what_is_missing(where: Paths) -> None:
    packages.ensure(tests=False, log=where.install_log, data=where.data)
    if where.mirrored:
        paths.mirror(where)
    python_packages.ensure(where, tests=False)
    scripts.ensure(where)
    if is_root():  # what runs cannot write byte code beside the sources
        sources = [str(where.root / name) for name in ("dashboard", "etl", "geo", "layers")]
        subprocess.run(
            [where.python, "-m", "compileall", "-q", *sources], check=False, stdout=subprocess.DEVNULL
        )


@contextmanager
def one_at_a_time(where: Paths) -> Iterator[None]:
    """Two installations into one folder would spoil each other: the second waits."""
    where.install_log.parent.mkdir(parents=True, exist_ok=True)
    with open(where.install_log.parent / "install.lock", "a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("Another './ikomek' is installing; waiting for it.")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def install_for_tests(checkout: Path) -> Paths:
    """The same with what only tests and benches need, in the checkout itself."""
    where = paths.in_checkout(checkout)
    with one_at_a_time(where):
        packages.ensure(tests=True, log=where.install_log)
        python_packages.ensure(where, tests=True)
        scripts.ensure(where, tests=True)
    served = find(checkout, None)
    if served.mirrored:  # the tests of `up` run from there, and must not reach for a registry
        install(served)
    return where
