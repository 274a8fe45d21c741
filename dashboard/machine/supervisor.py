"""Holds the data folder's lock, starts everything, and restarts what dies, later each time (`python -m
dashboard.machine.supervisor`).

Started by root it stays root, for it starts each process as that process's own user
(`dashboard.machine.accounts`). `./ikomek up` has installed everything before. SIGTERM and SIGINT end it and
its processes; SIGUSR1 restarts the processes of the application (after `restore`). Its processes outlive a
kill -9 of it: the next one (`dashboard.machine.watcher` starts it at once) adopts those that still run, by
what was written down of them, and starts only what has died.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import FrameType
from typing import Any

from dashboard.machine import cluster as machine
from dashboard.machine import database, logs, preparing, resume, state, welcome
from dashboard.machine.accounts import ACCOUNTS, run_as
from dashboard.machine.errors import MachineError, file_error
from dashboard.machine.handles import Handle, ended
from dashboard.machine.listening import require_free_port, web_status
from dashboard.machine.processes import Options, application
from dashboard.machine.progress import report, say
from dashboard.machine.template import Template
from dashboard.machine.watchdog import Watchdogs

BACK_OFF_S = (0.1, 0.5, 1, 2, 5)
CALM_AFTER_S = 5.0
"""A process that lived this long, or has served, has started well: what ended it came later, and it is
started again at once. Only those that cannot start wait longer each time."""
AS_TEMPLATE = "--template"
WEB_READY_WITHIN_S = 60.0
STOP_WITHIN_S = 8.0
COPY_AGAIN_S = 0.05
LOOK_S = 1.0
"""What ends is noticed at once; the web server's template and the logs are looked after this often."""


STOPPING = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


class Stopped(Exception):
    """SIGTERM or SIGINT came."""


