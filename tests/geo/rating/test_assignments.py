"""Indicators are assigned to managers by two people, each step kept; they count from their month, in months
that are not closed, and the weights still add up."""

from __future__ import annotations

import json
import threading
import tomllib
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from geo.audit.keys import open_signer, publish_key
from geo.database import connected
from geo.errors import Conflict, IkomekError, InvalidInput
from geo.rating import months, versions
from geo.rating.assigned import fits, share_out, with_assigned
from geo.rating.assignments import IndicatorProposal, answer_assignment, assignments_of, propose_assignment
from geo.rating.strategy import FULL, Strategy, strategy_of
from geo.settings import Settings
from geo.toml import TomlFile
from tests.support import rating_town as town
from tests.support.first_comer import assert_first
from tests.support.killable import eventually

ASSIGNABLE = town.STRATEGY.replace(
    'figure = "returned"', 'figure = "returned"\nassign_weight = [10, 90]\nassign_plan = [0.0, 0.1]', 1
).replace('figure = "repeated"', 'figure = "repeated"\nassign_weight = [0, 90]', 1)
"""Weights 60, 20, 20."""
BEFORE = datetime(2026, 2, 1, tzinfo=UTC)


def read(written: str) -> Strategy:
    return strategy_of(TomlFile(Path("s.toml"), written, tomllib.loads(written)))


@pytest.fixture
def strategy(connection: Connection, settings: Settings) -> Strategy:
    town.build(connection)
    found = read(ASSIGNABLE)
    versions.adopt(connection, settings.city, found, "aigerim")
    return found


def propose(
    connection: Connection,
    settings: Settings,
    weight: int = 30,
    indicator: str = "returned",
    plan: float | None = None,
    since: date = town.MONTH,
    manager: str = "m5",
) -> int:
    proposal = IndicatorProposal(since, manager, indicator, weight, plan)
    return propose_assignment(connection, settings.city, proposal, "it is theirs", "aigerim")


def accept(connection: Connection, settings: Settings, number: int, at: datetime = BEFORE) -> None:
    answer_assignment(connection, settings.city, number, True, "agreed", "bolat")
    statement = "update rating_assignment_answer set decided_at = :at where assignment = :number"
    connection.execute(text(statement), {"at": at, "number": number})


def weights(
    connection: Connection, settings: Settings, strategy: Strategy, month: date = town.MONTH
) -> dict[str, int]:
    """Those of manager 5."""
    found = with_assigned(connection, settings.city, strategy, month, town.AS_OF)
    assert found.weights["m4"] == strategy.weights["m4"], "nobody else's change"
    return dict(found.weights["m5"])


def test_it_counts_once_another_person_has_accepted_it(
    connection: Connection, settings: Settings, strategy: Strategy
) -> None:
    number = propose(connection, settings, 30, plan=0.05)
    assert weights(connection, settings, strategy) == strategy.weights["m5"], "nothing before an answer"
    with pytest.raises(Conflict) as own:
        answer_assignment(connection, settings.city, number, True, "of course", "aigerim")
    assert own.value.code == "rating.own_assignment"
    accept(connection, settings, number)
    # 70 are left for 60 and 20: 52.5 and 17.5, and the point that is left goes to the first by name.
    assert weights(connection, settings, strategy) == {"on_time": 53, "repeated": 17, "returned": 30}
    assert weights(connection, settings, strategy, date(2025, 12, 1)) == strategy.weights["m5"], "its month"
    found = with_assigned(connection, settings.city, strategy, town.MONTH, town.AS_OF)
    assert (found.indicator_of("m5", 1).plan, found.indicator_of("m4", 1).plan) == (0.05, 0.0)
    with pytest.raises(Conflict) as twice:
        answer_assignment(connection, settings.city, number, False, "no", "chingis")
    assert_first(twice, "rating.answered", "bolat")


def test_one_that_is_returned_changes_nothing_and_stays_in_the_history(
    connection: Connection, settings: Settings, strategy: Strategy
) -> None:
    number = propose(connection, settings, 30)
    with pytest.raises(Conflict) as twice:
        propose(connection, settings, 25)
    assert twice.value.parameters == {"number": number}
    answer_assignment(connection, settings.city, number, False, "too much", "bolat")
    again = propose(connection, settings, 25)
    accept(connection, settings, again)
    assert weights(connection, settings, strategy)["returned"] == 25
    found = assignments_of(connection, "71", "m5")
    assert [
        (one["id"], one["weight"], one["accepted"], one["answer"], one["decided_by"]) for one in found
    ] == [
        (number, 30, False, "too much", "bolat"),
        (again, 25, True, "agreed", "bolat"),
    ]
    assert all(one["proposed_by"] == "aigerim" and one["reason"] and one["proposed_at"] for one in found)
    assert assignments_of(connection, "71", "m4") == []
    rows = connection.execute(text("select what from audit where what like 'rating.assignment%' order by id"))
    proposed, answered = "rating.assignment_proposed", "rating.assignment_answered"
    assert [row.what for row in rows] == [proposed, answered, proposed, answered]


