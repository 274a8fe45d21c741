"""Decisions on geo-tags: set, confirmed, undone, many at once; what a moved tag does to the plans, and
what a later load leaves alone.

Two squares of 1 km, precincts 1 and 2 from west to east, in a published plan and in a draft; house 1 in
the middle of precinct 1, house 2 without a point.
"""

from __future__ import annotations

import pytest
from sqlalchemy import Connection, text

from geo.errors import Conflict, InvalidInput, NotFound
from geo.geo_tags import decisions, tag_import
from geo.settings import Settings
from tests.support.connected import connection_as
from tests.support.plan_squares import EAST, KM, NORTH, import_squares, lon_lat

WHO = "aizhan"


editor = connection_as("editor")
"""A connection of the editor's role: it may do what the commands do, and no more."""


@pytest.fixture
def plans(connection: Connection, settings: Settings) -> tuple[int, int]:
    for n, east in ((1, 0.5), (2, None), (3, 1.5)):
        connection.execute(
            text("""insert into building (region, id, source, source_id, street_ru, street_norm, house,
                house_norm, register_code, voters, tag_quality, point_4326,
                point_3857) overriding system value
            select '71', :id, 'test', :id, 'улица Кенесары', 'кенесары', :id, :id, 'K' || :id, 10, case
                when :x is null then 'untagged' else 'register' end, p, st_transform(p, 3857)
            from st_transform(st_setsrid(st_makepoint(cast(:x as float8), :y), 32642), 4326) p"""),
            {"id": n, "x": None if east is None else EAST + east * KM, "y": NORTH + 0.5 * KM},
        )
    found = [import_squares(connection, settings.city, name=name) for name in ("2026", "2027")]
    connection.execute(text("update plan set state = 'draft' where name = '2027'"))
    connection.commit()
    return found[0], found[1]


def tag(connection: Connection, building: int) -> tuple:
    return tuple(
        connection.execute(
            text("""select tag_quality, tagged_by, version, st_astext(point_4326, 9),
                st_astext(st_transform(point_3857, 4326), 6) from building
        where id = :id"""),
            {"id": building},
        ).one()
    )


def votes(connection: Connection, plan: int) -> dict[int, int]:
    return dict(
        tuple(row)
        for row in connection.execute(
            text("select building_id, precinct_id from assignment where plan_id = :plan"), {"plan": plan}
        )
    )


def test_a_moved_tag_takes_the_house_along_in_every_plan_that_is_not_replaced(
    editor: Connection, settings: Settings, plans: tuple[int, int]
) -> None:
    published, draft = plans
    done = decisions.set_tag(editor, settings.city, 1, 1, lon_lat(1.2), "hand", WHO)
    assert [(move["plan"], move["building"], move["from"], move["to"]) for move in done.moved] == [
        (plan, 1, 1, 2) for plan in (published, draft)
    ]
    assert done.kept == []
    assert votes(editor, draft) == votes(editor, published) == {1: 2, 3: 2}
    assert tag(editor, 1)[:3] == ("hand", WHO, 2)
    counted = editor.execute(
        text("select number, buildings, voters from precinct where plan_id = :plan order by 1"),
        {"plan": draft},
    ).all()
    assert [tuple(row) for row in counted] == [(1, 0, 0), (2, 2, 20)]


def test_a_house_given_by_hand_stays_and_is_said(
    editor: Connection, connection: Connection, settings: Settings, plans: tuple[int, int]
) -> None:
    connection.execute(text("update assignment set source = 'hand' where building_id = 1"))
    connection.commit()
    done = decisions.set_tag(editor, settings.city, 1, 1, lon_lat(1.2), "footprint", WHO)
    assert done.moved == [] and votes(editor, plans[1])[1] == 1
    assert [(stay["plan"], stay["number"], stay["lies_in"]) for stay in done.kept] == [
        (plans[1], 1, 2),
        (plans[0], 1, 2),
    ]


