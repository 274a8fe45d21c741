"""`./ikomek up` as a person runs it: from nothing to a server that answers, through kills, a backup and
back."""

from __future__ import annotations

import grp
import os
import pwd
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import psycopg2
import pytest

from dashboard.machine import cluster as machine
from dashboard.machine import state
from dashboard.machine.accounts import (
    ACCOUNTS,
    DATABASE,
    EVERY,
    REDIS,
    ROLES,
    VOTERS,
    Account,
    is_root,
    run_as,
)
from dashboard.machine.answering import is_stopped
from dashboard.machine.folders import work_folder

as_root = pytest.mark.skipif(not is_root(), reason="only root can start others' processes")
WITHIN_S = 30


@pytest.fixture
def up(ikomek: Callable, port: int) -> Callable[[], subprocess.CompletedProcess[str]]:
    return lambda: ikomek("up", "--detach", "--empty", "--port", str(port))


@pytest.fixture
def running(up: Callable, folder: Path) -> state.MachineState:
    """The state of an `up` that runs, started if need be."""
    done = up()
    assert done.returncode == 0, done.stdout + done.stderr
    return state.running(folder / "data")


def until(true: Callable[[], object], within_s: float = WITHIN_S) -> object:
    """Wait for something that another process brings about."""
    end = time.monotonic() + within_s
    while not (value := true()):
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.05)
    return value


