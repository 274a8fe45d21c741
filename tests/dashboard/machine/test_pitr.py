"""Backup to a point in time, as a drill on a real server: rows, a named second, a bad import after it; the
second is brought back equal by hash, and what runs is never touched meanwhile."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg2
import pytest
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from dashboard.commands import backup as command
from dashboard.machine import archive, configuration, pitr
from dashboard.machine import cluster as machine
from dashboard.machine.accounts import DATABASE, database_user
from dashboard.machine.backup import read_manifest
from dashboard.machine.database import ensure_database
from dashboard.machine.errors import MachineError, WrongUsage
from dashboard.machine.pitr_plan import CONFIGURATION, OFF, PitrPlan, archive_command
from dashboard.machine.processes import Options, application
from geo.audit.acts import ACTS
from geo.migrations import upgrade
from geo.recovery import servers as beside
from geo.settings import Settings
from tests.conftest import settings_for

ROWS = 2000
NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
DIGEST = """select md5((select string_agg(i::text, '|' order by id) from incident i)
    || (select string_agg(encode(picture, 'hex') || digest, '|' order by digest) from photo_of_the_test))"""


@pytest.fixture(scope="module")
def cluster(folder: Path) -> Iterator[machine.Cluster]:
    """Durable, with the product's tables."""
    cluster = machine.Cluster(folder / "data")
    servers = machine.start(cluster)
    ensure_database(cluster)
    yield cluster
    machine.stop(servers)


@pytest.fixture(scope="module")
def settings(cluster: machine.Cluster) -> Settings:
    settings = settings_for(cluster, machine.NAME, cluster.data)
    engine = create_engine(settings.database_url, poolclass=NullPool)
    upgrade(engine)
    engine.dispose()
    return settings


@pytest.fixture(scope="module")
def repository(folder: Path, settings: Settings) -> Path:
    """Switched on, by the command."""
    made = folder / "repository"
    made.mkdir(mode=0o700)
    shutil.chown(made, database_user())
    assert run(settings, "backup", "pitr", "on", str(made), "--keep", "2") == 0
    return made


def run(settings: Settings, *words: str) -> int:
    """The command, as where an `up` runs: this is asked of the server itself."""
    if words[:2] == ("backup", "pitr"):
        command.pitr.main(settings, list(words[2:]))
    else:
        args = command.parse(list(words))
        args.run(settings, args)
    return 0


def execute(settings: Settings, statement: str) -> object:
    connection = psycopg2.connect(settings.database_url.replace("+psycopg2", ""))
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchone()[0] if cursor.description else None
    finally:
        connection.close()


def write_rows(settings: Settings) -> None:
    """Incidents, and photos in a table of their own."""
    execute(
        settings,
        f"""
        insert into incident (region, source, source_id, kind, source_status, status, opened_at, title)
        select '71', 'drill', n::text, 'service', 'open', 'open', now(), 'row ' || n
        from generate_series(1, {ROWS}) n""",
    )
    execute(
        settings,
        """create table photo_of_the_test (picture bytea, digest text primary key);
        insert into photo_of_the_test select decode(md5(n::text), 'hex'), md5(n::text)
        from generate_series(1, 50) n""",
    )


