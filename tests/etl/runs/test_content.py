"""A feed that fails in content is not well: it is told, it is an alarm, what would do harm is held, and a
person may accept it."""

import os
import time
from dataclasses import replace
from datetime import date

import pytest

from etl import commands
from etl.registry import FEEDS, find
from etl.runs import content, engine, watch
from geo.errors import Conflict, InvalidInput
from geo.intake import runs
from geo.intake.findings import release
from tests.support.first_comer import assert_first

POLICE = find(FEEDS, "police")
LIST = replace(POLICE, mode="snapshot")
HEAD = "source_id,opened_at\n"


def lines(count: int, day: int = 1, month: int = 5, first: int = 0) -> str:
    return HEAD + "".join(f"{n},2024-{month:02}-{day:02} 10:00\n" for n in range(first, first + count))


@pytest.fixture
def state(rows):
    return lambda: rows("select error_code, alarmed_at is not null from feed")[0]


@pytest.fixture
def accept(web, settings):
    def accepted(who: str = "officer") -> list[str]:
        with web.begin() as connection:
            return release(connection, settings.city, "police", who)

    return accepted


def test_a_list_that_lacks_more_than_its_share_is_held_for_a_person(
    settings, file, rows, state, accept
) -> None:
    whole, cut = file("whole.csv", lines(40)), file("cut.csv", lines(2))
    engine.run(settings, LIST, [str(whole)])
    for _ in range(2):
        with pytest.raises(InvalidInput, match="content.shrunk"):
            engine.run(settings, LIST, [str(cut)])
    assert rows("select count(*) filter (where vanished_at is null)::int from incident") == [(40,)]
    assert state() == ("content.shrunk", True)
    assert rows("select code, parameters from finding") == [
        ("content.shrunk", {"vanishing": 38, "before": 40, "percent": 25})
    ]
    assert accept() == ["content.shrunk"]
    with pytest.raises(Conflict) as accepted:
        accept("chief")
    assert_first(accepted, "finding.accepted", "officer")
    assert engine.run(settings, LIST, [str(cut)]).vanished == 38
    assert rows("select count(*)::int from finding") == [(0,)] and state() == (None, False)
    assert rows("select who, what, parameters ->> 'feed' from audit where what = 'feed.release'") == [
        ("officer", "feed.release", "police")
    ]


def test_a_copy_of_an_older_list_is_held_for_a_person(settings, file, rows, accept) -> None:
    """Neither what it lacks vanishes nor what it says of the others is turned back."""
    head = HEAD.replace("\n", ",status\n")
    first = head + "0,2024-05-01 10:00,open\n"
    closed = head + "0,2024-05-01 10:00,closed\n1,2024-05-01 10:00,open\n"
    engine.run(settings, LIST, [str(file("monday.csv", first))])
    engine.run(settings, LIST, [str(file("tuesday.csv", closed))])
    engine.run(settings, LIST, [str(file("tuesday again.csv", closed))])  # the newest may come again
    now = "select source_id, status, vanished_at is null from incident order by 1"
    before = rows(now)
    copy = str(file("wednesday.csv", first))
    with pytest.raises(InvalidInput, match="content.old_list.*monday.csv"):
        engine.run(settings, LIST, [copy])
    assert rows(now) == before == [("0", "closed", True), ("1", "open", True)]
    assert rows("select code from finding") == [("content.old_list",)]
    accept()
    assert engine.run(settings, LIST, [copy]).vanished == 1
    assert rows("select count(*)::int from finding") == [(0,)]


def test_what_is_accepted_is_that_many_and_no_more(settings, file, accept, rows) -> None:
    engine.run(settings, LIST, [str(file("whole.csv", lines(40)))])
    with pytest.raises(InvalidInput, match="content.shrunk"):
        engine.run(settings, LIST, [str(file("half.csv", lines(20)))])
    accept()
    with pytest.raises(InvalidInput, match="content.shrunk"):
        engine.run(settings, LIST, [str(file("none.csv", lines(1)))])
    assert rows("select count(*) filter (where vanished_at is null)::int from incident") == [(40,)]


