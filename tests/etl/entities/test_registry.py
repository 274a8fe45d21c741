"""Runs of the other nouns: inquiries with their incidents, calls, reference tables, districts, buildings,
basemap, precincts."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from etl.readers import Source
from etl.registry import FEEDS, find
from etl.runs import engine
from geo.settings import Settings

CATEGORIES = (
    "key,parent,kind,name_kk,name_ru,name_en,due_hours,calendar,performer\nleak,water,service,а,б,c,24,"
    ",p1\nwater,,service,д,е,f,,,\n"
)
INQUIRIES = """source_id,channel,topic,received_at,answer_s,one_take,incident_id,title,status,closed_at,lon,lat,caller_name,words
i1,Phone,leak,2024-05-01 10:00,5,true,,,,,,,Айгүл,сұрақ
i2,phone,leak,2024-05-01 10:01,5,false,n1,Нет воды,open,,71.43,51.16,Айгүл,су жоқ
i3,phone,water,2024-05-01 11:01,5,false,n1,Другое,in_progress,,71.44,51.17,Иван,нет воды
i4,web,water,2024-05-01 12:01,,false,,Свет,closed,2024-05-02 10:00,,,Иван,темно
i5,web,ghost,2024-05-01 12:01,,false,,Свет,open,,,,Иван,темно
"""  # noqa: E501


@pytest.fixture
def catalogue(load) -> None:
    load("managers", "key,name,post_kk,post_ru,post_en\nm1,А,б,в,г\n")
    load("performers", "key,type,name_kk,name_ru,name_en,manager\np1,utility,б,в,г,m1\n")
    load("categories", CATEGORIES)


def test_categories_performers_and_managers_are_loaded(load, rows, catalogue) -> None:
    assert rows(
        "select c.key, p.key, o.key, m.key from category c left join category p on p.id = "
        "c.parent_id left join performer o on o.id = c.performer_id "
        "left join manager m on m.id = o.manager_id order by 1"
    ) == [("leak", "water", "p1", "m1"), ("water", None, None, None)]
    assert load("categories", CATEGORIES).written == 0
    assert load("categories", CATEGORIES.replace(",24,", ",48,")).written == 1
    assert (
        load(
            "performers", "key,type,name_kk,name_ru,name_en,manager\np2,utility,б,в,г,ghost\np3,gang,a,b,c,\n"
        ).rejected
        == 2
    )


def test_inquiries_lead_to_incidents(load, rows, catalogue) -> None:
    first = load("inquiries", INQUIRIES)
    assert (first.read, first.written, first.rejected, first.no_coordinates) == (5, 4, 1, 1)
    assert load("inquiries", INQUIRIES).written == 0
    assert rows(
        "select source_id, kind, title, status, inquiries, version, st_x(point_4326) from incident "
        "order by source_id"
    ) == [
        ("i4", "service", "Свет", "closed", 1, 1, None),
        ("n1", "service", "Нет воды", "in_progress", 2, 1, 71.43),
    ]
    assert rows("select source_id, one_take, incident_id is not null from inquiry order by 1") == [
        ("i1", True, False),
        ("i2", False, True),
        ("i3", False, True),
        ("i4", False, True),
    ]


def test_a_later_inquiry_joins_and_the_counts_follow(load, rows, catalogue) -> None:
    load("inquiries", INQUIRIES)
    head = INQUIRIES.splitlines()[0] + "\n"
    joins = head + "i6,phone,leak,2024-05-02 09:00,9,false,n1,Позже,in_progress,,71.5,51.1,,\n"
    assert [load("inquiries", joins).written for _ in range(2)] == [1, 0]
    assert rows(
        "select title, inquiries, version, st_x(point_4326) from incident where source_id = 'n1'"
    ) == [("Нет воды", 3, 2, 71.43)]
    moved = head + "i3,web,leak,2024-05-01 11:01,5,false,i4,Свет,closed,2024-05-02 10:00,,,Иван,нет воды\n"
    assert [load("inquiries", moved).written for _ in range(2)] == [1, 0]
    assert rows("select source_id, inquiries from incident order by 1") == [("i4", 2), ("n1", 2)]
    assert rows(
        "select i.inquiries = (select count(*) from inquiry q where q.incident_id = i.id) from incident i"
    ) == [(True,), (True,)]


def test_words_that_a_source_withdraws_are_erased(load, rows, catalogue) -> None:
    """An empty field is the source's word as well, and says nothing new the second time."""
    load("inquiries", INQUIRIES)
    withdrawn = INQUIRIES.replace("Айгүл,су жоқ", ",")
    assert [load("inquiries", withdrawn).written for _ in range(2)] == [1, 0]
    assert rows("select words from personal.inquiry_text order by inquiry_id") == [
        ("сұрақ",),
        ("нет воды",),
        ("темно",),
    ]


