"""The state of the machine as the page /operations shows it: what was measured last, with the history of a
day, both servers, and the processes that the supervisor has written down. `engine` is the reader's."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import redis
from sqlalchemy import Engine, text

from geo.foreign_json import read_foreign_json
from geo.monitoring.record import PROCESSES

STEPS = 48
"""Parts of the day that a history has."""
HISTORY_H = 24
MEASURES = text("""
    select m.host, m.key, m.subject, m.value, m.parameters, m.at, h.values
    from machine_measure m
    left join lateral (
        select jsonb_object_agg(step, value) as values from (
            select width_bucket(extract(epoch from x.at), extract(epoch from clock_timestamp())
                    - :hours * 3600, extract(epoch from clock_timestamp()), :steps) as step,
                avg(x.value) as value
            from measure_history x where x.region = m.region and x.host = m.host and x.key = m.key
                and x.subject = m.subject and x.at > clock_timestamp() - :hours * interval '1 hour'
            group by 1) s) h on true
    where m.region = :region order by m.host, m.key, m.subject""")
DATABASE = text("""
    select current_setting('server_version') as version, pg_postmaster_start_time() as since,
        (select count(*) from pg_stat_activity where backend_type = 'client backend') as connections,
        current_setting('max_connections')::int as most, pg_database_size(current_database()) as bytes""")
SCREENS = text("""
    select left(token_hash, 12) as id, scope->>'scene' as scene, label, seen_at, expires_at from user_session
    where type = 'device' and revoked_at is null and coalesce(expires_at, 'infinity') > now()
    order by scene, label, created_at""")
ALARMS = text("""
    select id, rule, priority, parameters, raised_at, cleared_at, acknowledged_at from alarm
    where region = :region and parameters ? 'measure' order by raised_at desc limit :most""")


@dataclass(frozen=True)
class Measure:
    """`history`: `STEPS` values of the last day, oldest first, none = nothing was measured then."""

    host: str
    key: str
    subject: str
    value: float
    parameters: dict[str, Any]
    at: datetime
    history: tuple[float | None, ...]


def read_measures(engine: Engine, region: str) -> list[Measure]:
    bound = {"region": region, "hours": HISTORY_H, "steps": STEPS}
    with engine.connect() as connection:
        rows = connection.execute(MEASURES, bound).all()
    return [
        Measure(
            row.host,
            row.key,
            row.subject,
            row.value,
            row.parameters,
            row.at,
            tuple((row.values or {}).get(str(step)) for step in range(1, STEPS + 1)),
        )
        for row in rows
    ]


def read_database(engine: Engine) -> dict[str, Any]:
    """version, since, connections, most, bytes."""
    with engine.connect() as connection:
        return dict(connection.execute(DATABASE).mappings().one())


def read_redis(client: redis.Redis) -> dict[str, Any] | None:
    """redis_version, uptime_in_seconds, connected_clients, used_memory, maxmemory, evicted_keys; none = it
    does not answer."""
    try:
        found: Any = client.info()
    except redis.RedisError:
        return None
    names = ("redis_version", "uptime_in_seconds", "connected_clients", "used_memory", "maxmemory")
    return {name: found.get(name) for name in (*names, "evicted_keys")}


def read_screens(web: Engine) -> list[dict[str, Any]]:
    """Screens of the wall that may come in; `web` is the web role's."""
    with web.connect() as connection:
        return [dict(row) for row in connection.execute(SCREENS).mappings()]


def last_alarms(engine: Engine, region: str, most: int = 10) -> list[dict[str, Any]]:
    """Alarms of the machine, the newest first."""
    with engine.connect() as connection:
        rows = connection.execute(ALARMS, {"region": region, "most": most}).mappings()
        return [dict(row) for row in rows]


@dataclass(frozen=True)
class ShownProcess:
    """`state`: "running", "ended", or "unknown" where other users' processes are hidden. `bytes`: its memory,
    none = not known."""

    name: str
    pid: int
    since: datetime
    restarts: int
    state: str
    bytes: int | None


def read_processes(data: Path) -> list[ShownProcess]:
    """Those that the supervisor wrote down; empty where this is not the machine of a supervisor."""
    try:
        written = read_foreign_json((data / PROCESSES).read_bytes())
        return [_process(name, dict(one)) for name, one in written["processes"].items()]
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return []


def _process(name: str, written: dict[str, Any]) -> ShownProcess:
    pid, since = int(written["pid"]), datetime.fromtimestamp(float(written["since"]), UTC)
    state, held = "ended", None
    folder = Path(f"/proc/{pid}")
    try:
        fields = (folder / "stat").read_text().rpartition(")")[2].split()
        state = "running" if fields[0] != "Z" and int(fields[19]) == int(written["ticks"]) else "ended"
        pages = (folder / "statm").read_text().split()[1]
        held = int(pages) * 4096 if state == "running" else None
    except PermissionError:
        state = "unknown"
    except (FileNotFoundError, ProcessLookupError):
        state = "ended"
    return ShownProcess(name, pid, since, int(written["restarts"]), state, held)