def test_an_address_without_a_point_gets_one_and_its_precinct(
    editor: Connection, settings: Settings, plans: tuple[int, int]
) -> None:
    done = decisions.set_tag(editor, settings.city, 2, 1, lon_lat(0.7), "geocoded", WHO)
    assert [(move["plan"], move["from"], move["to"]) for move in done.moved] == [
        (plan, None, 1) for plan in plans
    ]
    assert editor.execute(
        text("select what, who from plan_event where plan_id = :plan order by id desc limit 1"),
        {"plan": plans[0]},
    ).one() == ("amended", WHO)
    undone = decisions.undo(editor, settings.city, done.event, WHO)
    assert [(move["plan"], move["from"], move["to"]) for move in undone.moved] == [
        (plan, 1, None) for plan in plans
    ]
    assert tag(editor, 2)[:2] == ("untagged", None) and tag(editor, 2)[3:] == (None, None)


def test_a_decision_is_undone_and_the_undo_too(
    editor: Connection, settings: Settings, plans: tuple[int, int]
) -> None:
    before = tag(editor, 1)
    done = decisions.set_tag(editor, settings.city, 1, 1, lon_lat(1.2), "hand", WHO)
    moved = tag(editor, 1)
    undone = decisions.undo(editor, settings.city, done.event, "another")
    assert (
        tag(editor, 1)[:2] + tag(editor, 1)[3:] == before[:2] + before[3:] and votes(editor, plans[1])[1] == 1
    )
    decisions.undo(editor, settings.city, undone.event, WHO)
    assert (
        tag(editor, 1)[:2] + tag(editor, 1)[3:] == moved[:2] + moved[3:] and votes(editor, plans[1])[1] == 2
    )
    rows = editor.execute(
        text("select action, who, quality, to_quality, undoes from building_tag order by id")
    ).all()
    assert [tuple(row) for row in rows] == [
        ("moved", WHO, "register", "hand", None),
        ("undone", "another", "hand", "register", done.event),
        ("undone", WHO, "register", "hand", undone.event),
    ]


def test_who_was_slower_is_told_who_was_faster(
    editor: Connection, settings: Settings, plans: tuple[int, int]
) -> None:
    first = decisions.confirm(editor, settings.city, 1, 1, "dana")
    with pytest.raises(Conflict) as stale:
        decisions.set_tag(editor, settings.city, 1, 1, lon_lat(1.2), "hand", WHO)
    assert (stale.value.code, stale.value.parameters["who"], stale.value.parameters["version"]) == (
        "building.stale",
        "dana",
        2,
    )
    decisions.set_tag(editor, settings.city, 1, 2, lon_lat(1.2), "hand", WHO)
    with pytest.raises(Conflict) as later:
        decisions.undo(editor, settings.city, first.event, "dana")
    assert (later.value.code, later.value.parameters["who"]) == ("building.decided_since", WHO)


def test_what_cannot_be_decided_is_refused(
    editor: Connection, settings: Settings, plans: tuple[int, int]
) -> None:
    city = settings.city
    for call, error, code in (
        (
            lambda: decisions.set_tag(editor, city, 99, 1, lon_lat(1), "hand", WHO),
            NotFound,
            "building.unknown",
        ),
        (
            lambda: decisions.set_tag(editor, city, 1, 1, (0.0, 0.0), "hand", WHO),
            InvalidInput,
            "place.outside",
        ),
        (
            lambda: decisions.set_tag(editor, city, 1, 1, lon_lat(1), "untagged", WHO),
            InvalidInput,
            "building.quality",
        ),
        (lambda: decisions.confirm(editor, city, 2, 1, WHO), InvalidInput, "building.untagged"),
        (lambda: decisions.undo(editor, city, 7, WHO), NotFound, "building.no_decision"),
    ):
        with pytest.raises(error) as raised:
            call()
        assert raised.value.code == code


def test_a_decision_is_announced_to_every_screen(
    editor: Connection, connection: Connection, settings: Settings, plans: tuple[int, int]
) -> None:
    decisions.confirm(editor, settings.city, 1, 1, WHO)
    editor.commit()
    events = connection.execute(
        text("select noun_id, version, payload ->> 'tagged_by' from change where noun = 'building'")
    ).one()
    assert tuple(events) == (1, 2, WHO)


