"""Runs of incident feeds against a real database: checks, ledger, events, deltas, changes, decisions,
tombstones."""

from dataclasses import replace

import pytest

from etl.registry import FEEDS, Feed, find
from geo.incidents.payload import PRESSES_AT

HEAD = "source_id,opened_at,closed_at,status,priority,category,title,address,lon,lat\n"
ROWS = (
    HEAD
    + """a1,2024-02-28 10:00,,open,1,,Драка,Кенесары 4,71.43,51.16
a2,2024-03-02 10:00,2024-03-02 12:00,closed,0,,Кража,"Абая, 5",71.44,51.16
a3,31.02.2024,,open,,,x,,71.4,51.1
a4,2024-03-02,,,,,x,,,
a1,2024-02-28 10:00,,open,1,,Драка,Кенесары 4,71.43,51.16
a5,2030-01-01,,open,,,x,,71.4,51.1
a6,2024-03-02,2024-03-01,closed,,,x,,71.4,51.1
a7,2024-03-02,,gone,,,x,,71.4,51.1
a8,2024-03-02,,open,,ghost,x,,71.4,51.1
,2024-03-02,,open,,,x,,71.4,51.1
"""
)
SNAPSHOT = replace(find(FEEDS, "emergencies"), mode="snapshot")
TWO = HEAD + "e1,2024-05-01 10:00,,open,0,,a,,71.43,51.16\ne2,2024-05-01 10:00,,open,0,,a,,71.44,51.16\n"
ONE = HEAD + "e1,2024-05-01 10:00,,open,0,,a,,71.43,51.16\n"


def test_the_ledger_adds_up_and_a_second_run_writes_nothing(load, rows) -> None:
    first, second = load("police", ROWS), load("police", ROWS)
    assert (first.read, first.written, first.unchanged, first.rejected, first.no_coordinates) == (
        10,
        3,
        0,
        7,
        1,
    )
    assert (second.read, second.written, second.unchanged, second.rejected) == (10, 0, 3, 7)
    assert rows(
        "select state, read_rows, written, unchanged, rejected, no_coordinates from run order by id"
    ) == [("done", 10, 3, 0, 7, 1), ("done", 10, 0, 3, 7, 1)]
    assert rows("select count(*), max(version) from incident") == [(3, 1)]
    assert rows("select count(*) from incident_event") == [(4,)]


def test_rejects_keep_row_reason_and_value(load, rows) -> None:
    run = load("police", ROWS)
    assert rows(
        "select row_number, code, field, value from reject where run_id = :run order by row_number",
        run=run.run_id,
    ) == [
        (3, "value.time", "opened_at", "31.02.2024"),
        (5, "row.doubled", "source_id", "a1"),
        (6, "time.future", "opened_at", "2030-01-01"),
        (7, "time.closed_before_opened", "closed_at", "2024-03-01"),
        (8, "status.unknown", "status", "gone"),
        (9, "category.unknown", "category", "ghost"),
        (10, "value.missing", "source_id", ""),
    ]
    assert rows("select row ->> 'opened_at' from reject where row_number = 3") == [("31.02.2024",)]


def test_rows_are_stored_with_points_in_both_crs_and_times_in_utc(load, rows) -> None:
    load("police", ROWS)
    assert rows("""select source_id, kind, status, priority, to_char(opened_at at time zone 'UTC',
        'MM-DD HH24:MI'), round(st_x(point_4326)::numeric, 2)::text,
        st_srid(point_3857) from incident order by source_id""") == [
        ("a1", "police", "open", 1, "02-28 04:00", "71.43", 3857),
        ("a2", "police", "closed", 0, "03-02 05:00", "71.44", 3857),
        ("a4", "police", "open", 0, "03-01 19:00", None, None),
    ]


def test_new_closed_incidents_were_open_until_they_closed(load, rows) -> None:
    load("police", ROWS)
    assert rows("""select e.what, e.to_value, e.who, e.happened_at = case e.what when 'opened' then i.opened_at
            else i.closed_at end
        from incident_event e join incident i on i.id = e.incident_id where i.source_id = 'a2'
            order by e.id""") == [  # noqa: E501
        ("opened", "open", "feed:police", True),
        ("status", "closed", "feed:police", True),
    ]


