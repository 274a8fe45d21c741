"""Servers that were unpacked into the data folder: how they are found, what they are told, and when they
are fetched."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from dashboard.machine import packages, programs, python_packages, unpacked
from dashboard.machine.paths import Paths

STATUS = """Package: bash
Status: install ok installed

Package: postgresql-15
Status: install ok installed

Package: libpq5
Status: install ok installed

Package: redis-server
Status: install ok installed
"""


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder into which a package was unpacked by dpkg, as it would be: PostgreSQL 99 with PostGIS,
    Redis, a library, pip."""
    monkeypatch.delenv(unpacked.VARIABLE, raising=False)
    monkeypatch.delenv("LD_LIBRARY_PATH", raising=False)
    usr = tmp_path / "deb/usr"
    for name in (
        "lib/postgresql/99/bin/initdb",
        "bin/redis-server",
        "lib/x86_64-linux-gnu/libpq.so.5",
        "lib/x86_64-linux-gnu/blas/libblas.so.3",
        "share/postgresql/99/extension/postgis-3.control",
        "share/proj/proj.db",
        "share/python-wheels/pip-23.0.1-py3-none-any.whl",
    ):
        (usr / name).parent.mkdir(parents=True, exist_ok=True)
        (usr / name).write_text("x")
        (usr / name).chmod(0o755)
    control = tmp_path / "deb/DEBIAN/control"
    control.parent.mkdir()
    control.write_text(
        "Package: ours\nVersion: 1\nArchitecture: all\nMaintainer: us <us@example.org>\nDescription: ours\n"
    )
    subprocess.run(
        ["dpkg-deb", "--build", "--root-owner-group", tmp_path / "deb", tmp_path / "ours.deb"],
        check=True,
        capture_output=True,
    )
    (tmp_path / "data").mkdir()
    subprocess.run(["dpkg", "-x", tmp_path / "ours.deb", tmp_path / "data/servers"], check=True)
    unpacked.link_extensions(tmp_path / "data/servers/usr")
    return tmp_path / "data"


@pytest.fixture
def used(data: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(unpacked.VARIABLE, "")
    unpacked.use(data)
    return data / "servers/usr"


def test_programs_are_found_where_they_were_unpacked(used: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert programs.find_program("initdb") == used / "lib/postgresql/99/bin/initdb" and programs.has_postgis()
    monkeypatch.setattr(programs.shutil, "which", lambda name: None)
    assert programs.find_redis() == str(used / "bin/redis-server")


def test_unpacked_programs_are_told_where_their_libraries_are(used: Path) -> None:
    settings = programs.program_environment()
    libraries = used / "lib/x86_64-linux-gnu"
    assert (
        settings["LD_LIBRARY_PATH"] == f"{libraries}:{libraries / 'blas'}"
        and settings["PROJ_DATA"] == str(used / "share/proj")
        and "GDAL_DATA" not in settings
    )


def test_without_unpacked_programs_the_environment_stays_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(unpacked.VARIABLE, raising=False)
    unpacked.use(tmp_path)
    assert (
        unpacked.VARIABLE not in os.environ
        and unpacked.environment() == {}
        and unpacked.program("redis-server") is None
        and not unpacked.wheels()
    )


def test_postgis_has_its_plain_name(used: Path) -> None:
    assert os.readlink(used / "share/postgresql/99/extension/postgis.control") == "postgis-3.control"


def test_apt_is_told_that_no_server_is_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "status").write_text(STATUS)
    monkeypatch.setattr(unpacked, "STATUS", tmp_path / "status")
    settings = unpacked.apt_settings(tmp_path / "apt")
    assert settings["APT_CONFIG"] == str(tmp_path / "apt/apt.conf")
    kept = (tmp_path / "apt/status").read_text()
    assert "bash" in kept and "libpq5" in kept and "postgresql-15" not in kept and "redis" not in kept
    assert f'Dir::State::lists "{tmp_path}/apt/lists";' in (tmp_path / "apt/apt.conf").read_text()
    assert subprocess.run(["sh", "-n"], input=unpacked.FETCH, text=True).returncode == 0


@pytest.mark.parametrize(
    ("privilege", "apt", "fetched"), [(None, True, True), (None, False, False), (["sudo"], True, False)]
)
def test_packages_are_unpacked_only_for_those_who_may_not_install(
    privilege: list[str] | None, apt: bool, fetched: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there: list[str] = []
    monkeypatch.setattr(
        packages, "NEEDS", (packages.Need("redis-server", "Redis", lambda: bool(there), servers=True),)
    )
    monkeypatch.setattr(packages, "_privilege", lambda: privilege)
    monkeypatch.setattr(packages, "has_apt", lambda: apt)
    monkeypatch.setattr(packages, "is_debian_12", lambda: True)
    monkeypatch.setattr(packages, "run_step", lambda *words: there.append("installed"))
    monkeypatch.setattr(
        unpacked, "ensure", lambda names, data, log: there.append(f"unpacked {names} {data.name}")
    )
    if privilege is None and not apt:
        with pytest.raises(packages.MachineError, match="redis-server"):
            packages.ensure(False, tmp_path / "log", tmp_path / "data")
    else:
        packages.ensure(False, tmp_path / "log", tmp_path / "data")
    assert there == (["unpacked ['redis-server'] data"] if fetched else ["installed"] if apt else [])


def test_an_environment_without_pip_gets_it_from_its_own_wheel(
    used: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran: list[list[str]] = []
    monkeypatch.setattr(python_packages, "base_python", lambda: "/usr/bin/python3")
    monkeypatch.setattr(python_packages, "run_step", lambda title, command, log: ran.append(command))
    python_packages._create(Paths(tmp_path, tmp_path, tmp_path / "data"), tmp_path / ".venv")
    wheel = str(used / "share/python-wheels/pip-23.0.1-py3-none-any.whl")
    assert ran[0][3:] == ["--without-pip", str(tmp_path / ".venv")] and ran[1][1:] == [
        f"{wheel}/pip",
        "install",
        "--no-index",
        wheel,
    ]
