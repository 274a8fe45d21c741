"""./ikomek up: what must be there before anything starts, and the hand-over to the supervisor's watcher."""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import time
from pathlib import Path

from dashboard.machine import logs, paths, python_packages, resume, start_options, state
from dashboard.machine.accounts import WEB, give, is_root
from dashboard.machine.answering import let_watching_go_on
from dashboard.machine.errors import MachineError, WrongUsage
from dashboard.machine.folders import make_folders, own_folder
from dashboard.machine.installation import find, install
from dashboard.machine.listening import web_status
from dashboard.machine.paths import CITY_FILE, Paths
from dashboard.machine.processes import Options, watcher_command
from dashboard.machine.progress import say
from dashboard.machine.sign_in_link import show_link
from dashboard.machine.start_options import StartOptions

STARTED_WITHIN_S = 900.0
TAKEN_WITHIN_S = 10.0
NEEDED_MB = 200
"""An empty database takes 70; with less than this its own log of changes soon has no room."""


def up(checkout: Path, args: argparse.Namespace) -> int:
    """Install, then hand over to the supervisor's watcher."""
    where = find(checkout, args.data)
    if already_running(where.data):
        return 0
    if paths.in_other_use(where.data):
        raise WrongUsage(
            f"{where.data} holds other things, and a data folder is closed to everybody else. "
            f"Choose an empty or a new one with --data."
        )
    start = start_options.of(where.data, args)
    if args.city or not goes_on(where, start):
        install(where)
    hold_data_folder(where)
    keep_city(where, args.city)
    options = options_of(where, start)
    start_options.keep(where.data, start)
    if args.data:
        paths.remember(where)
    command = watcher_command(options)
    if args.detach:
        return detach(command, options)
    os.chdir(where.root)
    os.execve(command[0], command, options.environment())


def options_of(where: Paths, start: StartOptions) -> Options:
    return Options(
        where.root,
        where.data,
        where.python,
        start.host,
        start.port,
        start.empty,
        start.scale,
        *service_certificates(where, start),
    )


def goes_on(where: Paths, start: StartOptions) -> bool:
    """Whether an `up` like this one was killed: what it needs is installed. Not asked of what has files to
    bring up to date first."""
    if where.mirrored or start.tls_cert:
        return False
    return resume.left_running(options_of(where, start)) is not None and python_packages.is_current(
        where, tests=False
    )


def already_running(data: Path) -> bool:
    """Whether an `up` runs, which is then said. One that is still starting or stopping is waited for, one
    that was stopped by a signal goes on."""
    current, waiting = state.running(data), False
    stopped = let_watching_go_on(current) if current else []
    if stopped:
        say(f"Stopped by a signal, let go on: {', '.join(stopped)}.")
    while current and current.phase != "running":
        if not waiting:
            say(f"Another './ikomek up' is {current.phase}; waiting for it.")
        waiting = True
        time.sleep(0.1)
        current = state.running(data)
    if current:
        since = time.strftime("%F %T", time.localtime(current.supervisor.since))
        say(f"Already running since {since}: {current.address}")
    return current is not None


def hold_data_folder(where: Paths) -> None:
    if not paths.reachable_by_service(where.data):
        raise MachineError(
            f"The user that the processes run as cannot reach the data folder {where.data}. "
            "Choose one outside of root's home with --data, such as /srv/ikomek."
        )
    make_folders(where.data)
    free_mb = shutil.disk_usage(where.data).free // 10**6
    if free_mb < NEEDED_MB:
        raise MachineError(
            f"Only {free_mb} MB are free under {where.data}; the database needs {NEEDED_MB} to "
            f"start. Make room, "
            "or choose another folder with --data."
        )


def keep_city(where: Paths, file: str | None) -> None:
    """Copy the city's file into the data folder, where every later command finds it. Without one, what is
    there stays."""
    if file is None:
        return
    given = Path(file)
    if not given.is_file():
        raise WrongUsage(f"There is no file {file}.")
    os.environ.pop("IKOMEK_CITY", None)  # what the command says outweighs what the environment does
    kept = where.data / CITY_FILE
    kept.write_bytes(given.read_bytes())


def service_certificates(where: Paths, start: StartOptions) -> tuple[str | None, str | None]:
    """The certificate files; root copies them into the data folder, for its own user may not read a
    key. A renewed one needs a new `up`."""
    if not (start.tls_cert and start.tls_key):
        return None, None
    given = [Path(start.tls_cert), Path(start.tls_key)]
    for path in given:
        if not path.is_file():
            raise WrongUsage(
                f"There is no file {path}. Name another with --tls-cert and --tls-key, or serve http with "
                "--no-tls."
            )
    if not is_root():
        return str(given[0]), str(given[1])
    folder = own_folder(where.data / "tls", WEB)
    copies = []
    for path, name in zip(given, ("certificate.pem", "key.pem"), strict=True):
        copy = folder / name
        copy.touch(mode=0o600)
        copy.write_bytes(path.read_bytes())
        give(copy, WEB, 0o600)
        copies.append(str(copy))
    return copies[0], copies[1]


def detach(command: list[str], options: Options) -> int:
    """Start the supervisor in a session of its own and show what it says until it runs."""
    log = options.data / "log" / "up.log"
    with open(log, "ab") as output:
        begin = output.tell()
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd=options.root,
            env=options.environment(),
            start_new_session=True,
        )
    end = time.monotonic() + STARTED_WITHIN_S
    while time.monotonic() < end:
        begin = logs.show_from(log, begin)
        current = state.running(options.data)
        if process.poll() is not None:
            logs.show_from(log, begin)
            return 1 if process.returncode > 0 or not has_begun(options.data) else 0
        if current and current.phase == "running" and is_ours(current, process) and answers_well(options):
            time.sleep(0.1)
            logs.show_from(log, begin)
            show_link(options.data)
            return 0
        time.sleep(0.1)
    raise MachineError(f"The system is not ready after {STARTED_WITHIN_S:.0f} s. The reason is in {log}.")


def is_ours(current: state.MachineState, watcher: subprocess.Popen[bytes]) -> bool:
    return current.watcher is not None and current.watcher.pid == watcher.pid


def answers_well(options: Options) -> bool:
    return web_status(options.address) == 200


def has_begun(data: Path) -> bool:
    """Whether another `up` has taken the folder in the meantime, which is then said. It has the lock, and
    writes down that it runs."""
    end = time.monotonic() + TAKEN_WITHIN_S
    while not already_running(data):
        if time.monotonic() > end:
            return False
        time.sleep(0.1)
    return True