def test_a_named_second_before_a_bad_import_is_brought_back_equal_by_hash(
    settings: Settings, repository: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_rows(settings)
    before = execute(settings, DIGEST)
    time.sleep(1.1)
    second = execute(settings, "select clock_timestamp()")
    assert isinstance(second, datetime)
    time.sleep(1.1)
    execute(settings, "update incident set title = 'overwritten', status = 'closed' where id % 3 = 0")
    execute(settings, "delete from photo_of_the_test where digest > '8'")
    execute(settings, "delete from incident where id % 7 = 0")
    spoiled = execute(settings, DIGEST)
    assert spoiled != before
    begun = time.monotonic()
    run(settings, "backup", "pitr", "get", str(tmp_path / "past.backup"), "--to", second.isoformat())
    assert execute(settings, DIGEST) == spoiled, "what runs was not touched"
    print(f"\nthe database as of a second, as a file: {time.monotonic() - begun:.1f} s")
    begun = time.monotonic()
    run(settings, "restore", "--to", second.isoformat())
    print(f"\nbrought back into its place: {time.monotonic() - begun:.1f} s")
    assert execute(settings, DIGEST) == before
    assert execute(settings, "select count(*) from incident") == ROWS
    out = capsys.readouterr().out
    assert second.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S") in out
    assert not list((settings.data / "pitr").glob(".past-*")), "the second server is gone"
    beside.drop(settings, beside.database_name(beside.named(settings, "before_restore")))


def test_copies_are_told_with_the_moment_since_when_any_second_comes_back(
    settings: Settings, repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(settings, "backup", "pitr", "now")
    run(settings, "backup", "pitr", "status")
    out = capsys.readouterr().out
    assert "full" in out and "incr" in out and str(repository) in out
    state = archive.read_state(settings.data)
    assert state["made_at"] and state["full_at"] and not state["failed"]
    assert execute(settings, "select exists (select from audit where what = 'backup.pitr_on')")
    assert {"backup.pitr_on", "backup.pitr_off"} <= ACTS.keys()


def test_what_the_repository_does_not_reach_is_refused_in_words(
    settings: Settings, repository: Path, tmp_path: Path
) -> None:
    early = datetime.now(UTC) - timedelta(days=1)
    with pytest.raises(MachineError, match="restore the database as of|could not be brought back"):
        run(settings, "backup", "pitr", "get", str(tmp_path / "early.backup"), "--to", early.isoformat())
    with pytest.raises(WrongUsage):
        late = datetime.now(UTC) + timedelta(hours=1)
        run(settings, "backup", "pitr", "get", str(tmp_path / "late.backup"), "--to", late.isoformat())
    with pytest.raises(WrongUsage):
        run(settings, "restore")
    assert not (tmp_path / "early.backup").exists() and not (tmp_path / "late.backup").exists()


def test_a_folder_that_cannot_be_written_to_changes_nothing(settings: Settings, repository: Path) -> None:
    before = (settings.data / CONFIGURATION).read_text()
    with pytest.raises(MachineError, match="cannot write into"):
        run(settings, "backup", "pitr", "on", "/nowhere/at/all")
    assert (settings.data / CONFIGURATION).read_text() == before


def test_the_repository_of_a_lost_machine_is_named(
    settings: Settings, repository: Path, tmp_path: Path
) -> None:
    """After it was switched off here: nothing of this machine's own plan is used."""
    at = execute(settings, "select clock_timestamp()")
    assert isinstance(at, datetime)
    time.sleep(1.1)
    execute(settings, "create table after_the_moment (n int)")
    run(settings, "backup", "pitr", "now")
    run(settings, "backup", "pitr", "off")
    file = tmp_path / "lost.backup"
    with pytest.raises(MachineError):
        run(settings, "backup", "pitr", "get", str(file), "--to", at.isoformat())
    run(settings, "backup", "pitr", "get", str(file), "--to", at.isoformat(), "--from", str(repository))
    rows = read_manifest(file)["rows"]
    assert rows["incident"] == ROWS and "after_the_moment" not in rows
    run(settings, "backup", "pitr", "on", str(repository))


def test_off_lets_the_server_go_on_without_an_archive(settings: Settings, repository: Path) -> None:
    assert "archive" in application(Options(Path(), settings.data, Path()), demo=False)
    run(settings, "backup", "pitr", "off")
    assert "archive" not in application(Options(Path(), settings.data, Path()), demo=False)
    cluster = machine.Cluster(settings.data)
    shown = subprocess.run(["cat", cluster.database_folder / "ikomek.conf"], capture_output=True, text=True)
    assert f"archive_command = '{OFF}'" in shown.stdout
    assert (repository / "backup").is_dir(), "the copies stay"


def test_a_copy_is_due_by_its_plan_and_later_after_a_failure(tmp_path: Path) -> None:
    plan = PitrPlan("/srv/pitr", every_h=24)
    hour = timedelta(hours=1)
    made = {"folder": "/srv/pitr", "begun_at": NOW.isoformat(), "made_at": (NOW + hour).isoformat()}
    assert archive.due({}, plan, NOW)
    assert not archive.due(made, plan, NOW + 24 * hour) and archive.due(made, plan, NOW + 25 * hour)
    assert archive.due(made | {"folder": "/srv/other"}, plan, NOW + 2 * hour)
    failed = made | {"begun_at": (NOW + 2 * hour).isoformat()}
    assert not archive.due(failed, plan, NOW + 2 * hour + timedelta(minutes=9))
    assert archive.due(failed, plan, NOW + 2 * hour + timedelta(minutes=10))


def test_a_failed_copy_is_written_down_and_the_last_good_one_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "run").mkdir()
    plan, made = PitrPlan("/srv/pitr"), []
    monkeypatch.setattr(pitr, "make", lambda cluster, full: made.append(full))
    assert archive.work(tmp_path, plan, NOW) and not archive.work(tmp_path, plan, NOW)
    assert archive.work(tmp_path, plan, NOW + timedelta(days=8)), "a week later a full one again"
    assert made == [True, True]

    def fail(cluster: machine.Cluster, full: bool) -> None:
        raise MachineError("No space left on device")

    monkeypatch.setattr(pitr, "make", fail)
    before = archive.read_state(tmp_path)
    with pytest.raises(MachineError):
        archive.work(tmp_path, plan, NOW + timedelta(days=80))
    after = archive.read_state(tmp_path)
    assert after["failed"] == "No space left on device" and after["made_at"] == before["made_at"]


def test_a_path_with_blanks_and_signs_reaches_the_shell_whole(tmp_path: Path) -> None:
    data = tmp_path / "a folder's 100%"
    (data / "pitr").mkdir(parents=True)
    assert archive_command(data) == OFF
    (data / CONFIGURATION).write_text("")
    written = archive_command(data)
    assert "100%%" in written and written.endswith('archive-push "%p"')
    settings = configuration.tuning(data / "run", False, written)
    assert settings["archive_command"].startswith("'") and "''" in settings["archive_command"]
    assert "archive_mode" not in configuration.tuning(data / "run", True, written)
    shell = written.replace("pgbackrest", "printf '%s\\n'", 1).replace("%%", "%").replace("%p", "PIECE")
    done = subprocess.run(["sh", "-c", shell], capture_output=True, text=True, env=os.environ)
    assert done.stdout.splitlines()[0] == f"--config={data / CONFIGURATION}"
    assert done.stdout.splitlines()[-1] == "PIECE" and DATABASE.user == "ikomek"
    assert json.dumps(settings)
