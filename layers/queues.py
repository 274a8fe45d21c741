"""What waits, and for how long: the queues between the parts of the system, for /metrics and the page
/operations. `engine` is the reader's."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Engine, text

HERE = "region = :region"
OUTBOXES = {"escalation_notice": HERE, "report_mail": HERE, "citizen_notice": HERE, "access_notice": "true"}
"""Each with the condition that its rows are of this city; accounts are of the whole installation."""
OUTBOX = """
    select '{table}', count(*) filter (where next_at is not null), count(*) filter (where error is not null
            and next_at is not null), coalesce(extract(epoch from clock_timestamp() - min(next_at)
                filter (where next_at <= clock_timestamp())), 0)::float8
    from {table} where {here} and next_at is not null"""
QUEUES = text(
    """
    select 'inbox', count(*), 0, coalesce(extract(epoch from clock_timestamp() - min(asked_at)), 0)::float8
    from inbox where region = :region and state = 'waiting'
    union all
    select 'change', count(*), 0, coalesce(extract(epoch from clock_timestamp()
            - min(recorded_at)), 0)::float8
    from change where position is null
    union all
    select 'webhook', count(*) filter (where failing_since is not null),
        count(*) filter (where dead_at is not null),
        coalesce(extract(epoch from clock_timestamp() - min(failing_since)), 0)::float8
    from webhook where region = :region and removed_at is null
    union all"""
    + "\n    union all".join(OUTBOX.format(table=table, here=here) for table, here in OUTBOXES.items())
)


@dataclass(frozen=True)
class Queue:
    """`waiting`: how many; of webhooks the receivers that fail. `failed`: of these how many a try has failed
    for; of webhooks those that are dead. `oldest_s`: how long the oldest has been due, 0 = none."""

    key: str
    waiting: int
    failed: int
    oldest_s: float


def queues(engine: Engine, region: str) -> list[Queue]:
    with engine.connect() as connection:
        return [Queue(*row) for row in connection.execute(QUEUES, {"region": region})]
