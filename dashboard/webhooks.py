"""What programs of others are told of each change (`geo.exchange.webhooks`), signed as Standard Webhooks have
it: headers `webhook-id`, `webhook-timestamp` and `webhook-signature`, "v1," and the base64 of HMAC-SHA256
over "id.timestamp.body".

A good answer is one of 2xx within `TIMEOUT_S`; what else it says is not read, and it is not followed
elsewhere. Each message has a connection of its own, to the address that was checked, so that a name that
means another host a moment later, or an answer that comes twice, changes nothing.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import logging
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import httpx

from geo.contacts import without_contacts
from geo.database import Engine
from geo.errors import IkomekError, InvalidInput
from geo.exchange import webhooks
from geo.exchange.outbound import is_inside, need_allowed, pinned
from geo.exchange.webhooks import Subscription
from geo.settings import City

log = logging.getLogger(__name__)

TIMEOUT_S = 15
IDLE = timedelta(seconds=2)
"""How soon a receiver that has taken all is looked at again."""
GONE = 410
SHOWN = (
    "id",
    "version",
    "kind",
    "priority",
    "status",
    "title",
    "address",
    "opened",
    "due",
    "closed",
    "point",
)
"""Parts of the feed's payload: what the standard's reader sees too, never a person's name or words."""
TIMES = ("opened", "due", "closed")


class NotTaken(Exception):
    """The receiver did not take it. `gone`: it says that it never will."""

    def __init__(self, reason: str, gone: bool = False) -> None:
        super().__init__(reason)
        self.gone = gone


def need_receiver(address: str) -> str:
    """The address to connect to. Raises `InvalidInput` ("exchange.address"), also for one outside that is
    not HTTPS; `Forbidden` ("exchange.private"); `OSError` for a name that is not known."""
    chosen = need_allowed(address)
    if urlsplit(address).scheme != "https" and not is_inside(chosen):
        raise InvalidInput("exchange.address", address=address[:200])
    return chosen


def deliver(engine: Engine, city: City) -> int:
    """Send what waits; how many messages were taken. One receiver that fails waits, the others go on."""
    sent = 0
    while (webhook := webhooks.take_due(engine, city.region, datetime.now(UTC))) is not None:
        taken, whole = _deliver_one(engine, city, webhook)
        sent += taken
        if whole:
            pause = timedelta() if taken == webhooks.BATCH else IDLE
            webhooks.let_go(engine, city.region, webhook.id, datetime.now(UTC) + pause)
    return sent


def _deliver_one(engine: Engine, city: City, webhook: Subscription) -> tuple[int, bool]:
    """How many it took, and whether it took all."""
    epoch, position, rows = webhooks.read_waiting(engine, city.region, webhook)
    taken = 0
    try:
        if epoch != webhook.epoch:
            post(webhook, f"{epoch}-reset", reset(city))
            webhooks.move_on(engine, city.region, webhook.id, epoch, position, datetime.now(UTC))
            return 1, True
        for row in rows:
            post(webhook, f"{epoch}-{row['position']}", compose(city, dict(row)))
            webhooks.move_on(engine, city.region, webhook.id, epoch, row["position"], datetime.now(UTC))
            taken += 1
    except (NotTaken, IkomekError, OSError, httpx.HTTPError) as error:
        _put_off(engine, city, webhook, error)
        return taken, False
    if position > webhook.position:
        webhooks.move_on(engine, city.region, webhook.id, epoch, position, None)
    return taken, True


def _put_off(engine: Engine, city: City, webhook: Subscription, error: Exception) -> None:
    gone = isinstance(error, NotTaken) and error.gone
    reason = str(error) if isinstance(error, NotTaken) else f"{type(error).__name__}: {error}"
    again = webhooks.put_off(engine, city.region, webhook, datetime.now(UTC), reason, gone)
    log.warning(
        "webhook %s failed (%s)%s",
        webhook.id,
        reason,
        "; it is tried again" if again else ": dead until './ikomek api webhook revive'",
    )


def compose(city: City, row: Mapping[str, Any]) -> bytes:
    """The body of one change."""
    if row["noun"] == "layer":
        return reset(city, row["recorded_at"])
    payload = row["payload"]
    data = {name: payload.get(name) for name in SHOWN}
    data["title"] = without_contacts(data["title"] or "") or None
    data |= {name: iso(payload[name]) for name in TIMES if payload.get(name) is not None}
    data |= {"incident": data.pop("id"), "category": row["category"], "city": city.key}
    return _body(event_of(payload), row["recorded_at"], data)


def event_of(payload: Mapping[str, Any]) -> str:
    if payload.get("vanished"):
        return "incident.removed"
    if payload.get("status") == "closed":
        return "incident.closed"
    return "incident.opened" if payload.get("version") == 1 else "incident.changed"


def reset(city: City, at: datetime | None = None) -> bytes:
    """Too much changed at once to be told one by one: the receiver reads the list anew."""
    return _body("incidents.reset", at or datetime.now(UTC), {"city": city.key})


def iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")


def _body(event: str, at: datetime, data: Mapping[str, Any]) -> bytes:
    whole = {"type": event, "timestamp": at.astimezone(UTC).isoformat(), "data": data}
    return json.dumps(whole, ensure_ascii=False).encode()


def post(webhook: Subscription, name: str, body: bytes) -> None:
    """Raises `NotTaken`, what `need_receiver` raises, and what `httpx` raises."""
    whole, host, extensions = pinned(webhook.address, need_receiver(webhook.address))
    headers = {"Host": host, "Content-Type": "application/json", "Connection": "close"}
    headers |= signed(webhook.secret, f"msg_{webhook.id}_{name}", int(datetime.now(UTC).timestamp()), body)
    with (
        httpx.Client(timeout=TIMEOUT_S, follow_redirects=False, trust_env=False) as client,
        client.stream("POST", whole, content=body, headers=headers, extensions=extensions) as answer,
    ):
        if not answer.is_success:
            raise NotTaken(
                f"{answer.status_code} from {extensions['sni_hostname']}", answer.status_code == GONE
            )


def signed(secret: str, name: str, seconds: int, body: bytes) -> dict[str, str]:
    """The three headers."""
    key = base64.b64decode(secret.removeprefix(webhooks.SECRET))
    digest = hmac.new(key, f"{name}.{seconds}.".encode() + body, hashlib.sha256).digest()
    signature = f"v1,{base64.b64encode(digest).decode()}"
    return {"webhook-id": name, "webhook-timestamp": str(seconds), "webhook-signature": signature}
