"""System users: made once; the data folder of an earlier version, which one user owned, is divided."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from dashboard.machine import accounts, doctor
from dashboard.machine.accounts import ACCOUNTS, DATABASE, EVERY, REDIS, WEB, is_root, run_as
from dashboard.machine.folders import make_folders, work_folder
from dashboard.machine.processes import Options

as_root = pytest.mark.skipif(not is_root(), reason="only root can give files to others")


def owner_and_mode(path: Path) -> tuple[str, str]:
    return path.owner(), f"{path.lstat().st_mode & 0o777:o}"


@as_root
def test_the_folder_of_one_user_is_divided(folder: Path) -> None:
    former = pwd.getpwnam(DATABASE.user)
    data, elsewhere = folder / "data", folder / "elsewhere"
    make_folders(data)
    elsewhere.touch()
    (data / "log/web.log").touch()
    (data / "state.json").touch(mode=0o600)
    (data / "city.toml").symlink_to(elsewhere)
    shutil.chown(elsewhere, WEB.user)
    for path in (data, *data.rglob("*")):
        os.chown(path, former.pw_uid, former.pw_gid, follow_symlinks=False)
        if path.is_dir():
            path.chmod(0o700)
    make_folders(data)
    found = {str(path.relative_to(data)): owner_and_mode(path) for path in (data, *data.iterdir())}
    assert {name: found[name] for name in (".", "log", "rating", "redis", "run", "work", "state.json")} == {
        ".": ("root", "711"),
        "log": ("root", "700"),
        "rating": (DATABASE.user, "711"),
        "redis": (REDIS.user, "710"),
        "run": (DATABASE.user, "710"),
        "work": ("root", "711"),
        "state.json": ("root", "600"),
    }
    assert (data / "log/web.log").owner() == "root"
    assert {owner_and_mode(work_folder(data, account)) for account in EVERY} == {
        (account.user, "700") for account in EVERY
    }
    assert (data / "city.toml").lstat().st_uid == 0 and elsewhere.owner() == WEB.user


@as_root
def test_users_are_made_once_by_whoever_comes_first(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Two programs that add users to the system at the same time refuse each other."""
    made: list[str] = []
    there: set[str] = set()

    def add(command: list[str], **options: object) -> subprocess.CompletedProcess[str]:
        made.append(command[-1])
        there.add(command[-1])
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(accounts, "LOCK", tmp_path / "lock")
    monkeypatch.setattr(accounts, "_exists", there.__contains__)
    monkeypatch.setattr(accounts.subprocess, "run", add)
    with ThreadPoolExecutor(4) as several:
        for done in [several.submit(accounts.ensure_accounts) for _ in range(4)]:
            done.result()
    assert sorted(made) == sorted(account.user for account in EVERY)
    assert all(user.startswith("ikomek") for user in made)


@as_root
def test_what_runs_as_a_user_can_become_nobody_else() -> None:
    done = subprocess.run(
        run_as(WEB, ["setpriv", "--reuid", DATABASE.user, "--", "true"]), capture_output=True, text=True
    )
    assert done.returncode and "not permitted" in done.stderr


def test_doctor_says_what_is_missing_without_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "is_root", lambda: False)
    [line] = doctor._users()
    assert not line.well and line.optional and "sudo ./ikomek up" in line.remedy


def test_the_master_key_of_the_voters_list_is_for_its_process_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secrets = {"IKOMEK_VOTERS_MASTER": "c2VjcmV0", "IKOMEK_VOTERS_MASTER_BEFORE": "YmVmb3Jl"}
    for name, value in secrets.items():
        monkeypatch.setenv(name, value)
    options = Options(tmp_path, tmp_path, Path(sys.executable))
    given = {name: options.process_environment(name) for name in ACCOUNTS}
    assert {name for name, found in given.items() if secrets.keys() & found.keys()} == {"voters"}
    assert secrets.items() <= given["voters"].items()


def test_a_process_is_given_no_variable_that_nobody_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    feeds = tmp_path / "feeds.toml"
    feeds.write_text('[outages]\nsources = ["https://outages.example/?key=${OUTAGES_KEY}"]\n')
    monkeypatch.setenv("IKOMEK_FEEDS", str(feeds))
    for name in ("OUTAGES_KEY", "AWS_SECRET_ACCESS_KEY", "SSH_AUTH_SOCK", "CREDENTIALS_DIRECTORY_OF_MINE"):
        monkeypatch.setenv(name, "secret")
    monkeypatch.setenv("https_proxy", "http://proxy.example")
    options = Options(tmp_path, tmp_path, Path(sys.executable))
    given = {name: options.process_environment(name) for name in ACCOUNTS}
    assert {name for name, found in given.items() if "secret" in found.values()} == {"etl"}
    assert [name for name, value in given["etl"].items() if value == "secret"] == ["OUTAGES_KEY"]
    for name, found in given.items():
        assert {"PATH", "HOME", "IKOMEK_DATA", "PYTHONPATH", "IKOMEK_WORK", "https_proxy"} <= found.keys(), (
            name
        )