def test_a_change_is_an_event_a_version_a_delta_and_a_change_row(load, rows) -> None:
    load("police", ROWS)
    run = load(
        "police", ROWS.replace("open,1,,Драка", "in_progress,1,,Драка!").replace("71.43,51.16", "71.45,51.16")
    )
    assert (run.written, run.unchanged) == (1, 2)
    assert rows("""select what, from_value, to_value from incident_event e join incident i
        on i.id = e.incident_id
        where i.source_id = 'a1' and what <> 'opened' order by what""") == [
        ("point", "71.43 51.16", "71.45 51.16"),
        ("status", "open", "in_progress"),
        ("title", "Драка", "Драка!"),
    ]
    assert rows("select n, count(*) from density_delta group by n order by n") == [(-1, 1), (1, 3)]
    assert rows(
        "select version, payload ->> 'status', payload -> 'point' ->> 0 from change where noun = "
        "'incident' order by id desc limit 1"
    ) == [(2, "in_progress", "71.45")]


def test_a_large_batch_announces_one_reset(load, rows) -> None:
    load("police", HEAD + "".join(f"b{i},2024-03-02,,open,0,,x,,71.43,51.16\n" for i in range(1001)))
    assert rows(
        "select noun, payload ->> 'reset', count(*) from change where noun <> 'feed' group by 1, 2"
    ) == [("layer", "incidents", 1)]


def test_deltas_stand_in_the_tile_that_holds_the_point(load, rows) -> None:
    load("police", ONE)
    assert rows(
        """select st_contains(st_tileenvelope(22, x22, y22), (select point_3857 from incident)), day::text
            from density_delta"""
    ) == [(True, "2024-05-01")]


def test_the_day_of_a_delta_is_local(load, rows) -> None:
    load(
        "police",
        HEAD + "n1,2024-02-28T18:30:00Z,,open,0,,x,,71.43,51.16\nn2,2024-03-02T18:30:00Z,,open,0,,x,,"
        "71.43,51.16\n",
    )
    assert rows("select day::text from density_delta order by day") == [("2024-02-29",), ("2024-03-02",)]


DISTRICT = """insert into district (region, key, name_kk, name_ru, name_en, valid_from, valid_to, geom_4326,
    geom_3857)
    select '71', :key, :key, :key, :key, cast(:valid_from as date), cast(:valid_to as date), st_multi(g),
        st_transform(st_multi(g), 3857)
    from st_makeenvelope(71.4, 51.1, 71.5, 51.2, 4326) g"""


def test_the_district_is_the_one_of_that_day(load, rows, change) -> None:
    change(DISTRICT, key="old", valid_from="1997-01-01", valid_to="2024-04-30")
    change(DISTRICT, key="new", valid_from="2024-05-01", valid_to=None)
    load(
        "police",
        HEAD + "d1,2024-04-30 23:59,,open,0,,x,,71.43,51.16\nd2,2024-05-01 00:00,,open,0,,x,,71.43,"
        "51.16\nd3,2024-05-01,,open,0,,x,,71.6,51.16\n",
    )
    assert rows(
        "select i.source_id, d.key from incident i left join district d on d.id = i.district_id order by 1"
    ) == [("d1", "old"), ("d2", "new"), ("d3", None)]


def test_the_building_is_that_of_the_address_else_the_nearest(load, rows) -> None:
    load(
        "buildings",
        'source_id,address,lon,lat\nb1,"ул. Кенесары, 4",71.5,51.2\nb2,Абая 5,71.4400,51.1600\nb3,'
        "Абая 7,71.4403,51.1600\n",
    )
    body = (
        HEAD
        + "p1,2024-05-01,,open,0,,x,Кенесары көшесі 4,71.44,51.16\np2,2024-05-01,,open,0,,x,,71.44028,51.16\n"
        "p3,2024-05-01,,open,0,,x,,71.45,51.16\np4,2024-05-01,,open,0,,x,проспект Абая д. 7,,\n"
        'p5,2024-05-01,,open,0,,x,"г. Астана, ул. Кенесары, д. 4, кв. 12, 2 подъезд",,\n'
    )
    load("police", body)
    assert rows(
        "select i.source_id, b.source_id from incident i left join building b on b.id = "
        "i.building_id order by 1"
    ) == [("p1", "b1"), ("p2", "b3"), ("p3", None), ("p4", "b3"), ("p5", "b1")]
    assert load("police", body).written == 0


