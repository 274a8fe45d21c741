"""The room of a wall: a server, a city's rows that change as the ETL changes them, and a screen. For the
tests of the wall."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Page
from sqlalchemy import text

from geo.database import connect_engine
from geo.incidents.payload import RECORD_INCIDENTS
from geo.settings import Settings
from tests.support.web import Server

WALL = "/wall/operations"
FEEDS = ("inquiries", "calls", "police", "emergencies", "offences")
KINDS = ("service", "police", "emergency", "offence")


class Room:
    """The server, the city's rows and a screen."""

    def __init__(self, server: Server, settings: Settings) -> None:
        self.server, self.settings = server, settings
        self.engine = connect_engine(settings, "owner")

    def write(self, statement: str, **values: object) -> list:
        with self.engine.begin() as connection:
            result = connection.execute(text(statement), values)
            return list(result.scalars()) if result.returns_rows else []

    def incident(self, number: int, **values: object) -> int:
        """A calm incident of the last minutes, near the centre, announced like every write."""
        row = {
            "kind": KINDS[number % 4],
            "priority": 0,
            "title": f"Происшествие {number}",
            "due": None,
            "age": timedelta(minutes=number % 9),
            "lon": 71.40 + number % 9 * 0.01,
            "lat": 51.12 + number // 9 % 9 * 0.005,
            "inquiries": 0,
            "feed": "test",
        } | values
        with self.engine.begin() as connection:
            key = connection.execute(
                text("""
                insert into incident (region, source, source_id, kind, title, source_status, status, priority,
                    opened_at, due_at, address, inquiries, point_4326, point_3857)
                select '71', :feed, :number, :kind, :title, 'open', 'open', :priority, now() - :age,
                    now() + :due, 'проспект Кабанбай батыра, 42', :inquiries,
                       p, st_transform(p, 3857) from st_setsrid(st_makepoint(:lon, :lat),
                           4326) p returning id"""),
                row | {"number": str(number)},
            ).scalar_one()
            connection.execute(text(f"{RECORD_INCIDENTS} where i.id = :id"), {"id": key})
        return key

    def change(self, key: int, assignment: str) -> None:
        with self.engine.begin() as connection:
            connection.execute(
                text(f"update incident set {assignment}, version = version + 1 where id = :id"), {"id": key}
            )
            connection.execute(text(f"{RECORD_INCIDENTS} where i.id = :id"), {"id": key})

    def feed(self, key: str, polled_s: float, interval_s: int = 60) -> None:
        self.write(
            """insert into feed (region, key, layer, interval_s, polled_at) values ('71', :key, 'incidents',
                :interval, now() - make_interval(secs => :ago))
            on conflict (region, key) do update set polled_at = excluded.polled_at,
                interval_s = excluded.interval_s""",
            key=key,
            interval=interval_s,
            ago=polled_s,
        )

    def show(self, page: Page, path: str = WALL) -> None:
        """Open the wall and wait until map, symbols and figures are there."""
        self.server.sign_in(page)
        page.goto(self.server.url + path)
        page.wait_for_function(
            "() => window.ikomek && ikomek.live && ikomek.live.loaded && ikomek.live.tick && "
            "ikomek.maps.get('ikomek-map-wall')",
            timeout=30_000,
        )
        page.wait_for_function(
            "() => document.querySelector('[data-figure=overdue] .wall-figure-value')?.textContent",
            timeout=30_000,
        )
        page.wait_for_timeout(2500)


@pytest.fixture
def room(server: Server, settings: Settings) -> Iterator[Room]:
    room = Room(server, settings)
    for key in FEEDS:
        room.feed(key, 1, interval_s=600)
    yield room
    room.engine.dispose()


def drawn(page: Page) -> int:
    return int(page.get_attribute("canvas.ikomek-incidents", "data-drawn"))


def wait_drawn(page: Page, count: int) -> None:
    page.wait_for_function(
        f"() => document.querySelector('canvas.ikomek-incidents').dataset.drawn === '{count}'", timeout=60_000
    )