def test_a_watched_list_that_is_held_is_not_read_again_until_it_is_accepted(
    settings, etl, tmp_path, rows, state, accept, change
) -> None:
    path = tmp_path / "list.csv"
    eye = watch.Watcher(settings, (replace(LIST, sources=(str(path),)),), etl)
    eye.begin()

    def look() -> None:
        change("update feed set next_at = now()")
        eye.look()
        eye.finish(60)

    for number, body in enumerate((lines(40), lines(2))):
        path.write_text(body)
        os.utime(path, (time.time() - 600 + number,) * 2)
        look()
    look()
    assert rows("select state from run order by id") == [("done",), ("failed",)] and state() == (
        "content.shrunk",
        True,
    )
    accept()
    eye.look()
    eye.finish(60)
    assert rows("select state, vanished from run order by id desc limit 1") == [("done", 38)] and state() == (
        None,
        False,
    )


def test_everything_rejected_is_not_well_and_exits_with_1(settings, file, state, capsys) -> None:
    assert commands.main(settings, ["etl", "run", "police", str(file("good.csv", lines(3)))]) == 0
    assert (
        commands.main(settings, ["etl", "run", "police", str(file("bad.csv", HEAD + "a,never\nb,never\n"))])
        == 1
    )
    assert "content.rejected rejected=2" in capsys.readouterr().err and state() == ("content.rejected", True)
    assert (
        commands.main(settings, ["etl", "release", "police"]) == 0
        and "content.rejected" in capsys.readouterr().out
    )
    assert state() == (None, False)


def test_more_rejects_than_usual_none_where_there_are_many_and_back(load, state, rows) -> None:
    for n in range(6):
        load(POLICE, lines(100, first=100 * n) + "bad,never\n")
    assert load(POLICE, lines(100) + "bad,never\n" * 4).found == ()
    found = load(POLICE, lines(100) + "bad,never\n" * 40).found
    assert [code for code, _ in found] == ["content.rejects"] and found[0][1] == {"percent": 29, "usual": 1}
    assert state() == ("content.rejects", True)
    assert load(POLICE, HEAD).found == (("content.empty", {"usual": 101}),)
    assert load(POLICE, lines(100)).found == () and state() == (None, False)
    assert rows("select state, error_code from run where error_code is not null order by id") == [
        ("done", "content.rejects"),
        ("done", "content.empty"),
    ]


def test_rows_without_a_point_where_earlier_ones_had_one(load, state) -> None:
    head = HEAD.strip() + ",lon,lat\n"

    def rows(first: int, point: str) -> str:
        return head + "".join(f"p{n},2025-05-01,{point}\n" for n in range(first, first + 40))

    assert load(POLICE, rows(0, "71.43,51.13")).found == ()
    expected = (("content.points", {"percent": 100, "usual": 0, "feed": POLICE.key}),)
    assert load(POLICE, rows(40, ",")).found == expected and state() == ("content.points", True)
    assert load(POLICE, rows(80, "71.43,51.13")).found == () and state() == (None, False)


def placed(count: int, point: str, first: int = 0) -> str:
    return (
        HEAD.strip()
        + ",lon,lat\n"
        + "".join(f"{n},2025-05-01,{point}\n" for n in range(first, first + count))
    )


def test_coordinates_that_a_first_run_reads_wrongly_are_told_with_what_would_read_them(
    settings, file, load, state, accept, capsys
) -> None:
    bad = str(file("bad.csv", placed(40, "51.13,71.43")))
    assert commands.main(settings, ["etl", "run", "police", bad]) == 1
    assert "unusable=40 given=40 feed=police keys=swapped = true" in capsys.readouterr().err
    assert state() == ("content.coordinates_read", True)
    again = load(POLICE, placed(40, "51.13,71.43", 40)).found
    assert [code for code, _ in again] == ["content.coordinates_read"]  # what always failed is not usual
    accept()
    assert load(POLICE, placed(40, "51.13,71.43", 80)).found == () and state() == (None, False)
    corrected_feed = replace(POLICE, swapped=True)
    assert load(corrected_feed, placed(40, "51.13,71.43", 120)).found == ()