def test_a_manager_answers_what_is_theirs_and_nothing_else(
    connection: Connection, settings: Settings, strategy: Strategy
) -> None:
    number = propose(connection, settings)
    with pytest.raises(Conflict, match="rating.not_theirs"):
        answer_assignment(connection, settings.city, number, True, "mine", "deputy 4", "m4")
    answer_assignment(connection, settings.city, number, True, "mine", "deputy 5", "m5")
    [one] = assignments_of(connection, settings.city.region)
    assert (one["accepted"], one["decided_by"]) == (True, "deputy 5")


def test_the_last_month_counts_then_the_last_accepted(
    connection: Connection, settings: Settings, strategy: Strategy
) -> None:
    march = date(2026, 3, 1)
    accept(connection, settings, propose(connection, settings, 40, since=march))
    accept(connection, settings, propose(connection, settings, 30), datetime(2026, 2, 2, tzinfo=UTC))
    accept(connection, settings, propose(connection, settings, 20), datetime(2026, 2, 3, tzinfo=UTC))
    assert weights(connection, settings, strategy)["returned"] == 20
    assert weights(connection, settings, strategy, march)["returned"] == 40
    accept(connection, settings, propose(connection, settings, 0, "repeated"))
    assert "repeated" not in weights(connection, settings, strategy), "a weight of 0 takes it away"


@pytest.mark.parametrize(
    ("terms", "code"),
    [
        ({"manager": "nobody"}, "rating.manager"),
        ({"indicator": "luck"}, "rating.indicator"),
        ({"indicator": "on_time"}, "rating.not_assignable"),
        ({"weight": 5}, "rating.assigned_weight"),
        ({"weight": 91}, "rating.assigned_weight"),
        ({"plan": 0.2}, "rating.assigned_plan"),
        ({"plan": float("nan")}, "rating.assigned_plan"),
        ({"indicator": "repeated", "plan": 0.1}, "rating.plan_stands"),
        ({"since": date(2025, 5, 1)}, "rating.no_strategy"),
    ],
)
def test_what_cannot_be_proposed(
    connection: Connection, settings: Settings, strategy: Strategy, terms: dict, code: str
) -> None:
    with pytest.raises(IkomekError) as error:
        propose(connection, settings, **terms)
    assert error.value.code == code


def test_weights_that_cannot_add_up_and_a_strategy_that_was_overtaken_are_refused(
    connection: Connection, settings: Settings, strategy: Strategy
) -> None:
    later = propose(connection, settings, 60, "repeated", since=date(2026, 3, 1))
    now = propose(connection, settings, 60)
    accept(connection, settings, later)
    with pytest.raises(Conflict) as error:
        accept(connection, settings, now)
    assert error.value.code == "rating.assigned_sum"
    assert (error.value.parameters["month"], error.value.parameters["sum"]) == ("2026-03", 120)
    answer_assignment(connection, settings.city, now, False, "too much", "bolat")
    now = propose(connection, settings, 40)
    second = read(ASSIGNABLE.replace("version = 1", "version = 2"))
    versions.adopt(connection, settings.city, second, "aigerim")
    with pytest.raises(Conflict) as overtaken:
        accept(connection, settings, now)
    assert overtaken.value.code == "rating.overtaken"
    assert weights(connection, settings, second, date(2026, 3, 1)) == second.weights["m5"]


