"""An inspector agrees or corrects: each leaves the queue, a correction is an action and is counted once, and
the figure of what was right at the first go counts it."""

from __future__ import annotations

from dataclasses import replace
from uuid import uuid4

import pytest

from geo.desk.model import QUEUES
from geo.errors import Conflict, InvalidInput
from geo.settings import Settings
from geo.statistics.counting import LAST_24_HOURS, Population, count_rows
from geo.statistics.definitions import CLASSIFIED
from layers.desk.waiting import read_waiting
from layers.scope import Scope
from tests.support.first_comer import assert_first
from tests.support.levels_desk import INSPECTOR, LevelsDesk, performer


def waiting(desk: LevelsDesk) -> dict[str, int]:
    found = read_waiting(desk.owner, desk.city, Scope.of(INSPECTOR), "ru", "aigul", None)
    return {queue: n for queue, n in found.counts.items() if n}


def right_at_first(desk: LevelsDesk) -> tuple[int, int]:
    with desk.owner.connect() as connection:
        counted = count_rows(connection, [CLASSIFIED], Population("71"), LAST_24_HOURS)["classified"]
    return counted.part, counted.whole


def test_what_is_right_leaves_its_queue_and_is_no_correction(desk: LevelsDesk) -> None:
    assert waiting(desk) == {"new": 3}
    desk.agree("new")
    assert waiting(desk) == {"new": 2}
    assert right_at_first(desk) == (3, 3)
    with pytest.raises(Conflict) as refused:
        desk.agree("new")
    assert_first(refused, "check.gone", "aigul")
    assert desk.rows("select what from audit where what = 'case.checked'") == [("case.checked",)]


def test_a_correction_is_an_action_and_is_counted_once(desk: LevelsDesk) -> None:
    key = uuid4()
    done = desk.correct("new", "classify", key=key, category=2)
    assert desk.incident()["category_id"] == 2
    assert desk.correct("new", "classify", key=key, category=2) == done
    assert desk.rows("select queue, field, action_id from case_check") == [("new", "category", done.action)]
    assert right_at_first(desk) == (2, 3)
    desk.correct("new", "assign", performer=2)
    assert right_at_first(desk) == (2, 3), "one case, wrong in two ways"
    desk.correct("new", "assign", desk.incidents[1], performer=2)
    assert right_at_first(desk) == (1, 3), "the performer counts as the category does"
    events = desk.rows(
        "select what, from_value, to_value from incident_event where what in ('category', 'performer')"
    )
    assert events == [("category", "1", "2"), ("performer", "1", "2"), ("performer", "1", "2")]


def test_a_feed_does_not_revert_a_category_and_the_map_counts_it_where_it_is(desk: LevelsDesk) -> None:
    desk.correct("new", "classify", category=2)
    assert desk.rows("select field, value, source_value from decision") == [("category", "2", "1")]
    deltas = desk.rows("select category_id, sum(n) from density_delta group by 1 order by 1")
    assert [(category, int(n)) for category, n in deltas] == [(1, -1), (2, 1)]


@pytest.mark.parametrize("category", [3, 99])
def test_a_category_of_another_kind_or_none_is_refused(desk: LevelsDesk, category: int) -> None:
    with pytest.raises(InvalidInput, match=r"incident\.category"):
        desk.correct("new", "classify", category=category)
    assert desk.rows("select count(*) from case_check") == [(0,)]


def test_an_escalation_waits_again_after_each_step(desk: LevelsDesk) -> None:
    desk.agree("new")
    desk.act("aidos", "escalate")
    assert waiting(desk)["escalated"] == 1
    desk.agree("escalated")
    assert "escalated" not in waiting(desk)
    desk.act("aidos", "escalate")
    assert waiting(desk)["escalated"] == 1


def test_of_closed_cases_a_sample_is_drawn_and_its_outcome_corrected(
    desk: LevelsDesk, settings: Settings
) -> None:
    desk.city = replace(settings.city, desk={"sample_one_in": 1})
    desk.work(performer("heat"), "done")
    assert waiting(desk) == {"new": 2, "sample": 1}
    desk.correct("sample", "outcome", outcome="not_confirmed", reason="на месте тепло")
    assert desk.case()["outcome"] == "not_confirmed" and desk.incident()["status"] == "closed"
    assert waiting(desk) == {"new": 2}
    desk.city = replace(settings.city, desk={"sample_one_in": 2**24})
    desk.work(performer("heat"), "done", desk.incidents[1])
    assert "sample" not in waiting(desk), "one of so many is not drawn"


def test_reopened_work_goes_back_for_revision(desk: LevelsDesk) -> None:
    desk.agree("new")
    desk.work(performer("heat"), "done")
    desk.act("aidos", "reopen", reason="холодно")
    assert waiting(desk)["reopened"] == 1
    desk.correct("reopened", "return", reason="проверьте стояк")
    assert desk.case()["returned"] == 1 and "reopened" not in waiting(desk)
    assert right_at_first(desk) == (3, 3), "the work was wrong, not what the inspector answers for"


def test_every_queue_is_empty_where_nothing_is(settings: Settings, desk: LevelsDesk) -> None:
    desk.execute("update incident set vanished_at = now()")
    found = read_waiting(desk.owner, desk.city, Scope.of(INSPECTOR), "kk", "aigul", "time")
    assert found.counts == dict.fromkeys(QUEUES, 0) and found.rows == []
