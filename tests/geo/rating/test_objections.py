"""An objection is decided by another person; accepted it moves or leaves out its case, and no month that was
closed before."""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from geo.errors import Conflict, IkomekError, InvalidInput
from geo.rating.objections import LEFT_OUT, decide_objection, make_objection, objections_of
from geo.rating.strategy import Strategy, strategy_of
from geo.settings import Settings
from geo.toml import TomlFile
from tests.support import rating_town as town
from tests.support.first_comer import assert_first


@pytest.fixture
def strategy(connection: Connection) -> Strategy:
    town.build(connection)
    return strategy_of(TomlFile(Path("s.toml"), town.STRATEGY, tomllib.loads(town.STRATEGY)))


def counted(connection: Connection, settings: Settings, strategy: Strategy) -> tuple[int, int]:
    """How many cases managers 5 and 6 have."""
    cases = town.rate(connection, settings.city, strategy)[1]
    return sum(case.manager == "m5" for case in cases), sum(case.manager == "m6" for case in cases)


def object_to(connection: Connection, settings: Settings, number: str) -> int:
    return make_objection(connection, settings.city, town.MONTH, "m5", number, "not ours", "aigerim")


def backdate(connection: Connection) -> None:
    connection.execute(text("alter table rating_objection disable trigger keep_decided"))
    connection.execute(text("update rating_objection set decided_at = '2026-02-10 00:00+00'"))


def test_an_accepted_objection_moves_or_leaves_out_its_case(
    connection: Connection, settings: Settings, strategy: Strategy
) -> None:
    moved, left_out, rejected = (object_to(connection, settings, f"5-{k}") for k in (1, 2, 3))
    assert counted(connection, settings, strategy) == (200, 200), "nothing before a decision"
    decide_objection(connection, settings.city, moved, True, "it is theirs", "bolat", performer="p6")
    decide_objection(connection, settings.city, left_out, True, "a storm", "bolat", performer=LEFT_OUT)
    decide_objection(connection, settings.city, rejected, False, "it is yours", "bolat", performer="p6")
    assert counted(connection, settings, strategy) == (200, 200), "the month is counted as it was before"
    backdate(connection)
    assert counted(connection, settings, strategy) == (198, 201)
    found = objections_of(connection, "71", town.MONTH, "m5")
    assert [(one["number"], one["accepted"], one["performer"]) for one in found] == [
        ("5-1", True, "p6"),
        ("5-2", True, None),
        ("5-3", False, None),
    ]


def test_nobody_decides_their_own_and_none_twice(
    connection: Connection, settings: Settings, strategy: Strategy
) -> None:
    made = object_to(connection, settings, "5-1")
    with pytest.raises(Conflict) as own:
        decide_objection(connection, settings.city, made, True, "of course", "aigerim")
    assert own.value.code == "rating.own_objection"
    with pytest.raises(Conflict) as theirs:
        decide_objection(connection, settings.city, made, True, "of course", "bolat", manager="m5")
    assert theirs.value.code == "rating.own_incidents"
    decide_objection(connection, settings.city, made, False, "no", "bolat")
    with pytest.raises(Conflict) as twice:
        decide_objection(connection, settings.city, made, True, "yes", "chingis", performer=LEFT_OUT)
    assert_first(twice, "rating.decided", "bolat")


@pytest.mark.parametrize(
    ("manager", "number", "month", "reason", "code"),
    [
        ("nobody", "5-1", town.MONTH, "why", "rating.manager"),
        ("m5", "9-9", town.MONTH, "why", "rating.incident"),
        ("m5", "5-1", date(2026, 2, 1), "why", "rating.other_month"),
        ("m5", "5-1", town.MONTH, "  ", "rating.reason"),
    ],
)
def test_what_cannot_be_objected_to(
    connection: Connection,
    settings: Settings,
    strategy: Strategy,
    manager: str,
    number: str,
    month: date,
    reason: str,
    code: str,
) -> None:
    with pytest.raises(IkomekError) as error:
        make_objection(connection, settings.city, month, manager, number, reason, "aigerim")
    assert error.value.code == code


@pytest.mark.parametrize("unsaid", [None, ""])
def test_a_bare_accept_decides_nothing(
    connection: Connection, settings: Settings, strategy: Strategy, unsaid: str | None
) -> None:
    made = object_to(connection, settings, "5-1")
    with pytest.raises(InvalidInput) as refused:
        decide_objection(connection, settings.city, made, True, "yes", "bolat", performer=unsaid)
    assert refused.value.code == "rating.whose"
    [row] = objections_of(connection, settings.city.region, town.MONTH)
    assert row["decided_at"] is None