def test_what_was_erased_by_its_age_does_not_come_back(settings: Settings, rows, catalogue) -> None:
    """A source that lists what it knows of years brings each caller's words every day."""
    days = (datetime.now(UTC) - datetime(2024, 5, 1, 8, tzinfo=UTC)).days
    forgetting = replace(settings, city=replace(settings.city, retention={"callers": days}))
    source = Source("inquiries.csv", body=INQUIRIES.encode(), format="csv")
    run = engine.run(forgetting, find(FEEDS, "inquiries"), [source], now=datetime.now(UTC))
    assert run.written == 4
    assert rows("select count(*) from personal.inquiry_text") == [(0,)]
    assert rows("select count(*) from inquiry") == [(4,)]


def test_inquiry_counts_equal_the_rows(load, rows, catalogue) -> None:
    load("inquiries", INQUIRIES)
    load("inquiries", INQUIRIES.replace("i4,web,water", "i4,web,leak").replace("i3,phone", "i3,web"))
    counted = """select received_at, topic_id, channel, count(*), count(*) filter (where one_take)
        from inquiry group by 1, 2, 3 order by 1, 2, 3"""
    assert rows(
        """select at, category_id, channel, sum(n), sum(one_take) from statistic_delta
        where subject = 'inquiry' group by 1, 2, 3 having sum(n) <> 0 order by 1, 2, 3"""
    ) == rows(counted)


def test_a_callers_words_are_in_the_personal_schema_alone(load, rows, catalogue) -> None:
    load("inquiries", INQUIRIES)
    assert rows("select caller_name, words from personal.inquiry_text order by inquiry_id") == [
        ("Айгүл", "сұрақ"),
        ("Айгүл", "су жоқ"),
        ("Иван", "нет воды"),
        ("Иван", "темно"),
    ]
    for table in ("incident", "inquiry", "incident_event", "change", "reject"):
        assert "Иван" not in str(rows(f"select row_to_json(t)::text from {table} t"))
    load("inquiries", INQUIRIES.replace("су жоқ", "су мүлде жоқ"))
    assert rows("select words from personal.inquiry_text order by inquiry_id offset 1 limit 1") == [
        ("су мүлде жоқ",)
    ]


def test_calls_are_counted_by_the_hour(load, rows) -> None:
    body = (
        "hour,offered,answered,lost,answer_s\n2024-03-01 10:00,10,9,1,3.5\n2024-03-01 11:20,10,9,2,"
        "3.5\n2024-03-01 12:00,5,-1,0,\n"
    )
    first = load("calls", body)
    assert (first.written, first.rejected) == (1, 2) and load("calls", body).written == 0
    assert rows(
        "select code, field from reject where run_id = :run order by row_number", run=first.run_id
    ) == [("calls.sum", "offered"), ("value.least", "answered")]


def square(west: float, south: float, east: float, north: float) -> dict:
    return {
        "type": "Polygon",
        "coordinates": [[[west, south], [east, south], [east, north], [west, north], [west, south]]],
    }


def collection(*features: tuple[dict, dict | None]) -> str:
    return json.dumps(
        {
            "type": "FeatureCollection",
            "features": [
                {"type": "Feature", "properties": properties, "geometry": geometry}
                for properties, geometry in features
            ],
        }
    )


def test_districts_assign_again_what_they_hold(load, rows) -> None:
    load("police", "source_id,opened_at,lon,lat\nd1,2024-04-30,71.43,51.16\n")
    load("buildings", "source_id,lon,lat\nb1,71.43,51.16\n")
    west = collection(
        ({"key": "West", "name_ru": "Запад"}, square(71.4, 51.1, 71.45, 51.2)), ({"key": "bad"}, None)
    )
    first = load("districts", west, "geojson")
    assert (first.written, first.rejected) == (1, 1) and load("districts", west, "geojson").written == 0
    assert rows(
        "select d.key, d.name_kk, i.version from incident i join district d on d.id = "
        "i.district_id join building b on b.district_id = d.id"
    ) == [("west", "Запад", 2)]
    assert rows("select what, from_value from incident_event where what = 'district'") == [("district", None)]