def answers(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/healthz").text == "ok"
    except httpx.TransportError:
        return False


def owner(folder: Path) -> psycopg2.extensions.connection:
    connection = psycopg2.connect(machine.Cluster(folder / "data").database_url())
    connection.autocommit = True
    return connection


def ask(folder: Path, statement: str) -> object:
    connection = owner(folder)
    try:
        with connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchone()[0] if cursor.description else None
    finally:
        connection.close()


def database_answers(folder: Path) -> bool:
    try:
        return ask(folder, "select 1") == 1
    except psycopg2.OperationalError:
        return False


def test_up_says_where_and_how(up: Callable, port: int) -> None:
    done = up()
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"http://127.0.0.1:{port}/wall/operations" in done.stdout
    assert "./ikomek user add" in done.stdout
    assert answers(port)


def test_a_second_up_says_so_and_leaves_it_alone(running: state.MachineState, up: Callable) -> None:
    done = up()
    assert done.returncode == 0
    assert "Already running since" in done.stdout
    assert running.supervisor.alive


def test_status_names_every_process(running: state.MachineState, ikomek: Callable) -> None:
    done = ikomek("status")
    assert done.returncode == 0, done.stderr
    for name, process in running.processes.items():
        assert f"{name} " in done.stdout
        assert process.pid > 0
    assert {"postgres", "redis", "web", "relay", "etl"} <= set(running.processes)


def status_of(pid: int) -> dict[str, str]:
    lines = (line.partition(":") for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    return {name: value.strip() for name, _, value in lines}


@as_root
def test_each_process_runs_as_its_own_user(running: state.MachineState) -> None:
    for name, process in running.processes.items():
        account = ACCOUNTS["web" if name == "template" else name]
        found = status_of(process.pid)
        assert set(found["Uid"].split()) == {str(pwd.getpwnam(account.user).pw_uid)}, name
        assert set(found["Gid"].split()) == {str(grp.getgrnam(account.user).gr_gid)}, name
        groups = {str(grp.getgrnam(group).gr_gid) for group in account.groups}
        assert set(found["Groups"].split()) == groups, name
        assert found["NoNewPrivs"] == "1" and int(found["CapEff"], 16) == 0, name
    assert (
        len({ACCOUNTS[name] for name in ("web", "voters", "relay", "etl", "jobs", "redis", "postgres")}) == 7
    )


SIGN_IN = """for role in "$@"; do
    psql -X -h "$0" -U "ikomek_$role" -d ikomek -tAc "select '$role'" 2>/dev/null; done; true"""


@as_root
@pytest.mark.parametrize("account", EVERY, ids=lambda account: account.user)
def test_a_user_signs_in_as_its_own_roles_alone(
    running: state.MachineState, folder: Path, account: Account
) -> None:
    """Asked of the running database, role by role. Who is not of the database's group does not even reach
    its socket."""
    command = run_as(account, ["sh", "-c", SIGN_IN, folder / "data/run", *ROLES, "superuser"])
    done = subprocess.run(command, capture_output=True, text=True, cwd="/")
    assert done.returncode == 0, done.stderr
    assert set(done.stdout.split()) == set(account.roles)


REACH = """import os, sys
for line in sys.stdin.read().splitlines():
    if any(os.access(line, mode) for mode in (os.R_OK, os.W_OK)):
        print(line)"""
SOCKETS = {
    "run/.s.PGSQL.5432": DATABASE.user,
    "redis/redis.sock": REDIS.user,
    "voters-service/socket": VOTERS.user,
}


@as_root
@pytest.mark.parametrize("account", EVERY, ids=lambda account: account.user)
def test_a_user_reaches_its_own_files_alone(
    running: state.MachineState, folder: Path, account: Account
) -> None:
    """In the data folder a user may read or write its own folders, the sockets of its groups, and the signed
    heads of the audit, the public keys of closed months and what runs, which are for all to read; the keys
    that sign are not."""
    data = folder / "data"
    for path in (work_folder(data, account) / "pushed", data / "log/older.log", data / "sign-in"):
        path.touch(mode=0o600)
    until(lambda: all((data / one).exists() for one in SOCKETS))
    paths = {str(path.relative_to(data)) for path in data.rglob("*")}
    assert {"state.json", "up.lock", "log/web.log", *SOCKETS} <= paths
    done = subprocess.run(
        run_as(account, ["/usr/bin/python3", "-c", REACH]),
        input="\n".join([".", *sorted(paths)]),
        capture_output=True,
        text=True,
        cwd=data,
    )
    assert done.returncode == 0, done.stderr
    mine = {
        "postgres": ("pg", "run", "rating", "pitr/lock", "pitr/spool"),
        "redis": ("redis",),
        "voters": ("voters", "voters-service"),
        "web": ("accounts",),
    }
    own = [f"work/{account.user}", *(one for name in mine if ACCOUNTS[name] == account for one in mine[name])]
    reached = {
        path
        for path in done.stdout.splitlines()
        if not any(path == top or path.startswith(f"{top}/") for top in own)
    }
    heads = {path for path in paths if path.startswith("audit") and not path.endswith(".key")}
    heads |= {path for path in paths if path.startswith("rating/keys")}
    if ACCOUNTS["jobs"] == account:
        heads |= {path for path in paths if path.startswith("audit")}
    sockets = {path for path, group in SOCKETS.items() if group in account.groups}
    assert reached == sockets | heads | {"processes.json"}
    assert f"work/{account.user}" in done.stdout


@pytest.mark.parametrize("name", ["web", "postgres", "redis", "relay", "etl", "jobs", "voters"])
def test_what_dies_is_restarted(running: state.MachineState, folder: Path, port: int, name: str) -> None:
    before = running.processes[name]
    begun = time.monotonic()
    os.kill(before.pid, signal.SIGKILL)

    def again() -> bool:
        now = state.running(folder / "data").processes[name]
        return now.pid != before.pid and now.alive

    until(again)
    until(lambda: answers(port))
    until(lambda: machine.redis_answers(folder / "data/redis/redis.sock"))
    until(lambda: database_answers(folder))
    print(f"\nserving after kill -9 of {name}: {time.monotonic() - begun:.2f} s")


def test_a_web_server_that_is_killed_again_and_again_comes_back_from_one_template(
    running: state.MachineState, folder: Path, port: int
) -> None:
    """Reading its code takes seconds; a copy does not read it."""
    template = until(lambda: state.running(folder / "data").processes.get("template"))
    for _ in range(4):
        web = state.running(folder / "data").processes["web"]
        os.kill(web.pid, signal.SIGKILL)
        until(lambda web=web: state.running(folder / "data").processes["web"].pid != web.pid)
        until(lambda: answers(port))
    assert state.running(folder / "data").processes["template"] == template


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP])
def test_without_a_template_another_one_makes_the_web_server(
    running: state.MachineState, folder: Path, port: int, number: signal.Signals
) -> None:
    template = until(lambda: state.running(folder / "data").processes.get("template"))
    os.kill(template.pid, number)
    os.kill(running.processes["web"].pid, signal.SIGKILL)

    def replaced() -> bool:
        now = state.running(folder / "data").processes
        return now["template"].pid != template.pid and now["web"].pid != running.processes["web"].pid

    until(replaced)
    until(lambda: answers(port))


