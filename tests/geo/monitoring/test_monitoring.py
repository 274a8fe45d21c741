"""What the machine measures, and the alarms that come of it: a full disk, little memory, a standby that is
gone, a log that is not archived, a certificate and a backup that are too old."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg2
import pytest
from sqlalchemy import Connection, Engine, text

from dashboard import words
from dashboard.machine import cluster as machine
from dashboard.wording.machine import machine_words
from geo.alarms.rules import read_rules
from geo.alarms.watch import watch
from geo.monitoring import host
from geo.monitoring.backups import STATE
from geo.monitoring.certificate import certificate
from geo.monitoring.reading import MEASURES, Reading
from geo.monitoring.record import HISTORY_S, PROCESSES, Monitor
from geo.settings import Settings
from geo.work import daily_backup
from geo.work.daily_backup import DailyBackup
from layers.operations import STEPS, read_measures
from tests.support.certificates import self_signed
from tests.support.web import Server

SLOT = "standby_of_the_test"


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def slot(cluster: machine.Cluster) -> Iterator[str]:
    """A replication slot without anybody who reads it."""
    server = psycopg2.connect(cluster.database_url("postgres", machine.SUPERUSER))
    server.autocommit = True
    with server.cursor() as cursor:
        cursor.execute(f"select pg_create_physical_replication_slot('{SLOT}', true)")
        yield SLOT
        cursor.execute(f"select pg_drop_replication_slot('{SLOT}')")
    server.close()


def raised(connection: Connection, settings: Settings, jobs: Engine) -> dict[str, str]:
    """Rule -> what its alarm is about, of those that stand after a look."""
    machine_rules = {
        key: rule
        for key, rule in read_rules().items()
        if key in ("disk_low", "memory_low", "replication_behind", "archive_failing", "certificate_ends")
        or key in ("backup_old", "audit_unsealed")
    }
    with jobs.begin() as writing:
        watch(writing, settings.city, machine_rules, datetime.now(UTC))
    connection.rollback()
    rows = connection.execute(text("select rule, parameters from alarm where cleared_at is null"))
    return {row.rule: machine_words(row.parameters) for row in rows}


def write(jobs: Engine, settings: Settings, *readings: Reading) -> None:
    monitor = Monitor(settings)
    with jobs.begin() as connection:
        monitor._write(connection, list(readings), datetime.now(UTC))


def test_it_measures_what_is_there_each_quarter_of_a_minute(
    settings: Settings, jobs: Engine, reader: Engine
) -> None:
    clock = Clock()
    monitor = Monitor(settings, clock)
    assert monitor.look(jobs) >= 6
    assert monitor.look(jobs) == 0, "it is not yet time"
    clock.now += HISTORY_S
    assert monitor.look(jobs) >= 6
    found = {one.key: one for one in read_measures(reader, settings.city.region)}
    assert (
        {"disk_free", "memory_free", "load", "database_bytes", "connections"} <= set(found) <= set(MEASURES)
    )
    assert 0 < found["disk_free"].value < 100 and found["disk_free"].parameters["gigabytes"] > 0
    assert 0 < found["memory_free"].value < 100 and found["connections"].value > 0
    assert found["database_bytes"].value > 1e6
    history = found["load"].history
    assert len(history) == STEPS and history[-1] is not None and history[0] is None
    with reader.connect() as connection:
        assert connection.execute(text("select count(*) from measure_history")).scalar_one() >= 12


def test_what_is_no_longer_there_is_no_longer_measured(
    settings: Settings, jobs: Engine, reader: Engine
) -> None:
    write(jobs, settings, Reading("disk_free", 50, "/one"), Reading("disk_free", 50, "/two"))
    write(jobs, settings, Reading("disk_free", 50, "/two"))
    assert [one.subject for one in read_measures(reader, settings.city.region)] == ["/two"]


def test_memory_and_disks_are_read_as_the_kernel_writes_them(tmp_path: Path) -> None:
    (source := tmp_path / "meminfo").write_text(
        "MemTotal: 8000000 kB\nMemFree: 1 kB\nMemAvailable: 400000 kB\n"
    )
    [reading] = host.memory(source)
    assert (reading.value, reading.parameters) == (5.0, {"gigabytes": 0.4})
    assert [one.subject for one in host.disks((tmp_path, tmp_path / "absent", tmp_path))] == [str(tmp_path)]


def test_each_limit_raises_its_alarm_and_lets_it_go(
    settings: Settings, jobs: Engine, connection: Connection
) -> None:
    words.language.set("en")
    well = {"active": True, "made": True}
    write(
        jobs,
        settings,
        Reading("disk_free", 9.9, "/srv", {"gigabytes": 3.1}),
        Reading("memory_free", 4.9),
        Reading("replication_lag", 61, "second", well),
        Reading("wal_archive", 301, parameters={"failed": 3}),
        Reading("certificate", 20.9, "a.example:443", {"ends": "2026-12-20"}),
        Reading("backup_age", 31, "daily", well),
        Reading("audit_unsealed", 61),
    )
    found = raised(connection, settings, jobs)
    assert found["disk_low"] == "Disk free, /srv: 9.9%"
    assert found["certificate_ends"] == "TLS certificate, left, a.example:443: 20 days"
    assert found["backup_old"] == "Backup age, daily: 31\xa0h"
    assert len(found) == 7
    write(
        jobs,
        settings,
        Reading("disk_free", 10.1, "/srv"),
        Reading("memory_free", 5.1),
        Reading("replication_lag", 59, "second", well),
        Reading("wal_archive", 0),
        Reading("certificate", 21.1, "a.example:443"),
        Reading("backup_age", 29, "daily", well),
        Reading("audit_unsealed", 59),
    )
    raised(connection, settings, jobs)
    rows = connection.execute(text("select count(*) from alarm where normal_at is not null"))
    assert rows.scalar_one() == 7


def test_a_standby_that_is_gone_is_told_by_its_slot(
    settings: Settings, jobs: Engine, connection: Connection, slot: str
) -> None:
    words.language.set("en")
    Monitor(settings).look(jobs)
    assert (
        raised(connection, settings, jobs)["replication_behind"] == f"Replica behind, {slot}: not connected"
    )


def test_backups_are_measured_where_they_are_planned(
    settings: Settings, jobs: Engine, owner: Engine, reader: Engine, connection: Connection
) -> None:
    Monitor(settings).look(jobs)
    assert not [one for one in read_measures(reader, settings.city.region) if one.key == "backup_age"]
    daily_backup.plan(owner, DailyBackup("03:00", "/srv/backups", 7, None, True))
    connection.execute(
        text(
            """insert into job (region, key, done_at)
            values (:region, 'backup', now() - interval '31 hours')"""
        ),
        {"region": settings.city.region},
    )
    connection.commit()
    at = (datetime.now(UTC) - timedelta(hours=2)).isoformat()
    (settings.data / STATE).parent.mkdir()
    (settings.data / STATE).write_text(json.dumps({"made_at": at, "begun_at": at, "folder": "/srv/pitr"}))
    Monitor(settings).look(jobs)
    ages = {
        one.subject: round(one.value)
        for one in read_measures(reader, settings.city.region)
        if one.key == "backup_age"
    }
    assert ages == {"daily": 31, "pitr": 2}
    assert "backup_old" in raised(connection, settings, jobs)


def test_the_certificate_is_the_one_that_is_shown(
    settings: Settings, jobs: Engine, reader: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pair = self_signed(tmp_path)
    server = Server(settings, *pair)
    try:
        (settings.data / PROCESSES).write_text(json.dumps({"address": server.url, "processes": {}}))
        Monitor(settings).look(jobs)
        [found] = [one for one in read_measures(reader, settings.city.region) if one.key == "certificate"]
        now = datetime.now(UTC)
        assert found.subject == f"127.0.0.1:{server.port}" and found.value > 0
        monkeypatch.setenv("IKOMEK_TLS_WATCH", f"localhost:{server.port}")
        [watched] = certificate("http://127.0.0.1:1", now)
        assert watched.subject == f"localhost:{server.port}"
        assert abs(watched.value - found.value) < 0.1
    finally:
        server.stop()
    assert list(certificate(server.url, now)) == [], "nobody answers there"
    assert list(certificate(None, now)) == []


def test_a_measure_that_nobody_takes_any_more_raises_nothing(
    settings: Settings, jobs: Engine, connection: Connection
) -> None:
    write(jobs, settings, Reading("disk_free", 1, "/srv"))
    connection.execute(text("update machine_measure set at = now() - interval '6 minutes'"))
    connection.commit()
    assert raised(connection, replace(settings), jobs) == {}
