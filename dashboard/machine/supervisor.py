"""Holds the data folder's lock, starts everything, and restarts what dies, later each time (`python -m
dashboard.machine.supervisor`).

Runs as the service user; `./ikomek up` has installed everything before. SIGTERM and SIGINT end it and its
processes; SIGUSR1 restarts the processes of the application (after `restore`). Its processes end with it,
even by kill -9: the kernel signals them.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import Any

from dashboard.machine import cluster as machine
from dashboard.machine import resume, state
from dashboard.machine.accounts import as_service_user
from dashboard.machine.errors import MachineError, file_error
from dashboard.machine.processes import Options, application
from dashboard.machine.progress import say
from dashboard.machine.sign_in_link import hand_over

BACK_OFF_S = (0.1, 0.5, 1, 2, 5)
CALM_AFTER_S = 5.0
"""A process that lived this long has started well: what ended it came later, and it is started again at
once. Only those that cannot start wait longer each time."""
LOG_LIMIT_BYTES = 20 * 2**20
WEB_READY_WITHIN_S = 60.0
STOP_WITHIN_S = 8.0


class Stopped(Exception):
    """SIGTERM or SIGINT came."""


class Supervisor:
    """One data folder, its servers and processes."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.cluster = machine.Cluster(options.data)
        self.state = state.MachineState(state.Started.of(os.getpid()), address=options.address)
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        self.due: dict[str, float] = {}
        self.failures: dict[str, int] = {}
        """By process: starts on end that did not last."""
        self.commands: dict[str, list[str]] = {}
        self.spare: subprocess.Popen[bytes] | None = None
        """A web server that has read its code and waits to be needed: reading it takes seconds, more on a
        machine that has other things to do."""
        self.spare_at = 0.0

    def run(self) -> None:
        """Start, print the addresses, watch until told to stop."""
        begun = time.monotonic()
        left = resume.left_running(self.options)
        state.end_orphans(self.options.data)
        machine.recover(self.cluster)
        self._write("starting")
        try:
            self.commands = application(self.options, demo=False)
            self._start_spare()
            self._start_servers()
            self._require_free_port()
            prepared: dict[str, Any] = {"demo": left.demo} if left else self._prepare()
            self.commands = application(self.options, prepared["demo"])
            self.state.demo = prepared["demo"]
            self.state.prepared = resume.fingerprint(self.options)
            self._start("web")
            self._wait_for_web()  # by itself: people wait for it, and the others would take its time
            for name in self.commands:
                if name != "web":
                    self._start(name)
            self._write("running")
            self._welcome(prepared, time.monotonic() - begun)
            self._watch()
        except Stopped:
            say("Stopping.")
        finally:
            self._stop_all()

    def restart_application(self) -> None:
        """End the application's processes; the watch starts them again at once."""
        for name in self.commands:
            if name in self.running:
                self.running[name].terminate()
        self._end_spare()

    def _start_spare(self) -> None:
        self.spare = self._spawn("web", subprocess.PIPE, "--spare")
        self.state.processes["spare"] = state.Started.of(self.spare.pid)
        self._write(self.state.phase)

    def _end_spare(self) -> None:
        if self.spare is not None:
            self.spare.terminate()

    def _use_spare(self) -> subprocess.Popen[bytes] | None:
        """The spare web server, told to listen; none if there is none, or it has died."""
        spare, self.spare = self.spare, None
        self.state.processes.pop("spare", None)
        if spare is None or spare.poll() is not None:
            return None
        try:
            spare.stdin.write(b"\n")
            spare.stdin.close()
        except OSError:  # it died this moment
            return None
        return spare

    def _start_servers(self) -> None:
        machine.make_folders(self.cluster)
        if self.options.own_database:
            machine.create(self.cluster)
            self._start("postgres")
        if self.options.own_redis:
            self._start("redis")
        if self.options.own_database:
            machine.wait_for_postgres(self.cluster, self.running["postgres"])
            machine.ensure_database(self.cluster)
        if self.options.own_redis:
            machine.wait_for_redis(self.cluster, self.running["redis"])

    def _start(self, name: str) -> None:
        """Start or restart one process and write it down."""
        if name in ("postgres", "redis"):
            process = machine.spawn(self.cluster, name)
        else:
            process = (self._use_spare() if name == "web" else None) or self._spawn(name)
        before = self.state.processes.get(name)
        self.running[name] = process
        self.state.processes[name] = state.Started.of(process.pid, before.restarts + 1 if before else 0)
        self._write(self.state.phase)

    def _spawn(self, name: str, stdin: int = subprocess.DEVNULL, *more: str) -> subprocess.Popen[bytes]:
        with open(self.cluster.logs / f"{name}.log", "ab") as log:
            return subprocess.Popen(
                as_service_user([*self.commands[name], *more], "TERM"),
                stdin=stdin,
                stdout=log,
                stderr=log,
                cwd=self.options.root,
                env=self.options.service_environment(),
                start_new_session=True,
            )

    def _prepare(self) -> dict[str, Any]:
        """Migrate and, in an empty database, load the demo city: a program of its own, whose progress goes
        to our screen."""
        self._write("preparing")
        answer = self.options.data / "prepared.json"
        command = self.options.module(
            "dashboard.cli",
            "prepare",
            "--answer",
            str(answer),
            "--scale",
            self.options.scale,
            *(["--empty"] if self.options.empty else []),
        )
        process = subprocess.Popen(
            as_service_user(command, "TERM"),
            stdin=subprocess.DEVNULL,
            cwd=self.options.root,
            env=self.options.service_environment(),
            start_new_session=True,
        )
        self.running["prepare"] = process
        code = process.wait()
        del self.running["prepare"]
        if code:
            reason = f"its program was ended by signal {-code}" if code < 0 else "the reason stands above"
            raise MachineError(
                f"The database could not be prepared; {reason}. Correct it and run './ikomek up' again."
            )
        prepared = json.loads(answer.read_text())
        answer.unlink()
        return prepared

    def _require_free_port(self) -> None:
        family = socket.AF_INET6 if ":" in self.options.host else socket.AF_INET
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((self.options.host, self.options.port))
            except OSError as error:
                raise MachineError(
                    f"Cannot listen on {self.options.host} port {self.options.port}: {error.strerror}. "
                    "Choose another with --host or --port."
                ) from error

    def _wait_for_web(self) -> None:
        end = time.monotonic() + WEB_READY_WITHIN_S
        while not web_answers(self.options):
            if self.running["web"].poll() is not None or time.monotonic() > end:
                last = (self.cluster.logs / "web.log").read_text(errors="replace").strip().splitlines()[-5:]
                raise MachineError(
                    f"The web server did not start. The last lines of {self.cluster.logs / 'web.log'}:\n  "
                    + "\n  ".join(last)
                    + "\nCorrect what they name and run './ikomek up' again."
                )
            time.sleep(0.05)

    def _welcome(self, prepared: dict[str, Any], seconds: float) -> None:
        address = self.options.address
        say(f"\nStarted in {seconds:.1f} s.")
        for path, what in (
            ("/wall/operations", "the wall"),
            ("/map", "the duty officer's map"),
            ("/feeds", "the feeds"),
        ):
            say(f"  {address}{path:<18} {what}")
        if prepared.get("sign_in"):
            hand_over(f"{address}{prepared['sign_in']}", self.options.data)
        else:
            say("Sign in with a user of your own: ./ikomek user add NAME --role administrator")

    def _watch(self) -> None:
        rotated = time.monotonic()
        while True:
            now = time.monotonic()
            for name, process in list(self.running.items()):
                if process.poll() is not None:
                    self._bury(name, process, now)
            for name in [name for name, at in self.due.items() if at <= now]:
                del self.due[name]
                self._restart(name)
            self._keep_spare(now)
            if now - rotated > 60:
                rotate_logs(self.cluster.logs)
                self._write(self.state.phase)
                rotated = now
            time.sleep(0.1)

    def _keep_spare(self, now: float) -> None:
        """A new spare once the web server has run for a while, and not more often than that."""
        if (
            self.spare is not None
            and self.spare.poll() is None
            or "web" not in self.running
            or now < self.spare_at
        ):
            return
        if time.time() - self.state.processes["web"].since > CALM_AFTER_S:
            self.spare_at = now + CALM_AFTER_S
            self._start_spare()

    def _bury(self, name: str, process: subprocess.Popen[bytes], now: float) -> None:
        del self.running[name]
        started = self.state.processes[name]
        lived = time.time() - started.since
        failures = 0 if lived > CALM_AFTER_S else self.failures.get(name, -1) + 1
        self.failures[name] = failures
        wait = BACK_OFF_S[min(failures, len(BACK_OFF_S) - 1)]
        self.due[name] = now + wait
        report(
            f"{name} ended with {process.returncode} after {lived:.0f} s; again in {wait} s. Its log: "
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
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        self._write("stopping")
        if self.spare is not None:
            self.running["spare"] = self.spare
        servers = [self.running.pop(name) for name in ("redis", "postgres") if name in self.running]
        machine.stop(list(self.running.values()), STOP_WITHIN_S, signal.SIGTERM)
        machine.stop(servers)
        (self.options.data / "state.json").unlink(missing_ok=True)


def web_answers(options: Options) -> bool:
    """Whether `/healthz` says ok. A private certificate may name another host, so it is not checked on
    this own socket."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(options.host, options.host)
    if options.certificate:
        caller: http.client.HTTPConnection = http.client.HTTPSConnection(
            host, options.port, timeout=2, context=ssl._create_unverified_context()
        )
    else:
        caller = http.client.HTTPConnection(host, options.port, timeout=2)
    try:
        caller.request("GET", "/healthz")
        return caller.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        caller.close()


def rotate_logs(folder: Path) -> None:
    """Keep one older file of each log, or none on a full disk. Programs append, so a log may be emptied
    under them."""
    for log in folder.glob("*.log"):
        if log.stat().st_size > LOG_LIMIT_BYTES:
            older = log.with_name(f"{log.name}.1")
            try:
                older.write_bytes(log.read_bytes())
            except OSError as error:
                older.unlink(missing_ok=True)
                report(f"{older} is not kept: {error}")
            with open(log, "r+b") as file:
                file.truncate()


def report(text: str) -> None:
    """A line with its time. On a full disk it is lost, and nothing else."""
    with suppress(OSError):
        say(f"{time.strftime('%F %T')} {text}")


def _raise_stopped(number: int, frame: FrameType | None) -> None:
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
    options = Options(**vars(parser.parse_args(argv)))
    lock = state.hold(options.data)
    if lock is None:
        say("Another './ikomek up' holds this data folder.")
        return 0
    supervisor = Supervisor(options)
    signal.signal(signal.SIGTERM, _raise_stopped)
    signal.signal(signal.SIGINT, _raise_stopped)
    signal.signal(signal.SIGHUP, _raise_stopped)
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