LET_GO_ON = "it is let go on"
FROZEN = ("web", "redis", "relay", "etl", "jobs", "voters")


def test_what_is_frozen_is_named_and_replaced(
    running: state.MachineState, ikomek: Callable, folder: Path, port: int
) -> None:
    begun = time.monotonic()
    for name in FROZEN:
        os.kill(running.processes[name].pid, signal.SIGSTOP)
    shown = ikomek("status")
    assert shown.returncode == 1
    silent = {line.split()[0] for line in shown.stdout.splitlines() if "does not answer" in line}
    assert silent == set(FROZEN), shown.stdout

    def replaced() -> bool:
        now = state.running(folder / "data").processes
        return all(now[name].alive and now[name].pid != running.processes[name].pid for name in FROZEN)

    until(replaced, 120)
    until(lambda: answers(port), 120)
    until(lambda: machine.redis_answers(folder / "data/redis/redis.sock"), 120)
    print(f"\nreplaced and serving after all were frozen: {time.monotonic() - begun:.1f} s")
    assert "web has not answered for" in (folder / "data/log/up.log").read_text()
    assert running.processes["postgres"].alive
    until(lambda: ikomek("status").returncode == 0, 120)


def test_what_is_stopped_and_not_replaced_is_let_go_on(
    running: state.MachineState, up: Callable, folder: Path, port: int
) -> None:
    """Killing the database would cost a recovery; supervisor and watcher look after each other."""
    numbers = {name: process.pid for name, process in (running.watching | running.processes).items()}
    log = folder / "data/log/up.log"
    for name in ("postgres", "watcher", "supervisor"):
        before, begun = log.read_text().count(LET_GO_ON), time.monotonic()
        os.kill(numbers[name], signal.SIGSTOP)
        until(lambda before=before: log.read_text().count(LET_GO_ON) > before, 5)
        until(lambda pid=numbers[name]: not is_stopped(pid), 5)
        print(f"\n{name} goes on after {time.monotonic() - begun:.2f} s")
    until(lambda: database_answers(folder))
    for name in ("watcher", "supervisor"):
        os.kill(numbers[name], signal.SIGSTOP)
    time.sleep(1.5)
    assert is_stopped(numbers["watcher"]) and is_stopped(numbers["supervisor"]) and answers(port)
    done = up()
    assert "let go on: supervisor, watcher" in done.stdout and "Already running" in done.stdout
    assert not is_stopped(numbers["watcher"]) and not is_stopped(numbers["supervisor"])
    now = state.running(folder / "data")
    assert (now.supervisor, now.watcher, now.processes) == (
        running.supervisor,
        running.watcher,
        running.processes,
    )


def adopted_from(before: state.MachineState, folder: Path) -> state.MachineState:
    """The state of the supervisor that came after the killed one, once it watches over the same processes."""

    def next_one() -> state.MachineState | None:
        now = state.running(folder / "data")
        another = now and now.supervisor.alive and now.supervisor.pid != before.supervisor.pid
        return now if another and now.phase == "running" else None

    now = until(next_one)
    kept = before.processes
    assert "template" in kept and {name: now.processes[name] for name in kept} == kept
    assert all(process.alive for process in kept.values())
    return now


def test_a_killed_supervisor_comes_back_and_adopts_what_runs(
    running: state.MachineState, up: Callable, folder: Path, port: int
) -> None:
    ask(folder, "insert into setting (key, value) values ('kept', 'true')")
    backend = ask(folder, "select pg_postmaster_start_time()")
    begun = time.monotonic()
    os.kill(running.supervisor.pid, signal.SIGKILL)
    assert answers(port)
    now = adopted_from(running, folder)
    print(f"\nadopted after kill -9: {time.monotonic() - begun:.2f} s")
    assert now.watcher.pid == running.watcher.pid
    assert answers(port) and "Already running" in up().stdout
    assert ask(folder, "select pg_postmaster_start_time()") == backend
    assert ask(folder, "select value from setting where key = 'kept'") is True