def test_a_deadline_follows_from_the_categorys_period(load, rows) -> None:
    load(
        "categories",
        "key,kind,name_kk,name_ru,name_en,due_hours,calendar\nclock,police,a,b,c,36,\nwork,police,"
        "d,e,f,24,working\n",
    )
    load(
        "police", HEAD + "c1,2024-05-03 10:00,,open,0,clock,x,,,\nc2,2024-05-03 10:00,,open,0,work,x,,,\n"
    )  # a Friday
    assert rows(
        "select to_char(due_at at time zone 'Asia/Almaty', 'MM-DD HH24:MI') from incident order by source_id"
    ) == [("05-04 22:00",), ("05-06 10:00",)]


def test_working_days_are_those_of_the_citys_clock_and_calendar(load, rows, change) -> None:
    """Monday 02:00 in Astana is Sunday in UTC; 23 March and 16 December are no working days."""
    change("""insert into calendar_day (region, day, working) values ('71', '2023-03-21', false),
        ('71', '2023-03-22', false), ('71', '2023-03-23', false), ('71', '2021-12-16', false),
        ('71', '2021-12-17', false)""")
    load("categories", "key,kind,name_kk,name_ru,name_en,due_hours,calendar\nwork,police,d,e,f,24,working\n")
    opened = ("2024-03-04 02:00", "2023-03-20 10:00", "2021-12-15 10:00")
    load(
        "police",
        HEAD + "".join(f"w{n},{at},,open,0,work,x,,,\n" for n, at in enumerate(opened)),
    )
    assert rows(
        "select to_char(due_at at time zone 'Asia/Almaty', 'MM-DD HH24:MI') from incident order by source_id"
    ) == [("03-04 18:30",), ("03-24 10:00",), ("12-20 10:00",)]


def test_a_deadline_in_working_time_presses_when_its_work_is_nearly_done(load, rows) -> None:
    """Opened on a Friday at 17:30, due on Monday at 17:30: nine tenths of the way is Monday 10:18, nine
    tenths of the working day is Monday 16:42. In clock hours it is nine tenths of the way."""
    load(
        "categories",
        "key,kind,name_kk,name_ru,name_en,due_hours,calendar\nwork,police,d,e,f,24,working\n"
        "clock,police,a,b,c,10,\n",
    )
    load("police", HEAD + "w,2024-05-03 17:30,,open,0,work,x,,,\nc,2024-05-03 10:00,,open,0,clock,x,,,\n")
    shown = "to_char({} at time zone 'Asia/Almaty', 'MM-DD HH24:MI')"
    assert rows(
        f"select {shown.format('i.due_at')}, {shown.format('i.presses_at')}, {shown.format(PRESSES_AT)} "
        "from incident i order by source_id"
    ) == [("05-03 20:00", None, "05-03 19:00"), ("05-06 17:30", "05-06 16:42", "05-06 16:42")]


DECIDE = """insert into decision (region, incident_id, field, value, source_value, who)
    select '71', id, :field, :value, :source_value, 'officer' from incident where source_id = 'e1'"""


def test_a_poll_never_reverts_a_person(load, rows, change) -> None:
    load("emergencies", TWO)
    change(DECIDE, field="status", value="in_progress", source_value="open")
    change("update incident set status = 'in_progress' where source_id = 'e1'")
    assert load("emergencies", TWO).written == 0
    closed = TWO.replace("e1,2024-05-01 10:00,,open", "e1,2024-05-01 10:00,2024-05-01 11:00,closed")
    assert [load("emergencies", closed).written for _ in range(2)] == [1, 0]
    assert rows("select status, source_status, closed_at from incident where source_id = 'e1'") == [
        ("in_progress", "closed", None)
    ]
    assert rows("select value, conflict_value from decision") == [("in_progress", "closed")]
    assert rows("select from_value, to_value from incident_event where what = 'source_status'") == [
        ("open", "closed")
    ]
    load("emergencies", TWO)
    assert rows("select value, conflict_value from decision") == [("in_progress", None)]


def test_a_point_that_a_person_moved_stays(load, rows, change) -> None:
    load("emergencies", TWO)
    change(DECIDE, field="point", value="71.5 51.2", source_value="71.43 51.16")
    change("""update incident set point_4326 = st_point(71.5, 51.2, 4326),
        point_3857 = st_transform(st_point(71.5, 51.2, 4326), 3857)
        where source_id = 'e1'""")
    assert [load("emergencies", TWO.replace("71.43", "71.46")).written for _ in range(2)] == [1, 0]
    assert rows("select st_x(point_4326) from incident where source_id = 'e1'") == [(71.5,)]
    assert rows("select conflict_value from decision") == [("71.46 51.16",)]


