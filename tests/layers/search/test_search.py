"""The search box: whatever alphabet a street is typed in, either order of coordinates, numbers of ours and
of the source."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, text

from geo.addresses.coordinates import read_coordinates
from geo.addresses.name_index import NameIndex
from geo.database import connect_engine
from geo.errors import InvalidInput
from geo.settings import DEFAULT_CITY, City, Settings
from layers.scope import Scope
from layers.search.search import search
from tests.support.connected import engine_as
from tests.support.desk import Desk

CITY = City.load(DEFAULT_CITY)


engine = engine_as("reader", "engine", of="demo_settings", scope="module")


def find(engine: Engine, query: str, scope: Scope = Scope(), lang: str = "ru"):
    return search(engine, CITY, scope, lang, query)


@pytest.mark.parametrize(
    "query",
    [
        "51.13, 71.43",
        "71.43, 51.13",
        "51.13 71.43",
        "51,13 71,43",
        "51.13;71.43",
        "51.13° 71.43°",
        "51.13,71.43",
        "51,13; 71,43",
    ],
)
def test_coordinates_are_found_in_either_order(query: str) -> None:
    assert read_coordinates(query, CITY) == (71.43, 51.13)


@pytest.mark.parametrize("query", ["10, 20", "51.13", "Кенесары 12", "51.13, 71.43, 12", ""])
def test_what_names_no_point_of_the_city_is_no_coordinate(query: str) -> None:
    assert read_coordinates(query, CITY) is None


@pytest.mark.parametrize("query", ["55.75, 37.61", "37.61; 55.75", "55°45'20\" 37°36'40\"", "-33.9 151.2"])
def test_coordinates_elsewhere_are_said_to_be_so(engine: Engine, query: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        find(engine, query)
    assert refused.value.code == "search.elsewhere"


def test_streets_that_do_not_cross_are_said_to_be_apart(engine: Engine) -> None:
    with engine.connect() as connection:
        far = connection.execute(
            text("""
            with street as (select street_ru as name, st_collect(point_3857) as at from building
                where street_ru is not null group by street_ru having count(*) > 3)
            select a.name, b.name from street a, street b order by st_distance(a.at, b.at) desc, 1, 2
            limit 1""")
        ).one()
    found = find(engine, f"{far[0]} / {far[1]}")
    assert [one.parameters.get("apart") for one in found if one.type == "street"][:2] == [True, True]
    assert not [one for one in found if one.type == "crossing"]


def test_a_house_is_found_in_kazakh_russian_and_with_latin_letters(engine: Engine) -> None:
    with engine.connect() as connection:
        row = connection.execute(
            text("""
            select id, street_kk, street_ru, house from building where street_kk is not null
                and house ~ '^[0-9]+$' order by length(house) desc, id limit 1""")
        ).one()
    latin = row.street_ru.translate(str.maketrans("аеорсух", "aeopcyx"))
    for street in (row.street_kk, row.street_ru, latin, row.street_ru.upper()):
        assert row.id in [
            found.id for found in find(engine, f"{street} {row.house}") if found.type == "building"
        ], street
    assert (
        find(engine, f"{row.street_ru}, {row.house}", lang="kk")[0].title == f"{row.street_kk}, {row.house}"
    )


def test_a_street_without_a_house_is_a_street(engine: Engine) -> None:
    with engine.connect() as connection:
        street, n = connection.execute(
            text("select min(street_ru), count(*) from building group by street_norm order by 2 desc limit 1")
        ).one()
    found = find(engine, street)[0]
    assert (found.type, found.title, found.parameters["buildings"]) == ("street", street, n)
    assert CITY.bbox[0] < found.lon < CITY.bbox[2]


def test_an_incident_is_found_by_its_number_and_by_its_sources(engine: Engine) -> None:
    with engine.connect() as connection:
        row = connection.execute(
            text("select id, source_id, kind, address from incident order by id desc limit 1")
        ).one()
    [note] = [found.note for found in find(engine, str(row.id)) if found.id == row.id]
    assert note == " · ".join(filter(None, (f"№ {row.source_id}", row.address)))
    for query in (str(row.id), f"№ {row.id}", row.source_id):
        assert row.id in [found.id for found in find(engine, query) if found.type == "incident"], query
    other = frozenset({"service", "police"} - {row.kind})
    assert not [
        found for found in find(engine, row.source_id, Scope(kinds=other)) if found.type == "incident"
    ]


def test_a_category_is_found_in_any_language(engine: Engine) -> None:
    with engine.connect() as connection:
        row = connection.execute(
            text("select id, name_kk, name_en, name_ru from category order by id limit 1")
        ).one()
    for name in (row.name_kk, row.name_en, row.name_ru.upper()):
        assert (row.id, row.name_ru) in [
            (found.id, found.title) for found in find(engine, name) if found.type == "category"
        ], name


def test_a_topic_leads_to_the_incidents_of_the_categories_below_it(engine: Engine) -> None:
    with engine.connect() as connection:
        topic, name, below = connection.execute(
            text(
                "select t.id, t.name_ru, array_agg(c.id) from category t join category c "
                "on c.parent_id = t.id "
                "group by t.id order by t.id limit 1"
            )
        ).one()
    [found] = [one for one in find(engine, name) if (one.type, one.id) == ("category", topic)]
    assert set(found.parameters["within"]) >= {topic, *below}


def test_a_precinct_is_found_by_its_number(engine: Engine) -> None:
    with engine.connect() as connection:
        number = connection.execute(
            text("select min(number) from precinct where geom_4326 is not null")
        ).scalar_one()
    found = [found for found in find(engine, f"№{number}") if found.type == "precinct"]
    assert [found_one.title for found_one in found] == [str(number)] and found[0].lon is not None


def test_an_incident_is_found_by_a_note_until_it_is_taken_back(settings: Settings) -> None:
    """In any form of its words, with Kazakh letters or their Russian look-alikes; in one's scope alone."""
    desk = Desk(settings)
    reader = connect_engine(settings, "reader")
    noted = desk.act("aidos", "note", text="Слесари выехали, ждём кілт от подвала")
    desk.act("aidos", "note", incident=desk.incidents[1], text="другое")
    try:
        for query in ("слесарь выехал", "килт", "кілт подвал", "СЛЕСАРИ"):
            [found] = [one for one in find(reader, query) if one.type == "incident"]
            assert found.id == desk.incidents[0] and "«Слесари выехали, ждём кілт от подвала»" in found.note
        assert not find(reader, "слесари", Scope(kinds=frozenset({"police"})))
        desk.undo("aidos", noted)
        assert not find(reader, "слесари")
    finally:
        reader.dispose()
        desk.close()


