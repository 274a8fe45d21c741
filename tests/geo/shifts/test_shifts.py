"""Hand-overs of shifts: what they tell, who signs them, two who sign at once, and what is kept."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from geo.accounts.users import Principal
from geo.alarms import respond
from geo.alarms.rules import read_rules
from geo.alarms.watch import watch
from geo.database import connect_engine, transact
from geo.errors import Conflict, Forbidden, IkomekError, InvalidInput, NotFound
from geo.settings import Settings
from geo.shifts.contents import SECTIONS, Contents, collect, digest_of
from geo.shifts.notes import save_notes
from geo.shifts.post import DutyPost
from geo.shifts.sign import amend, sign, take, withdraw
from layers.shifts import read_handover, read_kept, read_own
from tests.support.desk import Desk, officer

AIDOS, NAZGUL = officer("aidos"), officer("nazgul")
CITY = DutyPost(None, None)


@pytest.fixture
def desk(settings: Settings) -> Iterator[Desk]:
    made = Desk(settings, incidents=3)
    yield made
    made.close()


def run(desk: Desk, work: Callable[..., Any], *args: Any) -> Any:
    return transact(desk.editor, lambda connection: work(connection, desk.city, *args))


def contents(desk: Desk, post: DutyPost = CITY) -> Contents:
    return run(desk, collect, post, datetime.now(UTC))


def leave(desk: Desk, who: Principal = AIDOS, key: UUID | None = None) -> int:
    return run(desk, sign, who, contents(desk, DutyPost.of(who)).marks(), key or uuid4())


def digest(desk: Desk, handover: int) -> str:
    return desk.row("select digest from shift_handover where id = :id", id=handover)["digest"]


def fill(desk: Desk) -> None:
    """A critical incident that is late, one that is shelved, alarms, a silent source, deeds and a note."""
    first, second, third = desk.incidents
    desk.execute(
        "update incident set priority = 2, due_at = now() - interval '2 hours' where id = :id", id=first
    )
    desk.execute("update feed set alarmed_at = now() where key = 'police'")
    jobs = connect_engine(desk.settings, "jobs")
    with jobs.begin() as connection:
        watch(connection, desk.city, read_rules(), datetime.now(UTC))
    jobs.dispose()
    desk.act("aidos", "note", first, text="хомут обещают к 20:30")
    desk.act("aidos", "shelve", second, until=datetime.now(UTC) + timedelta(hours=2), reason="бригада едет")
    desk.undo("aidos", desk.act("aidos", "acknowledge", third))


def counts(found: Contents) -> dict[str, int]:
    return {key: section["n"] for key, section in found.sections.items()}


def test_an_empty_shift_is_handed_over_like_any(desk: Desk) -> None:
    desk.execute("update incident set status = 'closed', closed_at = now()")
    found = contents(desk)
    assert counts(found) == dict.fromkeys(SECTIONS, 0)
    assert timedelta(seconds=found.read_at - found.begins) == timedelta(hours=12)
    handover = leave(desk)
    run(desk, take, NAZGUL, handover, digest(desk, handover))
    kept = read_handover(desk.editor, desk.city, CITY, handover)
    assert (kept.state, kept.left_by, kept.taken_by, kept.intact) == ("taken", "aidos", "nazgul", True)


def test_it_tells_what_stands_open_and_what_was_done(desk: Desk) -> None:
    desk.execute("""insert into feed (region, key, layer, interval_s) values ('71', 'police', 'incidents', 60)
        on conflict do nothing""")
    fill(desk)
    found = contents(desk)
    alarms = desk.rows("select count(*) from alarm where cleared_at is null")[0][0]
    assert alarms >= 3, "critical, late, and a source that is silent"
    assert counts(found) == {
        "critical": 1,
        "overdue": 1,
        "shelved": 1,
        "mass_events": 0,
        "alarms": alarms,
        "feeds": 1,
        "decisions": 1,
        "notes": 1,
    }
    sections = found.sections
    assert sections["critical"]["rows"][0]["id"] == desk.incidents[0]
    assert {row["kind"] for row in sections["alarms"]["rows"] if row["incident"]} == {"service"}
    assert sections["overdue"]["groups"][0]["performer"]["ru"] == "Тепло"
    [shelved] = sections["shelved"]["rows"]
    assert (shelved["of"], shelved["who"], shelved["reason"]) == ("incident", "aidos", "бригада едет")
    assert [row["remark"] for row in sections["notes"]["rows"]] == ["хомут обещают к 20:30"]
    undone = {row["verb"]: row["undone"] for row in sections["decisions"]["rows"]}
    assert undone == {"shelve": False, "acknowledge": True}


def test_an_alarm_on_the_shelf_is_among_what_is_shelved(desk: Desk) -> None:
    desk.execute("update incident set priority = 1, due_at = now() - interval '2 hours'")
    jobs = connect_engine(desk.settings, "jobs")
    with jobs.begin() as connection:
        watch(connection, desk.city, read_rules(), datetime.now(UTC))
    jobs.dispose()
    before = counts(contents(desk))["alarms"]
    [alarm] = desk.rows("select min(id) from alarm")[0]
    click = respond.AlarmClick(alarm, 1, uuid4())
    run(desk, respond.shelve, AIDOS, click, datetime.now(UTC) + timedelta(minutes=30), "учения")
    found = contents(desk)
    assert counts(found)["alarms"] == before - 1
    assert [(row["of"], row["id"]) for row in found.sections["shelved"]["rows"]] == [("alarm", alarm)]


def test_who_signs_for_himself_twice_is_refused(desk: Desk) -> None:
    handover = leave(desk)
    with pytest.raises(Conflict, match="shift.same_person"):
        run(desk, take, AIDOS, handover, digest(desk, handover))
    with pytest.raises(DBAPIError, match="two_persons"):
        desk.execute("update shift_handover set taken_by = left_by, taken_at = now()")
    assert read_handover(desk.editor, desk.city, CITY, handover).state == "waiting"


def test_a_program_and_a_wall_sign_nothing(desk: Desk) -> None:
    for type_ in ("token", "device"):
        with pytest.raises(Forbidden, match="shift.person"):
            leave(desk, officer("kiosk", type=type_))


def test_what_changed_since_it_was_read_is_signed_by_nobody(desk: Desk) -> None:
    read = contents(desk).marks()
    desk.execute("update incident set priority = 2 where id = :id", id=desk.incidents[0])
    with pytest.raises(Conflict) as refused:
        run(desk, sign, AIDOS, read, uuid4())
    assert refused.value.code == "shift.unread" and refused.value.parameters["sections"] == ["critical"]
    assert desk.rows("select * from shift_handover") == []


def test_the_officers_own_deeds_and_a_calm_delay_do_not_undo_what_was_read(desk: Desk) -> None:
    read = contents(desk).marks()
    desk.act("aidos", "note", text="ещё одна")
    desk.execute("update incident set due_at = now() - interval '1 minute'")
    handover = run(desk, sign, AIDOS, read, uuid4())
    signed = read_handover(desk.editor, desk.city, CITY, handover).contents
    assert (counts(signed)["notes"], counts(signed)["overdue"]) == (1, 3), "as it was when it was signed"


def test_of_two_who_sign_at_once_one_has_and_the_other_is_told(desk: Desk) -> None:
    read, together = contents(desk).marks(), Barrier(2)

    def go(who: Principal) -> object:
        together.wait()
        try:
            return run(desk, sign, who, read, uuid4())
        except IkomekError as error:
            return error

    with ThreadPoolExecutor(2) as officers:
        ends = dict(zip(("aidos", "nazgul"), officers.map(go, (AIDOS, NAZGUL))))
    [(loser, error)] = [(who, end) for who, end in ends.items() if isinstance(end, IkomekError)]
    [winner] = set(ends) - {loser}
    assert isinstance(error, Conflict) and error.code == "shift.waiting"
    assert error.parameters["who"] == winner
    assert desk.rows("select left_by from shift_handover") == [(winner,)]


def test_of_two_who_take_over_at_once_one_has_and_the_other_is_told(desk: Desk) -> None:
    handover = leave(desk)
    signed, together = digest(desk, handover), Barrier(2)

    def go(who: str) -> str:
        together.wait()
        try:
            run(desk, take, officer(who), handover, signed)
            return "taken"
        except Conflict as error:
            return f"{error.code} {error.parameters['who']}"

    with ThreadPoolExecutor(2) as officers:
        ends = dict(zip(("nazgul", "erlan"), officers.map(go, ("nazgul", "erlan"))))
    [winner] = [who for who, end in ends.items() if end == "taken"]
    assert sorted(ends.values()) == [f"shift.taken {winner}", "taken"]


def test_a_click_that_is_sent_again_signs_once(desk: Desk) -> None:
    key = uuid4()
    handover = leave(desk, key=key)
    assert leave(desk, key=key) == handover
    for _ in range(2):
        run(desk, take, NAZGUL, handover, digest(desk, handover))
    assert leave(desk, key=key) == handover, "also once it was taken over"
    acts = desk.rows("select what from audit where what like 'shift.%' order by id")
    assert acts == [("shift.signed",), ("shift.taken",)]


def test_a_signature_is_taken_back_with_the_notes_until_somebody_has_taken_over(desk: Desk) -> None:
    run(desk, save_notes, AIDOS, "позвонить в акимат", 0)
    handover = leave(desk)
    assert read_own(desk.editor, desk.city, CITY).notes["notes"] == ""
    with pytest.raises(Forbidden, match="shift.not_yours"):
        run(desk, withdraw, NAZGUL, handover)
    for _ in range(2):
        run(desk, withdraw, AIDOS, handover)
    assert read_own(desk.editor, desk.city, CITY).notes["notes"] == "позвонить в акимат"
    with pytest.raises(Conflict, match="shift.withdrawn"):
        run(desk, take, NAZGUL, handover, digest(desk, handover))
    again = leave(desk)
    run(desk, take, NAZGUL, again, digest(desk, again))
    with pytest.raises(Conflict, match="shift.taken"):
        run(desk, withdraw, AIDOS, again)
    assert [one.state for one in read_kept(desk.editor, desk.city, CITY)] == ["taken", "withdrawn"]


def test_the_next_shift_begins_where_the_last_was_signed(desk: Desk) -> None:
    desk.act("aidos", "note", text="до подписи")
    before = contents(desk).marks()
    handover = leave(desk)
    desk.act("aidos", "note", text="между подписями")
    run(desk, take, NAZGUL, handover, digest(desk, handover))
    after = contents(desk)
    assert after.after == handover and after.marks()["notes"] != before["notes"], "it is to be read anew"
    notes = [row["remark"] for row in after.sections["notes"]["rows"]]
    assert notes == ["между подписями"], "nothing falls between two shifts, and nothing is told twice"


def test_what_was_signed_is_never_changed_and_a_forgery_shows(desk: Desk) -> None:
    handover = leave(desk)
    for column in ("body", "digest", "left_by", "left_at"):
        with pytest.raises(DBAPIError, match="permission denied"):
            run(desk, lambda connection, city: forge(connection, column))
    desk.execute("update shift_handover set body = replace(body, 'aidos', 'erlan')")
    assert not read_handover(desk.editor, desk.city, CITY, handover).intact
    with pytest.raises(InvalidInput, match="shift.digest"):
        run(desk, take, NAZGUL, handover, "0" * 64)


def forge(connection: Connection, column: str) -> None:
    connection.execute(text(f"update shift_handover set {column} = {column}"))


def test_what_is_added_later_stands_below_what_both_signed(desk: Desk) -> None:
    handover, key = leave(desk), uuid4()
    with pytest.raises(Conflict, match="shift.unsigned"):
        run(desk, amend, AIDOS, handover, "поправка", key)
    run(desk, take, NAZGUL, handover, digest(desk, handover))
    for _ in range(2):
        run(desk, amend, AIDOS, handover, "школа № 91, не 19", key)
    kept = read_handover(desk.editor, desk.city, CITY, handover)
    assert [(row["who"], row["text"]) for row in kept.amendments] == [("aidos", "школа № 91, не 19")]
    assert kept.intact


def test_two_who_write_notes_at_once_lose_none(desk: Desk) -> None:
    assert run(desk, save_notes, AIDOS, "первая", 0) == 1
    assert run(desk, save_notes, AIDOS, "первая", 0) == 1, "sent again"
    with pytest.raises(Conflict) as refused:
        run(desk, save_notes, NAZGUL, "вторая", 0)
    assert refused.value.parameters == {"who": "aidos", "notes": "первая", "version": 1}
    assert run(desk, save_notes, NAZGUL, "первая\nвторая", 1) == 2
    body = desk.row("select body from shift_handover where id = :id", id=leave(desk))["body"]
    assert json.loads(body)["notes"] == "первая\nвторая"


def test_a_post_sees_and_takes_over_no_more_than_it_sees(desk: Desk) -> None:
    desk.execute("update incident set priority = 2")
    desk.execute("update incident set kind = 'police' where id = :id", id=desk.incidents[0])
    narrow = officer("erlan", kinds=("service",))
    assert counts(contents(desk, DutyPost.of(narrow)))["critical"] == 2
    wide = leave(desk)
    with pytest.raises(NotFound, match="shift.unknown"):
        run(desk, take, narrow, wide, digest(desk, wide))
    with pytest.raises(NotFound, match="shift.unknown"):
        read_handover(desk.editor, desk.city, DutyPost.of(narrow), wide)
    own = leave(desk, narrow)
    assert [one.id for one in read_kept(desk.editor, desk.city, DutyPost.of(narrow))] == [own]
    assert {one.id for one in read_own(desk.editor, desk.city, CITY).waiting} == {own, wide}
    run(desk, take, NAZGUL, own, digest(desk, own))


LISTS = st.none() | st.lists(st.sampled_from(["a", "b", "c"]), unique=True).map(tuple)


@given(LISTS, LISTS, LISTS, LISTS)
def test_posts_of_one_key_see_the_same(kinds: Any, districts: Any, others: Any, of_others: Any) -> None:
    one, other = DutyPost.from_lists(kinds, districts), DutyPost.from_lists(others, of_others)
    assert (one.key == other.key) == (one == other) == (one.covers(other) and other.covers(one))


def test_a_body_that_was_read_again_is_the_same_bytes(desk: Desk) -> None:
    fill(desk)
    found = contents(desk)
    body = found.body("aidos", "заметка")
    again = json.dumps(json.loads(body), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    assert (again, digest_of(again)) == (body, digest_of(body))
    assert json.loads(body)["sections"] == found.sections