class Supervisor:
    """One data folder, its servers and processes."""

    def __init__(self, options: Options, watcher: state.Started | None = None) -> None:
        self.options = options
        self.cluster = machine.Cluster(options.data)
        self.state = state.MachineState(
            state.Started.of(os.getpid()), address=options.address, watcher=watcher
        )
        self.running: dict[str, Handle] = {}
        self.watchdogs = Watchdogs(self.cluster, options.address)
        self.due: dict[str, float] = {}
        self.failures: dict[str, int] = {}
        """Process -> how many starts on end did not last."""
        self.commands: dict[str, list[str]] = {}
        self.template = Template(
            options.data / "work" / "template.sock", lambda calls: self._spawn("web", calls, AS_TEMPLATE)
        )

    def run(self) -> None:
        """Start, print the addresses, watch until told to stop."""
        begun = time.monotonic()
        left = resume.left_running(self.options)
        if left:
            self._adopt(left)
        adopted = set(self.state.processes)
        state.end_orphans(self.options.data, adopted)
        machine.recover(self.cluster, [name for name in state.SERVERS if name not in adopted])
        self._write("resuming" if adopted else "starting")
        try:
            prepared = self._start_what_is_missing(left)
            if adopted:
                report(f"another supervisor had been killed; adopted from it: {', '.join(sorted(adopted))}")
                welcome.print_addresses(self.options)
            else:
                welcome.greet(self.options, prepared.get("sign_in"), time.monotonic() - begun)
            self._write("running")
            self._watch()
        except Stopped:
            say("Stopping.")
        finally:
            self._stop_all()

    def _adopt(self, left: state.MachineState) -> None:
        """Go on watching over what an earlier supervisor started and what runs as it would be started now."""
        self.state.demo, self.state.prepared = left.demo, left.prepared
        self.commands = application(self.options, left.demo)
        for name in (*self._own_servers(), *self.commands):
            started = left.processes.get(name)
            if started is None or started.command != self._command(name):
                continue
            handle = Handle.adopt(started)
            if handle is not None:
                self.running[name] = handle
                self.state.processes[name] = started
        started = left.processes.get("template")
        if started is not None and started.command == self._command("template"):
            handle = Handle.adopt(started)
            if handle is not None and self.template.adopt(handle):
                self.state.processes["template"] = started

    def _own_servers(self) -> list[str]:
        own = {"postgres": self.options.own_database, "redis": self.options.own_redis}
        return [name for name, ours in own.items() if ours]

    def _command(self, name: str) -> list[str]:
        if name in state.SERVERS:
            return [str(word) for word in machine.server_command(self.cluster, name)]
        return [*self.commands["web"], AS_TEMPLATE] if name == "template" else self.commands[name]

    def _start_what_is_missing(self, left: state.MachineState | None) -> dict[str, Any]:
        """The servers, then the web server by itself, for people wait for it and the others would take its
        time, then these."""
        self.commands = application(self.options, demo=False)
        if "web" not in self.running:
            self._keep_template(time.monotonic())
        self._start_servers()
        if "web" not in self.running:
            require_free_port(self.options)
        prepared: dict[str, Any] = {"demo": left.demo} if left else self._prepare()
        self.commands = application(self.options, prepared["demo"])
        self.state.demo = prepared["demo"]
        self.state.prepared = left.prepared if left else resume.fingerprint(self.options)
        if "web" not in self.running:
            self._start_first_web()
        for name in self.commands:
            if name not in self.running:
                self._start(name)
        return prepared

    def restart_application(self) -> None:
        """End the application's processes; the watch starts them again at once."""
        for name in self.commands:
            if name in self.running:
                self.running[name].terminate()

    def _keep_template(self, now: float) -> None:
        if self.template.keep(now) and self.template.process is not None:
            self.state.processes["template"] = state.Started.of(
                self.template.process.pid, command=self._command("template")
            )
            self._write(self.state.phase)

    def _start_servers(self) -> None:
        machine.make_folders(self.cluster)
        missing = [name for name in self._own_servers() if name not in self.running]
        if "postgres" in missing:
            machine.create(self.cluster)
        for name in missing:
            self._start(name)
        if "postgres" in missing:
            machine.wait_for_postgres(self.cluster, self.running["postgres"])
            database.ensure_database(self.cluster)
        if "redis" in missing:
            machine.wait_for_redis(self.cluster, self.running["redis"])

    def _start(self, name: str) -> None:
        """Start or restart one process and write it down. The web server's template may need some time to
        make it: then it is due again."""
        process: Handle | None
        if name == "web":
            process = self.template.copy()
            if process is None:
                self.due[name] = time.monotonic() + COPY_AGAIN_S
                return
        elif name in state.SERVERS:
            process = Handle.of(machine.spawn(self.cluster, name, outlives_us=True))
        else:
            process = Handle.of(self._spawn(name))
        before = self.state.processes.get(name)
        self.running[name] = process
        self.state.processes[name] = state.Started.of(
            process.pid, before.restarts + 1 if before else 0, self._command(name)
        )
        self._write(self.state.phase)

    def _spawn(self, name: str, stdin: int = subprocess.DEVNULL, *more: str) -> subprocess.Popen[bytes]:
        with open(self.cluster.logs / f"{name}.log", "ab") as log:
            return subprocess.Popen(
                run_as(ACCOUNTS[name], [*self.commands[name], *more]),
                stdin=stdin,
                stdout=log,
                stderr=log,
                cwd=self.options.root,
                env=self.options.process_environment(name),
                start_new_session=True,
            )

    def _prepare(self) -> dict[str, Any]:
        self._write("preparing")
        self.running["prepare"] = preparing.begin(self.options)
        code = self.running["prepare"].wait()
        del self.running["prepare"]
        return preparing.result(self.options, code)

    def _start_first_web(self) -> None:
        end = time.monotonic() + WEB_READY_WITHIN_S
        while "web" not in self.running or web_status(self.options.address) != 200:
            web = self.running.get("web", self.template.process)
            if web is None or web.poll() is not None or time.monotonic() > end:
                last = (self.cluster.logs / "web.log").read_text(errors="replace").strip().splitlines()[-5:]
                raise MachineError(
                    f"The web server did not start. The last lines of {self.cluster.logs / 'web.log'}:\n  "
                    + "\n  ".join(last)
                    + "\nCorrect what they name and run './ikomek up' again."
                )
            if "web" not in self.running:
                self._start("web")
            time.sleep(COPY_AGAIN_S)
        self.due.pop("web", None)

    def _watch(self) -> None:
        rotated = time.monotonic()
        while True:
            now = time.monotonic()
            for name, process in list(self.running.items()):
                if process.poll() is not None:
                    self._bury(name, now)
            for name, seconds in self.watchdogs.silent(self.running).items():
                report(f"{name} has not answered for {seconds:.0f} s; it is killed and started again")
                self.running[name].kill()
            for name in [name for name, at in self.due.items() if at <= now]:
                del self.due[name]
                self._restart(name)
            self._keep_template(now)
            if now - rotated > 60:
                logs.rotate(self.cluster.logs)
                self._write(self.state.phase)
                rotated = now
            next_due = min([now + LOOK_S, *self.due.values()])
            ended(self.running.values(), next_due - time.monotonic())

    def _bury(self, name: str, now: float) -> None:
        process = self.running.pop(name)
        how = f" with {process.returncode}" if process.child else ""
        started = self.state.processes[name]
        lived = time.time() - started.since
        started_well = lived > CALM_AFTER_S or self.watchdogs.has_served(name, process.pid)
        failures = 0 if started_well else self.failures.get(name, -1) + 1
        self.failures[name] = failures
        wait = BACK_OFF_S[min(failures, len(BACK_OFF_S) - 1)]
        self.due[name] = now + wait
        report(
            f"{name} ended{how} after {lived:.0f} s; again in {wait} s. Its log: "
            f"{self.cluster.logs / f'{name}.log'}"
        )

    def _restart(self, name: str) -> None:
        try:
            if name == "postgres":
                machine.recover(self.cluster, ["postgres"])
            self._start(name)
        except (OSError, MachineError) as error:
            self.due[name] = time.monotonic() + BACK_OFF_S[-1]
            report(f"{name} cannot be started; again in {BACK_OFF_S[-1]} s: {error}")

    def _write(self, phase: str) -> None:
        """A full disk must not end what runs: `status` then tells what was known before, until the next
        minute."""
        self.state.phase = phase
        try:
            self.state.write(self.options.data)
        except OSError as error:
            report(f"cannot write down what runs: {error}")

    def _stop_all(self) -> None:
        """The application first, then the servers it stands on. A second signal does not cut it short."""
        for number in STOPPING:
            signal.signal(number, signal.SIG_IGN)
        self._write("stopping")
        if self.template.process is not None:
            self.running["template"] = self.template.process
        servers = [self.running.pop(name) for name in ("redis", "postgres") if name in self.running]
        machine.stop(list(self.running.values()), STOP_WITHIN_S, signal.SIGTERM)
        machine.stop(servers)
        (self.options.data / "state.json").unlink(missing_ok=True)


