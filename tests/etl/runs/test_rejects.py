"""Rejected rows sent again: through the inbox, by the watcher, into the tables."""

import json

import pytest

from etl.registry import FEEDS, Feed
from etl.runs import watch
from geo.database import connect_engine
from geo.errors import Conflict, InvalidInput, NotFound
from geo.intake import rejects
from layers.feeds import rejects as read_rejects
from tests.support.desk import officer

ROWS = (
    "source_id,opened_at,status,title\nr1,31.02.2024,open,Яма\nr2,2024-03-01,gone,Свет\nr3,2024-03-01,"
    "gone,Вода\nr4,2024-03-01,open,Шум\n"
)
OWN = Feed(
    "own",
    "incident",
    60,
    fields={"source_id": "no", "opened_at": ("day", "hour")},
    constants={"kind": "service"},
    delimiter=";",
)


@pytest.fixture
def web(settings):
    engine = connect_engine(settings, "web", pool_size=1)
    yield engine
    engine.dispose()


@pytest.fixture
def look(settings):
    database = connect_engine(settings, "etl", pool_size=4)

    def take(*feeds: Feed) -> None:
        watcher = watch.Watcher(settings, (*FEEDS, *feeds), database)
        watcher.begin()
        while watcher.look():
            watcher.finish(30)

    yield take
    database.dispose()


def ids(rows, run: int) -> list[int]:
    return [row[0] for row in rows("select id from reject where run_id = :run order by row_number", run=run)]


def test_a_mended_row_is_taken(load, rows, web, look) -> None:
    run = load("police", ROWS)
    first, *_ = ids(rows, run.run_id)
    row = {"source_id": "r1", "opened_at": "29.02.2024", "status": "open", "title": "Яма"}
    with web.begin() as connection:
        new = rejects.resubmit(connection, "71", first, row, "officer")
    look()
    assert rows("select read_rows, written, rejected from run where id = :new", new=new) == [(1, 1, 0)]
    assert rows(
        "select (opened_at at time zone 'Asia/Almaty')::date::text from incident where source_id = 'r1'"
    ) == [("2024-02-29",)]
    assert rows(
        "select mended_by, mended_row ->> 'opened_at', replay_run_id, mended_at is not null from "
        "reject where id = :id",
        id=first,
    ) == [("officer", "29.02.2024", new, True)]
    with web.begin() as connection, pytest.raises(Conflict, match="reject.sent"):
        rejects.resubmit(connection, "71", first, row, "officer")


def test_what_is_rejected_again_is_a_new_reject(load, rows, web, look) -> None:
    run = load("police", ROWS)
    with web.begin() as connection:
        new = rejects.resubmit(
            connection,
            "71",
            ids(rows, run.run_id)[1],
            {"source_id": "r2", "opened_at": "x", "status": "open", "title": "Свет"},
            "officer",
        )
    look()
    assert rows("select code, replay_run_id from reject where run_id = :new", new=new) == [
        ("value.time", None)
    ]


def test_all_of_one_reason_are_sent_as_they_are(load, rows, web, look, change) -> None:
    load("categories", "key,parent,kind,name_kk,name_ru,name_en\nleak,,service,а,б,c\n")
    run = load(
        "police", "source_id,opened_at,category\nr1,2024-03-01,ghost\nr2,2024-03-01,ghost\nr3,x,leak\n"
    )
    load("categories", "key,parent,kind,name_kk,name_ru,name_en\nghost,,police,г,д,е\n")
    with web.begin() as connection:
        new, sent = rejects.replay(connection, "71", run.run_id, "category.unknown", "officer")
    look()
    assert sent == 2 and rows("select read_rows, written, rejected from run where id = :new", new=new) == [
        (2, 2, 0)
    ]
    with web.begin() as connection, pytest.raises(NotFound, match="reject.none"):
        rejects.replay(connection, "71", run.run_id, "category.unknown", "officer")
    with web.begin() as connection:
        assert rejects.replay(connection, "71", run.run_id, None, "officer")[1] == 1


def test_a_feed_of_ones_own_takes_its_own_columns(load, rows, web, look) -> None:
    run = load(OWN, "no;day;hour\n5;2024-03-01;25:00\n")
    with web.begin() as connection:
        rejects.resubmit(
            connection,
            "71",
            ids(rows, run.run_id)[0],
            {"no": "5", "day": "2024-03-01", "hour": "15:00"},
            "officer",
        )
    look(OWN)
    assert rows(
        "select to_char(opened_at at time zone 'Asia/Almaty', 'HH24:MI') from incident where source = 'own'"
    ) == [("15:00",)]


def test_a_callers_words_are_not_in_a_reject_and_not_lost(load, rows, web, look) -> None:
    """Mapped columns alone, and of them none that is personal: the others of such a row may hold anything."""
    feed = Feed(
        "line",
        "inquiry",
        60,
        fields={
            "source_id": "n",
            "channel": "by",
            "received_at": "at",
            "caller_name": "who",
            "words": "said",
        },
    )
    good = "n,by,at,who,said,note\ni1,phone,2024-03-01,Айгүл,су жоқ,8701\n"
    load(feed, good)
    run = load(feed, good.replace("2024-03-01", "never"))
    assert rows("select row from reject where run_id = :run", run=run.run_id) == [
        ({"n": "i1", "by": "phone", "at": "never"},)
    ]
    with web.begin() as connection:
        rejects.resubmit(
            connection,
            "71",
            ids(rows, run.run_id)[0],
            {"n": "i1", "by": "phone", "at": "2024-03-02"},
            "officer",
        )
    look(feed)
    assert rows("select (received_at at time zone 'Asia/Almaty')::date::text from inquiry") == [
        ("2024-03-02",)
    ]
    assert rows("select caller_name, words from personal.inquiry_text") == [("Айгүл", "су жоқ")]


def test_what_only_its_source_can_correct_is_not_offered(load, rows, web) -> None:
    line = {"type": "LineString", "coordinates": [[71.0, 51.0], [71.1, 51.1]]}
    body = json.dumps(
        {
            "type": "FeatureCollection",
            "features": [{"type": "Feature", "properties": {"key": "x"}, "geometry": line}],
        }
    )
    shape = load("districts", body, "geojson")
    wide = load("police", ROWS + "r9,2024-01-01,open,x,y,z\n")
    offered = {
        run: [row["can_be_corrected"] for row in read_rejects(web, "71", officer("duty"), run)]
        for run in (shape.run_id, wide.run_id)
    }
    assert offered[shape.run_id] == [False] and offered[wide.run_id][-1] is False
    assert any(offered[wide.run_id])
    for run, index in ((shape, 0), (wide, -1)):
        with web.begin() as connection, pytest.raises(Conflict, match="reject.whole"):
            rejects.resubmit(connection, "71", ids(rows, run.run_id)[index], {}, "officer")
    with web.begin() as connection, pytest.raises(NotFound, match="reject.none"):
        rejects.replay(connection, "71", shape.run_id, None, "officer")


def test_wrong_rows_are_refused(load, rows, web) -> None:
    run = load("police", ROWS)
    with web.begin() as connection, pytest.raises(InvalidInput, match="reject.columns"):
        rejects.resubmit(
            connection, "71", ids(rows, run.run_id)[0], {"source_id": "r1", "secret": "x"}, "officer"
        )
    with web.begin() as connection, pytest.raises(NotFound, match="reject.unknown"):
        rejects.resubmit(connection, "71", 10**9, {}, "officer")
