"""What escalation tells, against real servers: a mail and a signed webhook for each step; a server that
refuses is tried again, and nothing is told twice under two names."""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from dashboard import jobs, notices
from geo.database import connect_engine
from geo.escalation.rules import VARIABLE
from geo.settings import Settings
from tests.support.desk import Desk
from tests.support.killable import eventually
from tests.support.listeners import MailServer, WebhookServer, listening

KEY = "a key of the webhook"
WAITING = "select count(*) from escalation_notice where sent_at is null and next_at is not null"


@pytest.fixture
def desk(settings: Settings) -> Iterator[Desk]:
    made = Desk(settings, incidents=1)
    made.execute("""update incident set priority = 1, opened_at = now() - interval '20 minutes',
        title = 'Нет отопления', address = 'Сарайшық 7'""")
    yield made
    made.close()


@pytest.fixture
def telling(settings: Settings) -> Iterator[Engine]:
    engine = connect_engine(settings, "jobs")
    yield engine
    engine.dispose()


@pytest.fixture
def mail(monkeypatch: pytest.MonkeyPatch) -> Iterator[MailServer]:
    with listening(MailServer()) as server:
        monkeypatch.setenv("IKOMEK_SMTP_URL", f"smtp://127.0.0.1:{server.server_address[1]}")
        monkeypatch.setenv("IKOMEK_MAIL_FROM", "ikomek@example.org")
        yield server


@pytest.fixture
def webhook(monkeypatch: pytest.MonkeyPatch) -> Iterator[WebhookServer]:
    monkeypatch.setenv("IKOMEK_WEBHOOK_KEY", KEY)
    with listening(WebhookServer()) as server:
        yield server


@pytest.fixture
def steps(tmp_path: Path, webhook: WebhookServer, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "steps.toml"
    path.write_text(
        f"""[[step]]
key = "nobody"
level = 1
unacknowledged_min = 15
mail = ["duty@example.org"]
webhook = ["http://127.0.0.1:{webhook.server_address[1]}/escalations"]
""",
        encoding="utf-8",
    )
    monkeypatch.setenv(VARIABLE, str(path))
    return path


def test_a_step_is_told_by_mail_and_webhook(
    desk: Desk, steps: Path, mail: MailServer, webhook: WebhookServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "ESCALATE_EVERY_S", 0.05)
    stop = threading.Event()
    running = threading.Thread(target=jobs.escalate, args=(desk.settings, stop))
    running.start()
    try:
        sent = "select count(*) from escalation_notice where sent_at is not null"
        eventually(lambda: desk.rows(sent) == [(2,)])
    finally:
        stop.set()
        running.join()
    [message] = mail.heard
    assert message["To"] == "duty@example.org" and "ikomek@example.org" in message["From"]
    assert "Нет отопления" in message["Subject"]
    assert "Сарайшық 7" in message.get_content()
    assert f"/map?incident={desk.incidents[0]}" in message.get_content()
    [(headers, body)] = webhook.heard
    payload = json.loads(body)
    assert (payload["event"], payload["incident"], payload["level"]) == (
        "incident.escalated",
        desk.incidents[0],
        1,
    )
    seconds, signature = (part.split("=")[1] for part in headers["X-Signature"].split(","))
    assert signature == hmac.new(KEY.encode(), f"{seconds}.".encode() + body, hashlib.sha256).hexdigest()


def test_who_refuses_is_asked_again_and_the_others_are_told(
    desk: Desk,
    steps: Path,
    mail: MailServer,
    webhook: WebhookServer,
    telling: Engine,
    caplog: pytest.LogCaptureFixture,
) -> None:
    mail.refuses, webhook.answers = True, 500
    jobs.escalate_due(desk.editor, desk.city, jobs.current_steps(), jobs.datetime.now(jobs.UTC))
    with caplog.at_level(logging.WARNING):
        assert notices.deliver(telling, desk.city) == 0
    assert "550" in caplog.text and "500 from 127.0.0.1" in caplog.text
    assert desk.rows(WAITING) == [(2,)]
    assert notices.deliver(telling, desk.city) == 0, "not before its time"
    mail.refuses = False
    desk.execute("update escalation_notice set next_at = now()")
    assert notices.deliver(telling, desk.city) == 1
    webhook.answers = 200
    desk.execute("update escalation_notice set next_at = now() where sent_at is null")
    assert notices.deliver(telling, desk.city) == 1
    assert desk.rows(WAITING) == [(0,)]
    assert len(mail.heard) == 1
    assert len({headers["Idempotency-Key"] for headers, _ in webhook.heard}) == 1 < len(webhook.heard)


def test_without_a_mail_server_the_notice_says_why_it_waits(
    desk: Desk, steps: Path, telling: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("IKOMEK_SMTP_URL", raising=False)
    jobs.escalate_due(desk.editor, desk.city, jobs.current_steps(), jobs.datetime.now(jobs.UTC))
    assert notices.deliver(telling, desk.city) == 1, "the webhook"
    [(error,)] = desk.rows("select error from escalation_notice where channel = 'mail'")
    assert "IKOMEK_SMTP_URL" in error
