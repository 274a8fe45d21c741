"""Cleaning over whole runs: one table spoilt in ten ways and mended again, and everything mended counted
by code."""

import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from etl.registry import Feed

CLEAN = (
    (
        "c1",
        "2024-01-21 13:47:00",
        "2024-02-04 13:47:30",
        "",
        "Open",
        "Яма на дороге",
        "Кенесары 4",
        "71.4300",
        "51.1600",
    ),
    ("c2", "2024-01-19 11:18:00", "", "2024-01-19 11:42:16", "Closed", "Нет света", "", "71.4410", "51.1610"),
    (
        "c3",
        "2024-01-08 12:54:49",
        "2024-01-11 08:30:00",
        "2024-01-09 06:43:06",
        "Closed",
        "Contêiner",
        "Абая 5",
        "71.4520",
        "51.1720",
    ),
    (
        "c4",
        "2024-02-03 01:02:03",
        "2024-02-05 08:30:00",
        "2024-02-04 06:43:06",
        "Closed",
        "Мусор",
        "Сыганак 10",
        "71.4025",
        "51.1225",
    ),
    ("c5", "2024-03-02 23:59:59", "", "", "Open", "Шум", "Иманова 11", "", ""),
)
COLUMNS = (
    "case",
    "open_dt",
    "target_dt",
    "closed_dt",
    "status",
    "title",
    "location",
    "longitude",
    "latitude",
)
TIMES = (1, 2, 3)
FEED = Feed(
    "boston",
    "incident",
    3600,
    fields={
        "source_id": "case",
        "opened_at": "open_dt",
        "due_at": "target_dt",
        "closed_at": "closed_dt",
        "status": "status",
        "title": "title",
        "address": "location",
        "lon": "longitude",
        "lat": "latitude",
    },
    constants={"kind": "service"},
)
STORED = """select source_id, opened_at, due_at, closed_at, status, title, address, st_x(point_4326),
    st_y(point_4326) from incident
    where source = :feed order by source_id"""

Rows = list[list[str]]


def text(rows: Rows, delimiter: str = ",") -> str:
    return "\n".join(delimiter.join(row) for row in [list(COLUMNS), *rows]) + "\n"


def clean() -> Rows:
    return [list(row) for row in CLEAN]


def with_times(change: Callable[[str], str]) -> Rows:
    return [
        [change(cell) if index in TIMES and cell else cell for index, cell in enumerate(row)] for row in CLEAN
    ]


def day_first(time: str) -> str:
    return f"{time[8:10]}/{time[5:7]}/{time[:4]}{time[10:]}"


def month_first(time: str) -> str:
    return f"{time[5:7]}/{time[8:10]}/{time[:4]}{time[10:]}"


def untrimmed() -> str:
    return "\n".join(
        json.dumps(
            {name: f"  {cell}\u00a0 " if cell else " " for name, cell in zip(COLUMNS, row)},
            ensure_ascii=False,
        )
        for row in CLEAN
    )


def spoilt(index: int, change: Callable[[str], str]) -> Rows:
    return [[change(cell) if i == index else cell for i, cell in enumerate(row)] for row in CLEAN]


def swapped() -> Rows:
    return [row[:7] + [row[8], row[7]] for row in clean()]


def scaled() -> Rows:
    return [row[:7] + [str(round(float(cell) * 1e5)) if cell else "" for cell in row[7:]] for row in clean()]


SPOILT = {
    "doubled": (text(clean() + clean()[:2]), "csv", {"rejected": 2}, {}),
    "tabs": ("\ufeff" + text(clean(), "\t"), "csv", {}, {}),
    "one row too wide": (
        text(clean()) + "c9,2024-01-01,,,Open,x,y,71.4,51.1,more\n",
        "csv",
        {"rejected": 1},
        {},
    ),
    "day first": (text(with_times(day_first)), "csv", {}, {}),
    "month first": (text(with_times(month_first)), "csv", {}, {}),
    "untrimmed lines of JSON": (untrimmed(), "json", {}, {}),
    "words for nothing": (text(spoilt(3, lambda cell: cell or "NULL")), "csv", {}, {"cell.blank_word": 2}),
    "decimal commas": (
        text(spoilt(8, lambda cell: f'"{cell.replace(".", ",")}"')),
        "csv",
        {},
        {"number.comma": 4},
    ),
    "swapped": (text(swapped()), "csv", {}, {"coordinates.swapped": 4}),
    "whole floats": (
        json.dumps(
            [
                dict(zip(COLUMNS, [row[0], *row[1:7], *(float(cell) if cell else None for cell in row[7:])]))
                for row in clean()
            ]
        ),
        "json",
        {},
        {},
    ),
    "whole numbers": (text(scaled()), "csv", {}, {"coordinates.scaled": 4}),
}


