"""Steps of escalation: from the file, taken once in their order, not where a person was faster; each an event
and what is told of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from geo.errors import InvalidInput
from geo.escalation import outbox
from geo.escalation.rules import VARIABLE, EscalationStep, read_steps
from geo.escalation.steps import escalate_due, unknown_categories
from geo.settings import Settings
from geo.work.outbox import FIRST_PAUSE_S, LEASE, MOST_TRIES
from tests.support.desk import Desk

CATEGORY = """insert into category (key, kind, name_kk, name_ru, name_en)
    values ('lifts', 'service', 'Лифт', 'Лифт', 'Lifts')"""
FILE = """[[step]]
key = "late"
level = 2
late_min = 60

[[step]]
key = "nobody"
level = 1
unacknowledged_min = 15
mail = ["duty@example.org"]
webhook = ["http://127.0.0.1:9/escalations"]
"""


@pytest.fixture
def desk(settings: Settings) -> Iterator[Desk]:
    made = Desk(settings, incidents=2)
    made.execute("update incident set priority = 1, opened_at = now() - interval '20 minutes', due_at = null")
    yield made
    made.close()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "steps.toml"
    path.write_text(FILE, encoding="utf-8")
    return path


def take(desk: Desk, file: Path) -> int:
    return escalate_due(desk.editor, desk.city, read_steps(file), datetime.now(UTC))


def levels(desk: Desk) -> list[tuple[int, int]]:
    return desk.rows("select incident_id, escalation from incident_case order by incident_id")


def test_a_step_is_taken_once_in_its_order_with_its_event(desk: Desk, file: Path) -> None:
    first, second = desk.incidents
    desk.act("aidos", "acknowledge", second)
    assert (take(desk, file), take(desk, file)) == (1, 0), "the second has somebody"
    assert levels(desk) == [(first, 1), (second, 0)]
    desk.execute("update incident set due_at = now() - interval '2 hours'")
    assert take(desk, file) == 1, "the second is late, but nobody has taken it to the level below"
    assert levels(desk) == [(first, 2), (second, 0)]
    events = desk.rows("""select who, from_value, to_value from incident_event
        where what = 'escalation' order by id""")
    assert events == [("rule:nobody", "0", "1"), ("rule:late", "1", "2")]
    audit = desk.rows("select who from audit where what = 'incident.escalate' order by id")
    assert audit == [("rule:nobody",), ("rule:late",)]
    notices = desk.rows(
        "select channel, address, incident_id, about ->> 'title' from escalation_notice order by id"
    )
    title = desk.incident(first)["title"]
    assert notices == [
        ("mail", "duty@example.org", first, title),
        ("webhook", "http://127.0.0.1:9/escalations", first, title),
    ]


def test_what_a_person_took_back_is_not_taken_again_until_it_is_reopened(desk: Desk, file: Path) -> None:
    first = desk.incidents[0]
    desk.execute("update incident set priority = 0 where id <> :id", id=first)
    take(desk, file)
    [(action,)] = desk.rows("select id from incident_action")
    desk.execute("update incident_case set escalation = 0")
    assert take(desk, file) == 0
    desk.execute("update incident_case set reopened = 1")
    assert take(desk, file) == 1
    assert desk.rows("select count(*) from incident_action where id > :id", id=action) == [(1,)]


@pytest.mark.parametrize(
    "change",
    [
        "update incident set priority = 0",
        "update incident set opened_at = now() - interval '100 hours'",
        "update incident set opened_at = now() - interval '14 minutes'",
        "update incident set status = 'closed', closed_at = now()",
        "update incident set vanished_at = now()",
        """insert into incident_case (region, incident_id, shelved_until)
            select region, id, now() + interval '1 hour' from incident""",
        """insert into incident_case (region, incident_id, paused_at, left_s)
            select region, id, now(), 60 from incident""",
    ],
)
def test_what_a_step_is_not_for(desk: Desk, file: Path, change: str) -> None:
    desk.execute(change)
    assert take(desk, file) == 0


def test_a_step_of_a_category_is_for_it_alone(desk: Desk, file: Path) -> None:
    desk.execute("""insert into category (id, key, kind, name_kk, name_ru, name_en)
        values (7, 'heat', 'service', 'a', 'b', 'c')""")
    desk.execute("update incident set category_id = 7 where id = :id", id=desk.incidents[1])
    file.write_text(FILE + 'categories = ["heat"]\n', encoding="utf-8")
    assert take(desk, file) == 1
    assert levels(desk) == [(desk.incidents[1], 1)]


def test_a_notice_is_one_takers_at_a_time_and_waits_longer_after_each_failure(desk: Desk, file: Path) -> None:
    desk.execute("update incident set priority = 0 where id <> :id", id=desk.incidents[0])
    take(desk, file)
    now, region = datetime.now(UTC) + timedelta(seconds=1), desk.city.region
    mail, webhook = outbox.take(desk.owner, region, now)
    assert outbox.take(desk.owner, region, now) == [], "they are somebody's"
    again = outbox.take(desk.owner, region, now + LEASE)
    assert [notice.tries for notice in again] == [2, 2], "who had them is gone"
    outbox.tick_off(desk.owner, region, mail, now)
    assert outbox.put_off(desk.owner, region, again[1], now, "ConnectError")
    rows = desk.rows(
        """select sent_at is not null, error, extract(epoch from next_at - :now)::int
        from escalation_notice order by id""",
        now=now,
    )
    assert rows == [(True, None, None), (False, "ConnectError", 2 * FIRST_PAUSE_S)]
    desk.execute("update escalation_notice set tries = :n, next_at = :now", n=MOST_TRIES - 1, now=now)
    last = outbox.take(desk.owner, region, now)
    assert not outbox.put_off(desk.owner, region, last[-1], now, "ConnectError"), "it is given up"
    assert webhook.about["number"] == desk.incident(desk.incidents[0])["source_id"]


def test_without_a_file_nothing_is_escalated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    assert read_steps() == ()


@pytest.mark.parametrize(
    ("change", "line", "key"),
    [
        (("level = 2", "level = 4"), 3, "level"),
        (("late_min = 60", "late_min = 60\nunacknowledged_min = 5"), 5, "unacknowledged_min"),
        (("late_min = 60\n", ""), 1, "unacknowledged_min"),
        (('key = "nobody"', 'key = "late"'), 7, "key"),
        (("duty@example.org", "duty"), 10, "mail"),
        (("http://127.0.0.1:9/escalations", "ftp://example.org"), 11, "webhook"),
        (("http://127.0.0.1:9/escalations", "http://[x"), 11, "webhook"),
        (("127.0.0.1:9/escalations", "127.0.0.1:99999/"), 11, "webhook"),
        (("127.0.0.1:9/escalations", "127.0.0.1:abc/"), 11, "webhook"),
        (("duty@example.org", "du\\u0000ty@example.org"), 10, "mail"),
        (("level = 1", 'level = 1\nphone = "109"'), 9, "phone"),
    ],
)
def test_a_mistake_in_the_file_is_told_by_its_line(
    file: Path, change: tuple[str, str], line: int, key: str
) -> None:
    assert change[0] in FILE
    file.write_text(FILE.replace(*change), encoding="utf-8")
    with pytest.raises(InvalidInput, match=r"escalation\.rules") as refused:
        read_steps(file)
    assert (refused.value.parameters["line"], refused.value.parameters["key"]) == (line, key)


def test_a_category_that_is_not_there_is_named(desk: Desk) -> None:
    step = EscalationStep("nobody", 1, 1, ("heat", "heta"), 15, None, 72, (), ())
    desk.execute(CATEGORY)
    with desk.editor.connect() as connection:
        assert unknown_categories(connection, (step,)) == ["heat", "heta"]
        assert unknown_categories(connection, (replace(step, categories=("lifts",)),)) == []