def test_coordinates_that_nothing_would_read_are_told_too_few_are_not(load) -> None:
    half = placed(20, "2.35,48.85") + placed(20, "71.43,51.13", 20).split("\n", 1)[1]
    assert load(POLICE, half).found == (
        ("content.coordinates", {"unusable": 20, "given": 40, "feed": "police"}),
    )
    assert load(replace(POLICE, key="few"), placed(19, "51.13,71.43")).found == ()


def test_a_first_file_of_a_header_alone_is_told(settings, file, load, state, capsys) -> None:
    assert commands.main(settings, ["etl", "run", "police", str(file("head.csv", HEAD))]) == 1
    assert "content.header_only" in capsys.readouterr().err and state() == ("content.header_only", True)
    assert load(POLICE, lines(3)).found == () and state() == (None, False)
    assert load(POLICE, HEAD).found == ()


def test_everything_rejected_never_becomes_usual_but_is_accepted(load, accept) -> None:
    body = HEAD + "".join(f"{n},never\n" for n in range(100))
    for _ in range(2):
        assert load(POLICE, body).found == (("content.rejected", {"rejected": 100}),)
    accept()
    assert load(POLICE, body).found == ()


def test_a_feed_that_never_had_points_is_well_without(load) -> None:
    for n in range(3):
        assert load(POLICE, lines(40, first=40 * n)).found == ()


def test_a_column_that_is_gone_or_new_stays_told_until_a_person_accepts_it(load, state, accept) -> None:
    load(POLICE, "source_id,opened_at,title\n1,2024-05-01,x\n")
    for _ in range(2):
        assert load(POLICE, "source_id,opened_at,name\n1,2024-05-01,x\n").found[0][1] | {"found": None} == {
            "gone": "title",
            "new": "name",
            "found": None,
        }
    assert state() == ("content.columns", True)
    accept()
    assert load(POLICE, "source_id,opened_at,name\n2,2024-05-01,x\n").found == () and state() == (None, False)


def test_days_without_an_event_where_there_are_many_a_day(load, state, accept) -> None:
    body = HEAD + "".join(f"{day}-{n},2024-05-{day:02} 10:00\n" for day in range(1, 25) for n in range(10))
    load(POLICE, body)
    assert load(POLICE, lines(10, day=26, first=5000)).found == ()  # one day of some nine might be chance
    assert load(POLICE, lines(10, day=31, first=6000)).found == (
        ("content.gap", {"first": "2024-05-27", "last": "2024-05-30", "usual": 9}),
    )
    assert load(POLICE, lines(10, day=28, first=7000)).found == () and state() == (
        "content.gap",
        True,
    )  # until a person has seen it
    assert accept() == ["content.gap"] and state() == (None, False)


def test_the_longest_gap_between_events_is_found() -> None:
    assert content.longest_gap(date(2026, 3, 1), {date(2026, 3, 2)}) is None
    assert content.gap((date(2026, 3, 3), date(2026, 3, 4)), 9.9) == []
    assert content.gap((date(2026, 3, 3), date(2026, 3, 4)), 10)[0][1] == {
        "first": "2026-03-03",
        "last": "2026-03-04",
        "usual": 10,
    }


def test_ids_that_begin_anew_write_over_nothing(load, rows, state, accept) -> None:
    load(POLICE, lines(30))
    with pytest.raises(InvalidInput, match="content.ids") as raised:
        load(POLICE, lines(30, month=12).replace("2024-12", "2025-05"))
    assert raised.value.parameters["rows"] == 30
    assert rows("select distinct extract(year from opened_at)::int from incident") == [(2024,)]
    assert state() == ("content.ids", True)
    accept()
    assert load(POLICE, lines(30, month=12).replace("2024-12", "2025-05")).written == 30 and state() == (
        None,
        False,
    )


TITLED = "source_id,opened_at,title,lon,lat,status\n"