@pytest.mark.parametrize("name", SPOILT)
def test_what_was_spoilt_is_as_the_clean_table(load, rows, name: str) -> None:
    body, form, counts, corrections = SPOILT[name]
    load(FEED, text(clean()))
    other = replace(FEED, key="spoilt", guess=True)
    first, second = load(other, body, form), load(other, body, form)
    assert (
        first.read == first.written + first.rejected == 5 + counts.get("rejected", 0)
        and first.no_coordinates == 1
    )
    assert (second.written, second.unchanged) == (0, 5)
    assert rows(STORED, feed="spoilt") == rows(STORED, feed="boston")
    assert rows("select mended from run where id = :run", run=first.run_id) == [(corrections,)]


def test_the_order_of_a_column_holds_for_all_its_rows(load, rows) -> None:
    """The 25th cannot be a month: so 03/04 is the 3rd of April, and 04/25 a fault of its own."""
    body = (
        "source_id,kind,opened_at\na,police,25/03/2024\nb,police,03/04/2024\nc,police,04/25/2024\nd,"
        "police,26/03/2024\n"
    )
    run = load("police", body)
    assert rows(
        "select source_id, (opened_at at time zone 'Asia/Almaty')::date::text from incident order by 1"
    ) == [("a", "2024-03-25"), ("b", "2024-04-03"), ("d", "2024-03-26")]
    assert rows("select code, value from reject where run_id = :run", run=run.run_id) == [
        ("time.order", "04/25/2024")
    ]


def test_a_column_that_does_not_say_follows_the_others(load, rows) -> None:
    load("police", "source_id,opened_at,closed_at\na,03/04/2024,04/25/2024\n")
    assert rows("select (opened_at at time zone 'Asia/Almaty')::date::text from incident") == [
        ("2024-03-04",)
    ]
    run = load("offences", "source_id,opened_at\na,03/04/2024\nb,05/05/2024\n")
    assert rows("select mended from run where id = :run", run=run.run_id) == [({"time.order_assumed": 1},)]


def test_a_declared_order_is_not_asked(load, rows) -> None:
    from etl.registry import FEEDS, find

    run = load(
        replace(find(FEEDS, "police"), day_first=False), "source_id,opened_at\na,03/04/2024\nb,25/04/2024\n"
    )
    assert rows("select (opened_at at time zone 'Asia/Almaty')::date::text from incident") == [
        ("2024-03-04",)
    ]
    assert rows(
        "select code, mended from reject join run on run.id = reject.run_id where run_id = :run",
        run=run.run_id,
    ) == [("time.order", {})]


def test_times_that_stand_for_none_are_none(load, rows) -> None:
    """A row without the time at which it began is no row; without the one at which it ended it is open,
    and that is counted."""
    ends = ("1970-01-01", "", "NaT", "0000-00-00 00:00:00", "9999-12-31 23:59:59", "when?", "31.02.2024")
    body = "".join(f"{n},2024-01-01,{end}\n" for n, end in enumerate(ends))
    run = load("police", f"source_id,opened_at,closed_at\na,1900-01-01,\n{body}")
    assert rows("select row_number, code, field from reject order by 1") == [(1, "time.past", "opened_at")]
    assert rows("select count(*), count(closed_at), bool_and(status = 'open') from incident") == [
        (7, 0, True)
    ]
    assert rows("select mended from run where id = :run", run=run.run_id) == [
        ({"cell.blank_word": 1, "time.dropped": 5},)
    ]


def test_a_text_without_end_is_cut_and_its_row_stays(load, rows) -> None:
    """It would go to every screen; and to reject it would hide an emergency."""
    long = f"a,2024-01-01,{'ж' * 200_000},{'Абая 5 ' * 20_000}"
    run = load("police", f"source_id,opened_at,title,address\n{long}\nb,2024-01-01,x,\n")
    assert (run.written, run.rejected) == (2, 0)
    assert rows(
        "select length(title), right(title, 1), length(address) from incident where source_id = 'a'"
    ) == [(10_000, "…", 1_000)]
    assert rows("select mended from run where id = :run", run=run.run_id) == [({"cell.cut": 2},)]


