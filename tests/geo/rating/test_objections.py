"""An objection is decided by another person; accepted it moves or leaves out its case, and no month that was
closed before."""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

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
