"""What citizens are told, against a real gateway: the sentence in three languages, signed, without a name or
a telephone; a gateway that refuses is tried again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from dashboard import citizen_notices
from geo.database import connect_engine
from geo.desk.gateways import VARIABLE
from geo.settings import Settings
from tests.support.levels_desk import LevelsDesk, performer
from tests.support.listeners import WebhookServer, listening


@pytest.fixture
def webhook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[WebhookServer]:
    monkeypatch.setenv("IKOMEK_WEBHOOK_KEY", "a key of the webhook")
    with listening(WebhookServer()) as server:
        path = tmp_path / "gateways.toml"
        address = f"http://127.0.0.1:{server.server_address[1]}/messages"
        path.write_text(f'[[gateway]]\nkey = "telegram"\nwebhook = "{address}"\n', encoding="utf-8")
        monkeypatch.setenv(VARIABLE, str(path))
        yield server


def test_a_citizen_is_told_once_by_the_channel_they_came_by(
    settings: Settings, webhook: WebhookServer
) -> None:
    desk = LevelsDesk(settings)
    desk.execute(
        """insert into inquiry (region, source, source_id, channel, received_at, one_take, incident_id)
        values ('71', 'inquiries', '109-1', 'telegram', now(), false, :id)""",
        id=desk.incidents[0],
    )
    desk.work(performer("heat"), "done")
    telling = connect_engine(settings, "jobs")
    try:
        assert citizen_notices.queue(desk.editor, desk.city) == 1
        webhook.answers = 503
        assert citizen_notices.deliver(telling, desk.city) == 0
        webhook.answers = 204
        desk.execute("update citizen_notice set next_at = now()")
        assert citizen_notices.deliver(telling, desk.city) == 1
        assert citizen_notices.queue(desk.editor, desk.city) == 0
        assert citizen_notices.deliver(telling, desk.city) == 0
    finally:
        telling.dispose()
        desk.close()
    headers, content = webhook.heard[-1]
    body = json.loads(content)
    assert (body["channel"], body["inquiry"], body["number"]) == ("telegram", "109-1", "i1")
    assert set(body["texts"]) == {"kk", "ru", "en"} and "i1 выполнена" in body["texts"]["ru"]
    assert headers["X-Signature"].startswith("t=")
