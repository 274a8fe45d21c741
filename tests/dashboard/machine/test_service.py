"""The systemd unit, and what is said where there is no systemd."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from dashboard.machine import service
from dashboard.machine.errors import MachineError
from dashboard.machine.paths import Paths


@pytest.fixture
def asked() -> argparse.Namespace:
    return argparse.Namespace(
        host="0.0.0.0",
        port=8109,
        empty=True,
        scale="tenth",
        city=None,
        tls_cert="/etc/ssl/wall.pem",
        tls_key="/etc/ssl/wall key.pem",
    )


@pytest.fixture
def where(tmp_path: Path) -> Paths:
    return Paths(tmp_path, tmp_path, tmp_path / "data")


def test_the_unit(asked: argparse.Namespace, where: Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IKOMEK_DATABASE_URL", "postgresql://a:50%@db/ikomek")
    text = service.unit(where.checkout, where, asked)
    assert (
        f"ExecStart={where.checkout}/ikomek up --host 0.0.0.0 --port 8109 --data {where.data} --empty" in text
    )
    assert '--tls-key "/etc/ssl/wall key.pem"' in text
    assert 'Environment="IKOMEK_DATABASE_URL=postgresql://a:50%%@db/ikomek"' in text
    assert "Restart=always" in text


def test_without_systemd_it_says_what_to_run(
    asked: argparse.Namespace, where: Paths, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "RUNNING_SYSTEMD", where.checkout / "nothing")
    with pytest.raises(MachineError, match="not run by systemd(.|\n)*ikomek up --host 0.0.0.0"):
        service.install(where.checkout, where, asked)


def test_installed_by_root(
    asked: argparse.Namespace,
    where: Paths,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    ran = []
    monkeypatch.setattr(service, "RUNNING_SYSTEMD", where.checkout)
    monkeypatch.setattr(service, "UNIT", where.checkout / "ikomek.service")
    monkeypatch.setattr(service, "is_root", lambda: True)
    monkeypatch.setattr(service.shutil, "which", lambda name: name)
    monkeypatch.setattr(
        service.subprocess,
        "run",
        lambda command, **options: ran.append(command) or argparse.Namespace(returncode=0),
    )
    assert service.install(where.checkout, where, asked) == 0
    assert ran == [["systemctl", "daemon-reload"], ["systemctl", "enable", "--now", "ikomek.service"]]
    assert (where.checkout / "ikomek.service").stat().st_mode & 0o077 == 0
    assert "installed and started" in capsys.readouterr().out


def test_only_root_may(asked: argparse.Namespace, where: Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "RUNNING_SYSTEMD", where.checkout)
    monkeypatch.setattr(service.shutil, "which", lambda name: name)
    monkeypatch.setattr(service, "is_root", lambda: False)
    with pytest.raises(MachineError, match="sudo ./ikomek service install"):
        service.install(where.checkout, where, asked)
