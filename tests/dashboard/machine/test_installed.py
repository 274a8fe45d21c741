"""Stamps: what is installed is known by its lock, and what a kill cut short is not taken for whole."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from dashboard.machine import python_packages, scripts
from dashboard.machine.paths import Paths

ROOT = Path(__file__).parents[3]


@pytest.fixture
def where(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Paths:
    for name in ("requirements.lock", "requirements-test.lock", "package-lock.json"):
        shutil.copy(ROOT / name, tmp_path / name)
    monkeypatch.setattr(python_packages, "_runs", lambda folders: True)
    return Paths(tmp_path, tmp_path, tmp_path / "data")


def stamp(where: Paths, lock: str) -> None:
    (where.root / ".venv").mkdir(exist_ok=True)
    (where.root / ".venv/ikomek.json").write_text(
        json.dumps({"lock": python_packages.digest(where.root / lock)})
    )


def test_an_environment_without_a_stamp_is_not_current(where: Paths) -> None:
    (where.root / ".venv").mkdir()
    assert not python_packages.is_current(where, tests=False)
    (where.root / ".venv/ikomek.json").write_text("{")
    assert not python_packages.is_current(where, tests=False)


def test_the_tests_environment_serves_both(where: Paths) -> None:
    stamp(where, "requirements-test.lock")
    assert python_packages.is_current(where, tests=True)
    assert python_packages.is_current(where, tests=False)
    stamp(where, "requirements.lock")
    assert python_packages.is_current(where, tests=False)
    assert not python_packages.is_current(where, tests=True)


def test_a_changed_lock_is_not_current(where: Paths) -> None:
    stamp(where, "requirements.lock")
    with open(where.root / "requirements.lock", "a") as lock:
        lock.write("# changed\n")
    assert not python_packages.is_current(where, tests=False)


def test_a_failed_installation_leaves_no_stamp(where: Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    stamp(where, "requirements.lock")

    def fail(title: str, *words: object) -> None:
        raise python_packages.MachineError("no network")

    monkeypatch.setattr(python_packages, "run_step", fail)
    with pytest.raises(python_packages.MachineError):
        python_packages.ensure(where, tests=True)
    assert python_packages.stamp_of(where) is None


def test_scripts_are_current_when_every_file_of_the_lock_is_there(where: Paths, tmp_path: Path) -> None:
    modules = tmp_path / "modules"
    for source in scripts.VENDORED:
        (modules / source).parent.mkdir(parents=True, exist_ok=True)
        (modules / source).write_text("x")
    (where.root / "assets").mkdir()
    assert not scripts.is_current(where)
    scripts._copy(modules, where)
    assert scripts.is_current(where)
    (where.root / "assets/vendor/protomaps-leaflet.js").unlink()
    assert not scripts.is_current(where)


def test_biome_and_axe_are_installed_for_tests_alone(where: Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    """What serves asks npm for no development package and keeps none; the tests' set-up adds it."""
    commands: list[list[str]] = []

    def install(title: str, command: list[str], log: Path, environment: object, folder: Path) -> None:
        commands.append(command)
        tools = [] if "--omit=dev" in command else ["@biomejs/biome/bin/biome", "axe-core/axe.min.js"]
        for source in (*scripts.VENDORED, *tools):
            (folder / "node_modules" / source).parent.mkdir(parents=True, exist_ok=True)
            (folder / "node_modules" / source).write_text("x")

    monkeypatch.setattr(scripts, "run_step", install)
    monkeypatch.setattr(scripts, "_node", lambda folders: (Path("/node"), Path("/npm")))
    (where.root / "package.json").write_text("{}")
    (where.root / "assets").mkdir()
    (where.root / "build").mkdir()

    scripts.ensure(where)
    assert "--omit=dev" in commands.pop()
    assert scripts.is_current(where) and not scripts.is_current(where, tests=True)
    scripts.ensure(where, tests=True)
    assert "--omit=dev" not in commands.pop()
    assert scripts.is_current(where, tests=True) and Path(scripts.linter(where)[1]).is_file()
    assert scripts.axe(where).is_file()
    scripts.ensure(where)
    scripts.ensure(where, tests=True)
    assert not commands


def test_browsers_get_the_subsets_that_kazakh_needs() -> None:
    """ұ is in the subset cyrillic, ә ғ қ ң ө ү һ are in cyrillic-ext."""
    installed = {path.name for path in (ROOT / "assets/vendor/fonts").glob("*.woff2")}
    assert installed >= {
        f"noto-sans-{subset}-wght-normal.woff2" for subset in ("cyrillic", "cyrillic-ext", "latin")
    }