@pytest.mark.parametrize(
    "query", ["%", "%%%%", "__ __", "а'; drop table incident; --", "\\", "№", "......", "١٢٣"]
)
def test_odd_letters_find_nothing_and_break_nothing(engine: Engine, query: str) -> None:
    assert not [found for found in find(engine, query) if found.type in ("building", "street")]


def test_a_query_too_short_finds_nothing_and_one_too_long_is_refused(engine: Engine) -> None:
    assert find(engine, "к") == []
    with pytest.raises(InvalidInput):
        find(engine, "к" * 121)


@pytest.mark.parametrize("street", ("Ш-433", "Ш 433", "Sh-433", "sh 433", "ш433"))
def test_a_numbered_street_is_no_school_in_any_alphabet(street: str) -> None:
    index = NameIndex([("street", "улица Ш-433"), ("street", "Sh-433 Street"), ("school", "Школа № 433")])
    assert [match.key for match in index.find(street, 3)] == ["street"]
    assert [match.key for match in index.find("школа", 3)] == ["school"]
    assert index.find("СШ 433", 3)[0].key == "school"


@pytest.mark.parametrize("query", ("мир", "работа школы", "сад", "кабанбай"))
def test_names_with_the_very_words_stand_before_those_that_begin_so(query: str) -> None:
    """However much more the first say, and however little the others."""
    more = "районного управления благоустройства и городской среды города"
    index = NameIndex([("exact", f"{query} {more}"), *((f"begun {n}", f"{query}{n * 'т'}") for n in (2, 3))])
    found = [(match.key, match.near) for match in index.find(query, 3)]
    assert found[0] == ("exact", False), found


MORE = 2_100
"""More than are looked at of one kind of hits, and newer than what the caller may see."""


@pytest.fixture
def crowd(settings: Settings) -> Iterator[Desk]:
    """Three of a service in the west, then many of the police in the east, with the same words in titles and
    notes and the same end of their numbers."""
    desk = Desk(settings, incidents=3)
    desk.execute("""insert into district (region, id, key, name_kk, name_ru, name_en, valid_from, geom_4326,
            geom_3857)
        overriding system value select '71', n, k, k, k, k, date '2000-01-01', g, st_transform(g, 3857)
        from (values (1, 'west'), (2, 'east')) d (n, k),
            lateral (select st_multi(st_makeenvelope(70 + n, 51, 71 + n, 52, 4326)) as g) s""")
    desk.execute("""update incident set kind = 'service', district_id = 1, title = 'Прорыв трубы', status =
        'closed', closed_at = opened_at, source_id = 'A' || id || '-770077'""")
    desk.execute(
        """insert into incident (region, source, source_id, kind, district_id, title, source_status, status,
            opened_at) select '71', 'p', 'P' || n || '-770077', 'police', 2, 'Прорыв трубы', 'open', 'open',
            now() from generate_series(1, :n) n""",
        n=MORE,
    )
    desk.execute("""insert into incident_action (region, incident_id, key, at, who, verb, parameters, before,
            version)
        select '71', id, gen_random_uuid(), now(), 'aidos', 'note', jsonb_build_object('text',
            'подвал затопило'), '{}', 2 from incident order by id""")
    yield desk
    desk.close()


@pytest.mark.parametrize("query", ["прорыв трубы", "трубы прорыв колодец", "подвал затопило", "770077"])
@pytest.mark.parametrize(
    "scope",
    [Scope(kinds=frozenset({"service"})), Scope(districts=frozenset({"west"}))],
    ids=["of a kind", "of a district"],
)
def test_whoever_sees_a_part_finds_what_is_theirs_among_any_number_of_others(
    crowd: Desk, query: str, scope: Scope
) -> None:
    crowd.execute("update incident set status = 'open', closed_at = null where kind = 'service'")
    found = {one.id for one in find(crowd.owner, query, scope) if one.type == "incident"}
    assert found == set(crowd.incidents)
    assert not found & {one.id for one in find(crowd.owner, query) if one.type == "incident"}


@pytest.mark.parametrize("query", ["прорыв трубы", "подвал затопило"])
def test_closed_ones_too(crowd: Desk, query: str) -> None:
    found = find(crowd.owner, query, Scope(kinds=frozenset({"service"})))
    assert {one.id for one in found if one.type == "incident"} == set(crowd.incidents)
