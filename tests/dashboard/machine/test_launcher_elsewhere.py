"""`./ikomek up` against servers that somebody else runs, and with a certificate."""

from __future__ import annotations

import os
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from dashboard.machine import cluster as machine
from dashboard.machine import state
from geo.settings import Settings
from tests.conftest import _administer
from tests.support.certificates import self_signed

ROOT = Path(__file__).parents[3]


@pytest.fixture
def one_login(cluster: machine.Cluster) -> Iterator[None]:
    """Somebody else's server has one login for all of our processes, whatever users they are here."""
    file = cluster.database_folder / "pg_ident.conf"
    before = file.read_text()
    file.write_text(f"{before}ikomek /^ikomek ikomek_owner\n")
    _administer(cluster, "select pg_reload_conf()")
    yield
    file.write_text(before)
    _administer(cluster, "select pg_reload_conf()")


@pytest.fixture
def environment(settings: Settings, folder: Path, one_login: None) -> Iterator[dict[str, str]]:
    """The test's own database and Redis, as if they were on another machine."""
    ours = {
        "IKOMEK_DATA": str(folder / "data"),
        "IKOMEK_REDIS_URL": settings.redis_url,
        "IKOMEK_DATABASE_URL": settings.database_url.replace("+psycopg2", ""),
    }
    environment = os.environ | ours | {"LC_ALL": "C.UTF-8"}
    yield environment
    subprocess.run([ROOT / "ikomek", "down"], env=environment, capture_output=True)


@pytest.fixture
def certificate(folder: Path) -> tuple[Path, Path]:
    """A self-signed certificate for 127.0.0.1, its key readable by its owner alone."""
    return self_signed(folder)


def test_with_servers_elsewhere_up_starts_none_and_serves_https(
    environment: dict[str, str],
    certificate: tuple[Path, Path],
    folder: Path,
    port: int,
    cluster: machine.Cluster,
) -> None:
    done = subprocess.run(
        [
            ROOT / "ikomek",
            "up",
            "--detach",
            "--empty",
            "--port",
            str(port),
            "--tls-cert",
            certificate[0],
            "--tls-key",
            certificate[1],
        ],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    running = state.running(folder / "data")
    assert {"postgres", "redis"}.isdisjoint(running.processes)
    assert not (folder / "data/pg").exists()
    trusted = ssl.create_default_context(cafile=str(certificate[0]))
    assert httpx.get(f"https://127.0.0.1:{port}/healthz", verify=trusted).text == "ok"
    assert machine.redis_answers(cluster.redis_socket)


def test_a_certificate_file_that_is_not_there_is_refused(environment: dict[str, str], folder: Path) -> None:
    done = subprocess.run(
        [ROOT / "ikomek", "up", "--tls-cert", folder / "none.pem", "--tls-key", folder / "none.key"],
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2
    assert "none.pem" in done.stderr
