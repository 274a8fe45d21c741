"""The wall's turns: one critical incident after the other, at its commit, for as long as it is critical;
an operator's holds; what every screen is told."""

from __future__ import annotations

import threading
import time
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, text

from geo import wall
from geo.errors import InvalidInput, NotFound

REGION = "71"
INSERT = text("""insert into incident (region, source, source_id, kind, source_status, status, priority,
    opened_at)
    values ('71', 'test', :source_id, 'emergency', 'open', :status, :priority, now() - :age) returning id""")


def happen(
    engine: Engine, source_id: str, priority: int = 2, status: str = "open", age: timedelta = timedelta()
) -> int:
    bound = {"source_id": source_id, "priority": priority, "status": status, "age": age}
    with engine.begin() as connection:
        return connection.scalar(INSERT, bound)


def change(engine: Engine, incident: int, assignment: str) -> None:
    with engine.begin() as connection:
        connection.execute(text(f"update incident set {assignment} where id = :id"), {"id": incident})


def turns(engine: Engine) -> list[tuple[int, int, int]]:
    """(incident, seconds from now until it begins, how long), rounded."""
    now = time.time()
    return [
        (turn["incident"], round(max(turn["from"] - now, 0)), round(turn["until"] - turn["from"]))
        for turn in wall.read_state(engine, REGION)["turns"]
    ]


def changes(engine: Engine) -> list[dict]:
    with engine.connect() as connection:
        return list(connection.scalars(text("select payload from change where noun = 'wall' order by id")))


def audited(engine: Engine) -> list[tuple[str, str]]:
    with engine.connect() as connection:
        return [
            tuple(row)
            for row in connection.execute(
                text("select who, what from audit where what like 'wall.%' order by id")
            )
        ]


def test_a_critical_incident_takes_the_wall_at_its_commit_and_others_queue(
    etl: Engine, reader: Engine
) -> None:
    happen(etl, "calm", priority=1)
    happen(etl, "old", status="closed")
    first, second = happen(etl, "1"), happen(etl, "2")
    assert turns(reader) == [(first, 0, 60), (second, 60, 60)]
    assert [len(state["turns"]) for state in changes(reader)] == [1, 2]
    assert changes(reader)[-1] == wall.read_state(reader, REGION)


def test_what_becomes_critical_takes_it_and_what_is_so_no_more_gives_it_to_the_next(
    etl: Engine, reader: Engine
) -> None:
    first, second, third = happen(etl, "1", priority=1), happen(etl, "2"), happen(etl, "3")
    change(etl, first, "priority = 2")
    assert [turn[0] for turn in turns(reader)] == [second, third, first]
    change(etl, second, "status = 'closed'")
    assert turns(reader) == [(third, 0, 60), (first, 60, 60)]
    change(etl, third, "vanished_at = now()")
    change(etl, first, "title = 'Пожар'")
    assert turns(reader) == [(first, 0, 60)]
    change(etl, first, "priority = 0")
    assert turns(reader) == []


def test_a_flood_is_no_hour_of_turns(etl: Engine, reader: Engine) -> None:
    ids = [happen(etl, str(number)) for number in range(14)]
    assert [turn[0] for turn in turns(reader)] == ids[:10]


def test_what_was_opened_long_ago_takes_no_wall_when_it_is_loaded(etl: Engine, reader: Engine) -> None:
    old = [happen(etl, str(number), age=timedelta(days=365)) for number in range(6)]
    assert turns(reader) == []
    new = happen(etl, "new")
    assert turns(reader) == [(new, 0, 60)]
    change(etl, old[0], "priority = 0")
    change(etl, old[0], "priority = 2")
    assert [turn[0] for turn in turns(reader)] == [new, old[0]], "it becomes critical now"


def test_what_is_new_goes_before_what_came_late(etl: Engine, reader: Engine) -> None:
    late = [happen(etl, str(number), age=timedelta(hours=3)) for number in range(10)]
    assert [turn[0] for turn in turns(reader)] == late
    first, second = happen(etl, "first"), happen(etl, "second")
    assert [turn[0] for turn in turns(reader)] == [first, second, *late[:8]]
    assert [turn[1:] for turn in turns(reader)] == [(60 * index, 60) for index in range(10)]
    change(etl, first, "status = 'closed'")
    assert [turn[0] for turn in turns(reader)] == [second, *late[:8]]


def test_what_is_new_interrupts_what_is_held_and_the_hold_goes_on_after_it(etl: Engine, web: Engine) -> None:
    held, waiting = happen(etl, "held"), happen(etl, "waiting")
    wall.hold_incident(web, REGION, "anna")
    new = [happen(etl, str(number)) for number in range(12)]
    state = wall.read_state(web, REGION)["turns"]
    assert [turn["incident"] for turn in state] == [*new[:8], held, waiting]
    assert state[-2]["held_by"] == "anna" and turns(web)[-2][1:] == (480, pytest.approx(1800, abs=5))
    for incident in new:
        change(etl, incident, "status = 'closed'")
    assert [turn[:2] for turn in turns(web)] == [(held, 0), (waiting, pytest.approx(1800, abs=5))]
    assert wall.release_incident(web, REGION, "anna") == held