def test_a_snapshot_gives_tombstones_and_takes_them_back(load, rows) -> None:
    load(SNAPSHOT, TWO)
    assert load(SNAPSHOT, ONE).vanished == 1
    assert rows("select source_id from incident where vanished_at is not null") == [("e2",)]
    assert rows("select sum(n) from density_delta") == [(1,)]
    assert load(SNAPSHOT, ONE).vanished == 0
    assert load(SNAPSHOT, TWO).written == 1
    assert rows("select count(*) from incident where vanished_at is null") == [(2,)] and rows(
        "select sum(n) from density_delta"
    ) == [(2,)]


def test_a_rejected_row_has_not_vanished(load, rows) -> None:
    load(SNAPSHOT, TWO)
    assert load(SNAPSHOT, ONE + "e2,never,,open,0,,a,,71.44,51.16\n").vanished == 0
    assert load(SNAPSHOT, ONE + ",2024-05-01,,open,0,,a,,71.44,51.16\n").vanished == 0


def test_an_empty_snapshot_is_a_broken_one(load, rows) -> None:
    load(SNAPSHOT, TWO)
    with pytest.raises(Exception, match="source.empty_snapshot"):
        load(SNAPSHOT, HEAD)
    assert rows("select count(*) from incident where vanished_at is null") == [(2,)]


def test_a_file_with_columns_of_its_own_is_loaded(load, rows) -> None:
    feed = Feed(
        "own",
        "incident",
        60,
        time_zone="America/Chicago",
        srid=26916,
        keep=("Ward", "Note"),
        public=("Ward",),
        new_categories=True,
        constants={"kind": "service"},
        fields={
            "source_id": "No",
            "opened_at": ("Day", "Hour"),
            "category": "Type",
            "status": "State",
            "lon": "X",
            "lat": "Y",
        },
        words={"status": {"Completed - Dup": "closed"}},
    )
    body = (
        "No,Day,Hour,Type,State,X,Y,Ward,Note\n"
        "1,2024-07-01,09:30,Pot Hole,completed - dup,447000,4636000,7,none's\n"
    )
    assert load(feed, body).no_coordinates == 1  # Chicago is not in Astana
    assert load(feed, body).written == 0
    assert rows("""select i.status, c.key, c.name_en, i.attributes, to_char(opened_at at time zone 'UTC',
        'HH24:MI') from incident i
        join category c on c.id = i.category_id""") == [
        ("closed", "pot_hole", "Pot Hole", {"Ward": "7", "Note": "none's"}, "14:30")
    ]
    assert rows("select public from feed where key = 'own'") == [(["Ward"],)]


def test_a_column_that_is_not_there_is_named(load, rows) -> None:
    with pytest.raises(Exception, match="feed.column.*Nope"):
        load(Feed("own", "incident", 60, fields={"source_id": "Nope"}), "a,b\n1,2\n")
    assert rows("select state, error_code from run") == [("failed", "feed.column")]
    assert rows("select error_code from feed where key = 'own'") == [("feed.column",)]


def test_a_closing_that_names_only_the_day_of_the_opening_is_of_that_day(load, rows) -> None:
    """Also where a spreadsheet wrote midnight behind it. Another day before stays a mistake."""
    head = "source_id,opened_at,closed_at,status\n"
    run = load(
        "police",
        head
        + "d1,2024-05-02 10:30,2024-05-02,closed\n"
        + "d2,2024-05-02 10:30,02.05.2024 00:00:00,closed\n"
        + "d3,2024-05-02 10:30,2024-05-03,closed\n"
        + "d4,2024-05-02 10:30,2024-05-01,closed\n"
        + "d5,2024-05-02 10:30,2024-05-02 10:29,closed\n",
    )
    assert (run.written, run.rejected) == (3, 2)
    assert rows("""select source_id, to_char(closed_at at time zone 'Asia/Almaty', 'DD HH24:MI') from incident
        order by 1""") == [("d1", "02 10:30"), ("d2", "02 10:30"), ("d3", "03 00:00")]
    assert rows("select mended ->> 'time.closing_day' from run") == [("2",)]
