"""Random operations of several editors: whatever they do, the plan stays a plan, undo gives back what was,
and the events replay to the same plan.

The town is small so that the suite is quick; `python -m tests.support.plan_soak` does hundreds of
operations on a whole city's precincts.
"""

from __future__ import annotations

import threading
from collections import Counter

import pytest
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, text

from geo.errors import Conflict, NotFound
from geo.plans.editing.draft import Author
from geo.plans.editing.operations import merge, split
from geo.plans.editing.precincts import describe
from geo.plans.events import difference, replay
from geo.plans.lifecycle import draft_from
from geo.plans.undo import redo, steps, undo
from geo.settings import Settings
from tests.support.plan_editors import OPERATIONS, Editors
from tests.support.plan_town import Town, lon_lat


@pytest.fixture
def town() -> Town:
    return Town(columns=2, rows=2, blocks=2, houses=2)


def test_whatever_editors_do_the_plan_stays_a_plan(
    connection: Connection, engine: Engine, settings: Settings, draft: int
) -> None:
    seen: Counter = Counter()

    @hypothesis_settings(
        max_examples=20,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    @given(st.lists(st.tuples(st.sampled_from(OPERATIONS), st.integers(0, 2**32)), min_size=12, max_size=18))
    def run(operations: list[tuple[str, int]]) -> None:
        with engine.begin() as own:
            plan = draft_from(own, settings.city, draft, "random", "aigerim")
        editors = Editors(engine, settings.city, plan)
        for name, seed in operations:
            editors.act(name, seed)
        seen.update(name for (name, outcome), times in editors.done.items() if outcome == "saved")

    run()
    assert len(seen) >= 7, seen


def test_a_hundred_steps_are_undone_and_done_again_after_a_restart(
    connection: Connection, settings: Settings, draft: int
) -> None:
    """Nothing of the stack is in the process: each step is its own transaction. 100 renumberings between
    two splits."""
    before = replay(connection, settings.city, draft)
    split(Author(connection, settings.city, draft, "aigerim"), 1, lon_lat((200, -30), (200, 430)))
    for number in range(100):
        describe(Author(connection, settings.city, draft, "aigerim"), 2, number=200 + number)
    connection.commit()
    after = replay(connection, settings.city, draft)
    assert len(steps(connection, settings.city, draft, "aigerim", most=500)["undo"]) == 101
    for _ in range(101):
        undo(Author(connection, settings.city, draft, "aigerim"))
    connection.commit()
    assert replay(connection, settings.city, draft) == before
    for _ in range(101):
        redo(Author(connection, settings.city, draft, "aigerim"))
    assert replay(connection, settings.city, draft) == after
    assert difference(connection, settings.city, draft) == []


def test_an_undo_under_a_later_edit_is_refused_and_names_the_editor(
    connection: Connection, settings: Settings, draft: int
) -> None:
    split(Author(connection, settings.city, draft, "aigerim"), 1, lon_lat((200, -30), (200, 430)), number=9)
    new = connection.execute(text("select id from precinct where number = 9")).scalar_one()
    merge(Author(connection, settings.city, draft, "daniyar"), 1, new)
    with pytest.raises(Conflict) as refused:
        undo(Author(connection, settings.city, draft, "aigerim"))
    assert (refused.value.code, refused.value.parameters["who"], refused.value.parameters["what"]) == (
        "plan.later_edit",
        "daniyar",
        "merged",
    )
    connection.commit()
    undo(Author(connection, settings.city, draft, "daniyar"))
    undo(Author(connection, settings.city, draft, "aigerim"))
    assert difference(connection, settings.city, draft) == []


def test_each_editor_undoes_their_own(connection: Connection, settings: Settings, draft: int) -> None:
    split(Author(connection, settings.city, draft, "aigerim"), 1, lon_lat((200, -30), (200, 430)), number=9)
    split(Author(connection, settings.city, draft, "daniyar"), 4, lon_lat((600, 370), (600, 830)), number=10)
    undo(Author(connection, settings.city, draft, "aigerim"))
    left = set(
        connection.execute(
            text("select number from precinct where plan_id = (select max(id) from plan)")
        ).scalars()
    )
    assert left == {1, 2, 3, 4, 10}
    with pytest.raises(NotFound):
        undo(Author(connection, settings.city, draft, "aigerim"))


def test_a_new_edit_ends_what_could_be_done_again(
    connection: Connection, settings: Settings, draft: int
) -> None:
    split(Author(connection, settings.city, draft, "aigerim"), 1, lon_lat((200, -30), (200, 430)))
    undo(Author(connection, settings.city, draft, "aigerim"))
    split(Author(connection, settings.city, draft, "aigerim"), 2, lon_lat((600, -30), (600, 430)))
    with pytest.raises(NotFound) as refused:
        redo(Author(connection, settings.city, draft, "aigerim"))
    assert refused.value.code == "plan.nothing_to_redo"


def test_the_plan_of_any_past_event_is_replayed(
    connection: Connection, settings: Settings, draft: int
) -> None:
    first = split(Author(connection, settings.city, draft, "aigerim"), 1, lon_lat((200, -30), (200, 430)))
    after_first = replay(connection, settings.city, draft)
    split(Author(connection, settings.city, draft, "aigerim"), 2, lon_lat((600, -30), (600, 430)))
    assert replay(connection, settings.city, draft, until=first.event) == after_first
    assert replay(connection, settings.city, draft) != after_first


def test_a_redo_beside_ones_own_edit_leaves_a_sound_stack(
    connection: Connection, engine: Engine, settings: Settings, draft: int
) -> None:
    """Two tabs of one person: what the second does waits for the first, so that the redo is gone by then,
    or refused."""
    city = settings.city
    describe(Author(connection, city, draft, "aigerim"), 1, number=101)
    undo(Author(connection, city, draft, "aigerim"))
    connection.commit()
    outcomes: list[str] = []

    def other_tab() -> None:
        with engine.begin() as other:
            try:
                redo(Author(other, city, draft, "aigerim"))
                outcomes.append("redone")
            except NotFound as error:
                outcomes.append(error.code)

    describe(Author(connection, city, draft, "aigerim"), 2, number=102)
    tab = threading.Thread(target=other_tab)
    tab.start()
    tab.join(0.5)
    assert tab.is_alive(), "it waits for its turn"
    connection.commit()
    tab.join(20)
    assert outcomes == ["plan.nothing_to_redo"]
    assert [one["what"] for one in steps(connection, city, draft, "aigerim")["undo"]] == ["described"]


def test_a_broken_stack_heals(connection: Connection, settings: Settings, draft: int) -> None:
    """A redo after an edit, as an older release could record it: every undo of the plan failed from then
    on."""
    city = settings.city
    first = describe(Author(connection, city, draft, "aigerim"), 1, number=101)
    undo(Author(connection, city, draft, "aigerim"))
    describe(Author(connection, city, draft, "aigerim"), 2, number=102)
    connection.execute(
        text("""insert into plan_event (region, plan_id, who, what, payload, of_event) select region, plan_id,
            who, 'redone', payload, id
        from plan_event where id = :event"""),
        {"event": first.event},
    )
    connection.execute(
        text("update precinct set number = 101 where plan_id = :plan and id = 1"), {"plan": draft}
    )
    assert [one["event"] for one in steps(connection, city, draft, "aigerim")["undo"]][0] == first.event
    undo(Author(connection, city, draft, "aigerim"))
    undo(Author(connection, city, draft, "aigerim"))
    assert (
        steps(connection, city, draft, "aigerim")["undo"] == [] and difference(connection, city, draft) == []
    )