def test_what_was_adopted_is_watched_over(running: state.MachineState, folder: Path, port: int) -> None:
    """Its new supervisor is not its parent, and learns all the same that it has ended."""
    os.kill(running.supervisor.pid, signal.SIGKILL)
    now = adopted_from(running, folder)
    os.kill(now.processes["web"].pid, signal.SIGKILL)
    until(lambda: state.running(folder / "data").processes["web"].restarts > now.processes["web"].restarts)
    until(lambda: answers(port))
    assert state.running(folder / "data").processes["template"] == running.processes["template"]


def test_a_killed_watcher_is_replaced_by_the_supervisor(
    running: state.MachineState, ikomek: Callable, folder: Path, port: int
) -> None:
    os.kill(running.watcher.pid, signal.SIGKILL)
    now = adopted_from(running, folder)
    assert now.watcher.alive and now.watcher.pid == running.supervisor.pid
    shown = ikomek("status")
    assert shown.returncode == 0, shown.stdout
    lines = {words[0]: words[1] for line in shown.stdout.splitlines() if len(words := line.split()) > 1}
    assert lines["watcher"] == str(now.watcher.pid) and lines["supervisor"] == str(now.supervisor.pid)
    os.kill(now.supervisor.pid, signal.SIGKILL)
    assert adopted_from(now, folder).watcher.pid == now.watcher.pid
    assert answers(port)


def test_what_is_killed_while_a_supervisor_starts_ends_nothing(
    running: state.MachineState, folder: Path, port: int
) -> None:
    kept = running.processes["postgres"]
    for name in ("redis", "web"):
        os.kill(running.processes[name].pid, signal.SIGKILL)
    os.kill(running.supervisor.pid, signal.SIGKILL)

    def next_redis() -> state.Started | None:
        now = state.running(folder / "data")
        redis = now and now.supervisor.pid != running.supervisor.pid and now.processes.get("redis")
        return redis if redis and redis.pid != running.processes["redis"].pid else None

    os.kill(until(next_redis).pid, signal.SIGKILL)
    until(lambda: (now := state.running(folder / "data")) and now.phase == "running")
    until(lambda: answers(port))
    until(lambda: machine.redis_answers(folder / "data/redis/redis.sock"))
    now = state.running(folder / "data")
    assert now.watcher.pid == running.watcher.pid
    assert now.processes["postgres"] == kept


def test_an_up_adopts_what_nobody_has_started_again(
    running: state.MachineState, up: Callable, ikomek: Callable, folder: Path, port: int
) -> None:
    for process in (running.watcher, running.supervisor):
        os.kill(process.pid, signal.SIGKILL)
    until(lambda: not running.supervisor.alive)
    assert answers(port)
    shown = ikomek("status")
    assert shown.returncode == 1 and "left running: " in shown.stdout and "web" in shown.stdout
    done = up()
    assert done.returncode == 0, done.stdout + done.stderr
    assert "adopted from it: " in done.stdout
    adopted_from(running, folder)
    assert answers(port)


def test_an_up_after_the_database_died_too_waits_for_the_page(
    running: state.MachineState, up: Callable, folder: Path, port: int
) -> None:
    for process in (running.watcher, running.supervisor, running.processes["postgres"]):
        os.kill(process.pid, signal.SIGKILL)
    until(lambda: not running.supervisor.alive)
    done = up()
    assert done.returncode == 0, done.stdout + done.stderr
    assert answers(port) and database_answers(folder)
    assert "adopted from it: " in done.stdout
    assert f"http://127.0.0.1:{port}/wall/operations" in done.stdout


@pytest.mark.parametrize("written", [True, False])
def test_a_down_ends_what_a_killed_up_has_left(
    running: state.MachineState, ikomek: Callable, folder: Path, port: int, written: bool
) -> None:
    """Also where the file that says what runs is lost."""
    for process in (running.watcher, running.supervisor):
        os.kill(process.pid, signal.SIGKILL)
    until(lambda: not running.supervisor.alive)
    if not written:
        (folder / "data/state.json").unlink()
    shown = ikomek("status").stdout
    assert f"{running.address} answers" in shown and "Nothing is running" not in shown
    named = {line.split()[0] for line in shown.splitlines() if line}
    assert {"postgres", "redis", "web", "relay", "etl", "jobs", "voters"} <= named
    done = ikomek("down")
    assert done.returncode == 0 and "Ended what a killed 'up' had left running: " in done.stdout
    assert not any(process.alive for process in running.processes.values())
    assert not answers(port)