def titled(count: int, day: int, word: str, east: float, status: str = "open", first: int = 1) -> str:
    return TITLED + "".join(
        f"{n},2024-11-{day} 10:{n % 60:02},{word} {n},{71.4 + east + n / 10_000:.5f},51.13,{status}\n"
        for n in range(first, first + count)
    )


def test_young_ids_that_begin_anew_write_over_nothing_either(load, rows, state, accept) -> None:
    """A day later, with other titles and places."""
    load(POLICE, titled(40, 29, "Theft", 0))
    with pytest.raises(InvalidInput, match="content.ids") as raised:
        load(POLICE, titled(30, 30, "Fire", 0.05))
    assert raised.value.parameters == {"rows": 30, "example": "1"} and state() == ("content.ids", True)
    assert rows("select count(*)::int from incident where title like 'Theft%'") == [(40,)]
    accept()
    assert load(POLICE, titled(30, 30, "Fire", 0.05)).written == 30 and state() == (None, False)


@pytest.mark.parametrize(
    "corrected",
    [
        titled(30, 29, "Theft", 0, "closed"),
        titled(30, 28, "Theft", 0),
        titled(30, 28, "Robbery", 0),
        titled(30, 28, "Theft", 0.05),
        titled(30, 29, "Robbery", 0.05),
        titled(30, 28, "", 0),
    ],
    ids=["status", "time", "time and title", "time and place", "title and place", "time, title dropped"],
)
def test_corrections_of_most_rows_are_written(load, corrected) -> None:
    load(POLICE, titled(30, 29, "Theft", 0))
    assert load(POLICE, corrected).written == 30


def test_few_rows_of_a_long_list_may_be_corrected_in_all_they_say(load) -> None:
    """The others of it say nothing new, and are the same rows all the same."""
    load(POLICE, titled(30, 29, "Theft", 0))
    rest = titled(20, 29, "Theft", 0, first=11)
    assert load(POLICE, titled(10, 28, "Robbery", 0.05) + rest.removeprefix(TITLED)).written == 10


@pytest.mark.parametrize(
    ("kept", "held"), [("title", True), ("address", True), ("lon,lat", True), ("", False)]
)
def test_what_the_rows_do_not_say_is_no_sign(load, kept: str, held: bool) -> None:
    """Without a title, or without a place, a time of more than a day apart must tell the rest."""

    def some(day: int, word: str, lon: float) -> str:
        values = {"title": word, "address": f"{word} street", "lon,lat": f"{lon},51.13", "": ""}
        return f"source_id,opened_at,{kept or 'channel'}\n" + "".join(
            f"{n},2024-11-{day} 10:00,{values[kept]}\n" for n in range(10)
        )

    load(POLICE, some(20, "Long", 71.43))
    assert load(POLICE, some(21, "Short", 71.5)).written == 10
    if held:
        with pytest.raises(InvalidInput, match="content.ids"):
            load(POLICE, some(25, "Long", 71.43))
    else:
        assert load(POLICE, some(25, "Long", 71.43)).written == 10


def test_a_small_push_that_is_rejected_is_no_alarm(settings, etl, web, state) -> None:
    with web.begin() as connection:
        runs.push(connection, "71", "police", "k", "pusher", "text/csv", (HEAD + "a,never\n").encode())
    eye = watch.Watcher(settings, (POLICE,), etl)
    eye.begin()
    eye.look()
    eye.finish(60)
    assert state() == (None, False)


def test_a_share_of_rejects_that_is_declared_usual_is_no_finding(load) -> None:
    """A row for each unit of one incident: all but one are doubles, in every file from the first."""
    units = HEAD + "".join(f"{n // 4},2024-05-01\n" for n in range(100))
    assert [code for code, _ in load(replace(POLICE, key="told"), units).found] == ["content.rejects"]
    usual = replace(POLICE, key="usual", rejects_percent=75)
    assert load(usual, units).found == ()
    worse = HEAD + "".join(f"{n // 12},2024-05-02\n" for n in range(100, 200))
    assert load(usual, worse).found == (("content.rejects", {"percent": 91, "usual": 75}),)
