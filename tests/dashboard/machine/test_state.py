"""What runs, as it is written down: whatever stands in the file, `up` and `status` go on."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as rules
from hypothesis import strategies as st

from dashboard.machine import resume, state
from dashboard.machine.handles import Handle
from dashboard.machine.processes import Options

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(("supervisor", "processes", "pid", "ticks", "phase", "x")), inner, max_size=4
        )
    ),
)


def written(folder: Path) -> state.MachineState:
    now = state.MachineState(
        state.Started.of(os.getpid()),
        "running",
        "http://127.0.0.1:8109",
        True,
        {"web": state.Started.of(os.getpid(), 3)},
    )
    now.write(folder)
    return now


def test_what_was_written_is_read_again(tmp_path: Path) -> None:
    now = written(tmp_path)
    assert state.read(tmp_path) == state.running(tmp_path) == now


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00" * 400,
        b"[]",
        b"{}",
        b'"up"',
        b"\xff\xfe",
        b'{"supervisor": {"pid": 1}, "processes": {}}',
        b'{"supervisor": ',
    ],
)
def test_an_unreadable_file_is_none(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "state.json").write_bytes(content)
    assert state.read(tmp_path) is None and state.running(tmp_path) is None
    state.end_orphans(tmp_path)


@given(value=JSON)
@rules(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_json_is_a_state_or_none(tmp_path: Path, value: object) -> None:
    (tmp_path / "state.json").write_text(json.dumps(value))
    assert state.read(tmp_path) is None


@pytest.fixture
def options(tmp_path: Path) -> Options:
    for name in resume.CODE:
        (tmp_path / "root" / name).mkdir(parents=True)
        (tmp_path / "root" / name / "module.py").write_text("1\n")
    return Options(tmp_path / "root", tmp_path, Path(sys.executable))


def left(options: Options, phase: str = "running") -> state.MachineState:
    now = state.MachineState(state.Started.of(os.getpid()), phase, prepared=resume.fingerprint(options))
    now.write(options.data)
    return now


def test_a_start_after_a_kill_goes_on_where_nothing_has_changed(
    options: Options, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert resume.left_running(options) is None
    now = left(options)
    assert resume.left_running(options) == now
    monkeypatch.setenv("IKOMEK_DATA", str(options.data))
    assert resume.left_running(options) == now
    for other in (replace(options, port=1), replace(options, empty=True)):
        assert resume.left_running(other) is None
    monkeypatch.setenv("IKOMEK_CITY", "other")
    assert resume.left_running(options) is None


@pytest.mark.parametrize(
    "path", ["root/geo/module.py", "root/etl/new.py", "root/requirements.lock", "city.toml"]
)
def test_what_was_changed_since_is_prepared_again(options: Options, tmp_path: Path, path: str) -> None:
    left(options)
    (tmp_path / path).write_text("22\n")
    assert resume.left_running(options) is None


def test_what_was_killed_while_it_resumed_is_gone_on_with(options: Options) -> None:
    left(options, "resuming")
    assert resume.left_running(options) is not None


@pytest.mark.parametrize("phase", ["starting", "preparing", "stopping"])
def test_what_was_killed_before_it_ran_is_prepared_again(options: Options, phase: str) -> None:
    left(options, phase)
    assert resume.left_running(options) is None


def test_the_file_of_an_older_version_is_read(tmp_path: Path) -> None:
    """Or an `up` of it could not be found, and stopped, after the code has changed."""
    now = written(tmp_path)
    raw = json.loads((tmp_path / "state.json").read_text())
    del raw["prepared"]
    (tmp_path / "state.json").write_text(json.dumps(raw))
    assert state.running(tmp_path) == now


def test_the_file_of_a_newer_version_with_more_in_it_is_read(tmp_path: Path) -> None:
    now = written(tmp_path)
    raw = json.loads((tmp_path / "state.json").read_text())
    (tmp_path / "state.json").write_text(json.dumps(raw | {"more": 1}))
    assert state.read(tmp_path) == now


@pytest.mark.parametrize("other", [{"ticks": 1}, {"boot": "another"}])
def test_a_number_that_a_stranger_has_by_now_is_not_the_process(other: dict) -> None:
    """Its start time differs, or it was counted from another boot."""
    here = state.Started.of(os.getpid())
    assert here.alive and not replace(here, **other).alive
    assert Handle.adopt(replace(here, **other)) is None


def test_what_is_adopted_is_waited_for_though_it_is_no_child() -> None:
    parent = subprocess.Popen(
        ["sh", "-c", "sleep 60 >&- & echo $!"], stdout=subprocess.PIPE, text=True
    )  # ends at once
    with parent.stdout:
        pid = int(parent.stdout.read())
    parent.wait()
    handle = Handle.adopt(state.Started.of(pid))
    assert handle is not None and handle.poll() is None
    with pytest.raises(subprocess.TimeoutExpired):
        handle.wait(0.01)
    handle.kill()
    assert handle.wait(10) == handle.poll() == -1
    handle.kill()


def test_a_child_tells_its_exit_code() -> None:
    handle = Handle.of(subprocess.Popen(["sh", "-c", "exit 3"]))
    assert handle.wait(10) == 3


def test_the_bytes_are_on_the_disk_before_the_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The order that the kernel sees: file, then its name, then the folder."""
    steps: list[str] = []
    fsync, rename = os.fsync, Path.rename
    monkeypatch.setattr(
        os,
        "fsync",
        lambda number: (
            steps.append(os.path.basename(os.readlink(f"/proc/self/fd/{number}"))),
            fsync(number),
        )[1],
    )
    monkeypatch.setattr(Path, "rename", lambda path, to: (steps.append("renamed"), rename(path, to))[1])
    written(tmp_path)
    assert steps == [
        step for name in ("state.json", state.SHOWN) for step in (f"{name}.new", "renamed", tmp_path.name)
    ]