def test_a_second_start_after_a_down_succeeds(
    running: state.MachineState, ikomek: Callable, up: Callable
) -> None:
    assert ikomek("down").returncode == 0
    begun = time.monotonic()
    assert up().returncode == 0
    print(f"\na second start: {time.monotonic() - begun:.1f} s")


def test_logs_shows_one_process_and_refuses_an_unknown_one(
    running: state.MachineState, ikomek: Callable
) -> None:
    assert "database system is ready" in ikomek("logs", "postgres", "-n", "2000").stdout
    done = ikomek("logs", "nothing")
    assert done.returncode == 2
    assert "postgres" in done.stderr


def test_doctor_finds_nothing_amiss_with_what_is_installed(
    running: state.MachineState, ikomek: Callable
) -> None:
    done = ikomek("doctor")
    assert "ok      PostgreSQL's extension PostGIS" in done.stdout
    assert "ok      Redis answers" in done.stdout


def test_users_and_the_mode_are_set_by_commands(
    running: state.MachineState, ikomek: Callable, folder: Path
) -> None:
    done = ikomek("user", "add", "aigul", "--role", "administrator", input="correct horse battery\n")
    assert done.returncode == 0, done.stderr
    assert "aigul" in ikomek("user", "list").stdout
    token = ikomek("wall", "token", "operations")
    assert f"{running.address}/wall/operations?token=" in token.stdout, token.stderr
    assert ikomek("mode", "drill").returncode == 0
    assert ask(folder, "select value from setting where key = 'mode'") == "drill"
    assert ikomek("mode", "normal").returncode == 0
    assert ikomek("mode", "party").returncode == 2


def test_a_backup_restored_brings_the_rows_back(
    running: state.MachineState, ikomek: Callable, folder: Path, port: int
) -> None:
    backup = folder / "city.backup"
    epoch = ask(folder, "select epoch from change_position")
    ask(folder, "insert into setting (key, value) values ('saved', '1')")
    done = ikomek("backup", str(backup))
    assert done.returncode == 0, done.stderr
    assert backup.stat().st_mode & 0o077 == 0
    nowhere = ikomek("backup", "/proc/city.backup")
    assert (
        nowhere.returncode == 1 and nowhere.stderr.startswith("/proc/") and "Traceback" not in nowhere.stderr
    )
    ask(folder, "delete from setting where key = 'saved'")
    web = state.running(folder / "data").processes["web"]
    done = ikomek("restore", str(backup))
    assert done.returncode == 0, done.stdout + done.stderr
    assert ask(folder, "select value from setting where key = 'saved'") == 1
    assert ask(folder, "select epoch from change_position") != epoch
    until(lambda: not web.alive and answers(port))


def test_a_damaged_backup_changes_nothing(
    running: state.MachineState, ikomek: Callable, folder: Path
) -> None:
    backup = folder / "damaged.backup"
    assert ikomek("backup", str(backup)).returncode == 0
    content = bytearray(backup.read_bytes())
    content[len(content) // 2] ^= 0xFF
    backup.write_bytes(content)
    ask(folder, "insert into setting (key, value) values ('present', '1')")
    done = ikomek("restore", str(backup))
    assert done.returncode == 1
    assert "damaged" in done.stderr
    assert ask(folder, "select value from setting where key = 'present'") == 1


def test_up_on_a_port_that_is_taken_is_refused(
    running: state.MachineState, ikomek: Callable, folder: Path, port: int
) -> None:
    done = ikomek("up", "--detach", "--empty", "--port", str(port), data=folder / "other")
    assert done.returncode == 1
    assert f"port {port}" in done.stdout + done.stderr
    assert state.running(folder / "other") is None


def test_down_ends_everything(running: state.MachineState, ikomek: Callable, port: int) -> None:
    assert ikomek("down").returncode == 0
    assert not any(process.alive for process in (running.supervisor, *running.processes.values()))
    assert not answers(port)
    done = ikomek("status")
    assert done.returncode == 1
    assert "Nothing is running" in done.stdout
    assert ikomek("backup", "/tmp/never.backup").returncode == 1
    away = ikomek("user", "list")
    assert away.returncode == 1
    assert "The database is not answering" in away.stderr
