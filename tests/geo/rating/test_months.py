"""A month is closed by two people, then frozen, signed, and counted again to the same bytes."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from geo.audit.keys import Signer, open_signer, publish_key
from geo.errors import Conflict, NotFound
from geo.rating import months, versions
from geo.rating.strategy import Strategy, strategy_of
from geo.settings import Settings
from geo.toml import TomlFile
from tests.support import rating_town as town
from tests.support.first_comer import assert_first

LATER = """update incident_event set recorded_at = '2026-03-06 00:00+00'
    where who = 'someone' or incident_id > 100000"""


@pytest.fixture
def strategy() -> Strategy:
    return strategy_of(TomlFile(Path("s.toml"), town.STRATEGY, tomllib.loads(town.STRATEGY)))


@pytest.fixture
def signer(tmp_path: Path) -> Iterator[Signer]:
    signer = open_signer(tmp_path / "keys-of-months")
    publish_key(signer, tmp_path / "keys-of-months")
    yield signer


@pytest.fixture
def closed(
    connection: Connection, settings: Settings, strategy: Strategy, signer: Signer
) -> months.CountedMonth:
    town.build(connection)
    versions.adopt(connection, settings.city, strategy, "aigerim")
    counted = months.count_month(connection, settings.city, strategy, town.MONTH, town.AS_OF)
    assert not months.close_month(connection, settings.city, town.MONTH, counted, "aigerim", signer)
    assert months.close_month(connection, settings.city, town.MONTH, counted, "bolat", signer)
    connection.commit()
    return counted


def verify(connection: Connection, settings: Settings, tmp_path: Path) -> list[str]:
    found = months.verify(connection, settings.city, town.MONTH, tmp_path / "keys-of-months")
    return [mismatch.key for mismatch in found]


def test_a_closed_month_is_counted_again_to_the_same_bytes(
    connection: Connection, settings: Settings, closed: months.CountedMonth, tmp_path: Path
) -> None:
    assert verify(connection, settings, tmp_path) == []
    body = json.loads(closed.body)
    assert body["cases"] == 1600 and len(body["managers"]) == 8
    assert [months.RatedCase.line.fget(case) for case in closed.cases] == [
        case.line for case in months.kept_cases(connection, settings.city, town.MONTH)
    ]


@pytest.mark.parametrize("cheat", town.CHEATS)
def test_what_is_written_after_the_closing_changes_nothing(
    connection: Connection, settings: Settings, closed: months.CountedMonth, tmp_path: Path, cheat: str
) -> None:
    """Every change leaves an event of its own time."""
    ids = town.late_cases(connection)
    statements = [s for s in town.CHEATS[cheat][1] if not s.startswith("delete")]
    town.do(connection, statements, ids)
    connection.execute(text(LATER))
    assert verify(connection, settings, tmp_path) == []


def test_a_change_of_what_was_kept_is_found(
    connection: Connection, settings: Settings, closed: months.CountedMonth, tmp_path: Path
) -> None:
    connection.execute(text("alter table rating_case disable trigger keep_closed"))
    connection.execute(text("update rating_case set pattern = 3 where incident_id = 5001"))
    assert "rows" in verify(connection, settings, tmp_path)
    connection.rollback()
    connection.execute(text("alter table rating_month disable trigger keep_closed"))
    connection.execute(text("update rating_month set body = replace(body, '1600', '1601')"))
    assert verify(connection, settings, tmp_path) == ["sha256"]
    for change in ("closed_by = 'somebody'", "proposed_at = proposed_at - interval '1 second'"):
        connection.execute(text("alter table rating_month disable trigger keep_closed"))
        connection.execute(text(f"update rating_month set {change}"))
        assert verify(connection, settings, tmp_path) == ["signature"], change
        connection.rollback()


def test_a_month_that_was_signed_without_when_it_was_proposed_is_still_verified(
    connection: Connection, settings: Settings, closed: months.CountedMonth, signer: Signer, tmp_path: Path
) -> None:
    row = connection.execute(months.MONTH, {"region": "71", "month": town.MONTH}).one()
    words = months.signed_words(row.digest, row.proposed_by, row.closed_by, row.closed_at, None)
    connection.execute(text("alter table rating_month disable trigger keep_closed"))
    connection.execute(text("update rating_month set signature = :made"), {"made": signer.sign(words)})
    assert verify(connection, settings, tmp_path) == []
    connection.rollback()


def test_an_event_that_was_changed_afterwards_is_found(
    connection: Connection, settings: Settings, closed: months.CountedMonth, tmp_path: Path
) -> None:
    connection.execute(
        text("delete from incident_event where incident_id = 5001 and what = 'status'"),
    )
    connection.execute(text("update incident set status = 'open', closed_at = null where id = 5001"))
    assert verify(connection, settings, tmp_path) == ["incident", "incidents"]


def test_a_closed_month_cannot_be_written(
    connection: Connection, settings: Settings, closed: months.CountedMonth, signer: Signer
) -> None:
    """Nor its cases and milestones, which are signed with it: not changed, not removed, none added."""
    for statement in (
        "update rating_month set closed_by = 'somebody'",
        "delete from rating_month",
        "update rating_case set manager = 'm1' where incident_id = 5001",
        "delete from rating_case where incident_id = 5001",
        "update rating_case set month = '2025-12-01' where incident_id = 5001",
        "insert into rating_case (region, month, incident_id, manager, performer, pattern, marks)"
        " values ('71', '2026-01-01', 1, 'm1', 'p1', 3, '{}')",
        "insert into rating_milestone (region, month, project, milestone, manager, pattern, planned_on)"
        " values ('71', '2026-01-01', 'p', 'm', 'm1', 3, '2026-01-05')",
    ):
        with pytest.raises(DBAPIError, match="frozen"):
            connection.execute(text(statement))
        connection.rollback()
    with pytest.raises(Conflict) as error:
        months.close_month(connection, settings.city, town.MONTH, closed, "chingis", signer)
    assert_first(error, "rating.closed", "bolat")


def test_one_person_closes_nothing(
    connection: Connection, settings: Settings, strategy: Strategy, signer: Signer
) -> None:
    town.build(connection)
    counted = months.count_month(connection, settings.city, strategy, town.MONTH, town.AS_OF)
    months.close_month(connection, settings.city, town.MONTH, counted, "aigerim", signer)
    with pytest.raises(Conflict) as error:
        months.close_month(connection, settings.city, town.MONTH, counted, "aigerim", signer)
    assert error.value.code == "rating.same_person"


def test_what_changed_since_it_was_proposed_is_proposed_anew(
    connection: Connection, settings: Settings, strategy: Strategy, signer: Signer
) -> None:
    town.build(connection)
    versions.adopt(connection, settings.city, strategy, "aigerim")
    counted = months.count_month(connection, settings.city, strategy, town.MONTH, town.AS_OF)
    months.close_month(connection, settings.city, town.MONTH, counted, "aigerim", signer)
    connection.execute(text("delete from incident_event where incident_id = 5001"))
    connection.execute(text("delete from incident where id = 5001"))
    again = months.count_month(connection, settings.city, strategy, town.MONTH, town.AS_OF)
    assert not months.close_month(connection, settings.city, town.MONTH, again, "bolat", signer)
    assert months.close_month(connection, settings.city, town.MONTH, again, "aigerim", signer)


def test_versions_of_the_strategy(connection: Connection, settings: Settings, strategy: Strategy) -> None:
    with pytest.raises(NotFound) as missing:
        versions.strategy_in_force(connection, settings.city, town.MONTH)
    assert missing.value.code == "rating.no_strategy"
    versions.adopt(connection, settings.city, strategy, "aigerim")
    assert versions.strategy_in_force(connection, settings.city, town.MONTH).text == strategy.text
    with pytest.raises(NotFound):
        versions.strategy_in_force(connection, settings.city, town.MONTH.replace(year=2025))
    with pytest.raises(Conflict) as error:
        versions.adopt(connection, settings.city, strategy, "bolat")
    assert error.value.code == "rating.version"


def test_a_month_is_counted_again_by_the_rules_by_which_it_was_counted(
    connection: Connection, settings: Settings, strategy: Strategy, signer: Signer, tmp_path: Path
) -> None:
    """One that was closed before what people make and close themselves was left out."""
    town.build(connection)
    versions.adopt(connection, settings.city, strategy, "aigerim")
    town.do(connection, town.padding("5 seconds", "op", "op"), town.late_cases(connection))
    old, new = (
        months.count_month(connection, settings.city, strategy, town.MONTH, town.AS_OF, rules)
        for rules in (1, 2)
    )
    assert "rules" not in json.loads(old.body) and json.loads(new.body)["rules"] == 2
    assert old.body != new.body and not any("self_made" in one.marks for one in old.cases)
    for who in ("aigerim", "bolat"):
        months.close_month(connection, settings.city, town.MONTH, old, who, signer)
    assert verify(connection, settings, tmp_path) == []