def test_only_for_whom_a_case_counts_is_it_objected_to(
    connection: Connection, settings: Settings, strategy: Strategy
) -> None:
    """For every manager's case and every manager: as the rating counts them, and as it goes on to count."""
    town.do(connection, [town.event("performer", "'5'", "'6'", town.later(30))], [5001])
    town.do(connection, ["update incident set performer_id = 6 where id = any(:ids)"], [5001])
    cases = {one.incident: one.manager for one in town.rate(connection, settings.city, strategy)[1]}
    assert cases[5001] == "m5", "it answers to the first, whoever has it now"
    for incident in (1001, 5001, 5002, 8001):
        number = f"{incident // 1000}-{incident % 1000}"
        for n in range(1, 9):
            if cases[incident] == f"m{n}":
                continue
            with pytest.raises(InvalidInput) as error:
                make_objection(connection, settings.city, town.MONTH, f"m{n}", number, "not ours", "aigerim")
            assert error.value.code == "rating.other_manager"
            assert error.value.parameters["counts_for"] == cases[incident]
    moved = object_to(connection, settings, "5-2")
    decide_objection(connection, settings.city, moved, True, "it is theirs", "bolat", performer="p7")
    with pytest.raises(InvalidInput) as gone:
        object_to(connection, settings, "5-2")
    assert gone.value.parameters["counts_for"] == "m7"


@pytest.mark.parametrize("decider", ["m5", "m6", "m7"])
@pytest.mark.parametrize("accepted", [True, False])
def test_nobody_decides_what_moves_their_own_figures(
    connection: Connection, settings: Settings, strategy: Strategy, decider: str, accepted: bool
) -> None:
    """Not for whom it counts (also where the objection names another, as older ones may), nor who gains."""
    made = object_to(connection, settings, "5-1")
    connection.execute(text("alter table rating_objection disable trigger keep_decided"))
    connection.execute(text("update rating_objection set manager = 'm6'"))
    with pytest.raises(Conflict) as theirs:
        decide_objection(connection, settings.city, made, accepted, "yes", "bolat", decider, "p7")
    assert theirs.value.code == "rating.own_incidents"
    decide_objection(connection, settings.city, made, accepted, "yes", "bolat", "m8", "p7")


def test_a_case_belongs_to_the_month_in_which_it_was_first_opened(
    connection: Connection, settings: Settings, strategy: Strategy
) -> None:
    town.do(
        connection,
        [
            town.event("opened_at", "i.opened_at::text", "'2026-02-03 00:00+00'", town.later(30)),
            "update incident set opened_at = '2026-02-03 00:00+00' where id = any(:ids)",
        ],
        [5001],
    )
    assert object_to(connection, settings, "5-1")
    with pytest.raises(InvalidInput) as error:
        make_objection(connection, settings.city, date(2026, 2, 1), "m5", "5-1", "not ours", "aigerim")
    assert error.value.code == "rating.other_month"


def test_a_number_of_several_incidents_is_named_and_ours_tells_which(
    connection: Connection, settings: Settings, strategy: Strategy
) -> None:
    connection.execute(
        text("""insert into incident (region, id, source, source_id, kind, category_id, source_status, status,
                opened_at, performer_id)
            select region, 90001, 'other', source_id, kind, 1, 'open', 'open', opened_at, 6 from incident
            where id = 5001""")
    )
    with pytest.raises(InvalidInput) as error:
        object_to(connection, settings, "5-1")
    assert error.value.code == "rating.several_incidents"
    assert error.value.parameters["known"] == "№5001 (t), №90001 (other)"
    object_to(connection, settings, "№5001")
    assert [one["incident_id"] for one in objections_of(connection, "71", town.MONTH)] == [5001]
    with pytest.raises(InvalidInput) as other:
        object_to(connection, settings, "№90001")
    assert other.value.parameters["counts_for"] == "m6"


def test_a_decided_objection_stands_and_one_that_waits_is_only_decided(
    connection: Connection, settings: Settings, strategy: Strategy
) -> None:
    decided, waiting = (object_to(connection, settings, f"5-{k}") for k in (1, 2))
    decide_objection(connection, settings.city, decided, True, "it is theirs", "bolat", performer="p6")
    for number, change in (
        (decided, "update rating_objection set accepted = false where id = :id"),
        (decided, "update rating_objection set decided_by = 'chingis' where id = :id"),
        (decided, "update rating_objection set performer = 'p7' where id = :id"),
        (decided, "delete from rating_objection where id = :id"),
        (waiting, "update rating_objection set manager = 'm6' where id = :id"),
        (waiting, "update rating_objection set made_by = 'bolat' where id = :id"),
        (waiting, "update rating_objection set incident_id = 5003 where id = :id"),
    ):
        with pytest.raises(DBAPIError, match="objection"), connection.begin_nested():
            connection.execute(text(change), {"id": number})
    decide_objection(connection, settings.city, waiting, False, "it is yours", "bolat")
