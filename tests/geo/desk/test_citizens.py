"""A citizen's mark and reopening within the days of the settings; what they are told, once for an inquiry and
an event, by the channels that have a gateway."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from geo.database import connect_engine, transact
from geo.desk import citizens
from geo.desk.gateways import Gateway, read_gateways
from geo.desk.messages import queue_messages, take_messages
from geo.errors import Conflict, Forbidden, InvalidInput
from geo.incidents.cases.verbs import Because
from geo.settings import Settings
from layers.desk.citizen import read_citizen
from layers.scope import Scope
from tests.support.levels_desk import OPERATOR, LevelsDesk, performer

GATEWAY = Gateway("telegram", "http://127.0.0.1:9/messages")
INQUIRIES = """insert into inquiry (region, source, source_id, channel, received_at, one_take, incident_id)
    values ('71', 'inquiries', '109-1', 'telegram', now(), false, :id),
        ('71', 'inquiries', '109-2', 'call', now(), false, :id)"""


def mark(desk: LevelsDesk, value: int, key: UUID | None = None) -> int:
    click = key or uuid4()
    return transact(
        desk.editor,
        lambda connection: citizens.give_mark(
            connection, desk.city, OPERATOR, desk.incidents[0], value, click
        ),
    )


def reopen(desk: LevelsDesk) -> None:
    version = desk.version()
    transact(
        desk.editor,
        lambda connection: citizens.reopen(
            connection, desk.city, OPERATOR, desk.incidents[0], Because("холодно"), version, uuid4()
        ),
    )


def test_a_mark_is_for_what_is_closed_and_the_last_one_counts(desk: LevelsDesk) -> None:
    with pytest.raises(Conflict, match=r"incident\.not_closed"):
        mark(desk, 5)
    desk.work(performer("heat"), "done")
    mark(desk, 2)
    mark(desk, 4)
    [case] = read_citizen(desk.owner, desk.city, Scope(), "ru", f"№ {desk.incidents[0]}")
    assert case.mark == 4 and case.incident["reopened"] == 0


def test_a_police_case_has_no_citizen_for_whom_it_is_marked_or_reopened(desk: LevelsDesk) -> None:
    desk.work(performer("heat"), "done")
    for kind in ("police", "emergency", "offence"):
        desk.execute("update incident set kind = :kind", kind=kind)
        for refused in (lambda: mark(desk, 5), lambda: reopen(desk)):
            with pytest.raises(Forbidden, match=r"citizen\.nobody"):
                refused()
    assert desk.rows("select from citizen_mark") == [] and desk.incident()["status"] == "closed"


def test_each_step_that_is_no_action_is_taken_once_for_a_click(desk: LevelsDesk) -> None:
    """Sent again after its answer was lost, it has the answer of then, whatever has become of the case."""
    crew, until = performer("heat"), datetime.now(UTC) + timedelta(days=2)
    requested, decided, agreed, marked = uuid4(), uuid4(), uuid4(), uuid4()
    taken = [desk.agree("new", key=agreed), desk.ask(crew, until, key=requested)]
    taken += [desk.decide(False, "нет", key=decided)]
    desk.work(crew, "done")
    taken += [mark(desk, 4, marked)]
    again = [desk.agree("new", key=agreed), desk.ask(crew, until, key=requested)]
    again += [desk.decide(False, "нет", key=decided), mark(desk, 4, marked)]
    assert again == taken
    with pytest.raises(InvalidInput, match=r"incident\.key_used"):
        desk.agree("new", desk.incidents[1], key=agreed)
    for table in ("case_check", "time_extension", "citizen_mark"):
        assert desk.rows(f"select count(*) from {table}") == [(1,)], table


def test_reopening_ends_after_the_days_of_the_settings(desk: LevelsDesk, settings: Settings) -> None:
    desk.city = replace(settings.city, desk={"reopen_days": 3})
    desk.work(performer("heat"), "done")
    desk.execute("update incident set closed_at = now() - interval '73 hours'")
    with pytest.raises(Conflict, match=r"citizen\.reopen_over"):
        reopen(desk)
    desk.execute("update incident set closed_at = now() - interval '71 hours'")
    reopen(desk)
    assert desk.incident()["status"] == "in_progress" and desk.case()["reopened"] == 1


def test_each_event_is_told_once_to_each_inquiry_of_a_channel_with_a_gateway(
    desk: LevelsDesk, settings: Settings
) -> None:
    desk.execute(INQUIRIES, id=desk.incidents[0])
    desk.work(performer("heat"), "acknowledge")
    desk.work(performer("heat"), "done")
    now = datetime.now(UTC)
    assert queue_messages(desk.editor, desk.city, [], now) == 0
    assert queue_messages(desk.editor, desk.city, [GATEWAY], now) == 2
    assert queue_messages(desk.editor, desk.city, [GATEWAY], now) == 0, "once"
    jobs = connect_engine(settings, "jobs")
    taken = take_messages(jobs, desk.city, now)
    jobs.dispose()
    sent = [(one.message, one.channel, one.source_id, one.about["number"]) for one in taken]
    assert sent == [("in_progress", "telegram", "109-1", "i1"), ("closed", "telegram", "109-1", "i1")]
    assert taken[1].about["outcome"] == "done"
    late = now + timedelta(hours=2)
    desk.act("aidos", "reopen", reason="холодно")
    assert queue_messages(desk.editor, desk.city, [GATEWAY], late) == 0, "old news is told to nobody"


def test_a_case_is_found_by_the_number_of_any_of_its_inquiries(desk: LevelsDesk) -> None:
    desk.execute(INQUIRIES, id=desk.incidents[0])
    desk.work(performer("heat"), "done")
    for number in ("109-2", "i1"):
        [case] = read_citizen(desk.owner, desk.city, Scope(), "kk", number)
        assert case.incident["id"] == desk.incidents[0]
        assert [one["channel"] for one in case.inquiries] == ["telegram", "call"]
        assert [one["message"] for one in case.messages] == ["closed"]
    assert read_citizen(desk.owner, desk.city, Scope(), "kk", "109-3") == []
    closed_to_them = Scope(kinds=frozenset({"police"}))
    assert read_citizen(desk.owner, desk.city, closed_to_them, "kk", "109-2") == []


def test_a_wrong_file_of_gateways_is_told_by_its_line(tmp_path: Path) -> None:
    path = tmp_path / "gateways.toml"
    path.write_text('[[gateway]]\nkey = "telegram"\nwebhook = "ftp://bot"\n', encoding="utf-8")
    with pytest.raises(InvalidInput) as error:
        read_gateways(path)
    assert (error.value.code, error.value.parameters["line"]) == ("gateways.rules", 3)
    path.write_text('[[gateway]]\nkey = "telegram"\nwebhook = "https://bot.example/m"\n', encoding="utf-8")
    assert read_gateways(path) == (Gateway("telegram", "https://bot.example/m"),)
