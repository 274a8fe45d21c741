"""`/live` end to end on real servers: order, resume, scope, and what happens when something is killed."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
import redis
from sqlalchemy import Engine, text

from geo.changes.outbox import announce_reset, new_epoch, record
from geo.changes.relay import relay
from geo.incidents.payload import RECORD_INCIDENTS
from geo.recovery.read_only import read_only
from geo.settings import Settings
from layers.live import hub, stream
from layers.scope import Scope
from tests.support.connected import engine_as
from tests.support.killable import OwnRedis, eventually
from tests.support.live_client import Listener, serve

REGION = "71"


engine = engine_as("owner", "engine")


@pytest.fixture
def relaying(settings: Settings) -> Iterator[None]:
    stop = threading.Event()
    thread = threading.Thread(target=relay, args=(settings, stop))
    thread.start()
    yield
    stop.set()
    thread.join(10)


@pytest.fixture(autouse=True)
def quick_ticks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub, "TICK_S", 0.5)


def put(engine: Engine, *numbers: int, kind: str = "police", district: int | None = None) -> None:
    for number in numbers:
        with engine.begin() as connection:
            record(
                connection,
                REGION,
                "incident",
                number,
                1,
                {"id": number, "version": 1, "kind": kind, "district": district, "status": "open"},
            )


def next_tick(listener: Listener) -> dict:
    while True:
        event, _, data = listener.events.get(timeout=5)
        if event == "tick":
            return data


def add_districts(engine: Engine) -> dict[str, int]:
    """Two districts, `esil` and `almaty`, one degree square each."""
    with engine.begin() as connection:
        rows = connection.execute(
            text("""
            insert into district (region, key, name_kk, name_ru, name_en, valid_from, geom_4326, geom_3857)
            select '71', key, key, key, key, '2020-01-01', st_multi(box), st_multi(st_transform(box, 3857))
            from (values ('esil', st_makeenvelope(70, 51, 71, 52, 4326)), ('almaty', st_makeenvelope(71, 51,
                72, 52, 4326))) as d (key, box)
            returning key, id""")
        )
        return dict(tuple(row) for row in rows)


def add_incident(engine: Engine, source_id: str, district: int | None = None, **values: object) -> int:
    row = {
        "source_id": source_id,
        "district": district,
        "kind": "police",
        "status": "open",
        "lon": 71.43,
        "vanished": None,
    } | values
    with engine.begin() as connection:
        return connection.execute(
            text("""
            insert into incident (region, source, source_id, kind, source_status, status, opened_at,
                vanished_at, district_id, point_4326)
            values ('71', 'test', :source_id, :kind, :status, :status, now(), :vanished, :district,
                st_setsrid(st_makepoint(:lon, 51.13), 4326))
            returning id"""),
            row,
        ).scalar_one()


def stamped(engine: Engine) -> None:
    """Until the relay has stamped what is committed: who connects then hears of it as of the past."""

    def nothing_waits() -> bool:
        with engine.connect() as connection:
            return not connection.scalar(text("select exists (select from change where position is null)"))

    eventually(nothing_waits)


def move_incident(engine: Engine, incident: int, district: int) -> None:
    with engine.begin() as connection:
        connection.execute(
            text("update incident set district_id = :district, version = version + 1 where id = :id"),
            {"id": incident, "district": district},
        )
        connection.execute(text(f"{RECORD_INCIDENTS} where i.id = :id"), {"id": incident})


def test_changes_arrive_in_order_and_the_tick_tells_the_state(
    engine: Engine, settings: Settings, relaying: None
) -> None:
    with engine.begin() as connection:
        connection.execute(
            text(
                "insert into feed (region, key, layer, interval_s, polled_at) values ('71', "
                "'police', 'incidents', 60, 'epoch')"
            )
        )
        connection.execute(
            text(
                "insert into setting (key, value) values ('mode', '\"drill\"'), ('demo', 'true') "
                "on conflict (key) do update set value = excluded.value"
            )
        )
    with serve(settings) as address, Listener(address) as listener:
        put(engine, 1, 2, 3)
        assert listener.ids(3) == [1, 2, 3]
        tick = next_tick(listener)
        assert tick["position"] == 3 and abs(tick["now"] - time.time()) < 5
        assert 0 <= tick["now"] - tick["as_of"] < 5
        assert (tick["mode"], tick["demo"]) == ("drill", True)
        assert tick["feeds"] == [
            {
                "key": "police",
                "layer": "incidents",
                "interval_s": 60,
                "polled_at": 0,
                "newest_at": None,
                "failed_at": None,
                "error": None,
                "expected": False,
            }
        ]


def test_a_tick_says_that_a_backup_is_being_restored(settings: Settings) -> None:
    """The session that asks is read-only by itself: that alone says nothing."""
    with serve(settings) as address, Listener(address) as listener:
        assert next_tick(listener)["restoring"] is False
        with read_only(settings):
            eventually(lambda: next_tick(listener)["restoring"])
        eventually(lambda: not next_tick(listener)["restoring"])


def test_a_tick_says_how_old_the_picture_is_while_nobody_stamps_changes(
    engine: Engine, settings: Settings
) -> None:
    with serve(settings) as address, Listener(address) as listener:
        put(engine, 1)
        next_tick(listener)
        stood = [next_tick(listener) for _ in range(4)]
        assert stood[-1]["as_of"] == pytest.approx(stood[1]["as_of"], abs=0.05)
        assert stood[-1]["now"] - stood[-1]["as_of"] > 0.9
        stop = threading.Event()
        thread = threading.Thread(target=relay, args=(settings, stop))
        thread.start()
        try:
            assert listener.ids(1) == [1]
            next_tick(listener)
            tick = next_tick(listener)
            assert tick["now"] - tick["as_of"] < 0.5
        finally:
            stop.set()
            thread.join(10)


def test_a_client_resumes_after_a_restart_of_the_server_and_sees_each_change_once(
    engine: Engine, settings: Settings, relaying: None
) -> None:
    with serve(settings) as address, Listener(address) as listener:
        put(engine, 1, 2)
        assert listener.ids(2) == [1, 2]
    put(engine, 3, 4)
    with serve(settings) as address, Listener(address, listener.cursor) as listener:
        put(engine, 5)
        assert listener.ids(3) == [3, 4, 5]


def test_older_than_the_stream_it_resumes_from_the_table(
    engine: Engine, settings: Settings, relaying: None
) -> None:
    with serve(settings) as address:
        with Listener(address) as listener:
            put(engine, 1)
            assert listener.ids(1) == [1]
        put(engine, *range(2, 40))
        with redis.Redis.from_url(settings.redis_url) as client:
            client.flushall()
        put(engine, 40)
        with Listener(address, listener.cursor) as again:
            assert again.ids(39) == list(range(2, 41))


@pytest.mark.parametrize("cursor", ["", "deadbeef-3"])
def test_older_than_the_table_or_of_another_epoch_it_is_told_to_start_over(
    engine: Engine, settings: Settings, relaying: None, cursor: str
) -> None:
    put(engine, 1, 2, 3)
    with serve(settings) as address:
        with Listener(address) as listener:
            start = cursor or listener.cursor.rsplit("-")[0] + "-1"
        with redis.Redis.from_url(settings.redis_url) as client:
            client.flushall()
        with engine.begin() as connection:
            connection.execute(text("delete from change where position < 3"))
        with Listener(address, start) as listener:
            assert listener.expect("reset") == {"reset": "all"}
            put(engine, 4)
            assert listener.ids(1) == [4]


def test_a_cursor_nobody_has_given_starts_over_and_nonsense_is_refused(
    settings: Settings, relaying: None
) -> None:
    with serve(settings) as address:
        with Listener(address) as listener:
            epoch = listener.cursor.split("-")[0]
        with Listener(address, f"{epoch}-999") as listener:
            assert listener.expect("reset") == {"reset": "all"}
        assert httpx.get(f"{address}/live", params={"from": "1;drop-x"}).json() == {"code": "live.cursor"}


def test_screens_stay_live_without_redis_and_lose_nothing_when_it_goes_and_returns(
    engine: Engine,
    settings: Settings,
    relaying: None,
    tmp_path: Path,
) -> None:
    own = OwnRedis(tmp_path / "redis.sock")
    own.start()
    settings = replace(settings, redis_url=own.url)
    with serve(settings) as address, Listener(address) as listener:
        put(engine, 1)
        assert listener.ids(1) == [1]
        own.kill()
        put(engine, 2, 3)
        assert listener.ids(2) == [2, 3]
        own.start()
        put(engine, 4)
        assert listener.ids(1) == [4]
        put(engine, 5, 6)
        assert listener.ids(2) == [5, 6]
    own.kill()


def test_the_database_gone_for_a_moment_costs_nothing(
    engine: Engine, settings: Settings, relaying: None
) -> None:
    with serve(settings) as address, Listener(address) as listener:
        put(engine, 1)
        assert listener.ids(1) == [1]
        with engine.begin() as connection, redis.Redis.from_url(settings.redis_url) as client:
            connection.execute(
                text(
                    "select pg_terminate_backend(pid) from pg_stat_activity where application_name "
                    "in ('ikomek-hub', 'ikomek-resumes', 'ikomek-snapshots')"
                )
            )
            client.flushall()
        put(engine, 2, 3)
        assert listener.ids(2) == [2, 3]
        with Listener(address, listener.cursor.rpartition("-")[0] + "-1") as again:
            assert again.ids(2) == [2, 3]


def test_a_gap_in_the_stream_is_filled_from_the_table(
    engine: Engine, settings: Settings, relaying: None
) -> None:
    with (
        serve(settings) as address,
        Listener(address) as listener,
        redis.Redis.from_url(settings.redis_url) as client,
    ):
        for number in range(1, 60):
            put(engine, number)
            if number % 10 == 0:
                client.flushall()
        assert listener.ids(59) == list(range(1, 60))


def test_a_reset_reaches_everybody(engine: Engine, settings: Settings, relaying: None) -> None:
    with (
        serve(settings) as address,
        Listener(address) as listener,
        Listener(address, **{"x-kinds": "emergency"}) as scoped,
    ):
        with engine.begin() as connection:
            announce_reset(connection, REGION, "incidents")
        assert listener.expect("reset") == scoped.expect("reset") == {"reset": "incidents"}


def test_a_restored_database_makes_every_client_start_over(
    engine: Engine, settings: Settings, relaying: None
) -> None:
    with serve(settings) as address, Listener(address) as listener:
        put(engine, 1)
        assert listener.ids(1) == [1]
        with engine.begin() as connection:
            epoch = new_epoch(connection)
        assert listener.expect("reset") == {"reset": "all"}
        assert listener.cursor.startswith(epoch)
        put(engine, 2)
        assert listener.ids(1) == [2]


def test_the_scope_keeps_other_kinds_away_live_and_on_resume(
    engine: Engine, settings: Settings, relaying: None
) -> None:
    scope = {"x-kinds": "police,offence"}
    with serve(settings) as address:
        with Listener(address, **scope) as listener:
            put(engine, 1, kind="emergency")
            put(engine, 2, kind="police")
            assert listener.ids(1) == [2]
        put(engine, 3, kind="service")
        put(engine, 4, kind="offence")
        stamped(engine)
        with Listener(address, listener.cursor, **scope) as listener:
            assert listener.ids(1) == [4]
            # What was left out may have been of another kind before.
            assert listener.expect("reset") == {"reset": "incidents"}


def test_an_incident_that_leaves_the_district_is_taken_off_its_screens(
    engine: Engine, settings: Settings, relaying: None
) -> None:
    districts = add_districts(engine)
    incident = add_incident(engine, "1", districts["esil"])
    stranger = add_incident(engine, "2", districts["almaty"])
    with serve(settings) as address, Listener(address, **{"x-districts": "esil"}) as listener:
        move_incident(engine, stranger, districts["almaty"])
        move_incident(engine, incident, districts["almaty"])
        assert listener.expect("change") == {
            "noun": "incident",
            "id": incident,
            "version": 2,
            "payload": None,
        }
        move_incident(engine, incident, districts["esil"])
        assert listener.expect("change")["payload"]["district"] == districts["esil"]
        assert listener.nothing()


def test_a_district_that_resumes_is_told_to_fetch_again_where_something_may_have_left(
    engine: Engine, settings: Settings, relaying: None
) -> None:
    districts = add_districts(engine)
    incident = add_incident(engine, "1", districts["esil"])
    with serve(settings) as address:
        with Listener(address, **{"x-districts": "esil"}) as listener:
            cursor = listener.cursor
        move_incident(engine, incident, districts["almaty"])
        stamped(engine)
        with Listener(address, cursor, **{"x-districts": "esil"}) as listener:
            assert listener.expect("reset") == {"reset": "incidents"}


def test_the_snapshot_is_the_live_set_of_the_scope_with_the_position_before_it(
    engine: Engine, settings: Settings, relaying: None
) -> None:
    districts = add_districts(engine)
    seen = add_incident(engine, "1", districts["esil"])
    without_point = add_incident(engine, "2", None, lon=None)
    add_incident(engine, "3", districts["esil"], status="closed")
    add_incident(engine, "4", districts["esil"], vanished="2026-01-01T00:00:00Z")
    with serve(settings) as address, Listener(address) as listener:
        put(engine, 7)
        listener.ids(1)
        everything = httpx.get(f"{address}/layers/incidents.geojson", params={"position": "1"}).json()
        assert f"{everything['epoch']}-{everything['position']}" == listener.cursor
        assert {
            feature["id"]: feature["geometry"] and feature["geometry"]["coordinates"]
            for feature in everything["features"]
        } == {seen: [71.43, 51.13], without_point: None}
        assert "point" not in everything["features"][0]["properties"]
        esil = httpx.get(
            f"{address}/layers/incidents.geojson",
            headers={"x-districts": "esil", "accept-encoding": "identity"},
        ).json()
        assert [feature["id"] for feature in esil["features"]] == [seen]
        for box, there in (("71,51,72,52", [seen]), ("72,51,73,52", [])):
            part = httpx.get(f"{address}/layers/incidents.geojson", params={"bbox": box}).json()
            assert [feature["id"] for feature in part["features"]] == there
        nobody = httpx.get(f"{address}/layers/incidents.geojson", headers={"x-kinds": "emergency"}).json()
        assert nobody["features"] == []


def test_a_client_that_lags_is_let_go_and_keeps_no_memory() -> None:
    async def lag() -> bytes:
        client = stream.Client(Scope(), 0)
        for _ in range(stream.QUEUE_LIMIT + 1):
            client.put(b"frame")
        return await client.take()

    assert asyncio.run(lag()) == b""


def test_a_hub_that_closes_ends_its_streams_and_those_that_come_too_late() -> None:
    async def close() -> list[bytes]:
        closing = hub.Hub(None, None, REGION)
        before = closing.join(Scope())
        closing.close()
        after = closing.join(Scope())
        return [await before.take(), await after.take(), await before.take()]

    assert asyncio.run(close()) == [b"", b"", b""]


def test_what_waits_leaves_as_one_piece_in_order() -> None:
    async def two() -> bytes:
        client = stream.Client(Scope(), 0)
        client.put(b"a")
        client.put(b"b")
        return await client.take()

    assert asyncio.run(two()) == b"ab"
