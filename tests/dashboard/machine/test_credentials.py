"""Secrets from outside: systemd's credentials and a command that asks a vault; each comes to the process that
needs it, and to no other."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from dashboard.machine import credentials, processes
from dashboard.machine.accounts import ACCOUNTS
from dashboard.machine.errors import MachineError
from dashboard.machine.processes import Options

MASTER, MAIL = "IKOMEK_VOTERS_MASTER", "IKOMEK_SMTP_URL"
SECRET = "c2VjcmV0IG9mIHRoZSB2YXVsdA=="


@pytest.fixture
def vault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program that knows the secrets, and says when it was asked."""
    program = tmp_path / "vault"
    program.write_text(f"#!/bin/sh\necho asked >> {tmp_path}/asked\necho {MASTER}={SECRET}\n")
    program.chmod(0o755)
    monkeypatch.setenv(credentials.COMMAND, f"{program} kv get --field key")
    monkeypatch.delenv(MASTER, raising=False)
    return program


def seen_by(name: str, options: Options) -> str:
    """What a process of that name finds in its environment."""
    look = [sys.executable, "-c", f"import os; print(os.environ.get('{MASTER}'), dict(os.environ))"]
    done = subprocess.run(look, env=options.process_environment(name), capture_output=True, text=True)
    return done.stdout


def test_the_key_comes_from_a_vault_to_its_process_alone(tmp_path: Path, vault: Path) -> None:
    options = Options(tmp_path, tmp_path, Path(sys.executable))
    assert seen_by("voters", options).startswith(SECRET)
    for name in ACCOUNTS.keys() - {"voters"}:
        seen = seen_by(name, options)
        assert SECRET not in seen and str(vault) not in seen, name
    assert SECRET not in str(options.environment()), "the supervisor and its watcher have it not"
    assert options.command_environment()[MASTER] == SECRET
    assert (tmp_path / "asked").read_text() == "asked\n", "once, so that what dies is started without it"


def test_credentials_of_systemd_are_settings_of_the_processes_that_need_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "credentials"
    folder.mkdir(mode=0o700)
    (folder / MASTER).write_text(f"{SECRET}\n")
    (folder / MAIL).write_text("smtps://centre:password@mail.example")
    (folder / "another.service").write_text("of somebody else")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(folder))
    monkeypatch.setenv(MASTER, "an older one of the environment")
    options = Options(tmp_path, tmp_path, Path(sys.executable))
    given = {name: options.process_environment(name) for name in ACCOUNTS}
    assert {name for name, found in given.items() if MASTER in found} == {"voters"}
    assert {name for name, found in given.items() if MAIL in found} == {"jobs"}
    assert given["voters"][MASTER] == SECRET
    assert not [name for name, found in given.items() if "CREDENTIALS_DIRECTORY" in found]


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        (f"echo {SECRET}", "IKOMEK_NAME=value"),
        (f"echo LD_PRELOAD={SECRET}", "IKOMEK_NAME=value"),
        ("echo IKOMEK_DATABASE_URL=postgresql://elsewhere/ikomek", "IKOMEK_DATABASE_URL"),
        ("echo sealed >&2; exit 3", "sealed"),
    ],
)
def test_what_is_no_secret_is_refused_without_being_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, expected: str
) -> None:
    program = tmp_path / "vault"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    with pytest.raises(MachineError, match=expected) as refused:
        credentials.given({credentials.COMMAND: str(program)})
    assert SECRET not in str(refused.value)
    with pytest.raises(MachineError, match="could not be run"):
        credentials.given({credentials.COMMAND: str(tmp_path / "gone")})


def test_the_unit_names_what_lies_in_the_stores_and_no_value(tmp_path: Path) -> None:
    sealed, plain = tmp_path / "credstore.encrypted", tmp_path / "credstore"
    for folder, name in ((sealed, MASTER), (sealed, "ssh.key"), (plain, MASTER), (plain, MAIL)):
        folder.mkdir(exist_ok=True)
        (folder / name).write_text(SECRET)
    lines = credentials.lines({sealed: "LoadCredentialEncrypted", plain: "LoadCredential"})
    assert lines == (
        f"LoadCredential={MAIL}:{plain}/{MAIL}\nLoadCredentialEncrypted={MASTER}:{sealed}/{MASTER}\n"
    ), "what is sealed comes before what is not"
    assert credentials.lines({tmp_path / "none": "LoadCredential"}) == ""


def test_every_secret_has_a_process() -> None:
    assert set(processes.SECRETS.values()) <= ACCOUNTS.keys()