BUILDINGS = (
    "source_id,street_ru,house,voters,floors,lon,lat\nb1,ул. Абая,5,10,2.0,71.43,51.16\nb2,Кенесары,4,1,,,\n"
)


def test_buildings_keep_the_tag_that_a_person_set(load, rows, change) -> None:
    load("buildings", BUILDINGS)
    assert rows(
        "select source_id, street_norm, house_norm, tag_quality, floors from building order by 1"
    ) == [("b1", "абая", "5", "register", 2), ("b2", "кенесары", "4", "untagged", None)]
    moved = BUILDINGS.replace("71.43", "71.44")
    assert [load("buildings", moved).written for _ in range(2)] == [1, 0]
    assert rows("select st_x(point_4326), who from building_tag") == [(71.43, "feed:buildings")]
    change("update building set tag_quality = 'hand' where source_id = 'b1'")
    assert load("buildings", BUILDINGS).written == 0
    assert rows("select st_x(point_4326) from building where source_id = 'b1'") == [(71.44,)]
    change("update building set tag_quality = 'register', tagged_by = 'aizhan' where source_id = 'b1'")
    assert load("buildings", BUILDINGS).written == 0


def test_a_register_leaves_the_voters_that_the_electoral_list_counts(load, rows, change) -> None:
    """The register gives the number of voters only for a house that comes later, and for one that no list has
    counted."""
    load("buildings", BUILDINGS)
    change("update building set voters = 7, voters_by_list = true where source_id = 'b1'")
    later = BUILDINGS.replace(",5,10,", ",5,11,").replace(",4,1,", ",4,2,") + "b3,Кенесары,6,9,,,\n"
    assert load("buildings", later).written == 2
    assert rows("select source_id, voters from building order by 1") == [("b1", 7), ("b2", 2), ("b3", 9)]


def test_buildings_without_ids_are_known_by_their_address(load, rows) -> None:
    """In whatever order they come; one that has no address either is rejected."""
    first, second, third = "ул. Абая,5,71.43,51.16\n", "Кенесары,4,,\n", ",,71.44,51.16\n"
    head = "street_ru,house,lon,lat\n"
    done = load("buildings", head + first + second + third)
    assert (done.written, done.rejected) == (2, 1) and rows("select code, field from reject") == [
        ("value.missing", "source_id")
    ]
    assert load("buildings", head + second + first).written == 0
    assert rows("select source_id from building order by 1") == [("абая 5",), ("кенесары 4",)]


def test_shapes_without_ids_are_known_by_their_shape(load, rows) -> None:
    feed = replace(
        find(FEEDS, "basemap"), fields={"name_ru": "name"}, constants={"theme": "road", "class": "primary"}
    )
    line = {"type": "LineString", "coordinates": [[71.4, 51.1], [71.5, 51.2]]}
    other = {"type": "LineString", "coordinates": [[71.4, 51.1], [71.5, 51.3]]}
    first = load(
        feed, collection(({"name": "a"}, line), ({"name": "b"}, other), ({"name": "a"}, line)), "geojson"
    )
    assert (first.written, first.rejected) == (2, 1)
    again = load(feed, collection(({"name": "b"}, other)), "geojson")
    assert (again.written, again.unchanged, again.vanished) == (0, 1, 1)
    assert rows("select name_ru, class, min_zoom from basemap_feature") == [("b", "primary", 9)]


def test_points_and_lines_of_the_ground_come_from_columns(load, rows) -> None:
    """A line is cut where its vertices lie farther apart than `gap_m`, and around what lies outside the
    city; one vertex is no line."""
    settlements = replace(find(FEEDS, "basemap"), constants={"theme": "place"})
    assert (
        load(settlements, "source_id,name_ru,lon,lat\np1,Школа,71.43,51.12\np2,Далеко,10,10\n").written == 1
    )
    streets = replace(
        find(FEEDS, "basemap"),
        key="streets",
        fields={"source_id": "source_id", "vertices": "points"},
        constants={"theme": "road", "gap_m": "400"},
    )
    whole = [{"lat": 51.12, "lng": 71.43}, {"lat": 51.121, "lng": 71.43}]
    listed = {
        "s1": whole,
        "s2": [*whole, [71.45, 51.12], [71.451, 51.12]],
        "s3": [*whole, [10, 10], [71.45, 51.12]],
        "s4": [[71.43, 51.12], "x"],
        "s5": "none",
    }
    first = load(
        streets,
        json.dumps([{"source_id": name, "points": points} for name, points in listed.items()]),
        "json",
    )
    assert (first.written, first.rejected) == (3, 2)
    nameless = replace(streets, key="nameless", fields={"vertices": "points"})
    assert [
        load(nameless, json.dumps([{"points": whole}, {"points": whole}]), "json").written for _ in range(2)
    ] == [1, 0]
    assert rows(
        "select source_id, st_astext(geom_4326) from basemap_feature where source <> 'nameless' "
        "order by source_id"
    ) == [
        ("p1", "POINT(71.43 51.12)"),
        ("s1", "LINESTRING(71.43 51.12,71.43 51.121)"),
        ("s2", "MULTILINESTRING((71.43 51.12,71.43 51.121),(71.45 51.12,71.451 51.12))"),
        ("s3", "LINESTRING(71.43 51.12,71.43 51.121)"),
    ]


