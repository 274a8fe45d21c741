"""`/live` beside a slow database: an answer that is late is not news, and what is unknown is not told as
known."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from geo.changes.outbox import announce_reset
from geo.settings import Settings
from layers.live import hub
from layers.live.stream import LiveChange
from layers.live.whereabouts import ANYWHERE, Whereabouts
from layers.pools import open_pools
from layers.scope import Scope
from tests.layers.live.test_routes import (
    REGION,
    add_districts,
    add_incident,
    move_incident,
    put,
    quick_ticks,
    relaying,
)
from tests.support.connected import engine_as
from tests.support.faulty_link import Fault, database_through
from tests.support.live_client import Listener, serve

__all__ = ["quick_ticks", "relaying"]


engine = engine_as("owner", "engine")


def test_a_tick_overtaken_by_changes_resets_nobody(
    engine: Engine,
    settings: Settings,
    relaying: None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(hub, "TICK_S", 0.02)
    slowly, link = database_through(settings, tmp_path)
    with link, serve(slowly) as address, Listener(address) as listener:
        link.fault = Fault(delay_s=(0.05, 0.05))
        put(engine, *range(1, 60))
        assert listener.ids(59) == list(range(1, 60))


def test_what_leaves_a_district_is_taken_off_although_another_layer_was_announced_between(
    engine: Engine, settings: Settings, relaying: None
) -> None:
    """Both commit before the hub reads either, as under load: the incident's row says already where it
    went."""
    districts = add_districts(engine)
    incident = add_incident(engine, "1", districts["esil"])
    with serve(settings) as address, Listener(address, **{"x-districts": "esil"}) as listener:
        with engine.begin() as held:
            held.execute(text("lock table change_position in access exclusive mode"))
            with engine.begin() as connection:
                announce_reset(connection, REGION, "buildings")
            move_incident(engine, incident, districts["almaty"])
        assert listener.expect("reset") == {"reset": "buildings"}
        assert listener.expect("change") == {
            "noun": "incident",
            "id": incident,
            "version": 2,
            "payload": None,
        }


@pytest.mark.parametrize("moved", ["before", "after"])
def test_what_leaves_while_the_places_are_read_is_taken_off(
    engine: Engine, settings: Settings, relaying: None, tmp_path: Path, moved: str
) -> None:
    districts = add_districts(engine)
    incident = add_incident(engine, "1", districts["esil"])
    slowly, link = database_through(settings, tmp_path)
    with link, serve(slowly) as address, Listener(address) as everything:
        put(engine, 7)
        everything.ids(1)
        link.fault = Fault(hung=True)
        with Listener(address, **{"x-districts": "esil"}) as listener:
            if moved == "after":
                link.fault = Fault(delay_s=(0.3, 0.3))
            move_incident(engine, incident, districts["almaty"])
            assert listener.expect("change") == {
                "noun": "incident",
                "id": incident,
                "version": 2,
                "payload": None,
            }
            link.fault = Fault()


def test_an_incident_that_becomes_of_another_kind_leaves_the_screens_of_its_old_one(
    engine: Engine, settings: Settings, relaying: None
) -> None:
    incident = add_incident(engine, "1")
    with serve(settings) as address, Listener(address, **{"x-kinds": "police"}) as listener:
        with engine.begin() as connection:
            connection.execute(text("update incident set kind = 'service' where id = :id"), {"id": incident})
        move_incident(engine, incident, None)
        assert listener.expect("change")["payload"] is None


def test_places_of_what_is_closed_are_not_kept(engine: Engine, settings: Settings) -> None:
    districts = add_districts(engine)
    known = [add_incident(engine, str(number), districts["esil"]) for number in range(5)]

    async def follow() -> list[int]:
        async with open_pools(settings) as pools:
            return await _followed(Whereabouts(pools, REGION))

    async def _followed(whereabouts: Whereabouts) -> list[int]:
        assert whereabouts.of(known[0]) == ANYWHERE
        await whereabouts.load(0)
        sizes = [len(whereabouts)]
        whereabouts.follow(LiveChange(1, b"", "incident", 99, 1, "police", "esil", None, live=True))
        sizes.append(len(whereabouts))
        for number in (99, known[0]):
            whereabouts.follow(LiveChange(2, b"", "incident", number, 2, "police", "esil", None, live=False))
        return [*sizes, len(whereabouts)]

    assert asyncio.run(follow()) == [5, 6, 4]


def test_a_scope_is_told_of_a_removal_where_the_place_is_unknown() -> None:
    moved = LiveChange(3, b"whole", "incident", 8, 2, "police", "almaty", ANYWHERE, live=True)
    assert moved.for_scope(Scope(districts=frozenset({"almaty"})), "e") == b"whole"
    assert b'"payload": null' in moved.for_scope(Scope(districts=frozenset({"esil"})), "e")
