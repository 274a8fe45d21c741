"""What programs of others are told of changes, against a real server: signed, in order, again after a failure
under the same id, never inside the network unless the settings allow it, and dead in the end."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import logging
import threading
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine

from dashboard import webhooks
from geo.changes.outbox import announce_reset, new_epoch
from geo.database import connect_engine
from geo.errors import Forbidden, InvalidInput
from geo.exchange import outbound
from geo.exchange.webhooks import VARIABLE, add_webhook, list_webhooks, remove_webhook, revive_webhook
from geo.settings import Settings
from tests.conftest import _stamp
from tests.support.connected import engine_as
from tests.support.desk import Desk
from tests.support.listeners import WebhookServer, listening

accounts = engine_as("accounts")

DUE = "update webhook set next_at = now() where next_at is not null"


@pytest.fixture
def desk(settings: Settings) -> Iterator[Desk]:
    made = Desk(settings, incidents=2)
    yield made
    made.close()


@pytest.fixture
def telling(settings: Settings) -> Iterator[Engine]:
    engine = connect_engine(settings, "jobs")
    yield engine
    engine.dispose()


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[WebhookServer]:
    monkeypatch.setenv(outbound.VARIABLE, "127.0.0.0/8")
    with listening(WebhookServer()) as server:
        yield server


@pytest.fixture
def secret(desk: Desk, accounts: Engine, receiver: WebhookServer) -> str:
    return subscribe(desk, accounts, receiver)


def subscribe(desk: Desk, accounts: Engine, receiver: WebhookServer, **given) -> str:
    address = f"http://127.0.0.1:{receiver.server_address[1]}/changes?of=city"
    return add_webhook(accounts, desk.city.region, "test", "app", address, **given)[1]


def deliver(desk: Desk, telling: Engine) -> int:
    _stamp(desk.settings)
    desk.execute(DUE)
    return webhooks.deliver(telling, desk.city)


def heard(receiver: WebhookServer) -> list[tuple[str, dict]]:
    return [(headers["webhook-id"], json.loads(body)) for headers, body in receiver.heard]


def test_each_change_is_told_in_order_and_signed(
    desk: Desk, telling: Engine, receiver: WebhookServer, secret: str
) -> None:
    desk.act("oper", "acknowledge")
    desk.act("oper", "status", status="in_progress")
    desk.act("oper", "close", outcome="done")
    assert deliver(desk, telling) == 3
    messages = [body for _, body in heard(receiver)]
    assert [body["type"] for body in messages] == ["incident.changed", "incident.changed", "incident.closed"]
    assert [body["data"]["version"] for body in messages] == [2, 3, 4]
    assert messages[2]["data"]["incident"] == desk.incidents[0] and messages[2]["data"]["point"] == [
        71.43,
        51.13,
    ]
    assert "oper" not in str(messages), "who acted is nobody's to know outside"
    headers, body = receiver.heard[0]
    content = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    key = base64.b64decode(secret.removeprefix("whsec_"))
    expected = base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{expected}"
    assert abs(int(headers["webhook-timestamp"]) - datetime.now(UTC).timestamp()) < 60
    assert deliver(desk, telling) == 0, "each once"


def test_a_failure_is_tried_again_later_and_nothing_overtakes(
    desk: Desk,
    telling: Engine,
    receiver: WebhookServer,
    secret: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    receiver.answers = 503
    desk.act("oper", "acknowledge")
    desk.act("oper", "note", text="x")
    with caplog.at_level(logging.WARNING):
        assert deliver(desk, telling) == 0
    assert "503 from 127.0.0.1" in caplog.text
    assert webhooks.deliver(telling, desk.city) == 0 and len(receiver.heard) == 1, "not before its time"
    receiver.answers = 200
    assert deliver(desk, telling) == 2
    names = [name for name, _ in heard(receiver)]
    assert names[0] == names[1] != names[2], "the same message has the same id"
    [(failures, error)] = desk.rows("select failures, error from webhook")
    assert (failures, error) == (0, None)


def test_pauses_grow_and_after_days_it_is_dead_until_revived(
    desk: Desk,
    telling: Engine,
    accounts: Engine,
    receiver: WebhookServer,
    secret: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    receiver.answers = 500
    desk.act("oper", "acknowledge")
    pauses = []
    for _ in range(4):
        deliver(desk, telling)
        [(pause,)] = desk.rows("select extract(epoch from next_at - now())::float8 from webhook")
        pauses.append(pause)
    assert all(1.7 < later / earlier < 2.3 for earlier, later in zip(pauses, pauses[1:])), pauses
    desk.execute("update webhook set failing_since = now() - interval '5 days 1 minute'")
    deliver(desk, telling)
    [found] = list_webhooks(accounts, desk.city.region)
    assert found["dead_at"] is not None and found["next_at"] is None and found["behind"] == 1
    receiver.answers = 204
    assert deliver(desk, telling) == 0, "dead"
    revive_webhook(accounts, desk.city.region, "test", found["id"])
    assert deliver(desk, telling) == 1, "from where it stood"
    monkeypatch.setenv(VARIABLE, "never")
    receiver.answers = 500
    desk.act("oper", "note", text="x")
    with pytest.raises(InvalidInput, match=r"webhook\.days"):
        deliver(desk, telling)


def test_a_receiver_that_says_gone_is_dead_at_once(
    desk: Desk, telling: Engine, accounts: Engine, receiver: WebhookServer, secret: str
) -> None:
    receiver.answers = 410
    desk.act("oper", "acknowledge")
    assert deliver(desk, telling) == 0
    [found] = list_webhooks(accounts, desk.city.region)
    assert found["dead_at"] is not None and "410" in found["error"]


def test_one_that_answers_late_or_twice_changes_nothing(
    desk: Desk,
    telling: Engine,
    receiver: WebhookServer,
    secret: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(webhooks, "TIMEOUT_S", 0.3)
    receiver.late_s = [2.0]
    receiver.twice = True
    desk.act("oper", "acknowledge")
    desk.act("oper", "note", text="x")
    assert deliver(desk, telling) == 0
    [(error,)] = desk.rows("select error from webhook")
    assert "ReadTimeout" in error
    assert deliver(desk, telling) == 2
    assert len({name for name, _ in heard(receiver)}) == 2


def test_a_redirect_is_followed_nowhere(
    desk: Desk, telling: Engine, receiver: WebhookServer, secret: str
) -> None:
    receiver.answers = 307
    desk.act("oper", "acknowledge")
    assert deliver(desk, telling) == 0 and len(receiver.heard) == 1


def test_only_the_kinds_of_the_subscription_are_told(
    desk: Desk, telling: Engine, accounts: Engine, receiver: WebhookServer
) -> None:
    subscribe(desk, accounts, receiver, kinds=("emergency",))
    desk.act("oper", "acknowledge")
    assert deliver(desk, telling) == 0
    [found] = list_webhooks(accounts, desk.city.region)
    assert found["behind"] == 0, "what is nothing to it is passed over"
    desk.execute("update incident set kind = 'emergency'")
    desk.act("oper", "note", text="x")
    assert deliver(desk, telling) == 1


def test_a_large_batch_and_a_restored_copy_tell_to_read_anew(
    desk: Desk, telling: Engine, receiver: WebhookServer, secret: str
) -> None:
    with desk.owner.begin() as connection:
        announce_reset(connection, desk.city.region, "incidents")
    assert deliver(desk, telling) == 1
    with desk.owner.begin() as connection:
        new_epoch(connection)
    assert deliver(desk, telling) == 1
    assert [body["type"] for _, body in heard(receiver)] == ["incidents.reset"] * 2
    desk.act("oper", "acknowledge")
    assert deliver(desk, telling) == 1


def test_two_processes_tell_each_change_once(
    desk: Desk, telling: Engine, receiver: WebhookServer, secret: str
) -> None:
    desk.act("oper", "acknowledge")
    for n in range(8):
        desk.act("oper", "note", text=str(n))
    _stamp(desk.settings)
    others = [threading.Thread(target=webhooks.deliver, args=(telling, desk.city)) for _ in range(3)]
    for other in others:
        other.start()
    for other in others:
        other.join()
    versions = [body["data"]["version"] for _, body in heard(receiver)]
    assert versions == list(range(2, 11))


def test_who_is_removed_hears_no_more(
    desk: Desk, telling: Engine, accounts: Engine, receiver: WebhookServer, secret: str
) -> None:
    [found] = list_webhooks(accounts, desk.city.region)
    remove_webhook(accounts, desk.city.region, "test", found["id"])
    desk.act("oper", "acknowledge")
    assert deliver(desk, telling) == 0 and list_webhooks(accounts, desk.city.region) == []


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1/x",
        "https://127.0.0.1/x",
        "https://[::1]/x",
        "https://[::ffff:10.0.0.1]/x",
        "https://10.0.0.7/x",
        "https://169.254.169.254/latest/meta-data",
        "https://localhost/x",
        "https://0.0.0.0/x",
        "https://2130706433/x",
        "https://0x7f.1/x",
        "https://100.64.0.1/x",
        "https://192.168.1.1/x",
        "https://[fd00::1]/x",
        "https://[fe80::1]/x",
        "https://[::10.0.0.7]/x",
        "https://[64:ff9b::a9fe:a9fe]/x",
        "https://[64:ff9b:1::7f00:1]/x",
        "https://[2002:7f00:1::]/x",
        "https://[2001:0:4136:e378:8000:63bf:80ff:fffe]/x",
        "https://224.0.0.1/x",
        "https://192.88.99.1/x",
        "https://[5f00::1]/x",
        "https://[::ffff:0:7f00:1]/x",
        "https://[4000::1]/x",
        "https://[ff0e::1]/x",
    ],
)
def test_nothing_inside_the_network_is_reached(address: str) -> None:
    with pytest.raises(Forbidden, match=r"exchange\.private"):
        webhooks.need_receiver(address)


@pytest.mark.parametrize(
    "address", ["ftp://example.kz/x", "x", "http://[", "https://user:pass@1.1.1.1/", "http://1.1.1.1/plain"]
)
def test_an_address_that_is_none(address: str) -> None:
    with pytest.raises(InvalidInput, match=r"exchange\.address"):
        webhooks.need_receiver(address)


def test_an_address_that_is_forbidden_later_is_not_reached_later(
    desk: Desk, telling: Engine, receiver: WebhookServer, secret: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(outbound.VARIABLE)
    desk.act("oper", "acknowledge")
    assert deliver(desk, telling) == 0 and receiver.heard == []
    [(error,)] = desk.rows("select error from webhook")
    assert "exchange.private" in error
