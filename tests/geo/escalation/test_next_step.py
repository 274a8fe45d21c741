"""What the card says of the next step is when it is taken: not a second before, and then."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from geo.escalation.next_step import Escalated, next_step
from geo.escalation.rules import read_steps
from geo.escalation.steps import escalate_due
from geo.settings import Settings
from tests.support.desk import Desk

FILE = """[[step]]
key = "nobody"
level = 1
unacknowledged_min = 15

[[step]]
key = "late"
level = 1
late_min = 30

[[step]]
key = "heat"
level = 2
late_min = 60
categories = ["heat"]
least_priority = 2
younger_than_h = 12
"""
SECOND = timedelta(seconds=1)


@pytest.fixture
def desk(settings: Settings) -> Iterator[Desk]:
    made = Desk(settings, incidents=1)
    made.execute("""insert into category (id, key, kind, name_kk, name_ru, name_en)
        values (1, 'heat', 'service', 'Жылу', 'Тепло', 'Heat')""")
    made.execute("update incident set priority = 1, due_at = opened_at + interval '4 hours'")
    yield made
    made.close()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "steps.toml"
    path.write_text(FILE, encoding="utf-8")
    return path


def expected(desk: Desk, file: Path) -> datetime | None:
    incident = desk.incident()
    [case] = desk.rows("select escalation, acknowledged_by, shelved_until from incident_case") or [
        (0, None, None)
    ]
    key = desk.rows(f"select key from category where id = {incident['category_id'] or 0}")
    found = next_step(
        read_steps(file),
        Escalated(
            case[0],
            incident["priority"],
            key[0][0] if key else None,
            incident["opened_at"],
            incident["due_at"],
            case[1] is not None,
            case[2],
            frozenset(who.removeprefix("rule:") for (who,) in desk.rows("select who from incident_action")),
        ),
    )
    return found and found.at


def taken(desk: Desk, file: Path, at: datetime) -> int:
    return escalate_due(desk.editor, desk.city, read_steps(file), at)


def test_it_is_taken_when_it_was_told(desk: Desk, file: Path) -> None:
    opened = desk.incident()["opened_at"]
    first = expected(desk, file)
    assert first == opened + timedelta(minutes=15), "nobody has acknowledged it"
    desk.act("aidos", "acknowledge")
    second = expected(desk, file)
    assert second == opened + timedelta(hours=4, minutes=30), "then only its delay counts"
    assert (taken(desk, file, second - SECOND), taken(desk, file, second)) == (0, 1)
    assert expected(desk, file) is None, "the step above is for what is critical, of another category"
    desk.execute("update incident set priority = 2, category_id = 1")
    third = expected(desk, file)
    assert third == opened + timedelta(hours=5)
    assert (taken(desk, file, third - SECOND), taken(desk, file, third)) == (0, 1)


def test_what_is_shelved_or_too_old_waits_or_is_left_alone(desk: Desk, file: Path) -> None:
    back = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=2)
    desk.act("aidos", "shelve", until=back, reason="до утра")
    assert expected(desk, file) == back
    assert (taken(desk, file, back - SECOND), taken(desk, file, back)) == (0, 1)
    desk.execute(
        "update incident set priority = 2, category_id = 1, due_at = opened_at + interval '11 hours'"
    )
    assert expected(desk, file) is None, "it would be older than its rule looks at"
    assert taken(desk, file, desk.incident()["opened_at"] + timedelta(hours=12, minutes=1)) == 0