@given(
    steps=st.lists(
        st.sampled_from(("new", "late", "hold", "release", "close first", "close last")), max_size=14
    )
)
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_happens_turns_follow_one_another_and_news_waits_for_news_alone(
    etl: Engine, web: Engine, owner: Engine, steps: list[str]
) -> None:
    with owner.begin() as connection:
        connection.execute(text("delete from wall_turn; delete from incident"))
    news: set[int] = set()
    for number, step in enumerate(steps):
        running = wall.read_state(web, REGION)["turns"]
        if step in ("new", "late"):
            age = timedelta(hours=3 if step == "late" else 0)
            key = happen(etl, f"{number}", age=age)
            news |= {key} if step == "new" else set()
        elif step == "hold" and running:
            news.discard(wall.hold_incident(web, REGION, "anna"))
        elif step == "release" and running:
            wall.release_incident(web, REGION, "anna")
        elif running:
            change(etl, running[0 if step == "close first" else -1]["incident"], "status = 'closed'")
        state = wall.read_state(web, REGION)["turns"]
        assert len(state) <= 10
        assert not state or state[0]["from"] <= time.time() + 0.1
        for before, after in zip(state, state[1:]):
            assert before["until"] == pytest.approx(after["from"], abs=1e-3)
        if step == "new" and state:
            before_it = state[: [turn["incident"] for turn in state].index(key)]
            assert {turn["incident"] for turn in before_it} <= news


def test_a_turn_that_waits_is_freed(etl: Engine, web: Engine) -> None:
    first, second, third = (happen(etl, str(number)) for number in range(3))
    assert wall.release_incident(web, REGION, "anna", second) == second
    assert turns(web) == [(first, 0, 60), (third, 60, 60)]
    with pytest.raises(NotFound):
        wall.release_incident(web, REGION, "anna", second)
    assert audited(web) == [("anna", "wall.incident_released")]


def test_a_long_batch_keeps_no_alarm_waiting(etl: Engine, reader: Engine) -> None:
    with etl.begin() as batch:
        batch.execute(
            INSERT, {"source_id": "in a batch", "priority": 2, "status": "open", "age": timedelta()}
        )
        alarm = threading.Thread(target=happen, args=(etl, "alarm"))
        alarm.start()
        alarm.join(5)
        assert not alarm.is_alive() and len(turns(reader)) == 1
    assert len(turns(reader)) == 2


def test_turns_of_many_writers_at_once_do_not_overlap(etl: Engine, reader: Engine) -> None:
    writers = [threading.Thread(target=happen, args=(etl, str(number))) for number in range(8)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(20)
    state = wall.read_state(reader, REGION)["turns"]
    assert len(state) == 8 and all(
        before["until"] <= after["from"] + 1e-6 for before, after in zip(state, state[1:])
    )


def test_a_turn_ends_by_itself(etl: Engine, web: Engine, accounts: Engine) -> None:
    wall.set_turn(accounts, REGION, 1, "anna")
    happen(etl, "1")
    assert len(turns(web)) == 1
    time.sleep(1.1)
    assert turns(web) == []
    with pytest.raises(InvalidInput):
        wall.set_turn(accounts, REGION, 0, "anna")


def test_an_operator_holds_the_incident_and_gives_the_wall_to_the_next(etl: Engine, web: Engine) -> None:
    with pytest.raises(NotFound):
        wall.hold_incident(web, REGION, "anna")
    first, second = happen(etl, "1"), happen(etl, "2")
    assert wall.hold_incident(web, REGION, "anna") == first
    assert turns(web)[0][:2] == (first, 0) and turns(web)[0][2] >= wall.HOLD_MIN * 60
    assert turns(web)[1][:2] == (second, turns(web)[0][2]), "the next waits for as long"
    assert wall.read_state(web, REGION)["turns"][0]["held_by"] == "anna"
    assert wall.release_incident(web, REGION, "anna") == first
    assert turns(web) == [(second, 0, 60)]
    assert audited(web) == [("anna", "wall.incident_held"), ("anna", "wall.incident_released")]


def test_a_scene_is_held_and_released_and_both_are_logged(web: Engine, reader: Engine) -> None:
    wall.hold_scene(web, REGION, "rotation", "operations", "anna")
    wall.hold_scene(web, REGION, "rotation", "day", "berik")
    held = wall.read_state(web, REGION)["holds"]["rotation"]
    assert (held["scene"], held["who"]) == ("day", "berik") and held["until"] > time.time() + 60 * (
        wall.HOLD_MIN - 1
    )
    wall.release_scene(web, REGION, "rotation", "anna")
    assert wall.read_state(web, REGION)["holds"] == {}
    with pytest.raises(NotFound):
        wall.release_scene(web, REGION, "rotation", "anna")
    assert audited(web) == [("anna", "wall.held"), ("berik", "wall.held"), ("anna", "wall.released")]
    assert [state["version"] for state in changes(reader)] == [1, 2, 3]


def test_the_tones_are_silenced_for_a_while(web: Engine) -> None:
    wall.silence(web, REGION, "anna", True)
    assert wall.read_state(web, REGION)["silent_until"] == pytest.approx(
        time.time() + 60 * wall.HOLD_MIN, abs=5
    )
    wall.silence(web, REGION, "anna", False)
    assert wall.read_state(web, REGION)["silent_until"] is None
    assert audited(web) == [("anna", "wall.silenced"), ("anna", "wall.sounding")]


def test_a_reload_is_logged(web: Engine) -> None:
    wall.record_reload(web, "wall:hall", "rotation", "painting", 20.5)
    assert audited(web) == [("wall:hall", "wall.reloaded")]
