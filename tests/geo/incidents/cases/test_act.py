"""Actions on one incident: what each sets, when it is refused, and what is written beside it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from geo.deadlines.calendar import week
from geo.deadlines.clock import WARNINGS, RegulatoryClock
from geo.deadlines.working_time import WorkingCalendar
from geo.errors import Conflict, Forbidden, InvalidInput, NotFound
from geo.settings import DEFAULT_CITY, City
from tests.support.desk import Desk, officer

CITY = City.load(DEFAULT_CITY)


def refused(call, code: str, kind: type = Conflict) -> dict:
    with pytest.raises(kind, match=f"^{code}\\b") as caught:
        call()
    return caught.value.parameters


def test_an_action_is_one_event_one_decision_one_change_and_one_line_of_the_audit(desk: Desk) -> None:
    done = desk.act("aidos", "priority", priority=2)
    incident = desk.incident()
    assert (incident["priority"], incident["source_priority"], incident["version"]) == (2, 0, 2)
    assert desk.rows(
        "select who, what, from_value, to_value, version, action_id from incident_event order by id"
    ) == [("aidos", "priority", "0", "2", 2, done.action)]
    assert desk.rows(
        "select field, value, source_value, conflict_value, source_value_now, who from decision"
    ) == [("priority", "2", "0", None, "0", "aidos")]
    [(payload,)] = desk.rows("select payload from change where noun = 'incident'")
    assert (payload["version"], payload["priority"], payload["case"]["acknowledged"]) == (2, 2, False)
    assert desk.rows("select who, what, parameters ->> 'incident' from audit") == [
        ("aidos", "incident.priority", str(desk.incidents[0]))
    ]


def test_acknowledged_is_who_and_when_and_no_decision_on_the_status(desk: Desk) -> None:
    done = desk.act("aidos", "acknowledge")
    case = desk.case()
    assert (case["acknowledged_by"], case["acknowledged_at"]) == ("aidos", done.at)
    assert desk.incident()["status"] == "open" and desk.rows("select from decision") == []
    assert refused(lambda: desk.act("gulnar", "acknowledge"), "incident.acknowledged") == {"who": "aidos"}


def test_a_note_is_an_event_with_its_words_and_its_words_are_in_no_audit_and_no_feed(desk: Desk) -> None:
    desk.act("aidos", "note", text="Хомут обещают к 20:30")
    assert desk.rows("select what, to_value from incident_event") == [("note", "Хомут обещают к 20:30")]
    written = desk.rows("select parameters::text from audit union all select payload::text from change")
    assert written and "Хомут" not in str(written)


@pytest.mark.parametrize(
    ("wish", "left"),
    [
        ({"outcome": "done"}, None),
        ({"outcome": "not_confirmed"}, None),
        ({"outcome": "refused", "reason": "вне города"}, None),
        ({"outcome": "not_ours", "handed_to": "КСК"}, None),
        ({"outcome": "duplicate", "duplicate_of": 1}, 1),
    ],
)
def test_an_incident_is_closed_with_an_outcome_and_opened_again(
    desk: Desk, wish: dict, left: int | None
) -> None:
    if left is not None:
        left = wish["duplicate_of"] = desk.incidents[1]
    done = desk.act("aidos", "close", **wish)
    incident, case = desk.incident(), desk.case()
    assert (incident["status"], incident["closed_at"]) == ("closed", done.at)
    assert (case["outcome"], case["duplicate_of"]) == (wish["outcome"], left)
    refused(lambda: desk.act("aidos", "close", outcome="done"), "incident.closed")
    desk.act("gulnar", "reopen", reason="снова холодно")
    incident, case = desk.incident(), desk.case()
    assert (incident["status"], incident["closed_at"], case["outcome"]) == ("in_progress", None, None)
    assert case["reopened"] == 1


def test_an_outcome_needs_what_belongs_to_it(desk: Desk) -> None:
    first, second, third = desk.incidents
    for wish, code in (
        ({"outcome": "refused"}, "incident.refused_reason"),
        ({"outcome": "not_ours"}, "incident.handed_to"),
        ({"outcome": "duplicate"}, "incident.duplicate_of"),
        ({"outcome": "duplicate", "duplicate_of": first}, "incident.duplicate_of"),
        ({"outcome": "done", "duplicate_of": second}, "incident.duplicate_of"),
        ({"outcome": "duplicate", "duplicate_of": 10**9}, "incident.unknown"),
    ):
        kind = NotFound if code == "incident.unknown" else InvalidInput
        refused(lambda: desk.act("aidos", "close", first, **wish), code, kind)
    desk.act("aidos", "close", second, outcome="duplicate", duplicate_of=third)
    wish = {"outcome": "duplicate", "duplicate_of": second}
    assert refused(lambda: desk.act("aidos", "close", first, **wish), "incident.duplicate_chain") == {
        "incident": second,
        "original": "i3",
    }
    desk.act("aidos", "close", first, outcome="duplicate", duplicate_number="i3")
    assert desk.case(first)["duplicate_of"] == third
    desk.undo("aidos", desk.act("aidos", "reopen", first, reason="x"))


def test_a_paused_clock_has_no_deadline_and_gives_back_what_remained(desk: Desk) -> None:
    due = desk.incident()["due_at"]
    paused = desk.act("aidos", "pause", reason="ждём доступ в теплопункт")
    assert desk.incident()["due_at"] is None
    assert desk.case()["left_s"] == int((due - paused.at).total_seconds())
    refused(lambda: desk.act("aidos", "pause", reason="ещё раз"), "incident.paused")
    desk.execute("update incident_case set left_s = 7200")
    resumed = desk.act("aidos", "resume")
    assert desk.incident()["due_at"] == resumed.at + timedelta(hours=2)
    assert (desk.case()["paused_at"], desk.case()["left_s"]) == (None, None)
    refused(lambda: desk.act("aidos", "resume"), "incident.not_paused")


def test_closing_ends_a_pause_so_that_it_counts_as_in_time(desk: Desk) -> None:
    desk.act("aidos", "pause", reason="ждём доступ")
    done = desk.act("aidos", "close", outcome="done")
    assert desk.incident()["due_at"] > done.at and desk.case()["paused_at"] is None


def test_what_is_late_cannot_hide_behind_a_pause(desk: Desk) -> None:
    desk.execute("update incident set due_at = now() - interval '1 minute'")
    refused(lambda: desk.act("aidos", "pause", reason="поздно"), "incident.late")
    desk.execute("update incident set due_at = null")
    refused(lambda: desk.act("aidos", "pause", reason="без срока"), "incident.no_deadline")


def test_more_time_is_later_than_the_deadline_and_shelving_ends(desk: Desk) -> None:
    due, now = desk.incident()["due_at"], datetime.now(UTC)
    for verb, until in (
        ("more_time", due),
        ("more_time", now + timedelta(days=400)),
        ("shelve", now - timedelta(minutes=1)),
        ("shelve", now + timedelta(days=8)),
    ):
        refused(lambda: desk.act("aidos", verb, until=until, reason="x"), "incident.until", InvalidInput)
    desk.act("aidos", "more_time", until=due + timedelta(hours=3), reason="мороз")
    assert desk.incident()["due_at"] == due + timedelta(hours=3)
    desk.act("aidos", "shelve", until=now + timedelta(hours=1), reason="бригада на месте")
    assert desk.case()["shelved_until"] == now + timedelta(hours=1)
    desk.act("aidos", "unshelve")
    refused(lambda: desk.act("aidos", "unshelve"), "incident.not_shelved")


def test_a_deadline_in_working_time_that_moves_presses_anew(desk: Desk) -> None:
    """By the regulatory clock; while that stands nothing presses."""
    desk.execute("""insert into category (id, key, kind, name_kk, name_ru, name_en, calendar)
        values (9, 'work', 'service', 'a', 'b', 'c', 'working')""")
    desk.execute("update incident set category_id = 9")
    due = desk.incident()["due_at"] + timedelta(days=9)
    desk.act("aidos", "more_time", until=due, reason="мороз")
    incident = desk.incident()
    calendar = WorkingCalendar(CITY.time_zone, week(CITY.working_hours, CITY.working_weekdays))
    clock = RegulatoryClock.of_due(incident["opened_at"], due, (), calendar)
    assert incident["presses_at"] == clock.reached(WARNINGS[-1])
    desk.act("aidos", "pause", reason="ждём доступ")
    assert desk.incident()["presses_at"] is None


def test_an_incident_is_assigned_escalated_and_returned(desk: Desk) -> None:
    desk.act("aidos", "assign", performer=2)
    refused(lambda: desk.act("aidos", "assign", performer=2), "incident.same")
    refused(lambda: desk.act("aidos", "assign", performer=99), "incident.performer", InvalidInput)
    for _ in range(3):
        desk.act("aidos", "escalate")
    refused(lambda: desk.act("aidos", "escalate"), "incident.top_escalation")
    desk.act("aidos", "close", outcome="done")
    desk.act("aidos", "return", reason="яма не засыпана")
    desk.act("aidos", "return", reason="и снова")
    assert desk.case()["returned"] == 2 and desk.incident()["status"] == "in_progress"
    assert desk.incident()["performer_id"] == 2


def test_the_same_key_does_nothing_twice_and_answers_the_same(desk: Desk) -> None:
    key = uuid4()
    first = desk.act("aidos", "escalate", key=key, seen=1)
    assert desk.act("aidos", "escalate", key=key, seen=1) == first
    assert desk.case()["escalation"] == 1 and len(desk.rows("select from incident_action")) == 1
    refused(lambda: desk.act("aidos", "acknowledge", key=key), "incident.key_used", InvalidInput)
    desk.act("gulnar", "escalate", key=key)  # another person's click is another click
    assert desk.case()["escalation"] == 2


def test_what_a_caller_may_not_see_is_not_there(desk: Desk) -> None:
    narrow = officer("daniyar", kinds=("police",))
    refused(lambda: desk.act(narrow, "acknowledge"), "incident.unknown", NotFound)
    refused(lambda: desk.act(officer("x", districts=("esil",)), "acknowledge"), "incident.unknown", NotFound)
    refused(lambda: desk.act("aidos", "acknowledge", 10**9, seen=1), "incident.unknown", NotFound)


def test_the_second_officer_is_told_who_and_what(desk: Desk) -> None:
    desk.act("aidos", "assign", performer=2, seen=1)
    parameters = refused(lambda: desk.act("gulnar", "escalate", seen=1), "incident.stale")
    assert (parameters["who"], parameters["verb"], parameters["version"]) == ("aidos", "assign", 2)
    desk.act("aidos", "escalate", seen=1)  # one's own last click is no surprise
    assert desk.case()["escalation"] == 1


def test_a_feed_that_changed_what_matters_is_told_of_and_one_more_inquiry_is_not(desk: Desk) -> None:
    event = """insert into incident_event (region, incident_id, happened_at, who, what, to_value, version)
        values ('71', :id, now(), 'feed:inquiries', :what, 'x', :version)"""
    for version, what in ((2, "inquiries"), (3, "priority")):
        desk.execute("update incident set version = :version", version=version)
        desk.execute(event, id=desk.incidents[0], what=what, version=version)
    parameters = refused(lambda: desk.act("aidos", "acknowledge", seen=1), "incident.changed")
    assert parameters["who"] == "feed:inquiries"
    desk.execute("delete from incident_event where what = 'priority'")
    desk.act("aidos", "acknowledge", seen=1)


def test_what_its_source_no_longer_lists_is_left_alone(desk: Desk) -> None:
    desk.execute("update incident set vanished_at = now()")
    refused(lambda: desk.act("aidos", "acknowledge"), "incident.vanished")


def test_an_undone_action_leaves_the_incident_as_it_was_and_both_in_the_record(desk: Desk) -> None:
    before = desk.incident()
    done = desk.act("aidos", "close", outcome="refused", reason="вне города")
    refused(lambda: desk.undo("gulnar", done), "incident.not_yours", Forbidden)
    key = uuid4()
    undone = desk.undo("aidos", done, key)
    assert desk.undo("aidos", done, key) == undone
    refused(lambda: desk.undo("aidos", done), "incident.undone")
    refused(lambda: desk.undo("aidos", undone), "incident.no_action", NotFound)
    after = desk.incident()
    assert after["version"] == before["version"] + 2
    assert {k: v for k, v in after.items() if k != "version"} == {
        k: v for k, v in before.items() if k != "version"
    }
    assert desk.case()["outcome"] is None and desk.rows("select from decision") == []
    assert desk.rows(
        "select what, from_value, to_value from incident_event where what = 'status' order by id"
    ) == [
        ("status", "open", "closed"),
        ("status", "closed", "open"),
    ]


def test_undo_takes_back_no_word_of_a_feed_that_came_between(desk: Desk) -> None:
    """Nor does it bring back what the feed said before: that nobody has decided."""
    done = desk.act("aidos", "acknowledge")
    desk.execute("update incident set status = 'in_progress', source_status = 'in_progress', version = 3")
    desk.execute(
        """insert into incident_event (region, incident_id, happened_at, who, what, from_value, to_value,
        version) values ('71', :id, now(), 'feed:inquiries', 'status', 'open', 'in_progress', 3)""",
        id=desk.incidents[0],
    )
    desk.undo("aidos", done)
    assert desk.incident()["status"] == "in_progress" and desk.case()["acknowledged_by"] is None
    statuses = desk.rows("select who from incident_event where what = 'status'")
    assert statuses == [("feed:inquiries",)], "each line of the card says whose it is"


def test_undo_gives_back_the_decision_that_stood_before(desk: Desk) -> None:
    desk.act("aidos", "priority", priority=1)
    done = desk.act("gulnar", "priority", priority=2)
    desk.undo("gulnar", done)
    assert desk.rows("select value, who, source_value from decision") == [("1", "aidos", "0")]
    assert desk.incident()["priority"] == 1


def test_undo_has_its_time_and_ends_where_somebody_went_on(desk: Desk) -> None:
    done = desk.act("aidos", "acknowledge")
    desk.act("gulnar", "note", text="едем")
    assert refused(lambda: desk.undo("aidos", done), "incident.acted_since")["who"] == "gulnar"
    late = desk.act("aidos", "escalate", desk.incidents[1])
    desk.execute("update incident_action set at = at - interval '34 seconds'")
    assert refused(lambda: desk.undo("aidos", late), "incident.undo_late") == {"seconds": 30}
