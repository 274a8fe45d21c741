"""Rows with an address and no point get one in the load, with its quality; a second run writes nothing, a
better map may."""

import json

from etl import commands

BUILDINGS = "source_id,street_kk,street_ru,house,lon,lat\n" + "".join(
    f"b{n},Кенесары көшесі,ул. Кенесары,{n},{71.42 + n / 2000},51.16\n" for n in (2, 6, 10)
)
ROWS = """source_id,opened_at,address,lon,lat
a,2024-01-01,"Кенесары көшесі, 6",,
b,2024-01-01,"г. Астана, ул. Кенесары, д. 4",,
c,2024-01-01,Неведомая 4,,
d,2024-01-01,Кенесары 6,71.5,51.1
e,2024-01-01,,,
"""
STORED = (
    "select source_id, placed_by, round(st_x(point_4326)::numeric, 4)::float8, building_id is not null "
    "from incident order by 1"
)


def test_rows_without_a_point_are_placed(load, rows) -> None:
    load("buildings", BUILDINGS)
    first, second = load("police", ROWS), load("police", ROWS)
    assert (first.written, first.placed, first.no_coordinates) == (5, 2, 2)
    assert (second.written, second.unchanged, second.placed) == (0, 5, 2)
    assert rows(STORED) == [
        ("a", "building", 71.423, True),
        ("b", "interpolated", 71.422, False),
        ("c", None, None, False),
        ("d", None, 71.5, True),
        ("e", None, None, False),
    ]
    assert rows("select placed, no_coordinates from run where feed = 'police' order by id") == [
        (2, 2),
        (2, 2),
    ]


def test_a_new_building_places_better(load, rows) -> None:
    load("buildings", BUILDINGS)
    load("police", ROWS)
    load("buildings", BUILDINGS + "b4,,ул. Кенесары,4,71.4221,51.1601\n")
    assert load("police", ROWS).written == 1
    assert rows("select placed_by, st_x(point_4326) from incident where source_id = 'b'") == [
        ("building", 71.4221)
    ]


def test_a_point_that_a_person_set_outweighs_an_address(load, rows, change) -> None:
    load("buildings", BUILDINGS)
    load("police", ROWS)
    change("""insert into decision (region, incident_id, field, value, source_value, who) select '71', id,
        'point', '71.44 51.15',
        st_x(point_4326) || ' ' || st_y(point_4326), 'officer' from incident where source_id = 'a'""")
    change("""update incident set point_4326 = st_setsrid(st_makepoint(71.44, 51.15), 4326),
        point_3857 = st_transform(st_setsrid(st_makepoint(71.44, 51.15), 4326), 3857)
            where source_id = 'a'""")
    load("police", ROWS)
    assert rows("select st_x(point_4326) from incident where source_id = 'a'") == [(71.44,)]
    assert rows("select conflict_value from decision") == [(None,)]


def test_inquiries_without_a_point_are_placed_too(load, rows) -> None:
    load("buildings", BUILDINGS)
    body = json.dumps(
        [
            {
                "source_id": n,
                "channel": "phone",
                "received_at": "2024-01-01",
                "one_take": take,
                "address": "Кенесары 10",
                "title": "т",
            }
            for n, take in (("i1", "false"), ("i2", "true"))
        ]
    )
    first = load("inquiries", body, "json")
    assert (first.placed, first.no_coordinates, load("inquiries", body, "json").written) == (1, 0, 0)
    assert rows("select placed_by from incident") == [("building",)]


def test_precision_and_recall_are_printed(settings, load, rows, capsys) -> None:
    """Eleven houses on a line: one that is not there is found between its neighbours, but for the first
    and the last."""
    load(
        "buildings",
        "source_id,street_ru,house,lon,lat\n"
        + "".join(f"b{n},ул. Кенесары,{n},{71.42 + n / 5000},51.16\n" for n in range(2, 24, 2)),
    )
    load(
        "police",
        'source_id,opened_at,address,lon,lat\na,2024-01-01,"Кенесары, 6",71.4212,51.16\nb,'
        "2024-01-01,Кенесары 8,71.5,51.1\nc,2024-01-01,Абая 8,71.5,51.1\n",
    )
    assert commands.main(settings, ["etl", "geocode"]) == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["buildings", "all", "11", "11", "11", "100.0", "%", "100.0", "%", "0.0", "0.0"] in lines
    assert [
        "buildings,",
        "as",
        "people",
        "write",
        "all",
        "11",
        "11",
        "11",
        "100.0",
        "%",
        "100.0",
        "%",
        "0.0",
        "0.0",
    ] in lines
    assert ["buildings,", "not", "there", "all", "11", "9"] in [line[:6] for line in lines]
    assert ["incidents", "all", "3", "2", "1", "50.0", "%", "33.3", "%"] in [line[:9] for line in lines]
    assert rows("select count(*) from incident where placed_by is not null") == [(0,)]
