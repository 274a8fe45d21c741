"""The commands of `./ikomek`. Those about the machine are done here; the others run in the virtual
environment (`dashboard.cli`)."""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Collection, Mapping
from pathlib import Path

from dashboard.machine import (
    answering,
    development,
    doctor,
    logs,
    python_packages,
    service,
    start_options,
    state,
    strays,
    supply,
)
from dashboard.machine.arguments import INSIDE, parse, with_data
from dashboard.machine.cluster import Cluster, recover
from dashboard.machine.errors import MachineError, WrongUsage, file_error
from dashboard.machine.installation import find, install
from dashboard.machine.listening import web_status
from dashboard.machine.paths import Paths
from dashboard.machine.processes import Options
from dashboard.machine.progress import say
from dashboard.machine.up import goes_on, hold_data_folder, up

STOPPED_WITHIN_S = 60.0
ANSWERS_WITHIN_S = 5.0


def main(checkout: Path, argv: list[str]) -> int:
    """Exit codes: 0 done, 1 failed, 2 wrong usage."""
    os.umask(0o022)
    try:
        if argv and argv[0] in INSIDE:
            data, rest = with_data(argv[1:])
            return run_inside(find(checkout, data), [argv[0], *rest])
        if argv and argv[0] in ("test", "bench"):
            return COMMANDS[argv[0]](checkout, argv[1:])
        if argv and not argv[0].startswith("-") and argv[0] not in COMMANDS:
            raise WrongUsage(f"There is no command {argv[0]}. './ikomek --help' lists all.")
        args = parse(argv)
        return COMMANDS[args.command](checkout, args)
    except MachineError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        return 1
    except BrokenPipeError:  # whoever read our output has gone: './ikomek logs | head'
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        print(file_error(error), file=sys.stderr)
        return MachineError.exit_code


def down(checkout: Path, args: argparse.Namespace) -> int:
    where = find(checkout, args.data)
    running = state.running(where.data)
    if running:
        stop(running)
    left = end_what_was_left(where.data)
    if left:
        say(f"Ended what a killed 'up' had left running: {', '.join(sorted(left))}.")
    say("Stopped." if running or left else "Nothing is running.")
    return 0


def stop(running: state.MachineState) -> None:
    """Raises `MachineError` if it does not end."""
    state.send(running.head, signal.SIGTERM)
    answering.let_watching_go_on(running)
    end = time.monotonic() + STOPPED_WITHIN_S
    for process in (running.supervisor, running.watcher):
        while process and process.alive:
            if time.monotonic() > end:
                raise MachineError(
                    f"Process {process.pid} has not ended in {STOPPED_WITHIN_S:.0f} s. See './ikomek logs'."
                )
            time.sleep(0.05)


def end_what_was_left(data: Path) -> list[str]:
    """Ends the processes of a supervisor that was killed and that nobody has started again; returns their
    names."""
    lock = state.hold(data) if (data / "up.lock").exists() else None
    if lock is None:
        return []
    with lock:
        left = strays.left(data)
        state.end_processes([process for name, process in left.items() if name not in state.SERVERS])
        recover(Cluster(data))
        state.forget(data)
    return list(left)


def status(checkout: Path, args: argparse.Namespace) -> int:
    """Exit code 1 when nothing runs, or not everything answers."""
    where = find(checkout, args.data)
    running = state.running(where.data)
    if not running:
        return show_what_is_left(where.data)
    say(f"{running.address}  {running.phase}{'  demo data' if running.demo else ''}\n")
    silent = answering.silent(running, Cluster(where.data), ANSWERS_WITHIN_S)
    processes = running.watching | running.processes
    down = [name for name, process in processes.items() if not process.alive and name != "template"]
    show_processes(processes, silent)
    show_who_watches(running, silent)
    sys.stdout.flush()
    if running.phase != "running":
        return 0
    code = 1 if {"postgres"} & {*silent, *down} else run_inside(where, ["ages"])
    return code or int(bool(silent or down))


def show_processes(processes: Mapping[str, state.Started], silent: Collection[str] = ()) -> None:
    say(f"{'process':<12} {'pid':>7}  {'since':<19} restarts")
    for name, process in processes.items():
        since = time.strftime("%F %T", time.localtime(process.since)) if process.alive else "not running"
        since = "does not answer" if name in silent else since
        say(f"{name:<12} {process.pid:>7}  {since:<19} {process.restarts}")
    say("")