def _raise_stopped(number: int, frame: FrameType | None) -> None:
    """Once: a terminal's Ctrl-C comes from its kernel and from our watcher."""
    for other in STOPPING:
        signal.signal(other, signal.SIG_IGN)
    raise Stopped


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m dashboard.machine.supervisor", description="Start and watch over the processes."
    )
    for name in ("root", "data", "python"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--host", required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--empty", action="store_true")
    parser.add_argument("--scale", required=True)
    parser.add_argument("--certificate")
    parser.add_argument("--key")
    parser.add_argument("--watcher", type=int, help="the number of our parent, if it starts us again")
    given = vars(parser.parse_args(argv))
    number = given.pop("watcher")
    watcher = state.Started.of(number) if number == os.getppid() else None
    options = Options(**given)
    lock = state.hold(options.data)
    if lock is None:
        say("Another './ikomek up' holds this data folder.")
        return 0
    supervisor = Supervisor(options, watcher)
    for number in STOPPING:
        signal.signal(number, _raise_stopped)
    signal.signal(signal.SIGUSR1, lambda number, frame: supervisor.restart_application())
    try:
        supervisor.run()
    except (MachineError, Stopped) as error:
        print(error, file=sys.stderr)
        return MachineError.exit_code
    except OSError as error:
        print(file_error(error), file=sys.stderr)
        return MachineError.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
