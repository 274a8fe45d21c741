"""The same action on a selection: previewed, done to those that can take it, undone as a whole."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID, uuid4

import pytest

from geo.database import transact
from geo.errors import InvalidInput, NotFound
from geo.incidents.cases.act import MOST, BatchResult, act_on_selection
from geo.incidents.cases.undo import undo_selection
from geo.incidents.cases.verbs import VERBS
from tests.support.desk import Desk, officer


@pytest.fixture
def act_on_all(desk: Desk) -> Callable[..., BatchResult]:
    def run(verb: str, key: UUID, preview: bool = False, extra: dict | None = None, **wish) -> BatchResult:
        seen = dict.fromkeys(desk.incidents, 1) | (extra or {})
        return transact(
            desk.editor,
            lambda connection: act_on_selection(
                connection, desk.city, officer("aidos"), verb, VERBS[verb].wish(**wish), seen, key, preview
            ),
        )

    return run


def test_a_preview_says_what_will_be_refused_and_why_and_writes_nothing(desk: Desk, act_on_all) -> None:
    first, second, third = desk.incidents
    desk.act("gulnar", "assign", second, performer=2)
    desk.execute("update incident set status = 'closed' where id = :id", id=third)
    previewed = act_on_all("acknowledge", uuid4(), preview=True, extra={10**9: 1})
    assert previewed.ready == [first] and not previewed.done
    assert [(refusal.incident, refusal.error.code) for refusal in previewed.refused] == [
        (second, "incident.stale"),
        (third, "incident.closed"),
        (10**9, "incident.unknown"),
    ]
    assert len(desk.rows("select from incident_action")) == 1
    done = act_on_all("acknowledge", uuid4(), extra={10**9: 1})
    assert [action.incident for action in done.done] == previewed.ready
    assert [str(refusal.error) for refusal in done.refused] == [
        str(refusal.error) for refusal in previewed.refused
    ]


def test_a_selection_done_twice_is_done_once_and_undone_as_a_whole(desk: Desk, act_on_all) -> None:
    key, back = uuid4(), uuid4()
    first = act_on_all("priority", key, priority=2)
    assert act_on_all("priority", key, priority=2).done == first.done
    assert desk.rows("select distinct priority from incident") == [(2,)]
    desk.act("gulnar", "note", desk.incidents[1], text="еду")

    def undo() -> BatchResult:
        return transact(
            desk.editor,
            lambda connection: undo_selection(connection, desk.city, officer("aidos"), key, back),
        )

    undone = undo()
    assert [action.incident for action in undone.done] == [desk.incidents[0], desk.incidents[2]]
    assert [(refusal.incident, refusal.error.code) for refusal in undone.refused] == [
        (desk.incidents[1], "incident.acted_since")
    ]
    assert undo().done == undone.done
    assert desk.rows("select priority from incident order by id") == [(0,), (2,), (0,)]


def test_a_selection_has_an_end_and_a_batch_that_is_not_there_is_said(desk: Desk, act_on_all) -> None:
    with pytest.raises(InvalidInput, match="incident.selection"):
        act_on_all("acknowledge", uuid4(), extra=dict.fromkeys(range(10**6, 10**6 + MOST), 1))
    with desk.editor.begin() as connection, pytest.raises(NotFound, match="incident.no_batch"):
        undo_selection(connection, desk.city, officer("aidos"), uuid4(), uuid4())
