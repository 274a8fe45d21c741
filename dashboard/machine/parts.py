"""The processes of one data folder as their supervisor holds them: adopted, started, looked after, written
down, ended.

What dies is started again, later each time if it cannot start; what does not answer is killed and started
again; what an earlier supervisor left running is adopted as it stands.
"""

from __future__ import annotations

import signal
import subprocess
import time

from dashboard.machine import cluster as machine
from dashboard.machine import state
from dashboard.machine.accounts import ACCOUNTS, run_as
from dashboard.machine.answering import let_go_on
from dashboard.machine.errors import MachineError
from dashboard.machine.handles import Handle
from dashboard.machine.processes import Options, application
from dashboard.machine.progress import report
from dashboard.machine.template import Template
from dashboard.machine.watchdog import NAMED_ONLY, Watchdogs

BACK_OFF_S = (0.1, 0.5, 1, 2, 5)
CALM_AFTER_S = 5.0
"""A process that lived this long, or has served, has started well: what ended it came later, and it is
started again at once. Only those that cannot start wait longer each time."""
AS_TEMPLATE = "--template"
STOP_WITHIN_S = 8.0
COPY_AGAIN_S = 0.05


class Parts:
    """By name, as `dashboard.machine.processes` gives them, and the servers."""

    def __init__(self, options: Options, own: state.MachineState) -> None:
        self.options = options
        self.state = own
        self.cluster = machine.Cluster(options.data)
        self.running: dict[str, Handle] = {}
        self.watchdogs = Watchdogs(self.cluster, options.address)
        self.due: dict[str, float] = {}
        self.failures: dict[str, int] = {}
        """Process -> how many starts on end did not last."""
        self.commands: dict[str, list[str]] = {}
        self.template = Template(
            options.data / "work" / "template.sock", lambda calls: self.spawn("web", calls, AS_TEMPLATE)
        )

    def adopt(self, left: state.MachineState) -> None:
        """Go on watching over what an earlier supervisor started and what runs as it would be started now."""
        self.state.demo, self.state.prepared = left.demo, left.prepared
        self.commands = application(self.options, left.demo)
        for name in (*self.own_servers(), *self.commands):
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

    def own_servers(self) -> list[str]:
        own = {"postgres": self.options.own_database, "redis": self.options.own_redis}
        return [name for name, ours in own.items() if ours]

    def _command(self, name: str) -> list[str]:
        if name in state.SERVERS:
            return [str(word) for word in machine.server_command(self.cluster, name)]
        return [*self.commands["web"], AS_TEMPLATE] if name == "template" else self.commands[name]

    def keep_template(self, now: float) -> None:
        if self.template.keep(now) and self.template.process is not None:
            self.state.processes["template"] = state.Started.of(
                self.template.process.pid, command=self._command("template")
            )
            self.write(self.state.phase)

    def start(self, name: str) -> None:
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
            process = Handle.of(self.spawn(name))
        before = self.state.processes.get(name)
        self.running[name] = process
        self.state.processes[name] = state.Started.of(
            process.pid, before.restarts + 1 if before else 0, self._command(name)
        )
        self.write(self.state.phase)

    def spawn(self, name: str, stdin: int = subprocess.DEVNULL, *more: str) -> subprocess.Popen[bytes]:
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

    def bury_killed(self) -> list[str]:
        """Those that have died while the others were started, made ready to be started again; the template
        of the web server is one of them. Returns their names."""
        dead = [name for name, process in self.running.items() if process.poll() is not None]
        for name in dead:
            del self.running[name]
        servers = [name for name in dead if name in state.SERVERS]
        machine.recover(self.cluster, servers)
        if self.template.process is not None and not self.template.alive:
            self.template.due = 0.0
            dead.append("template")
        return dead

    def look(self, now: float) -> None:
        """Bury what has died, kill what is silent, let go on what is not killed, start what is due."""
        for name, process in list(self.running.items()):
            if process.poll() is not None:
                self._bury(name, now)
        for name, seconds in self.watchdogs.silent(self.running).items():
            report(f"{name} has not answered for {seconds:.0f} s; it is killed and started again")
            self.running[name].kill()
        for name in NAMED_ONLY:
            if name in self.running and let_go_on(self.running[name].pid):
                report(f"{name} was stopped by a signal; it is let go on")
        for name in [name for name, at in self.due.items() if at <= now]:
            del self.due[name]
            self._restart(name)
        self.keep_template(now)

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
            self.start(name)
        except (OSError, MachineError) as error:
            self.due[name] = time.monotonic() + BACK_OFF_S[-1]
            report(f"{name} cannot be started; again in {BACK_OFF_S[-1]} s: {error}")

    def write(self, phase: str) -> None:
        """A full disk must not end what runs: `status` then tells what was known before, until the next
        minute."""
        self.state.phase = phase
        try:
            self.state.write(self.options.data)
        except OSError as error:
            report(f"cannot write down what runs: {error}")

    def stop(self) -> None:
        """The application first, then the servers it stands on; before them whatever an earlier supervisor
        left and this one has not adopted, for nobody would know of it any more."""
        state.end_orphans(self.options.data, set(self.state.processes))
        self.write("stopping")
        if self.template.process is not None:
            self.running["template"] = self.template.process
        servers = [self.running.pop(name) for name in ("redis", "postgres") if name in self.running]
        machine.stop(list(self.running.values()), STOP_WITHIN_S, signal.SIGTERM)
        machine.stop(servers)
        state.forget(self.options.data)
