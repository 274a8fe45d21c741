"""The systemd unit, and what is said where there is no systemd."""

from __future__ import annotations

import argparse
import re
import subprocess
from pathlib import Path

import pytest

from dashboard.machine import doctor, service
from dashboard.machine.errors import MachineError
from dashboard.machine.paths import Paths


@pytest.fixture
def args() -> argparse.Namespace:
    return argparse.Namespace(
        host="0.0.0.0",
        port=8109,
        empty=True,
        scale="tenth",
        city=None,
        tls_cert="/etc/ssl/wall.pem",
        tls_key="/etc/ssl/wall key.pem",
        no_tls=False,
    )


@pytest.fixture
def where(tmp_path: Path) -> Paths:
    return Paths(tmp_path, tmp_path, tmp_path / "data")


def test_the_unit_starts_up_with_its_options_and_passes_the_environment_on(
    args: argparse.Namespace, where: Paths, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IKOMEK_FEEDS", "/home/anna/feeds.toml")
    text = service.unit(where.checkout, where, args)
    assert (
        f"ExecStart={where.checkout}/ikomek up --host 0.0.0.0 --port 8109 --data {where.data} --empty" in text
    )
    assert "EnvironmentFile=-/etc/systemd/system/ikomek.env" in text
    assert '--tls-key "/etc/ssl/wall key.pem"' in text
    assert "Restart=always" in text
    assert "ProtectHome=read-only" in text
    monkeypatch.delenv("IKOMEK_FEEDS")
    assert "ProtectHome=yes" in service.unit(Path("/opt/ikomek"), Paths(*[Path("/srv/ikomek")] * 3), args)
    args.tls_key = "/home/anna/wall.key"
    assert "ProtectHome=read-only" in service.unit(where.checkout, where, args)


def test_every_setting_is_kept_out_of_the_units_own_text(
    args: argparse.Namespace, where: Paths, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever asks systemd for the unit is shown its text; here a shell reads the file as systemd does."""
    given = {
        "IKOMEK_DATABASE_URL": 'postgresql://a:5"0%$x`\\@db/ikomek',
        "IKOMEK_ESCALATION_RULES": "/etc/ikomek/escalation rules.toml",
        "IKOMEK_VOTERS_MASTER": "c2VjcmV0",
    }
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("IKOMEK_DATA", "/srv/other")
    file = where.checkout / "ikomek.env"
    file.write_text(service.settings_text())
    quoted = " ".join(f'"${name}"' for name in given)
    shown = subprocess.run(
        ["sh", "-c", f". {file}; printf '%s\\n' {quoted}"],
        env={},
        capture_output=True,
        text=True,
    )
    assert shown.stdout.splitlines() == list(given.values()), shown.stderr
    assert "IKOMEK_DATA=" not in file.read_text()
    assert "postgresql" not in service.unit(where.checkout, where, args)


def test_systemd_judges_the_unit_well_protected(args: argparse.Namespace, tmp_path: Path) -> None:
    """Judged by systemd itself: below 3 is "well protected" (0 the best of 10)."""
    checkout = Path("/opt/ikomek")
    file = tmp_path / "ikomek.service"
    file.write_text(service.unit(checkout, Paths(checkout, checkout, Path("/srv/ikomek")), args))
    done = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--no-pager", str(file)],
        capture_output=True,
        text=True,
    )
    exposure = re.search(r"Overall exposure level for ikomek.service: ([0-9.]+)", done.stdout)
    assert exposure, done.stdout + done.stderr
    assert float(exposure[1]) < 3.0, done.stdout


@pytest.mark.parametrize(
    ("data", "home", "own_tmp"),
    [("/srv/ikomek", "yes", "yes"), ("/home/anna/data", "read-only", "yes"), ("/tmp/trial", "yes", "no")],
)
def test_a_folder_in_a_home_or_in_tmp_stays_reachable(
    args: argparse.Namespace, data: str, home: str, own_tmp: str
) -> None:
    checkout = Path("/opt/ikomek")
    lines = service.unit(checkout, Paths(checkout, checkout, Path(data)), args).splitlines()
    assert {f"ProtectHome={home}", f"PrivateTmp={own_tmp}", "ProtectSystem=strict"} <= set(lines)
    [writable] = [line for line in lines if line.startswith("ReadWritePaths=")]
    assert f"-{data} " in writable
    prepared = [line for line in lines if line.startswith("ExecStartPre=")]
    assert prepared[0].startswith("ExecStartPre=+/opt/ikomek/ikomek service prepare --host 0.0.0.0")
    assert f"--data {data}" in prepared[0]


def test_doctor_knows_a_unit_of_an_earlier_version(
    args: argparse.Namespace, where: Paths, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "UNIT", where.checkout / "ikomek.service")
    assert service.is_walled() is None
    service.UNIT.write_text(service.unit(where.checkout, where, args))
    assert service.is_walled() is True
    service.UNIT.write_text(service.UNIT.read_text().replace("NoNewPrivileges=yes\n", ""))
    assert service.is_walled() is False
    [line] = doctor._walls()
    assert not line.well and "service install" in line.remedy


def test_without_systemd_it_says_what_to_run(
    args: argparse.Namespace, where: Paths, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "RUNNING_SYSTEMD", where.checkout / "nothing")
    with pytest.raises(MachineError, match="not run by systemd(.|\n)*ikomek up --host 0.0.0.0"):
        service.install(where.checkout, where, args)


def test_root_installs_and_starts_the_unit(
    args: argparse.Namespace,
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
    assert service.install(where.checkout, where, args) == 0
    assert ran == [["systemctl", "daemon-reload"], ["systemctl", "enable", "--now", "ikomek.service"]]
    assert (where.checkout / "ikomek.service").stat().st_mode & 0o077 == 0
    assert "installed and started" in capsys.readouterr().out


def test_service_install_by_anybody_but_root_is_refused(
    args: argparse.Namespace, where: Paths, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "RUNNING_SYSTEMD", where.checkout)
    monkeypatch.setattr(service.shutil, "which", lambda name: name)
    monkeypatch.setattr(service, "is_root", lambda: False)
    with pytest.raises(MachineError, match="sudo ./ikomek service install"):
        service.install(where.checkout, where, args)
