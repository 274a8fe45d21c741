"""A mass event from its suggestion to its end: its incidents have one status and one answer, no poll reverts
it, the audit holds each of them, and of two officers the second is told who was first."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier
from uuid import uuid4

import pytest
from sqlalchemy import text

from etl.readers import Source
from etl.registry import FEEDS, find
from etl.runs import engine
from geo.accounts.users import Principal
from geo.errors import Conflict, Forbidden, IkomekError, InvalidInput
from geo.incidents.mass_events.rules import clear_rule, set_rule
from tests.support.desk import officer
from tests.support.mass_desk import MassDesk


def test_from_the_suggestion_to_the_answer_of_all_callers(desk: MassDesk) -> None:
    incidents = desk.opened(0, 50, 120, 200)
    [suggestion] = desk.suggestions()
    assert sorted(suggestion["incidents"]) == incidents and suggestion["inquiries"] == 8
    done = desk.confirm(suggestion["incidents"])
    assert (done.n, done.number[:2], desk.members(done.event)) == (4, "M-", incidents)
    assert desk.suggestions() == []
    desk.step(done.event, "status", status="in_progress")
    desk.act("gulnar", "close", incidents[0], outcome="not_confirmed")
    closed = desk.step(done.event, "close", outcome="done", answer="Теплотрасса исправлена")
    assert desk.statuses(incidents) == ["closed"] * 4
    assert (closed.n, closed.left) == (3, 1), "what was closed before keeps its outcome"
    event = desk.event(done.event)
    assert (event["status"], event["outcome"], event["answer"]) == (
        "closed",
        "done",
        "Теплотрасса исправлена",
    )
    assert [desk.case(one)["outcome"] for one in incidents] == ["not_confirmed", "done", "done", "done"]
    desk.undo_step(closed)
    assert desk.statuses(incidents) == ["closed", "in_progress", "in_progress", "in_progress"]
    assert desk.event(done.event)["status"] == "in_progress"
    assert desk.event(done.event)["answer"] is None
    audit = desk.rows("select what, count(*) from audit where who = 'aidos' group by what")
    assert dict(audit) == {
        "incident.group": 4,
        "mass.confirm": 1,
        "incident.status": 4,
        "mass.status": 1,
        "incident.close": 3,
        "mass.close": 1,
        "incident.undo": 3,
        "mass.undo": 1,
    }


HEAD = "source_id,opened_at,closed_at,due_at,status,priority,title,lon,lat\n"


def test_no_poll_reverts_what_was_done_with_all(desk: MassDesk) -> None:
    feed = find(FEEDS, "emergencies")

    def poll(status: str) -> None:
        rows = "".join(
            f"{n},2024-05-01 10:0{n},,2027-01-01 10:00,{status},0,a,71.43,51.13\n" for n in range(3)
        )
        source = [Source("test.csv", body=(HEAD + rows).encode(), format="csv")]
        assert engine.run(desk.settings, feed, source, now=datetime.now(UTC)).rejected == 0

    poll("open")
    desk.execute("update incident set category_id = :heat", heat=desk.heat)
    incidents = [row[0] for row in desk.rows("select id from incident order by id")]
    done = desk.confirm(incidents)
    desk.step(done.event, "close", outcome="done")
    poll("in_progress")
    assert desk.statuses(incidents) == ["closed"] * 3
    assert desk.members(done.event) == incidents
    kept = desk.rows("select distinct conflict_value from decision where field = 'status'")
    assert kept == [("in_progress",)], "what the source says since waits for a person"


def test_incidents_are_taken_out_split_off_added_and_all_taken_apart(desk: MassDesk) -> None:
    incidents = desk.opened(0, 10, 20, 30, 40)
    done = desk.confirm(incidents[:4])
    desk.step(done.event, "join", incidents=(incidents[4],))
    desk.step(done.event, "leave", incidents=(incidents[0],))
    assert desk.members(done.event) == incidents[1:]
    split = desk.step(done.event, "split", incidents=tuple(incidents[1:3]))
    [(other,)] = desk.rows("select id from mass_event where id <> :id", id=done.event)
    assert (desk.members(other), desk.members(done.event)) == (incidents[1:3], incidents[3:])
    desk.undo_step(split)
    assert desk.members(done.event) == incidents[1:] and desk.members(other) == []
    assert desk.event(other)["status"] == "dissolved"
    apart = desk.step(done.event, "dissolve")
    assert desk.members(done.event) == [] and desk.event(done.event)["status"] == "dissolved"
    desk.undo_step(apart)
    assert desk.members(done.event) == incidents[1:]
    with pytest.raises(InvalidInput, match="mass.not_member"):
        desk.step(done.event, "leave", incidents=(incidents[0],))


def test_a_confirmation_is_undone_though_somebody_has_acted_on_one_since(desk: MassDesk) -> None:
    incidents = desk.opened(0, 10, 20)
    done = desk.confirm(incidents)
    desk.act("gulnar", "note", incidents[1], text="едем")
    desk.undo_step(done)
    assert desk.members(done.event) == []
    assert desk.event(done.event)["status"] == "dissolved"
    again = desk.confirm(incidents, "gulnar")
    assert again.number != done.number


def test_closed_together_they_are_reopened_together(desk: MassDesk) -> None:
    incidents = desk.opened(0, 10, 20)
    done = desk.confirm(incidents)
    desk.act("aidos", "close", incidents[0], outcome="done")
    desk.step(done.event, "close", outcome="done", answer="готово")
    desk.step(done.event, "reopen", who="gulnar", reason="снова холодно")
    assert desk.statuses(incidents) == ["closed", "in_progress", "in_progress"]
    assert desk.event(done.event)["answer"] == "готово"
    assert [desk.case(one)["reopened"] for one in incidents[1:]] == [1, 1]


def test_of_two_officers_the_second_is_told_who_and_what(desk: MassDesk) -> None:
    incidents = desk.opened(0, 10, 20)
    together = Barrier(2)

    def race(who: str) -> object:
        together.wait()
        try:
            return desk.confirm(incidents, who)
        except IkomekError as error:
            return error

    with ThreadPoolExecutor(2) as officers:
        ends = dict(zip(("aidos", "gulnar"), officers.map(race, ("aidos", "gulnar"))))
    [(loser, error)] = [(who, end) for who, end in ends.items() if isinstance(end, IkomekError)]
    [(winner, done)] = [(who, end) for who, end in ends.items() if who != loser]
    assert isinstance(error, Conflict) and error.code == "mass.taken"
    assert (error.parameters["who"], error.parameters["number"]) == (winner, done.number)
    assert desk.rows("select count(*) from mass_event") == [(1,)]
    desk.step(done.event, "answer", who=winner, text="Устраняем до 18:00")
    with pytest.raises(Conflict) as stale:
        desk.step(done.event, "close", who=loser, seen=done.version, outcome="done")
    assert stale.value.code == "mass.stale"
    assert (stale.value.parameters["who"], stale.value.parameters["verb"]) == (winner, "answer")
    assert desk.statuses(incidents) == ["open"] * 3


def test_the_same_click_again_does_nothing_twice(desk: MassDesk) -> None:
    incidents, key, end = desk.opened(0, 10), uuid4(), uuid4()
    first, again = desk.confirm(incidents, key=key), desk.confirm(incidents, key=key)
    assert (first.step, first.n) == (again.step, again.n)
    closed = desk.step(first.event, "close", key=end, outcome="done")
    assert desk.step(first.event, "close", seen=1, key=end, outcome="done").step == closed.step
    undone, key = desk.undo_step(closed), uuid4()
    with pytest.raises(InvalidInput, match="incident.key_used"):
        desk.step(first.event, "answer", key=end, text="a")
    with pytest.raises(Conflict, match="incident.acted_since"):
        desk.undo_step(closed, key=key)
    assert undone.n == 2


def test_nobody_decides_on_what_they_do_not_see(desk: MassDesk) -> None:
    desk.execute(
        """insert into district (region, id, key, name_kk, name_ru, name_en, valid_from, geom_4326, geom_3857)
        select '71', n, 'd' || n, 'a', 'a', 'a', '2020-01-01', st_multi(b), st_multi(st_transform(b, 3857))
        from generate_series(1, 2) n, st_makeenvelope(71, 51, 72, 52, 4326) b"""
    )
    incidents = desk.opened(0, 10, 20)
    desk.execute("update incident set district_id = case when id = :one then 1 else 2 end", one=incidents[0])
    of_one = Principal("saule", "duty", frozenset({"incident.decide"}), districts=frozenset({"d2"}))
    done = desk.confirm(incidents)
    with pytest.raises(Forbidden, match="mass.outside"):
        desk.step(done.event, "close", who=of_one, outcome="done")
    assert desk.statuses(incidents) == ["open"] * 3


def test_what_is_no_mass_event_is_refused(desk: MassDesk) -> None:
    one, other = desk.opened(0), desk.opened(10, category=desk.category("lift"))
    with pytest.raises(InvalidInput, match="mass.category"):
        desk.confirm(one + other)
    with pytest.raises(InvalidInput, match="mass.members"):
        desk.confirm(one)
    two = desk.opened(10)
    desk.act("aidos", "close", two[0], outcome="done")
    with pytest.raises(Conflict, match="mass.few"):
        desk.confirm(one + two)


def test_the_owner_sets_radius_and_window_and_goes_back_to_the_feeds(desk: MassDesk) -> None:
    desk.opened(0, 250)
    assert desk.suggestions() == [], "three are the least"
    with desk.owner.begin() as connection:
        set_rule(connection, "heat", 300, 6, 2, "owner")
    assert [one["n"] for one in desk.suggestions()] == [2]
    with desk.owner.begin() as connection:
        set_rule(connection, "heat", 200, 6, 2, "owner")
    assert desk.suggestions() == []
    with desk.owner.begin() as connection:
        clear_rule(connection, "heat", "owner")
        for wrong in ((0, 6, 2), (300, 0, 2), (300, 6, 1), (9000, 6, 2)):
            with pytest.raises(InvalidInput, match="mass.rule"):
                set_rule(connection, "heat", *wrong, "owner")
        assert connection.scalar(text("select count(*) from mass_rule")) == 0


def test_an_officer_is_a_person(desk: MassDesk) -> None:
    """The step of another is not theirs to undo."""
    done = desk.confirm(desk.opened(0, 10))
    with pytest.raises(Forbidden, match="incident.not_yours"):
        desk.undo_step(done, officer("gulnar").name)