def test_a_closed_month_never_changes(
    connection: Connection, settings: Settings, strategy: Strategy, tmp_path: Path
) -> None:
    keys = tmp_path / "keys-of-months"
    signer = open_signer(keys)
    publish_key(signer, keys)
    accept(connection, settings, propose(connection, settings, 30, plan=0.05))
    late = propose(connection, settings, 20, "repeated")
    counted = months.count_month(connection, settings.city, strategy, town.MONTH, town.AS_OF)
    for who in ("aigerim", "bolat"):
        months.close_month(connection, settings.city, town.MONTH, counted, who, signer)
    body = json.loads(counted.body)
    assert [(one["manager"], one["weight"], one["plan"]) for one in body["assigned"]] == [("m5", 30, 0.05)]
    managers = {one["manager"]: one["indicators"] for one in body["managers"]}
    assert managers["m5"]["returned"]["points"] == 30, "nothing is returned, which is beyond their plan"
    assert 19 < managers["m4"]["returned"]["points"] < 20
    accept(connection, settings, late, datetime(2026, 3, 6, tzinfo=UTC))
    assert months.verify(connection, settings.city, town.MONTH, keys) == []
    with pytest.raises(Conflict) as closed:
        propose(connection, settings, 20)
    assert_first(closed, "rating.closed", "bolat")
    connection.execute(text("update rating_assignment set weight = 31"))
    assert "assigned" in [one.key for one in months.verify(connection, settings.city, town.MONTH, keys)]


def test_the_database_itself_wants_two_people(
    connection: Connection, settings: Settings, strategy: Strategy
) -> None:
    propose(connection, settings)
    statement = """insert into rating_assignment_answer (region, assignment, proposed_by, accepted, answer,
        decided_by) select region, id, {named}, true, 'yes', 'aigerim' from rating_assignment"""
    for named, broken in (("proposed_by", "two_people"), ("'somebody'", "fk_rating_assignment_answer")):
        with pytest.raises(DBAPIError, match=broken), connection.begin_nested():
            connection.execute(text(statement.format(named=named)))


OWN = st.dictionaries(st.sampled_from("abcdef"), st.integers(1, 60), min_size=1)
GIVEN = st.dictionaries(st.sampled_from("abcdefg"), st.integers(0, 60), min_size=1, max_size=3)


@given(OWN, GIVEN)
def test_weights_add_up_and_what_is_assigned_stands(own: dict[str, int], given: dict[str, int]) -> None:
    if not fits(own, given):
        assert sum(given.values()) > FULL or not own.keys() - given.keys()
        return
    found = share_out(own, given)
    assert sum(found.values()) == FULL and all(weight > 0 for weight in found.values())
    assert all(found.get(key, 0) == weight for key, weight in given.items())
    others, room = own.keys() - given.keys(), FULL - sum(given.values())
    whole = sum(own[key] for key in others)
    assert all(abs(found.get(key, 0) - own[key] * room / whole) < 1 for key in others)


def test_two_that_do_not_fit_together_are_not_both_accepted(
    connection: Connection, settings: Settings, strategy: Strategy
) -> None:
    first, second = propose(connection, settings, 60), propose(connection, settings, 60, "repeated")
    connection.commit()
    refused: list[IkomekError] = []

    def accept_second() -> None:
        with connected(settings, "editor") as other:
            try:
                answer_assignment(other, settings.city, second, True, "agreed", "chingis")
            except IkomekError as error:
                refused.append(error)

    answer_assignment(connection, settings.city, first, True, "agreed", "bolat")
    beside = threading.Thread(target=accept_second)
    beside.start()
    waits = text("select count(*) from pg_locks where locktype = 'advisory' and not granted")
    with connected(settings, "owner") as looking:
        eventually(lambda: looking.execute(waits).scalar_one(), 10)
    connection.commit()
    beside.join()
    assert [error.code for error in refused] == ["rating.assigned_sum"]


def test_nobody_proposes_for_themselves(
    connection: Connection, settings: Settings, strategy: Strategy
) -> None:
    proposal = IndicatorProposal(town.MONTH, "m5", "returned", 30, None)
    with pytest.raises(Conflict) as error:
        propose_assignment(connection, settings.city, proposal, "mine", "aigerim", "m5")
    assert error.value.code == "rating.own_proposal"
    assert propose_assignment(connection, settings.city, proposal, "theirs", "aigerim", "m6")


def test_an_assignment_that_begins_too_late_cannot_stand_in_the_way(
    connection: Connection, settings: Settings, strategy: Strategy
) -> None:
    year = settings.city.today().year
    for since in (date(year + 2, 1, 1), date(2199, 12, 1)):
        with pytest.raises(InvalidInput) as error:
            proposal = IndicatorProposal(since, "m5", "returned", 30, None)
            propose_assignment(connection, settings.city, proposal, "later", "aigerim")
        assert error.value.code == "rating.too_far"
    proposal = IndicatorProposal(date(year + 1, 12, 1), "m5", "returned", 30, None)
    assert propose_assignment(connection, settings.city, proposal, "next year", "aigerim")
