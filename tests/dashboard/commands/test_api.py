"""./ikomek api: a key and a secret are all of the output, are listed without themselves, and end at once."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine

from dashboard.commands import api
from geo.errors import Forbidden, InvalidInput, NotFound
from geo.exchange import outbound
from geo.exchange.keys import find_client
from geo.settings import Settings
from tests.support.connected import engine_as
from tests.support.programs import rows

web = engine_as("web")


def run(settings: Settings, *words: str) -> int:
    return api.main(settings, ["api", *words])


def test_a_key_is_issued_listed_and_revoked(
    settings: Settings, web: Engine, owner: Engine, capsys: pytest.CaptureFixture
) -> None:
    assert (
        run(settings, "key", "add", "city-app", "--create", "--kind", "service", "--kind", "emergency") == 0
    )
    key = capsys.readouterr().out.strip()
    client = find_client(web, key)
    assert client is not None
    assert (client.name, client.kinds, client.may_create) == ("city-app", ("service", "emergency"), True)
    assert run(settings, "key", "list") == 0
    listed = capsys.readouterr().out
    assert "city-app" in listed and key not in listed
    assert rows(owner, "select count(*) from api_key where key_hash = :key", key=key) == [(0,)]
    assert run(settings, "key", "revoke", str(client.key_id)) == 0
    assert find_client(web, key) is None
    with pytest.raises(NotFound, match=r"api_key\.unknown"):
        run(settings, "key", "revoke", str(client.key_id))
    assert [what for (what,) in rows(owner, "select what from audit order by id")] == [
        "api_key.issued",
        "api_key.revoked",
    ]


def test_without_a_word_a_key_reads_services_alone(
    settings: Settings, web: Engine, capsys: pytest.CaptureFixture
) -> None:
    run(settings, "key", "add", "reader")
    client = find_client(web, capsys.readouterr().out.strip())
    assert client is not None and client.kinds == ("service",) and not client.may_create
    assert not client.principal.sees("police", None) and client.principal.type == "token"


@pytest.mark.parametrize(
    "words",
    [
        ("key", "add", "Big Name"),
        ("key", "add", "x1", "--kind", "secrets"),
        ("key", "add", "x1", "--days", "0"),
        ("key", "add", "x1", "--per-minute", "100000"),
        ("webhook", "add", "x1", "ftp://example.kz"),
        ("webhook", "add", "x1", "https://no-such-host.invalid/x"),
    ],
)
def test_what_is_none_is_refused(settings: Settings, words: tuple[str, ...]) -> None:
    with pytest.raises(InvalidInput, match=r"api_key\.|exchange\.address"):
        run(settings, *words)


def test_a_webhook_is_added_listed_revived_and_removed(
    settings: Settings, owner: Engine, capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = "http://127.0.0.1:9/hook?token=hidden"
    with pytest.raises(Forbidden, match=r"exchange\.private"):
        run(settings, "webhook", "add", "city-app", address)
    monkeypatch.setenv(outbound.VARIABLE, "127.0.0.0/8")
    assert run(settings, "webhook", "add", "city-app", address) == 0
    secret = capsys.readouterr().out.strip()
    assert secret.startswith("whsec_") and len(secret) > 40
    assert run(settings, "webhook", "list") == 0
    listed = capsys.readouterr().out
    assert "city-app" in listed and secret not in listed
    [(number,)] = rows(owner, "select id from webhook")
    for action in ("revive", "remove"):
        assert run(settings, "webhook", action, str(number)) == 0
    with pytest.raises(NotFound, match=r"webhook\.unknown"):
        run(settings, "webhook", "remove", str(number))
