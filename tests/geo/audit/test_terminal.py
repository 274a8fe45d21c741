"""Who gives a command: the environment says nothing, the kernel does."""

from __future__ import annotations

import os
import pwd
from pathlib import Path

import pytest

from geo.audit import terminal


@pytest.fixture
def login(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The kernel's note of who signed in; by default none."""
    path = tmp_path / "loginuid"
    path.write_text(str(terminal.UNSET))
    monkeypatch.setattr(terminal, "LOGIN", path)
    return path


@pytest.mark.parametrize("name", ["LOGNAME", "USER", "LNAME", "USERNAME", "SUDO_USER", "SUDO_UID"])
def test_the_environment_makes_nobody_another_person(
    name: str, login: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = pwd.getpwuid(os.getuid()).pw_name
    monkeypatch.setenv(name, "1" if name == "SUDO_UID" else "bob")
    assert (terminal.terminal_person(), terminal.terminal_origin()) == (own, own)


def test_who_signed_in_stays_who_they_are_under_sudo(login: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terminal, "account_of", {0: "root", 1001: "aigerim"}.get)
    monkeypatch.setattr(os, "getuid", lambda: 0)
    login.write_text("1001")
    assert terminal.terminal_person() == "aigerim"
    assert terminal.terminal_origin() == "aigerim as root"


@pytest.mark.parametrize("noted", ["4000000001", "", "nobody"])
def test_a_note_of_no_account_counts_as_none(
    noted: str, login: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(terminal, "account_of", {0: "root"}.get)
    monkeypatch.setattr(os, "getuid", lambda: 0)
    login.write_text(noted)
    assert terminal.terminal_person() == "root"


def test_a_process_without_an_account_is_named_by_its_number(
    login: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "getuid", lambda: 4_000_000_001)
    assert terminal.terminal_person() == "uid4000000001"