def show_who_watches(running: state.MachineState, silent: Collection[str]) -> None:
    """What is wrong with the supervisor and its watcher, and what to do."""
    pid, watcher = running.supervisor.pid, running.watcher
    if not running.supervisor.alive:
        say("The supervisor has ended; its watcher starts the next one: './ikomek logs up' says why.\n")
    elif "supervisor" in silent and not answering.is_stopped(pid):
        say(
            f"The supervisor, process {pid}, has not said for a while that it is at work: "
            "it is preparing something long, or the machine is busy. See './ikomek logs'.\n"
        )
    elif "supervisor" in silent:
        say(
            f"The supervisor, process {pid}, does not run: it was stopped by a signal, and starts nothing "
            "again. Its watcher lets it go on at once; where that was stopped too, './ikomek up' does.\n"
        )
    if watcher is not None and not watcher.alive:
        say("The watcher has ended: the supervisor takes its place in a moment.\n")
    elif watcher is not None and "watcher" in silent:
        say(
            f"The watcher, process {watcher.pid}, was stopped by a signal: it would not start a killed "
            "supervisor again. The supervisor lets it go on in a moment; where that was stopped too, "
            "'./ikomek up' does.\n"
        )


def show_what_is_left(data: Path) -> int:
    """No supervisor and no watcher runs: what of theirs still does, and what to do."""
    last, left = start_options.read(data), strays.left(data)
    if not left:
        at = f": it then listens at {last.address} again" if last else ""
        say(f"Nothing is running with the data folder {data}. Start it with './ikomek up'{at}.")
        return 1
    say(
        f"Nobody watches over the data folder {data}: the supervisor and its watcher were killed. A killed "
        f"'up' has left running: {', '.join(left)}.\n"
    )
    show_processes(left)
    if last:
        answer = "answers" if web_status(last.address) == 200 else "does not answer"
        say(f"{last.address} {answer}. What dies now is not started again.")
    say("'./ikomek up' goes on with them, './ikomek down' ends them.")
    return 1


def run_inside(where: Paths, argv: list[str]) -> int:
    """One of the commands that need the installed packages, in this folder and as this user."""
    if not python_packages.is_current(where, tests=False):
        raise MachineError(
            "What this command needs is not installed yet, or was changed since. Run './ikomek up' first."
        )
    options = Options(where.root, where.data, where.python)
    command = options.module("dashboard.cli", *argv)
    return subprocess.run(command, env=options.command_environment()).returncode


def show_logs(checkout: Path, args: argparse.Namespace) -> int:
    return logs.show(find(checkout, args.data).data / "log", args.name, args.lines, args.follow)


def write_bill(checkout: Path, args: argparse.Namespace) -> int:
    return supply.write_bill(find(checkout, None), args.file)


def examine(checkout: Path, args: argparse.Namespace) -> int:
    return doctor.examine(find(checkout, args.data))


def install_service(checkout: Path, args: argparse.Namespace) -> int:
    """`prepare` is what the unit does before each start, outside of its walls: what `up` installs and
    makes."""
    where = find(checkout, args.data)
    if args.action == "install":
        return service.install(checkout, where, args)
    if args.city or not goes_on(where, start_options.of(where.data, args)):
        install(where)
    hold_data_folder(where)
    return 0


def develop(checkout: Path, args: argparse.Namespace) -> int:
    """`up` as always, and beside it a web server of this very checkout that begins anew with every saved
    file."""
    where = find(checkout, args.data)
    if not state.running(where.data):
        given = {"--port": args.port, "--data": args.data}
        words = [word for name, value in given.items() if value is not None for word in (name, str(value))]
        up(checkout, parse(["up", "--detach", *words]))
    options = Options(checkout, where.data, where.python, port=args.reload_port)
    say(
        f"Reloading with every change of a file: {options.address}  (Ctrl-C ends it; './ikomek "
        f"down' stops the rest)"
    )
    return subprocess.run(
        development.reloading_server(options), cwd=checkout, env=options.environment()
    ).returncode


COMMANDS: dict[str, Callable[..., int]] = {
    "up": up,
    "down": down,
    "status": status,
    "logs": show_logs,
    "doctor": examine,
    "sbom": write_bill,
    "service": install_service,
    "dev": develop,
    "test": development.test,
    "bench": development.bench,
}
