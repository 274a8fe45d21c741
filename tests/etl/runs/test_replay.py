"""The order in which things arrive is not the order in which they happened: restarts, replays and late
deliveries end like one clean load."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from etl.readers import open311
from etl.registry import FEEDS, Feed, find
from etl.runs import engine
from geo.errors import Conflict
from geo.intake import rejects, runs
from geo.work import retention
from tests.etl.servers import Answers, web_server

HEAD = "source_id,opened_at,status\n"
DAYS = {
    "day1.csv": HEAD + "x,2024-05-01,open\ny,2024-05-01,open\n",
    "day2.csv": HEAD + "x,2024-05-01,closed\n",
}
POLICE = find(FEEDS, "police")


def test_a_later_file_of_the_same_run_holds(settings, file, rows) -> None:
    engine.run(settings, "police", [str(file(name, body)) for name, body in DAYS.items()])
    assert rows("select source_id, status from incident order by 1") == [("x", "closed"), ("y", "open")]
    assert rows("select read_rows, written, rejected from run") == [(3, 3, 0)]


def test_a_file_is_the_same_one_by_whichever_way_it_is_reached(
    settings, file, rows, tmp_path, monkeypatch
) -> None:
    for name, body in DAYS.items():
        engine.run(settings, "police", [str(file(name, body))])
    (tmp_path / "link").symlink_to(tmp_path)
    monkeypatch.chdir(tmp_path)
    for way in ("day1.csv", "link/day1.csv", "./day1.csv", "day1*.csv"):
        engine.run(settings, "police", [way])
        assert rows("select source_id, status, version from incident order by 1")[0] == ("x", "closed", 2), (
            way
        )


def test_what_was_read_is_known_after_a_restart_and_an_old_run_repeated_changes_nothing(
    settings, start, folder, due, rows, web
) -> None:
    inbox, put = folder
    feed = replace(POLICE, sources=(str(inbox),))
    put(day1_csv=DAYS["day1.csv"])
    start(feed).look()
    put(day2_csv=DAYS["day2.csv"])
    due()
    start(feed).look()
    due()
    start(feed).look()
    assert rows("select written, source like '%day1.csv' from run order by id") == [(2, True), (1, False)]
    with web.begin() as connection:
        runs.repeat(connection, "71", 1, "officer")
    start(feed).look()
    engine.run(settings, feed, [str(inbox / "day1.csv")])
    assert rows("select source_id, status, version from incident order by 1") == [
        ("x", "closed", 2),
        ("y", "open", 1),
    ]
    assert rows("select written, unchanged from run where id > 2 order by id") == [(0, 2), (0, 2)]


def test_a_repeated_push_and_a_row_sent_again_are_of_their_first_coming(start, rows, web) -> None:
    def push(key: str, body: str) -> int:
        with web.begin() as connection:
            return runs.push(connection, "71", "police", key, "pusher", "text/csv", body.encode())[0]

    eye = start(POLICE)
    first = push("k1", HEAD + "x,2024-05-01,open\nz,2024-05-01,strange\n")
    eye.look()
    push("k2", HEAD + "x,2024-05-01,closed\nz,2024-05-01,closed\n")
    eye.look()
    with web.begin() as connection:
        runs.repeat(connection, "71", first, "officer")
        [(reject, row)] = rows("select id, row from reject where field = 'status'")
        rejects.resubmit(connection, "71", reject, {**row, "status": "open"}, "officer")
    eye.look()
    assert rows("select source_id, status, version from incident order by 1") == [
        ("x", "closed", 2),
        ("z", "closed", 1),
    ]


def test_a_bad_file_is_set_aside_and_told_and_the_others_are_read(start, folder, due, rows, etl) -> None:
    inbox, put = folder
    feed = replace(POLICE, sources=(str(inbox),))
    put(a_csv=HEAD + "a,2024-05-01,open\n", b_csv="nonsense\n1\n", c_csv=HEAD + "c,2024-05-01,open\n")
    eye = start(feed)
    for _ in range(3):
        eye.look()
        due()
    assert rows("select source_id from incident order by 1") == [("a",), ("c",)]
    assert rows("select state, count(*)::int from run group by 1 order by 1") == [("done", 2), ("failed", 1)]
    assert rows(
        "select error_code, error_parameters ->> 'reason', alarmed_at is not null, polled_at is "
        "not null from feed"
    ) == [("content.aside", "feed.required", True, True)]
    put(b_csv=HEAD + "b,2024-05-01,open\n")
    eye.look()
    assert rows("select (select count(*)::int from incident), error_code, alarmed_at from feed") == [
        (3, None, None)
    ]


def reports(address: str) -> Feed:
    """A feed of Open311 reports, asked at `address`."""
    return open311.by_default(
        Feed(
            "reports",
            "incident",
            60,
            format="open311",
            sources=(address,),
            constants={"kind": "service"},
            new_categories=True,
        )
    )


def test_only_a_poll_moves_the_watermark(start, web, rows, due) -> None:
    def report(number: int, day: int) -> dict:
        return {
            "service_request_id": str(number),
            "status": "open",
            "service_name": "x",
            "requested_datetime": f"2024-05-{day:02}T06:00:00Z",
            "lat": "51.1",
            "long": "71.4",
        }

    answers = Answers(pages=[[report(1, 1)]])
    with web_server(answers) as address:
        eye = start(reports(address))
        eye.look()
        with web.begin() as connection:
            body = (
                b'[{"service_request_id": "9", "status": "open", "requested_datetime": '
                b'"2024-05-20T06:00:00Z"}]'
            )
            runs.push(connection, "71", "reports", "k", "pusher", "application/json", body)
        answers.pages = [[report(1, 1), report(2, 2)]]
        eye.look()
        due()
        eye.look()
    assert rows("select source_id from incident order by 1") == [("1",), ("2",), ("9",)]


@pytest.mark.parametrize("several", [True, False])
def test_a_closing_that_is_no_news_is_asked_for_by_id(start, rows, due, several: bool) -> None:
    def report(status: str, updated: int) -> dict:
        return {
            "service_request_id": "1",
            "status": status,
            "service_name": "x",
            "requested_datetime": "2024-05-01T06:00:00Z",
            "updated_datetime": f"2024-05-{updated:02}T06:00:00Z",
            "lat": "51.1",
            "long": "71.4",
        }

    other = {**report("open", 20), "service_request_id": "2", "requested_datetime": "2024-05-20T06:00:00Z"}
    answers = Answers(pages=[[report("open", 1), other]], several=several)
    with web_server(answers) as address:
        eye = start(reports(address))
        for status, updated in (("open", 1), ("closed", 21), ("closed", 27)):
            answers.pages = [[report(status, updated), other]]
            eye.look()
            due()
    assert rows("select source_id, status, to_char(closed_at, 'DD') from incident order by 1") == [
        ("1", "closed", "21"),
        ("2", "open", None),
    ]


CLOSED = [
    {
        "service_request_id": number,
        "status": status,
        "service_name": "x",
        "requested_datetime": "2024-05-20T10:00:00+05:00",
        "updated_datetime": "2024-05-21T10:00:00+05:00",
        "lat": "51.1",
        "long": "71.4",
    }
    for number, status in (("1", "closed"), ("2", "fixed"), ("3", "CLOSED"))
]


@pytest.mark.parametrize(
    "fields", [{}, {"source_id": "service_request_id", "opened_at": "requested_datetime", "status": "status"}]
)
def test_a_closed_request_keeps_the_time_at_which_it_was_first_seen_closed(load, rows, fields: dict) -> None:
    feed = open311.by_default(
        Feed(
            "o",
            "incident",
            60,
            format="open311",
            constants={"kind": "service"},
            new_categories=True,
            fields=fields,
            words={"status": {"fixed": "closed"}},
        )
    )
    load(feed, json.dumps(CLOSED), "json")
    later = [{**request, "updated_datetime": "2024-05-27T10:00:00+05:00"} for request in CLOSED]
    assert load(feed, json.dumps(later), "json").written == 0
    assert rows("select distinct closed_at::text from incident") == [("2024-05-21 05:00:00+00",)]


INQUIRIES = "source_id,channel,received_at,one_take,incident_id,title,status,lon,lat\n"
FIRST = "q1,phone,2024-05-01 10:00,false,n1,Нет воды,open,71.43,51.16\n"
SECOND = "q2,phone,2024-05-01 11:00,false,n1,Опять,closed,71.44,51.17\n"


def test_an_incident_is_made_of_its_inquiries_whatever_order_they_come_in(load, rows) -> None:
    load("inquiries", INQUIRIES + SECOND)
    load("inquiries", INQUIRIES + FIRST)
    assert rows("select title, status, opened_at::text, inquiries, st_x(point_4326) from incident") == [
        ("Нет воды", "closed", "2024-05-01 05:00:00+00", 2, 71.43)
    ]
    tied = FIRST.replace("10:00", "11:00")
    for body in (SECOND + tied, tied + SECOND, tied, SECOND):
        load("inquiries", INQUIRIES + body)
    assert rows("select title, status, inquiries, st_x(point_4326) from incident") == [
        ("Нет воды", "closed", 2, 71.43)
    ]
    assert load("inquiries", INQUIRIES + SECOND + tied).written == 0


def test_an_incident_that_its_last_inquiry_leaves_is_gone_and_comes_back(load, rows) -> None:
    load("inquiries", INQUIRIES + FIRST)
    load("inquiries", INQUIRIES + FIRST.replace("n1", "n2"))
    assert rows("select source_id, inquiries, vanished_at is null from incident order by 1") == [
        ("n1", 0, False),
        ("n2", 1, True),
    ]
    load("inquiries", INQUIRIES + FIRST)
    assert rows("select source_id, inquiries, vanished_at is null from incident order by 1") == [
        ("n1", 1, True),
        ("n2", 0, False),
    ]


def test_rows_that_say_when_they_changed_may_come_in_any_order(load, rows) -> None:
    feed = replace(POLICE, changed="updated")
    head = "source_id,opened_at,status,updated\n"
    load(feed, head + "x,2024-05-01,closed,2024-05-03 10:00\nx,2024-05-01,open,2024-05-02 10:00\n")
    assert load(feed, head + "x,2024-05-01,in_progress,2024-05-02 12:00\n").written == 0
    load(feed, head + "x,2024-05-01,closed,2024-05-05 10:00\n")
    assert load(feed, head + "x,2024-05-01,open,2024-05-04 10:00\n").written == 0
    assert rows("select status, version, said_at::text from incident") == [
        ("closed", 1, "2024-05-05 05:00:00+00")
    ]


def test_pushed_bodies_go_days_after_they_were_done_and_their_keys_are_known_all_the_same(
    settings, start, web, owner, jobs, rows
) -> None:
    body = b"source_id,opened_at\np,2024-05-01\n"
    with web.begin() as connection:
        runs.push(connection, "71", "police", "k1", "pusher", "text/csv", body)
        runs.push(connection, "71", "calls", "k2", "pusher", "text/csv", b"waits")
    start(POLICE).look()
    retention.maintain(jobs, owner, settings.city, datetime.now(UTC) + timedelta(days=6))
    assert rows("select count(*)::int from inbox where body is not null") == [(2,)]
    retention.maintain(jobs, owner, settings.city, datetime.now(UTC) + timedelta(days=8))
    assert rows("select feed, body is null from inbox order by id") == [("police", True), ("calls", False)]
    with web.begin() as connection:
        assert runs.push(connection, "71", "police", "k1", "pusher", "text/csv", body) == (1, False)
        with pytest.raises(Conflict, match="inbox.key_reused"):
            runs.push(connection, "71", "police", "k1", "pusher", "text/csv", b"other")
        with pytest.raises(Conflict, match="run.no_source"):
            runs.repeat(connection, "71", 1, "officer")


def test_sources_that_have_been_gone_for_long_are_forgotten(
    settings, start, folder, due, owner, jobs, rows
) -> None:
    inbox, put = folder
    put(a_csv=HEAD + "a,2024-05-01,open\n")
    eye = start(replace(POLICE, sources=(str(inbox),)))
    eye.look()
    (inbox / "a.csv").unlink()
    due()
    eye.look()
    assert rows("select gone_at is not null from delivery") == [(True,)]
    assert (
        retention.maintain(jobs, owner, settings.city, datetime.now(UTC) + timedelta(days=70))["deliveries"]
        == 1
    )
