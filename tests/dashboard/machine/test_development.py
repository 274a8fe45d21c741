"""What `./ikomek test` does with a test that fails beside others."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path
from types import SimpleNamespace

import pytest

from dashboard.machine import arguments, development, launcher

ROOT = Path(__file__).parents[3]
STEADY = "def test_steady():\n    pass\n"
UNSTEADY = """from pathlib import Path
def test_unsteady():
    before = Path(__file__).with_name("seen")
    if not before.exists():
        before.touch()
        raise AssertionError("beside others")
"""
BROKEN = "def test_broken():\n    assert False\n"


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """`./ikomek test` in a checkout with the given test files, as on two cores."""
    monkeypatch.setattr(
        development, "install_for_tests", lambda checkout: SimpleNamespace(python=Path(sys.executable))
    )
    monkeypatch.setattr(development.os, "cpu_count", lambda: 2)
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")  # each takes its time, in every process
    monkeypatch.setenv("PYTEST_ADDOPTS", "-p xdist.plugin")

    def run(**files: str) -> int:
        for name, text in files.items():
            (tmp_path / f"test_{name}.py").write_text(text)
        (tmp_path / "pytest.ini").write_text("[pytest]\n")
        return development.test(tmp_path, ["-q"])

    return run


def test_what_fails_beside_others_and_not_alone_is_named(run, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(steady=STEADY, unsteady=UNSTEADY) == 0
    assert "tried by itself:\n  test_unsteady.py::test_unsteady\n" in capfd.readouterr().out


@pytest.mark.parametrize(("cores", "processes"), [(2, "3"), (3, "4"), (16, "4")])
def test_there_is_a_process_more_than_cores_up_to_four(
    cores: int, processes: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(development.os, "cpu_count", lambda: cores)
    assert development.side_by_side(tmp_path, ["-q"])[:2] == ["-n", processes]


def test_files_that_are_named_and_those_on_one_core_run_in_one_process(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "test_one.py").touch()
    assert development.side_by_side(tmp_path, ["test_one.py::test_it"]) == []
    monkeypatch.setattr(development.os, "cpu_count", lambda: 1)
    assert development.side_by_side(tmp_path, ["-q"]) == []


@pytest.mark.parametrize("word", ["-h", "--help"])
@pytest.mark.parametrize(("command", "line"), [("bench", "  faults "), ("test", "--fast")])
def test_help_is_given_before_anything_is_installed(
    command: str, line: str, word: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def install(checkout: Path) -> None:
        raise AssertionError("it installs first")

    monkeypatch.setattr(development, "install_for_tests", install)
    assert launcher.main(ROOT, [command, word]) == 0
    shown = capfd.readouterr().out
    assert shown.startswith(f"usage: ./ikomek {command} ") and line in shown


def test_what_fails_alone_too_is_red(run) -> None:
    assert run(steady=STEADY, broken=BROKEN) == 1


def test_a_failure_of_a_test_that_is_no_more_is_forgotten(run, tmp_path: Path) -> None:
    assert run(steady=STEADY, broken=BROKEN) == 1
    (tmp_path / "test_broken.py").unlink()
    assert run(unsteady=UNSTEADY) == 0


def test_many_failures_are_not_tried_again(
    run, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(development, "MOST_REPEATED", 0)
    assert run(unsteady=UNSTEADY) == 1
    assert "tried by itself" not in capfd.readouterr().out


def test_help_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    root = Path(__file__).parents[3]
    with pytest.raises(SystemExit):
        launcher.main(root, ["--help"])
    printed = capsys.readouterr().out
    listed = {
        name
        for line in printed.splitlines()
        if line.startswith("  ")
        for name in line.split("  ")[1].replace(" install", "").split(", ")
    }
    assert {*arguments.INSIDE, *launcher.COMMANDS} <= listed
    assert launcher.main(root, ["frobnicate"]) == 2
    assert "There is no command frobnicate" in capsys.readouterr().err


def test_a_saved_file_starts_the_server_anew(tmp_path: Path) -> None:
    """The command that `dev` runs, with a program in the server's place."""
    for name in development.SOURCES:
        (tmp_path / name).mkdir()
    (tmp_path / "dashboard" / "__init__.py").touch()
    (tmp_path / "dashboard" / "server.py").write_text(
        "import time\nprint('begun', flush=True)\ntime.sleep(600)\n"
    )
    options = SimpleNamespace(
        root=tmp_path, port=8110, module=lambda name, *words: [sys.executable, "-m", name, *words]
    )
    command, still = development.reloading_server(options), threading.Event()

    def save() -> None:
        while not still.wait(0.3):
            (tmp_path / "assets" / "new.css").write_text("p {}")

    saving = threading.Thread(target=save)
    with subprocess.Popen(
        command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        try:
            assert process.stdout.readline() == "begun\n"
            saving.start()  # the watch may begin a little after the server
            assert process.stdout.readline() == "begun\n"
        finally:
            still.set()
            process.terminate()
    saving.join()