def test_coordinates_of_a_file_are_read_in_one_way(load, rows) -> None:
    """They are read as declared, or as the first rows of a run say where the feed guesses; a row that does
    not fit has no point, and is counted."""
    head = "source_id,opened_at,lon,lat\n"
    body = (
        head
        + "".join(f"s{n},2024-01-01,51.16,71.4{n}\n" for n in range(3))
        + "s9,2024-01-01,71.43,51.16\nm,2024-01-01,7953000,6644000\nn,2024-01-01,,\n"
    )
    run = load("police", body)
    assert (run.written, run.no_coordinates) == (6, 5)
    assert rows("select mended from run where id = :run", run=run.run_id) == [({"coordinates.outside": 4},)]
    for more, expected in (
        ({"swapped": True}, {"coordinates.outside": 2}),
        ({"guess": True}, {"coordinates.outside": 2, "coordinates.swapped": 3}),
    ):
        run = load(replace(FEED, key="other", fields={}, constants={"kind": "police"}, **more), body)
        assert run.no_coordinates == 3 and rows("select mended from run where id = :run", run=run.run_id) == [
            (expected,)
        ]
    assert rows(
        "select source_id from incident where source = 'other' and point_4326 is not null order by 1"
    ) == [("s0",), ("s1",), ("s2",)]


def test_several_columns_make_one_value(load, rows) -> None:
    """In an id each part counts, though it is blank; in an address, what there is; in a time the day, and its
    clock if there is one."""
    feed = replace(
        FEED,
        key="parts",
        fields={
            "source_id": ("kind", "no"),
            "opened_at": ("day", "clock"),
            "address": ("street", "house"),
            "lon": "lon",
            "lat": "lat",
        },
    )
    body = (
        "kind;no;day;clock;street;house;lon;lat\na;1;01.02.2024 0:00:00;01.01.0001 "
        "10:30:00;Абая;5;;\na;;2024-02-01;;Абая;;;\n;a;2024-02-01 00:00:00;0,4375;;;;\n"
        ";;2024-02-01;10:30;Абая;5;;\n"
    )
    run = load(feed, body)
    assert rows(
        "select source_id, to_char(opened_at at time zone 'Asia/Almaty', 'DD HH24:MI'), address "
        "from incident order by id"
    ) == [("a 1", "01 10:30", "Абая 5"), ("a -", "01 00:00", "Абая"), ("- a", "01 10:30", None)]
    assert rows("select row_number, code, field from reject where run_id = :run", run=run.run_id) == [
        (4, "value.missing", "source_id")
    ]
    assert load(feed, body).written == 0


def test_a_time_is_read_by_its_format_and_a_row_known_by_its_content(load, rows) -> None:
    feed = replace(
        FEED,
        key="spread",
        content_id=True,
        fields={"opened_at": ("y", "m", "d", "hm"), "title": "what", "lon": "lon", "lat": "lat"},
        formats={"opened_at": ("%Y %m %d %H:%M", "%y %m %d %H%M")},
    )
    body = (
        "y,m,d,hm,what,lon,lat\n2019,11,30,02:41,a,,\n17,1,11,1820,b,,\n17,1,11,5,b,,\n17,1,11,1820,b,,"
        "\n17,13,1,1820,c,,\n"
    )
    run = load(feed, body)
    assert rows(
        "select to_char(opened_at at time zone 'Asia/Almaty', 'YYYY-MM-DD HH24:MI'), "
        "length(source_id) from incident order by id"
    ) == [("2019-11-30 02:41", 32), ("2017-01-11 18:20", 32), ("2017-01-11 00:05", 32)]
    assert rows("select row_number, code from reject where run_id = :run", run=run.run_id) == [
        (4, "row.doubled"),
        (5, "value.time"),
    ]
    assert rows("select mended from run where id = :run", run=run.run_id) == [({"row.by_content": 5},)]
    assert load(feed, "y,m,d,hm,what,lon,lat\n17,1,11,1820,b,,\n2019,11,30,02:41,a,,\n").unchanged == 2


def test_a_month_is_a_time_with_its_precision(load, rows) -> None:
    feed = replace(
        FEED, key="months", time_zone="Pacific/Kiritimati", fields={"source_id": "id", "opened_at": "m"}
    )
    body = "id,m\na,2018-07\nb,July 2018\nc,2018-07-01\nd,13.2018\n"
    assert load(feed, body).rejected == 1
    assert rows(
        "select source_id, opened_precision, (opened_at at time zone 'Asia/Almaty')::text from "
        "incident order by 1"
    ) == [
        ("a", "month", "2018-07-01 00:00:00"),
        ("b", "month", "2018-07-01 00:00:00"),
        ("c", None, "2018-06-30 16:00:00"),
    ]
    assert (
        load(feed, body).written == 0
        and load(feed, body.replace("a,2018-07", "a,2018-07-01 00:00:00+06")).written == 1
    )
    assert rows("select what, from_value, to_value from incident_event where what = 'opened_precision'") == [
        ("opened_precision", "month", None)
    ]


