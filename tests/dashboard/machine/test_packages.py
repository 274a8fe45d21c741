"""What is missing is named exactly, with the way to get it, and nothing is installed where that is not
proved."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from dashboard import cli
from dashboard.machine import arguments, launcher, packages, paths, up
from dashboard.machine.errors import MachineError

ROOT = Path(__file__).parents[3]


@pytest.fixture
def lacking(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without PostGIS and without the browser."""
    needs = tuple(
        need
        if need.package not in ("postgresql-15-postgis-3", "chromium-headless-shell")
        else packages.Need(need.package, need.brings, lambda: False, need.servers, need.tests)
        for need in packages.NEEDS
    )
    monkeypatch.setattr(packages, "NEEDS", needs)


@pytest.fixture
def nothing_is_run(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*words: object, **options: object) -> None:
        raise AssertionError(f"ran {words}")

    monkeypatch.setattr(packages, "run_step", refuse)


def test_on_another_system_the_missing_programs_are_named(
    lacking: None, nothing_is_run: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(packages, "is_debian_12", lambda: False)
    with pytest.raises(MachineError) as raised:
        packages.ensure(tests=False, log=tmp_path / "log")
    assert "PostgreSQL's extension PostGIS (Debian 12: package postgresql-15-postgis-3)" in str(raised.value)
    assert "chromium-headless-shell" not in str(raised.value)
    assert "IKOMEK_DATABASE_URL" in str(raised.value)


def test_without_root_it_gives_the_command(
    lacking: None, nothing_is_run: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(packages, "is_debian_12", lambda: True)
    monkeypatch.setattr(packages, "_privilege", lambda: None)
    with pytest.raises(
        MachineError,
        match="apt-get install --no-install-recommends postgresql-15-postgis-3 chromium-headless-shell",
    ):
        packages.ensure(tests=True, log=tmp_path / "log")


def test_up_without_its_packages_exits_with_1(
    lacking: None,
    nothing_is_run: None,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    monkeypatch.setattr(packages, "is_debian_12", lambda: False)
    monkeypatch.setattr(up, "find", lambda checkout, data: paths.Paths(tmp_path, tmp_path, tmp_path / "data"))
    assert launcher.main(tmp_path, ["up"]) == 1
    assert "postgresql-15-postgis-3" in capsys.readouterr().err


def test_real_servers_need_none_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    assert any(need.servers for need in packages.needs_for(tests=False))
    monkeypatch.setenv("IKOMEK_DATABASE_URL", "postgresql://somewhere/ikomek")
    assert any(need.servers for need in packages.needs_for(tests=False))
    monkeypatch.setenv("IKOMEK_REDIS_URL", "redis://somewhere")
    assert not any(need.servers for need in packages.needs_for(tests=False))


def test_nothing_missing_installs_nothing(nothing_is_run: None, tmp_path: Path) -> None:
    packages.ensure(tests=True, log=tmp_path / "log")


def test_the_installation_is_a_script_that_a_shell_reads() -> None:
    assert subprocess.run(["sh", "-n"], input=packages.INSTALL, text=True).returncode == 0


@pytest.mark.parametrize(
    "words", [["up", "--port", "many"], ["up", "--tls-cert", "a.pem"], ["service", "remove"], []]
)
def test_wrong_usage_exits_with_2(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as raised:
        launcher.main(ROOT, words)
    assert raised.value.code == 2
    assert "usage:" in capsys.readouterr().err


def test_every_command_inside_is_reached() -> None:
    for_the_machine = {"prepare", "ages", "bench"}
    assert set(arguments.INSIDE) == set(cli.COMMANDS) - for_the_machine


def test_an_old_python_is_told(tmp_path: Path) -> None:
    """The launcher's own lines are read by any Python 3: it says what it needs instead of a traceback."""
    program = (
        f"import sys; sys.version_info = (3, 9, 2, 'final', 0); "
        f"exec(compile(open({str(ROOT / 'ikomek')!r}).read(), 'ikomek', 'exec'))"
    )
    done = subprocess.run(["python3", "-c", program], capture_output=True, text=True)
    assert done.returncode == 1
    assert "Python 3.11 or newer is needed; this is 3.9" in done.stderr
