"""Webhooks: programs that are told of each change of an incident within their scope, in the order of the
change feed.

The change feed is the outbox: a subscription holds a cursor into it, which moves on once the receiver has
answered, so each change is sent at least once, under an id that does not change. A receiver that fails is
left alone for longer and longer; after `DEAD_DAYS` without a good answer it is dead until a person
revives it.
"""

from __future__ import annotations

import base64
import os
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, Identity, Index, RowMapping, Text, TextClause, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from geo.audit.records import record_audit
from geo.base import Base, Now, Region
from geo.errors import InvalidInput, NotFound
from geo.exchange.keys import CLIENT, DEFAULT_KINDS, need_kinds
from geo.ranges import decimal

VARIABLE = "IKOMEK_WEBHOOK_DAYS"
DEAD_DAYS = 5
LEASE = timedelta(minutes=2)
FIRST_PAUSE_S, LONGEST_PAUSE_S = 5, 3600
BATCH = 100
"""Changes that are sent before another process may take the subscription."""
LONGEST_ADDRESS = 500
SECRET = "whsec_"
"""By which libraries of Standard Webhooks know a secret; what follows is base64."""


class Webhook(Base):
    """`position` of `epoch`: the last change that the receiver has taken. `next_at`: when it is tried again;
    none = it is dead or removed. `failing_since`: since when no answer was good."""

    __tablename__ = "webhook"
    __table_args__ = (Index("ix_webhook_due", "region", "next_at"),)
    region: Mapped[Region]
    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    client: Mapped[str]
    address: Mapped[str]
    secret: Mapped[str]
    kinds: Mapped[list[str]] = mapped_column(ARRAY(Text))
    epoch: Mapped[str]
    position: Mapped[int]
    created_by: Mapped[str]
    created_at: Mapped[Now]
    next_at: Mapped[datetime | None]
    failures: Mapped[int] = mapped_column(server_default="0")
    failing_since: Mapped[datetime | None]
    error: Mapped[str | None]
    answered_at: Mapped[datetime | None]
    dead_at: Mapped[datetime | None]
    removed_at: Mapped[datetime | None]


@dataclass(frozen=True)
class Subscription:
    """One that is due, held for `LEASE`."""

    id: int
    address: str
    secret: str
    kinds: tuple[str, ...]
    epoch: str
    position: int
    failures: int
    failing_since: datetime | None


ADD = text("""
    insert into webhook (region, client, address, secret, kinds, epoch, position, created_by, next_at)
    select :region, :client, :address, :secret, :kinds, p.epoch, p.position, :who, now()
    from change_position p returning id""")
REMOVE = text("""
    update webhook set removed_at = now(), next_at = null where region = :region and id = :id
        and removed_at is null returning client""")
REVIVE = text("""
    update webhook set dead_at = null, failures = 0, failing_since = null, next_at = now()
    where region = :region and id = :id and removed_at is null returning client""")
LIST = text("""
    select w.id, w.client, w.address, w.kinds, w.created_at, w.answered_at, w.failing_since, w.dead_at,
        w.error, w.next_at, case when w.epoch = p.epoch then p.position - w.position end as behind
    from webhook w cross join change_position p where w.region = :region and w.removed_at is null
    order by w.dead_at is null, w.failing_since is null, w.id""")
TAKE = text("""
    update webhook w set next_at = cast(:now as timestamptz) + :lease
    where w.region = :region and w.id in (select id from webhook where region = :region and next_at <= :now
        order by next_at limit 1 for update skip locked)
    returning w.id, w.address, w.secret, w.kinds, w.epoch, w.position, w.failures, w.failing_since""")
CHANGES = text("""
    select c.position, c.noun, c.noun_id as incident, c.version, c.payload, c.recorded_at,
        g.key as category
    from change c left join category g on g.id = (c.payload ->> 'category')::bigint
    where c.position > :after and c.region = :region and (c.noun = 'layer'
            and c.payload ->> 'reset' = 'incidents' or c.noun = 'incident'
            and c.payload ->> 'kind' = any(:kinds))
    order by c.position limit :most""")
NOW_AT = text("select epoch, position from change_position")
MOVE = text("""
    update webhook set epoch = :epoch, position = :position, failures = 0, failing_since = null, error = null,
        answered_at = coalesce(cast(:answered as timestamptz), answered_at),
        next_at = case when next_at is not null then clock_timestamp() + :lease end
    where region = :region and id = :id and removed_at is null""")
LET_GO = text("""
    update webhook set next_at = :now where region = :region and id = :id and removed_at is null
        and dead_at is null""")
PUT_OFF = text("""
    update webhook set failures = failures + 1, error = :error,
        failing_since = coalesce(failing_since, :now),
        dead_at = case when :dead then cast(:now as timestamptz) end,
        next_at = case when not :dead then cast(:next_at as timestamptz) end
    where region = :region and id = :id and removed_at is null""")