def test_what_a_spreadsheet_made_of_a_number_is_asked(load, rows) -> None:
    head = "source_id,street_ru,house,lon,lat,floors\n"
    bad = {
        "h1": "2026-02-01 00:00:00",
        "h2": "01.фев",
        "h3": "1.фев",
        "h4": "2-Jan",
        "h5": "01.02.2026",
        "h6": "2026-02-01",
    }
    good = {"g1": "1/2", "g2": "12.0", "g3": "12А", "g4": "12.5"}
    run = load(
        "buildings",
        head + "".join(f"{name},Проба,{house},71.43,51.13,2-3\n" for name, house in (bad | good).items()),
    )
    assert rows(
        "select code, field, value from reject where run_id = :run order by row_number", run=run.run_id
    ) == [("value.date", "house", house) for house in bad.values()]
    assert rows("select source_id, house, floors from building order by 1") == [
        ("g1", "1/2", None),
        ("g2", "12", None),
        ("g3", "12А", None),
        ("g4", "12.5", None),
    ]
    assert rows("select mended from run where id = :run", run=run.run_id) == [({"number.dropped": 10},)]
    ids = (
        "2026-11-05 00:00:00",
        "1.0008E+11",
        "1,0008E+11",
        "1.00080241913e+11",
        "100080241913.0",
        "007",
        "5-11",
    )
    run = load("police", "source_id,opened_at\n" + "".join(f'"{one}",2024-01-01\n' for one in ids))
    assert rows("select code, value from reject where run_id = :run order by row_number", run=run.run_id) == [
        ("value.date", ids[0]),
        ("value.shortened", ids[1]),
        ("value.shortened", ids[2]),
        ("row.doubled", ids[4]),
    ]
    assert rows("select source_id from incident order by id") == [("100080241913",), ("007",), ("5-11",)]


SQUARE = {
    "type": "Polygon",
    "coordinates": [[[71.0, 51.0], [71.6, 51.0], [71.6, 51.3], [71.0, 51.3], [71.0, 51.0]]],
}
BOW_TIE = {
    "type": "Polygon",
    "coordinates": [[[71.6, 51.0], [71.8, 51.3], [71.8, 51.0], [71.6, 51.3], [71.6, 51.0]]],
}


def collection(*features: tuple[dict, dict]) -> str:
    return json.dumps(
        {
            "type": "FeatureCollection",
            "features": [{"type": "Feature", "properties": p, "geometry": g} for p, g in features],
        }
    )


def test_a_district_is_found_by_any_spelling_and_a_broken_one_is_repaired(load, rows) -> None:
    body = collection(
        ({"key": "esil", "name_kk": "Есіл", "name_ru": "Есиль"}, SQUARE),
        ({"key": "nura", "name_kk": "Нұра", "name_ru": "Нура"}, BOW_TIE),
    )
    run = load("districts", body, "geojson")
    assert (run.written, run.rejected) == (2, 0)
    assert rows("select mended from run where id = :run", run=run.run_id) == [({"geometry.repaired": 1},)]
    assert rows("select bool_and(st_isvalid(geom_4326)) from district") == [(True,)]
    body = (
        "source_id,opened_at,district\na,2024-01-01,Есильский р-н\nb,2024-01-01,Нұра ауданы\nc,"
        "2024-01-01,Мәскеу\nd,2024-01-01,\n"
    )
    run = load("police", body)
    named = [("a", "esil"), ("b", "nura"), ("c", None), ("d", None)]
    assert (
        rows(
            "select i.source_id, d.key from incident i left join district d on d.id = "
            "i.district_id order by 1"
        )
        == named
    )
    assert rows("select mended from run where id = :run", run=run.run_id) == [({"district.unknown": 1},)]
    assert load("police", body).written == 0


def test_the_place_of_a_row_outweighs_the_district_that_it_names(load, rows) -> None:
    load("districts", collection(({"key": "esil"}, SQUARE), ({"key": "nura"}, BOW_TIE)), "geojson")
    load("police", "source_id,opened_at,district,lon,lat\na,2024-01-01,nura,71.43,51.16\n")
    assert rows("select d.key from incident i join district d on d.id = i.district_id") == [("esil",)]