def test_a_file_is_loaded_row_by_row(editor: Connection, settings: Settings, plans: tuple[int, int]) -> None:
    (lon, lat), (lon3, lat3) = lon_lat(1.2), lon_lat(1.5)
    table = f"""улица;дом;street;house;register_code;lon;lat;quality
;;ул. Кенесары;1;;{str(lon).replace(".", ",")};{lat};hand
;;;;K3;{lon3};{lat3};register
;;Кенесары көшесі;2;;{lon};{lat};
;;Абая;1;;{lon};{lat};
;;;;K1;{lon};{lat};hand
;;;;K1;пусто;{lat};hand
;;;;K1;{lon};0;hand
;;;;K1;{lon};{lat};good
"""
    report = tag_import.import_tags(editor, settings.city, table.encode("cp1251", errors="replace"), WHO)
    assert (report.read, report.written, report.unchanged) == (8, 1, 1)
    assert [(row, code) for row, code, _ in report.rejects] == [
        (4, "building.unknown"),
        (5, "building.unknown"),
        (6, "row.doubled"),
        (7, "tags.coordinate"),
        (8, "place.outside"),
        (9, "building.quality"),
    ]
    assert [(move["plan"], move["building"], move["to"]) for move in report.moved] == [
        (plan, 1, 2) for plan in plans
    ]
    again = tag_import.import_tags(editor, settings.city, table.encode(), WHO)
    assert (again.written, again.unchanged, len(again.rejects)) == (1, 2, 5) and tag(editor, 2)[:2] == (
        "hand",
        WHO,
    )


def test_a_file_names_houses_as_people_write_them(
    editor: Connection, settings: Settings, plans: tuple[int, int]
) -> None:
    """A street by its former name and in another alphabet, a part of a house in another way."""
    editor.execute(text("update building set house = '2/1', house_norm = '2/1' where id = 2"))
    lon, lat = lon_lat(1.2)
    table = f"street,house,lon,lat\nул. Карла Маркса,1,{lon},{lat}\nKenesary,2 корпус 1,{lon},{lat}\n"
    report = tag_import.import_tags(editor, settings.city, table.encode(), WHO)
    assert not report.rejects and report.written + report.unchanged == 2


@pytest.mark.parametrize("encoding", ["utf-16", "cp1251", "cp866", "utf-8-sig"])
def test_a_file_is_read_in_the_encoding_that_it_is_in(
    editor: Connection, settings: Settings, plans: tuple[int, int], encoding: str
) -> None:
    lon, lat = lon_lat(1.2)
    table = f"street,house,lon,lat\nул. Кенесары,1,{lon},{lat}\n"
    report = tag_import.import_tags(editor, settings.city, table.encode(encoding), WHO)
    assert not report.rejects and report.written == 1


def test_bytes_that_are_no_text_are_refused_with_their_line(editor: Connection, settings: Settings) -> None:
    lon, lat = lon_lat(1.2)
    rows = [f"ул. Кенесары,{n},{lon},{lat}".encode() for n in range(1, 5)]
    body = b"\n".join([b"street,house,lon,lat", *rows[:2], rows[2].replace(b"\xd0", b"\xff", 1), rows[3]])
    with pytest.raises(InvalidInput, match="list.encoding") as raised:
        tag_import.import_tags(editor, settings.city, body, WHO)
    assert raised.value.parameters["line"] == 4


@pytest.mark.parametrize("column", ["street", "House", " lon"])
def test_a_column_that_stands_twice_is_refused_by_name(
    editor: Connection, settings: Settings, column: str
) -> None:
    """The table of lists of buildings, which plans read too."""
    body = f"street,house,lon,lat,{column}\nул. Кенесары,1,71,51,x\n".encode()
    with pytest.raises(InvalidInput, match="list.column_twice") as raised:
        tag_import.import_tags(editor, settings.city, body, WHO)
    assert raised.value.parameters["column"] == column.strip().casefold()


@pytest.mark.parametrize(
    "body", [b"", b"a,b\n1,2\n", b"street,lon,lat\nx,1,2\n", b"building,lon,lat\n" + b"9" * 200_000, b"\0"]
)
def test_a_file_without_the_columns_is_refused(editor: Connection, settings: Settings, body: bytes) -> None:
    with pytest.raises(InvalidInput) as raised:
        tag_import.import_tags(editor, settings.city, body, WHO)
    assert raised.value.code == (
        "list.encoding" if body == b"\0" else "list.unreadable" if len(body) > 100_000 else "tags.columns"
    )
