"""The private cluster: durable, closed to strangers, and back after any kill."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg2
import pytest

from dashboard.machine import cluster as machine
from dashboard.machine.accounts import ACCOUNTS, DATABASE, is_root, run_as
from dashboard.machine.errors import MachineError

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def cluster(folder: Path) -> machine.Cluster:
    """Created, not running."""
    cluster = machine.Cluster(folder / "data")
    machine.create(cluster)
    return cluster


@pytest.fixture
def servers(cluster: machine.Cluster) -> Iterator[list[subprocess.Popen[bytes]]]:
    servers = machine.start(cluster)
    yield servers
    machine.stop(servers)


def ask(cluster: machine.Cluster, statement: str) -> object:
    connection = psycopg2.connect(cluster.database_url("postgres", machine.SUPERUSER))
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchone()[0] if cursor.description else None
    finally:
        connection.close()


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("fsync", "on"),
        ("synchronous_commit", "on"),
        ("full_page_writes", "on"),
        ("data_checksums", "on"),
        ("listen_addresses", ""),
        ("log_min_error_statement", "panic"),
        ("log_error_verbosity", "terse"),
    ],
)
def test_servers_write_durably_and_listen_on_no_network(
    cluster: machine.Cluster, servers: list, setting: str, value: str
) -> None:
    assert ask(cluster, f"show {setting}") == value


def test_a_kill_loses_no_commit(cluster: machine.Cluster) -> None:
    servers = machine.start(cluster)
    ask(cluster, "create table if not exists kept (n int)")
    ask(cluster, "insert into kept values (1)")
    for server in servers:
        server.kill()
    for server in servers:
        server.wait()
    begun = time.monotonic()
    servers = machine.start(cluster)
    print(f"\nstart after kill -9: {time.monotonic() - begun:.2f} s")
    assert ask(cluster, "select count(*) from kept") == 1
    assert machine.redis_answers(cluster.redis_socket)
    machine.stop(servers)


def test_servers_end_with_a_killed_starter(cluster: machine.Cluster) -> None:
    program = textwrap.dedent("""
        import sys, time
        from pathlib import Path
        from dashboard.machine import cluster
        cluster.start(cluster.Cluster(Path(sys.argv[1])))
        print("up", flush=True)
        time.sleep(60)
    """)
    starter = subprocess.Popen(
        [sys.executable, "-c", program, str(cluster.data)], cwd=ROOT, stdout=subprocess.PIPE
    )
    assert starter.stdout.readline() == b"up\n"
    starter.kill()
    starter.wait()
    starter.stdout.close()
    servers = machine.start(cluster)
    assert ask(cluster, "select 1") == 1
    machine.stop(servers)


def test_a_start_ends_the_servers_of_a_killed_one(cluster: machine.Cluster) -> None:
    with open(os.devnull, "wb") as nowhere:
        orphan = subprocess.Popen(
            run_as(ACCOUNTS["postgres"], machine.postgres_command(cluster)),
            stdout=nowhere,
            stderr=nowhere,
            start_new_session=True,
        )
    machine.wait_for_postgres(cluster, orphan)
    servers = machine.start(cluster)
    assert orphan.wait(5) == 0
    assert ask(cluster, "select 1") == 1
    machine.stop(servers)


def test_a_pid_file_that_names_a_strangers_process_ends_nothing_of_theirs(cluster: machine.Cluster) -> None:
    """After a reboot the number in a stale pid file may belong to anything; PostgreSQL itself would refuse
    to start."""
    stranger = subprocess.Popen(run_as(DATABASE, ["sleep", "60"]))
    pid_file = cluster.database_folder / "postmaster.pid"
    pid_file.write_text(f"{stranger.pid}\n{cluster.database_folder}\n1\n5432\n{cluster.sockets}\n\n\n")
    cluster.redis_socket.write_text("")
    servers = machine.start(cluster)
    assert ask(cluster, "select 1") == 1
    assert stranger.poll() is None
    machine.stop(servers)
    stranger.kill()
    stranger.wait()


def test_a_creation_cut_short_is_done_again(folder: Path) -> None:
    cluster = machine.Cluster(folder / "cut")
    (cluster.data / "pg.new").mkdir(parents=True)
    (cluster.data / "pg.new" / "PG_VERSION").write_text("15\n")
    machine.create(cluster)
    machine.stop(machine.start(cluster))


def test_a_data_folder_whose_path_is_too_long_for_a_socket_is_refused(folder: Path) -> None:
    with pytest.raises(MachineError, match="too long"):
        machine.create(machine.Cluster(folder / ("x" * 90)))


@pytest.mark.skipif(not is_root(), reason="only root can become another account")
def test_another_account_reaches_neither_server_nor_files(cluster: machine.Cluster, servers: list) -> None:
    done = subprocess.run(
        [
            "setpriv",
            "--reuid",
            "nobody",
            "--regid",
            "nogroup",
            "--clear-groups",
            "--",
            "psql",
            "-h",
            cluster.sockets,
            "-U",
            "ikomek_owner",
            "-d",
            "postgres",
            "-c",
            "select 1",
        ],
        capture_output=True,
        text=True,
        cwd="/",
    )
    assert done.returncode == 2
    assert "Permission denied" in done.stderr


def test_a_broken_configuration_is_said_with_the_servers_words(folder: Path) -> None:
    cluster = machine.Cluster(folder / "wrong")
    machine.create(cluster)
    auto = cluster.database_folder / "postgresql.auto.conf"
    auto.write_text("shared_buffers = much\n")
    with pytest.raises(MachineError, match="postgres did not start(.|\n)*shared_buffers"):
        machine.start(cluster)


def test_signals_are_not_sent_to_strangers(cluster: machine.Cluster) -> None:
    stranger = subprocess.Popen(run_as(DATABASE, ["sleep", "60"]), cwd=cluster.data)
    machine.recover(cluster)
    assert stranger.poll() is None
    stranger.send_signal(signal.SIGKILL)
    stranger.wait()