def add_webhook(
    engine: Engine,
    region: str,
    who: str,
    client: str,
    address: str,
    kinds: Sequence[str] = DEFAULT_KINDS,
) -> tuple[int, str]:
    """Its number, and the secret that signs what is sent, shown once. It is told of what changes from now on.
    Whoever adds it has checked the address (`geo.exchange.outbound`). Raises `InvalidInput`
    ("api_key.client", "api_key.kind", "exchange.address")."""
    if not CLIENT.fullmatch(client):
        raise InvalidInput("api_key.client", client=client[:60])
    need_kinds(kinds)
    if len(address) > LONGEST_ADDRESS:
        raise InvalidInput("exchange.address", address=address[:80])
    secret = SECRET + base64.b64encode(secrets.token_bytes(32)).decode()
    bound = {"region": region, "client": client, "address": address, "kinds": list(dict.fromkeys(kinds))}
    with engine.begin() as connection:
        number = connection.execute(ADD, bound | {"secret": secret, "who": who}).scalar_one()
        record_audit(connection, who, "webhook.added", number=number, name=client)
    return number, secret


def list_webhooks(engine: Engine, region: str) -> list[dict[str, Any]]:
    """Those that were not removed, the dead first; `behind`: changes that wait, none where it is not known.
    Never a secret."""
    with engine.connect() as connection:
        return [dict(row) for row in connection.execute(LIST, {"region": region}).mappings()]


def remove_webhook(engine: Engine, region: str, who: str, number: int) -> str:
    """Whose it was. Raises `NotFound` ("webhook.unknown")."""
    with engine.begin() as connection:
        client = _client_of(connection, REMOVE, region, number)
        record_audit(connection, who, "webhook.removed", number=number, name=client)
    return client


def revive_webhook(engine: Engine, region: str, who: str, number: int) -> str:
    """A dead one is tried again at once, from where it stood. Raises `NotFound` ("webhook.unknown")."""
    with engine.begin() as connection:
        client = _client_of(connection, REVIVE, region, number)
        record_audit(connection, who, "webhook.revived", number=number, name=client)
    return client


def _client_of(connection: Connection, statement: TextClause, region: str, number: int) -> str:
    client = connection.execute(statement, {"region": region, "id": number}).scalar_one_or_none()
    if client is None:
        raise NotFound("webhook.unknown", number=number)
    return client


def take_due(engine: Engine, region: str, now: datetime) -> Subscription | None:
    """The one that has waited longest, for `LEASE` nobody else's."""
    with engine.begin() as connection:
        row = connection.execute(TAKE, {"region": region, "now": now, "lease": LEASE}).mappings().first()
    return Subscription(**{**row, "kinds": tuple(row["kinds"])}) if row else None


def read_waiting(engine: Engine, region: str, webhook: Subscription) -> tuple[str, int, Sequence[RowMapping]]:
    """The epoch, the position up to which all is known, and what of it the receiver is to be told. After a
    restore the cursor means nothing: there is then one row, a reset."""
    with engine.connect() as connection:
        epoch, position = connection.execute(NOW_AT).one()
        bound = {"region": region, "kinds": list(webhook.kinds), "most": BATCH, "after": webhook.position}
        if epoch != webhook.epoch:
            return epoch, position, []
        rows = connection.execute(CHANGES, bound).mappings().all()
    return epoch, rows[-1]["position"] if len(rows) == BATCH else position, rows


def move_on(
    engine: Engine, region: str, webhook: int, epoch: str, position: int, answered: datetime | None
) -> None:
    """Everything up to a position was taken, or is nothing to the receiver (`answered` none)."""
    bound = {"region": region, "id": webhook, "epoch": epoch, "position": position, "lease": LEASE}
    with engine.begin() as connection:
        connection.execute(MOVE, bound | {"answered": answered})


def let_go(engine: Engine, region: str, webhook: int, next_at: datetime) -> None:
    with engine.begin() as connection:
        connection.execute(LET_GO, {"region": region, "id": webhook, "now": next_at})


def put_off(
    engine: Engine, region: str, webhook: Subscription, now: datetime, error: str, gone: bool = False
) -> bool:
    """Whether it is tried again, each time after a pause twice as long. `gone`: the receiver says that it
    will never answer."""
    pause = min(FIRST_PAUSE_S * 2 ** min(webhook.failures, 20), LONGEST_PAUSE_S)
    dead = gone or now - (webhook.failing_since or now) > timedelta(days=dead_days())
    bound = {"region": region, "id": webhook.id, "now": now, "error": error[:500], "dead": dead}
    with engine.begin() as connection:
        connection.execute(PUT_OFF, bound | {"next_at": now + timedelta(seconds=pause)})
    return not dead


def dead_days() -> float:
    """Raises `InvalidInput` ("webhook.days")."""
    given = os.environ.get(VARIABLE, str(DEAD_DAYS))
    if not (days := decimal(given, 0, 60)):
        raise InvalidInput("webhook.days", variable=VARIABLE, given=given[:40])
    return days
