"""Holds the data folder's lock, starts everything, and restarts what dies, later each time (`python -m
dashboard.machine.supervisor`).

Started by root it stays root, for it starts each process as that process's own user
(`dashboard.machine.accounts`). `./ikomek up` has installed everything before. SIGTERM and SIGINT end it and
its processes; SIGUSR1 restarts the processes of the application (after `restore`).

Nothing else ends what runs. Its processes outlive a kill -9 of it, and an error of its own once the centre
has run: the next one (`dashboard.machine.watcher` starts it) adopts those that still run, by what was written
down of them, and starts only what has died. One whose watcher was killed becomes the watcher itself, under
the same process number, and starts the next supervisor; a stopped one is let go on.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
from pathlib import Path
from types import FrameType
from typing import Any

from dashboard.machine import cluster as machine
from dashboard.machine import database, logs, preparing, resume, state, welcome
from dashboard.machine.answering import let_go_on
from dashboard.machine.errors import MachineError, file_error
from dashboard.machine.handles import Handle, ended
from dashboard.machine.listening import require_free_port, web_status
from dashboard.machine.parts import BACK_OFF_S, COPY_AGAIN_S, Parts
from dashboard.machine.processes import Options, application, watcher_command
from dashboard.machine.progress import report, say

WEB_READY_WITHIN_S = 60.0
LOOK_S = 1.0
"""What ends is noticed at once; the web server's template, the watcher and the logs are looked after this
often."""
ROTATE_S = 60.0
STOPPING = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


class Stopped(Exception):
    """SIGTERM or SIGINT came."""


class Supervisor:
    """One data folder, its servers and processes. `watcher` is the number of our parent if it starts us
    again, none = nobody does."""

    def __init__(self, options: Options, watcher: int | None = None) -> None:
        self.options = options
        self.watcher = watcher
        watched = state.Started.of(watcher) if watcher is not None and watcher == os.getppid() else None
        own = state.MachineState(state.Started.of(os.getpid()), address=options.address, watcher=watched)
        self.parts = Parts(options, own)
        self.cluster = self.parts.cluster
        self.keeps = False
        """Whether what runs is left to the next supervisor where an error ends this one: people use it."""

    def run(self) -> None:
        """Start, print the addresses, watch until told to stop. STOPPING may be blocked until what runs is
        adopted, so that a stop ends that too."""
        begun = time.monotonic()
        left = resume.left_running(self.options)
        if left:
            self.parts.adopt(left)
        adopted = set(self.parts.state.processes)
        self.keeps = bool(adopted)
        try:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPPING)
            state.end_orphans(self.options.data, adopted)
            machine.recover(self.cluster, [name for name in state.SERVERS if name not in adopted])
            self.parts.write("resuming" if adopted else "starting")
            prepared = self._start(left)
            if adopted:
                report(f"another supervisor had ended; adopted from it: {', '.join(sorted(adopted))}")
                welcome.print_addresses(self.options)
            else:
                welcome.greet(self.options, prepared.get("sign_in"), time.monotonic() - begun)
            self.keeps = True
            self.parts.write("running")
            self._watch()
        except Stopped:
            self.keeps = False
            say("Stopping.")
        finally:
            if not self.keeps:
                for number in STOPPING:  # a second signal does not cut it short
                    signal.signal(number, signal.SIG_IGN)
                self.parts.stop()

    def _start(self, left: state.MachineState | None) -> dict[str, Any]:
        """Start what is missing; again, later each time, where a part of it has died meanwhile: it may have
        been killed. Raises `MachineError` for what no part's death explains, and where they go on dying."""
        for wait in BACK_OFF_S:
            try:
                return self._start_what_is_missing(left)
            except MachineError as error:
                buried = self.parts.bury_killed()
                if not buried:
                    raise
                report(f"{', '.join(buried)} ended at the start; again in {wait} s. {error}")
            time.sleep(wait)
        return self._start_what_is_missing(left)

    def _start_what_is_missing(self, left: state.MachineState | None) -> dict[str, Any]:
        """The servers, then the web server by itself, for people wait for it and the others would take its
        time, then these."""
        parts = self.parts
        parts.commands = application(self.options, demo=False)
        if "web" not in parts.running:
            parts.keep_template(time.monotonic())
        self._start_servers()
        if "web" not in parts.running:
            require_free_port(self.options)
        prepared: dict[str, Any] = {"demo": left.demo} if left else self._prepare()
        parts.commands = application(self.options, prepared["demo"])
        parts.state.demo = prepared["demo"]
        parts.state.prepared = left.prepared if left else resume.fingerprint(self.options)
        if "web" not in parts.running:
            self._start_first_web()
        for name in parts.commands:
            if name not in parts.running:
                parts.start(name)
        return prepared

    def restart_application(self) -> None:
        """End the application's processes; the watch starts them again at once."""
        for name in self.parts.commands:
            if name in self.parts.running:
                self.parts.running[name].terminate()

    def _start_servers(self) -> None:
        machine.make_folders(self.cluster)
        running = self.parts.running
        missing = [name for name in self.parts.own_servers() if name not in running]
        if "postgres" in missing:
            machine.create(self.cluster)
        for name in missing:
            self.parts.start(name)
        if "postgres" in missing:
            machine.wait_for_postgres(self.cluster, running["postgres"])
            database.ensure_database(self.cluster)
        if "redis" in missing:
            machine.wait_for_redis(self.cluster, running["redis"])

    def _prepare(self) -> dict[str, Any]:
        """One that was killed stays among the dead parts, to be done again."""
        running = self.parts.running
        self.parts.write("preparing")
        running["prepare"] = preparing.begin(self.options)
        code = running["prepare"].wait()
        if code >= 0:
            del running["prepare"]
        return preparing.result(self.options, code)

    def _start_first_web(self) -> None:
        parts = self.parts
        end = time.monotonic() + WEB_READY_WITHIN_S
        while "web" not in parts.running or web_status(self.options.address) != 200:
            web = parts.running.get("web", parts.template.process)
            if web is None or dead(web, *parts.running.values()) or time.monotonic() > end:
                last = (self.cluster.logs / "web.log").read_text(errors="replace").strip().splitlines()[-5:]
                raise MachineError(
                    f"The web server did not start. The last lines of {self.cluster.logs / 'web.log'}:\n  "
                    + "\n  ".join(last)
                    + "\nCorrect what they name and run './ikomek up' again."
                )
            if "web" not in parts.running:
                parts.start("web")
            time.sleep(COPY_AGAIN_S)
        parts.due.pop("web", None)

    def _watch(self) -> None:
        rotated = time.monotonic()
        while True:
            self._look_after_watcher()
            now = time.monotonic()
            self.parts.look(now)
            if now - rotated > ROTATE_S:
                logs.rotate(self.cluster.logs)
                self.parts.write(self.parts.state.phase)
                self._take_in(now)
                rotated = now
            next_due = min([now + LOOK_S, *self.parts.due.values()])
            ended(self.parts.running.values(), next_due - time.monotonic())

    def _take_in(self, now: float) -> None:
        """Start what has been switched on since (`./ikomek backup pitr on`)."""
        parts = self.parts
        for name, command in application(self.options, parts.state.demo).items():
            if name not in parts.commands:
                parts.commands[name] = command
                parts.due[name] = now

    def _look_after_watcher(self) -> None:
        if self.watcher is None:
            return
        if self.watcher != os.getppid():
            self._become_watcher()
        elif let_go_on(self.watcher):
            report("the supervisor's watcher was stopped by a signal; it is let go on")

    def _become_watcher(self) -> None:
        """All that runs stays the child of this process, and the lock goes to the next supervisor."""
        report("the supervisor's watcher has ended; the supervisor takes its place and starts another one")
        signal.signal(signal.SIGUSR1, signal.SIG_IGN)  # meant for a supervisor, it would end a watcher
        command = watcher_command(self.options)
        os.execve(command[0], command, self.options.environment())


def dead(*processes: Handle) -> bool:
    return any(process.poll() is not None for process in processes)


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
    watcher = given.pop("watcher")
    options = Options(**given)
    lock = state.hold(options.data)
    if lock is None:
        say("Another './ikomek up' holds this data folder.")
        return 0
    supervisor = Supervisor(options, watcher)
    signal.pthread_sigmask(signal.SIG_BLOCK, STOPPING)
    for number in STOPPING:
        signal.signal(number, _raise_stopped)
    signal.signal(signal.SIGUSR1, lambda number, frame: supervisor.restart_application())
    try:
        supervisor.run()
    except MachineError as error:
        print(error, file=sys.stderr)
        return MachineError.exit_code
    except OSError as error:
        print(file_error(error), file=sys.stderr)
        return MachineError.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
