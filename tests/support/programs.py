"""Programs of others: clients with a key, against a server of the test."""

from __future__ import annotations

from typing import Any

import httpx
from sqlalchemy import Engine, text

from geo.database import connect_engine
from geo.exchange.keys import issue_key
from geo.settings import Settings
from tests.support.web import Server

SERVICES = """
    insert into category (id, key, parent_id, kind, name_kk, name_ru, name_en, due_hours, calendar)
    overriding system value values
        (1, 'roads', null, 'service', 'Жолдар', 'Дороги', 'Roads', null, 'around_the_clock'),
        (2, 'pothole', 1, 'service', 'Шұңқыр', 'Яма', 'Pothole', 72, 'around_the_clock'),
        (3, 'heat', null, 'service', 'Жылу', 'Отопление', 'Heating', 4, 'around_the_clock'),
        (4, 'theft', null, 'police', 'Ұрлық', 'Кража', 'Theft', null, 'around_the_clock')
    on conflict do nothing"""
PREFIX = "/api/open311/v2"


def add_services(settings: Settings) -> None:
    """A service in a group, one without, and one of the police."""
    owner = connect_engine(settings, "owner")
    with owner.begin() as connection:
        connection.execute(text(SERVICES))
    owner.dispose()


def issue(settings: Settings, client: str = "app", **given: Any) -> str:
    accounts = connect_engine(settings, "accounts")
    try:
        return issue_key(accounts, "test", client, **given)[1]
    finally:
        accounts.dispose()


def program(server: Server, key: str | None = None, **headers: str) -> httpx.Client:
    shown = {"X-API-Key": key} if key else {}
    return httpx.Client(
        base_url=server.url + PREFIX,
        verify=server.verify,
        headers={"Accept-Language": "en", **shown, **headers},
        timeout=30,
    )


def rows(engine: Engine, statement: str, **bound: Any) -> list[tuple]:
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(statement), bound)]
