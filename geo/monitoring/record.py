"""Measures everything and writes it down, each `EVERY_S` seconds, the history once a minute."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, Engine, text

from geo.foreign_json import read_foreign_json
from geo.monitoring import backups, database, host
from geo.monitoring.certificate import certificate
from geo.monitoring.reading import Reading
from geo.settings import Settings
from geo.storable import as_json

EVERY_S, HISTORY_S, CERTIFICATE_S = 15.0, 60.0, 600.0
PROCESSES = "processes.json"
"""What `dashboard.machine.state` writes into the data folder of what runs, for whoever may not read the
rest."""
FORGET = text("delete from machine_measure where region = :region and host = :host")
WRITE = text("""
    insert into machine_measure (region, host, key, subject, value, parameters, at)
    select :region, :host, r.key, r.subject, r.value, r.parameters, :at
    from jsonb_to_recordset(cast(:readings as jsonb))
        r (key text, subject text, value float8, parameters jsonb)""")
KEEP = text("""
    insert into measure_history (region, host, key, subject, at, value)
    select m.region, m.host, m.key, m.subject, :at, m.value from machine_measure m
    where m.region = :region and m.host = :host on conflict do nothing""")


@dataclass
class Monitor:
    """One machine's. `clock`: a monotonic one."""

    settings: Settings
    clock: Callable[[], float] = time.monotonic
    _due: dict[str, float] = field(default_factory=dict)
    _certificate: list[Reading] = field(default_factory=list)

    def look(self, engine: Engine) -> int:
        """How many readings were written; 0 = it was not yet time."""
        if not self._is_due("measures", EVERY_S):
            return 0
        now = datetime.now(UTC)
        if self._is_due("certificate", CERTIFICATE_S):
            self._certificate = list(certificate(self._address(), now))
        with engine.begin() as connection:
            readings = self._measure(connection, now)
            self._write(connection, readings, now)
        return len(readings)

    def _measure(self, connection: Connection, now: datetime) -> list[Reading]:
        sources: tuple[Iterator[Reading], ...] = (
            host.disks(self._folders(connection)),
            host.memory(),
            host.load(),
            database.server(connection),
            database.replication(connection),
            database.archiving(connection),
            database.sealing(connection),
            backups.daily(connection, self.settings.city.region, now),
            backups.point_in_time(self.settings.data, now),
        )
        return [*(reading for source in sources for reading in source), *self._certificate]

    def _write(self, connection: Connection, readings: list[Reading], now: datetime) -> None:
        bound = {"region": self.settings.city.region, "host": socket.gethostname(), "at": now}
        rows = [
            {"key": one.key, "subject": one.subject, "value": one.value, "parameters": one.parameters}
            for one in readings
        ]
        connection.execute(FORGET, {"region": bound["region"], "host": bound["host"]})
        connection.execute(WRITE, bound | {"readings": as_json(rows)})
        if self._is_due("history", HISTORY_S):
            connection.execute(KEEP, bound)

    def _folders(self, connection: Connection) -> list[Path]:
        """Folders whose disks are looked at: the data, where backups go, the system's."""
        planned = connection.execute(
            text("select value ->> 'folder' from setting where key = 'backup_daily'")
        ).scalar_one_or_none()
        named = [Path(planned)] if planned else []
        with suppress(OSError, ValueError, TypeError, KeyError):
            state = read_foreign_json((self.settings.data / backups.STATE).read_bytes())
            named.append(Path(str(state["folder"])))
        return [self.settings.data, *named, Path("/"), Path("/tmp")]

    def _address(self) -> str | None:
        """The address of the web server on this machine; none = it is not one of ours."""
        with suppress(OSError, ValueError, TypeError, KeyError):
            return str(read_foreign_json((self.settings.data / PROCESSES).read_bytes())["address"])
        return None

    def _is_due(self, key: str, every_s: float) -> bool:
        now = self.clock()
        if now < self._due.get(key, float("-inf")):
            return False
        self._due[key] = now + every_s
        return True
