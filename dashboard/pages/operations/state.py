"""All that the page shows, read at once: from the database, from Redis, from this process and from what the
supervisor has written down. What cannot be read is absent, and found (`findings`)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from dashboard.request_context import RequestContext
from geo.alarms.rules import AlarmRule, current_rules
from geo.audit.heads import folder_of
from geo.errors import InvalidInput
from geo.work import jobs
from layers import audit, operations
from layers.audit import ChainState
from layers.feeds import all_feeds
from layers.operations import Measure, ShownProcess
from layers.queues import Queue, queues
from layers.traffic import RouteTraffic


@dataclass(frozen=True)
class OperationsState:
    """`redis` none = it does not answer. `rules` empty = the file of rules is wrong."""

    now: datetime
    zone: ZoneInfo
    language: str
    measures: list[Measure]
    processes: list[ShownProcess]
    routes: list[RouteTraffic]
    feeds: list[dict[str, Any]]
    queues: list[Queue]
    chain: ChainState
    jobs: list[jobs.JobState]
    database: dict[str, Any]
    redis: dict[str, Any] | None
    screens: list[dict[str, Any]]
    alarms: list[dict[str, Any]]
    rules: dict[str, AlarmRule]

    @property
    def active(self) -> list[dict[str, Any]]:
        """Alarms of the machine that stand."""
        return [alarm for alarm in self.alarms if alarm["cleared_at"] is None]

    def alarm_of(self, measure: Measure) -> dict[str, Any] | None:
        """The alarm that a measure has raised and that stands."""
        named = {"measure": measure.key, "subject": measure.subject, "host": measure.host}
        return next((one for one in self.active if named.items() <= one["parameters"].items()), None)

    def rule_name(self, key: str) -> str:
        return self.rules[key].name[self.language] if key in self.rules else key


def read_state(context: RequestContext) -> OperationsState:
    servers, settings = context.servers, context.settings
    engine, region = servers.engine, settings.city.region
    with engine.connect() as connection:
        due = jobs.states(connection, region)
    try:
        rules = current_rules()
    except InvalidInput:  # the page /alarms names the line
        rules = {}
    return OperationsState(
        now=datetime.now(UTC),
        zone=settings.city.time_zone,
        language=context.language,
        measures=operations.read_measures(engine, region),
        processes=operations.read_processes(settings.data),
        routes=[route for route in servers.traffic.read() if route.answers or route.busy],
        feeds=all_feeds(engine, region),
        queues=queues(engine, region),
        chain=audit.chain_state(context.web, folder_of(settings)),
        jobs=due,
        database=operations.read_database(engine),
        redis=operations.read_redis(servers.redis_sync),
        screens=operations.read_screens(context.web),
        alarms=operations.last_alarms(engine, region),
        rules=rules,
    )
