"""What the supervisor does where a part dies while the others are started, and where it ends by an error."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dashboard.machine import cluster as machine
from dashboard.machine import parts, preparing, resume, state, strays, supervisor
from dashboard.machine.errors import MachineError
from dashboard.machine.folders import make_folders
from dashboard.machine.handles import Handle
from dashboard.machine.processes import Options, application

ROOT = Path(__file__).parents[3]
SLEEPS = [sys.executable, "-c", "import time; time.sleep(600)"]
PAGE = """import sys
from http.server import *
class Page(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
HTTPServer(("127.0.0.1", int(sys.argv[1])), Page).serve_forever()"""


@pytest.fixture(autouse=True)
def own_signals() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in supervisor.STOPPING}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture
def options(folder: Path, port: int, monkeypatch: pytest.MonkeyPatch) -> Options:
    """With a Redis of ours and another's database."""
    monkeypatch.setenv("IKOMEK_DATABASE_URL", "postgresql://elsewhere/")
    monkeypatch.delenv("IKOMEK_REDIS_URL", raising=False)
    make_folders(folder / "data")
    return Options(ROOT, folder / "data", Path(sys.executable), port=port)


@pytest.fixture
def started(options: Options, port: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[supervisor.Supervisor]:
    """Its Redis is real, its pages are a little web server's, and the database needs no preparing."""
    commands = {"web": [sys.executable, "-c", PAGE, str(port)]}
    for module in (parts, supervisor):
        monkeypatch.setattr(module, "application", lambda *_, **__: commands)
    monkeypatch.setattr(parts, "run_as", lambda account, command, *_: [str(word) for word in command])
    monkeypatch.setattr(supervisor, "BACK_OFF_S", (0.0, 0.1))
    monkeypatch.setattr(resume, "fingerprint", lambda options: "this")
    monkeypatch.setattr(preparing, "begin", lambda options: Handle.of(subprocess.Popen(["true"])))
    monkeypatch.setattr(preparing, "result", prepared)
    made = supervisor.Supervisor(options)
    monkeypatch.setattr(made.parts, "keep_template", lambda now: None)
    made.parts.template.process = Handle.of(subprocess.Popen(SLEEPS))
    monkeypatch.setattr(made.parts.template, "copy", lambda: Handle.of(made.parts.spawn("web")))
    yield made
    made.parts.stop()


def prepared(options: Options, code: int) -> dict[str, Any]:
    if code:
        raise MachineError(f"prepared with {code}")
    return {"demo": False}


def dies_first(monkeypatch: pytest.MonkeyPatch, made: supervisor.Supervisor, name: str, times: int) -> None:
    """The first processes of this name are killed as soon as they run."""
    start, left = made.parts.start, [None] * times

    def start_and_kill(started: str) -> None:
        start(started)
        if started == name and left:
            left.pop()
            made.parts.running[name].kill()
            made.parts.running[name].wait(10)

    monkeypatch.setattr(made.parts, "start", start_and_kill)


@pytest.mark.parametrize("name", ["redis", "web"])
def test_a_part_that_is_killed_at_the_start_is_started_again(
    started: supervisor.Supervisor, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    dies_first(monkeypatch, started, name, 2)
    assert started._start(None) == {"demo": False}
    running = started.parts.running
    assert set(running) == {"redis", "web"} and all(process.poll() is None for process in running.values())
    assert machine.redis_answers(started.cluster.redis_socket)


def test_what_prepares_is_done_again_where_it_was_killed_and_not_where_it_failed(
    started: supervisor.Supervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    programs = [["sh", "-c", "exit 1"], ["true"], ["sh", "-c", "kill -9 $$"]]
    monkeypatch.setattr(preparing, "begin", lambda options: Handle.of(subprocess.Popen(programs.pop())))
    assert started._start(None) == {"demo": False}
    with pytest.raises(MachineError, match="prepared with 1"):
        started._start(None)
    assert not programs


def test_a_part_that_cannot_be_started_is_told(
    started: supervisor.Supervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    dies_first(monkeypatch, started, "redis", 99)
    with pytest.raises(MachineError, match="redis did not start"):
        started._start(None)


@pytest.fixture
def relay(options: Options) -> Iterator[subprocess.Popen[bytes]]:
    """A process of an earlier supervisor that was killed, written down."""
    process = subprocess.Popen(SLEEPS)
    left = state.Started.of(process.pid, command=application(options, demo=False)["relay"])
    state.MachineState(
        state.Started.of(os.getpid()),
        "running",
        processes={"relay": left},
        prepared=resume.fingerprint(options),
    ).write(options.data)
    yield process
    process.kill()
    process.wait()


def fails(left: state.MachineState | None) -> dict[str, Any]:
    raise MachineError("no room")


def test_an_error_of_a_supervisor_leaves_what_runs_to_the_next_one(
    options: Options, relay: subprocess.Popen[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = supervisor.Supervisor(options)
    monkeypatch.setattr(made, "_start", fails)
    with pytest.raises(MachineError):
        made.run()
    assert relay.poll() is None
    left = state.read(options.data)
    assert left.phase == "resuming" and left.processes["relay"].alive


def test_a_first_start_that_fails_leaves_nothing(options: Options, monkeypatch: pytest.MonkeyPatch) -> None:
    made = supervisor.Supervisor(options)
    process = subprocess.Popen(SLEEPS)
    made.parts.running["relay"] = Handle.of(process)
    monkeypatch.setattr(made, "_start", fails)
    with pytest.raises(MachineError):
        made.run()
    assert process.poll() is not None and state.read(options.data) is None


def test_a_stop_while_it_adopts_ends_what_it_has_not_adopted(
    options: Options, relay: subprocess.Popen[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = supervisor.Supervisor(replace(options, port=options.port + 1))  # so that nothing is adopted
    monkeypatch.setattr(machine, "recover", lambda *_: (_ for _ in ()).throw(supervisor.Stopped))
    made.run()
    assert relay.wait(10) and state.read(options.data) is None


def test_what_runs_is_found_though_nothing_is_written_down(tmp_path: Path) -> None:
    """By module and data folder: not what runs with another folder, and no command of a person."""
    (tmp_path / "geo").mkdir()
    for name in ("process", "other"):
        (tmp_path / "geo" / f"{name}.py").write_text("print(flush=True)\nimport time\ntime.sleep(600)\n")
    started = []
    for module, data in (("process", tmp_path), ("process", tmp_path / "geo"), ("other", tmp_path)):
        process = subprocess.Popen(
            [sys.executable, "-m", f"geo.{module}", "etl.runs.watch"],
            cwd=tmp_path,
            env={"IKOMEK_DATA": str(data)},
            stdout=subprocess.PIPE,
        )
        process.stdout.readline()
        started.append(process)
    try:
        assert {name: one.pid for name, one in strays.left(tmp_path).items()} == {"etl": started[0].pid}
    finally:
        for process in started:
            process.kill()
            process.wait()
            process.stdout.close()