def a_plan(voters: int = 7, address: str = "1") -> str:
    return collection(
        (
            {
                "number": 1,
                "voters": voters,
                "station_name_ru": "Школа",
                "station_address": address,
                "station_lon": 71.41,
                "station_lat": 51.1,
            },
            square(71.40, 51.10, 71.41, 51.11),
        ),
        ({"number": 2}, square(71.41, 51.10, 71.42, 51.11)),
        ({"number": 3, "kind": "abroad", "voters": 9}, None),
    )


def test_precincts_become_a_draft(load, rows) -> None:
    load("buildings", "source_id,voters,lon,lat\nb1,40,71.405,51.105\nb2,2,71.415,51.105\n")
    first = load("precincts", a_plan(), "geojson")
    assert (first.written, first.unchanged) == (3, 0) and load("precincts", a_plan(), "geojson").written == 0
    assert rows("select number, kind, voters, buildings, geom is not null from precinct order by number") == [
        (1, "open", 40, 1, True),
        (2, "open", 2, 1, True),
        (3, "abroad", 9, 0, False),
    ]
    assert rows(
        "select (select count(*) from plan), (select count(*) from node), (select count(*) from "
        "edge), (select count(*) from station)"
    ) == [(1, 2, 3, 1)]
    assert rows("select state, in_force_from, created_by from plan") == [("draft", None, "feed:precincts")]


def test_a_feed_of_precincts_never_touches_what_people_approved(load, rows, change) -> None:
    """What is in force stays; a file that says something else, if only of voters or an address, is a draft
    beside it; the same again is none."""
    load("precincts", a_plan(), "geojson")
    change("update plan set state = 'published', in_force_from = '2020-01-01'")
    for voters, address in ((8, "1"), (8, "2")):
        assert load("precincts", a_plan(voters, address), "geojson").written == 3
        assert load("precincts", a_plan(voters, address), "geojson").written == 0
    assert rows("select state, in_force_from::text from plan order by id") == [
        ("published", "2020-01-01"),
        ("draft", None),
        ("draft", None),
    ]


def test_precincts_that_overlap_are_refused_whole(load, rows) -> None:
    plan = collection(
        ({"number": 1}, square(71.40, 51.10, 71.41, 51.11)),
        ({"number": 2}, square(71.405, 51.10, 71.42, 51.11)),
    )
    with pytest.raises(Exception, match="plan.coverage"):
        load("precincts", plan, "geojson")
    assert rows("select count(*) from plan") == [(0,)] and rows("select state from run") == [("failed",)]


def test_operators_and_who_answered_are_loaded(load, rows, catalogue) -> None:
    """A team's head moves to another account; who answered is corrected by the next delivery."""
    head = "key,name,team,account,is_head\n007,Айгерим,Группа 1,aigerim,true\n008,Болат,Группа 1,,\n"
    assert load("operators", head).written == 2 and load("operators", head).written == 0
    assert load("operators", head.replace("aigerim", "a.sadykova")).written == 1
    assert rows("select key, team, account, is_head from operator order by key") == [
        ("007", "Группа 1", "a.sadykova", True),
        ("008", "Группа 1", None, False),
    ]
    inquiry = "source_id,channel,topic,received_at,operator\ni1,phone,leak,2024-05-01 10:00,007\n"
    assert load("inquiries", inquiry).written == 1 and load("inquiries", inquiry).written == 0
    assert load("inquiries", inquiry.replace("007", "008")).written == 1
    assert rows("select operator from inquiry") == [("008",)]
