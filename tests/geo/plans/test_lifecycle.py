"""The life of a plan: checked, agreed, approved by another person, published, frozen; what the checks
find; and what a comparison tells."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Connection, text

from geo.errors import Conflict, Forbidden, IkomekError, InvalidInput, NotFound
from geo.plans import deletion
from geo.plans.checks import check
from geo.plans.compare import compare, moved_buildings
from geo.plans.editing.draft import Author
from geo.plans.editing.operations import assign, merge, split
from geo.plans.lifecycle import advance, draft_from, plan, plans, withdraw
from geo.plans.model import plan_in_force
from geo.plans.overlap import succession
from geo.plans.presence import present, seen
from geo.plans.reassign import reassign_all
from geo.plans.undo import undo
from geo.settings import City, Settings
from tests.support.first_comer import assert_first
from tests.support.plan_town import lon_lat

DAY = date(2026, 1, 15)


@pytest.fixture
def city(settings: Settings) -> City:
    return settings.city


def found(connection: Connection, city: City, draft: int) -> dict[str, int]:
    return {one.key: one.count for one in check(connection, city, draft)}


def approved(connection: Connection, city: City, draft: int) -> None:
    for state in ("checked", "agreed", "approved"):
        advance(connection, city, draft, state, "akim", document="No. 1", day=DAY)


def test_a_plan_goes_from_draft_to_published(connection: Connection, city: City, draft: int) -> None:
    old, tomorrow = plan_in_force(connection, city), city.today() + timedelta(days=1)
    advance(connection, city, draft, "checked", "aigerim")
    advance(connection, city, draft, "agreed", "aigerim", document="Protocol 12", day=DAY)
    advance(connection, city, draft, "approved", "akim", document="Decision 3", day=DAY)
    now = advance(connection, city, draft, "published", "akim", in_force_from=tomorrow)
    assert [(step["state"], step["who"], step["document"]) for step in now["steps"]] == [
        ("drafted", "aigerim", None),
        ("checked", "aigerim", None),
        ("agreed", "aigerim", "Protocol 12"),
        ("approved", "akim", "Decision 3"),
        ("published", "akim", None),
    ]
    assert (now["state"], now["in_force_from"], plan_in_force(connection, city)) == (
        "published",
        tomorrow,
        old,
    )
    assert plan_in_force(connection, city, tomorrow) == draft
    with pytest.raises(Conflict) as refused:
        merge(Author(connection, city, draft, "aigerim"), 1, 2)
    assert refused.value.code == "plan.frozen"


def elsewhere(city: City) -> City:
    """The same city where it is another day than in UTC: 14 hours before it, or 12 behind."""
    return replace(city, time_zone=ZoneInfo("Etc/GMT-14" if datetime.now(UTC).hour >= 12 else "Etc/GMT+12"))


def test_a_plan_is_in_force_by_the_day_of_the_city(connection: Connection, city: City, draft: int) -> None:
    there, in_utc = elsewhere(city), datetime.now(UTC).date()
    assert there.today() != in_utc
    old = plan_in_force(connection, city)
    first, second = sorted((there.today(), in_utc))
    connection.execute(
        text("update plan set state = 'published', in_force_from = :day where id = :plan"),
        {"day": second, "plan": draft},
    )
    assert plan_in_force(connection, there) == (draft if there.today() == second else old)
    assert plan_in_force(connection, there, first) == old


@pytest.mark.parametrize("to", ["agreed", "approved"])
def test_a_document_dated_after_the_day_of_the_city_is_refused(
    connection: Connection, city: City, draft: int, to: str
) -> None:
    """A day that has come elsewhere has not come here."""
    there = elsewhere(city)
    for state in ("checked", "agreed")[: 1 if to == "agreed" else 2]:
        advance(connection, there, draft, state, "akim", document="No. 1", day=DAY)
    with pytest.raises(InvalidInput) as refused:
        advance(connection, there, draft, to, "akim", document="No. 2", day=there.today() + timedelta(days=1))
    assert refused.value.code == "plan.document_day"
    assert refused.value.parameters["today"] == there.today().isoformat()
    assert advance(connection, there, draft, to, "akim", document="No. 2", day=there.today())["state"] == to


@pytest.mark.parametrize("to", ["approved", "published"])
def test_no_plan_comes_into_force_in_the_past(
    connection: Connection, city: City, draft: int, to: str
) -> None:
    there = elsewhere(city)
    for state in ("checked", "agreed", "approved")[: 2 if to == "approved" else 3]:
        advance(connection, there, draft, state, "akim", document="No. 1", day=DAY)
    papers = {"document": "No. 2", "day": DAY} if to == "approved" else {}
    with pytest.raises(InvalidInput) as refused:
        advance(
            connection, there, draft, to, "akim", in_force_from=there.today() - timedelta(days=1), **papers
        )
    assert (
        refused.value.code == "plan.day_past"
        and refused.value.parameters["today"] == there.today().isoformat()
    )
    assert (
        advance(connection, there, draft, to, "akim", in_force_from=there.today(), **papers)["in_force_from"]
        == there.today()
    )


def test_a_day_that_a_newer_plan_has_is_refused(connection: Connection, city: City, draft: int) -> None:
    newer = draft_from(connection, city, draft, "newer", "aigerim")
    day = city.today() + timedelta(days=40)
    for plan_id in (newer, draft):
        approved(connection, city, plan_id)
    advance(connection, city, newer, "published", "akim", in_force_from=day)
    with pytest.raises(Conflict) as refused:
        advance(connection, city, draft, "published", "akim", in_force_from=day)
    assert (refused.value.code, refused.value.parameters["name"]) == ("plan.day_taken", "newer")
    advance(connection, city, draft, "published", "akim", in_force_from=day - timedelta(days=1))


def test_a_published_plan_is_withdrawn_until_its_day(connection: Connection, city: City, draft: int) -> None:
    approved(connection, city, draft)
    with pytest.raises(Conflict) as early:
        withdraw(connection, city, draft, "akim", "a court said so")
    assert early.value.code == "plan.not_published"
    advance(connection, city, draft, "published", "akim", in_force_from=city.today() + timedelta(days=3))
    with pytest.raises(InvalidInput) as silent:
        withdraw(connection, city, draft, "akim", " ")
    assert silent.value.code == "plan.reason"
    now = withdraw(connection, city, draft, "akim", "a court said so")
    assert (now["state"], now["in_force_from"]) == ("draft", None)
    assert [(step["state"], step["document"]) for step in now["steps"]][-1] == (
        "withdrawn",
        "a court said so",
    )
    merge(Author(connection, city, draft, "aigerim"), 1, 2)
    approved(connection, city, draft)
    advance(connection, city, draft, "published", "akim", in_force_from=city.today())
    with pytest.raises(Conflict) as late:
        withdraw(connection, city, draft, "akim", "too late")
    assert late.value.code == "plan.in_force"


def test_who_edited_a_plan_does_not_approve_it(connection: Connection, city: City, draft: int) -> None:
    merge(Author(connection, city, draft, "daniyar"), 1, 2)
    advance(connection, city, draft, "checked", "aigerim")
    advance(connection, city, draft, "agreed", "aigerim", document="Protocol 12", day=DAY)
    for who in ("daniyar", "aigerim"):
        with pytest.raises(Forbidden) as refused:
            advance(connection, city, draft, "approved", who, document="Decision 3", day=DAY)
        assert refused.value.code == "plan.four_eyes"


@pytest.mark.parametrize(
    ("states", "to", "given", "error", "code"),
    [
        ([], "approved", {}, Conflict, "plan.state"),
        (["checked"], "agreed", {}, InvalidInput, "plan.document"),
        (["checked", "agreed", "approved"], "published", {}, InvalidInput, "plan.day"),
        (["checked", "agreed", "approved"], "draft", {}, Conflict, "plan.state"),
    ],
)
def test_a_step_needs_its_turn_and_its_papers(
    connection: Connection,
    city: City,
    draft: int,
    states: list[str],
    to: str,
    given: dict,
    error: type[IkomekError],
    code: str,
) -> None:
    for state in states:
        advance(connection, city, draft, state, "akim", document="No. 1", day=DAY)
    with pytest.raises(error) as refused:
        advance(connection, city, draft, to, "akim", **given)
    assert refused.value.code == code
    if code == "plan.state":
        assert_first(refused, code, "akim" if states else refused.value.parameters["who"])


def test_an_edit_makes_a_checked_plan_a_draft_again(connection: Connection, city: City, draft: int) -> None:
    advance(connection, city, draft, "checked", "aigerim")
    merge(Author(connection, city, draft, "aigerim"), 1, 2)
    assert plan(connection, city, draft)["state"] == "draft"


def test_an_agreed_plan_is_opened_again_before_it_changes(
    connection: Connection, city: City, draft: int
) -> None:
    advance(connection, city, draft, "checked", "aigerim")
    advance(connection, city, draft, "agreed", "aigerim", document="Protocol 12", day=DAY)
    with pytest.raises(Conflict):
        merge(Author(connection, city, draft, "aigerim"), 1, 2)
    connection.rollback()
    advance(connection, city, draft, "checked", "aigerim")
    advance(connection, city, draft, "draft", "aigerim")
    merge(Author(connection, city, draft, "aigerim"), 1, 2)


def test_a_draft_is_deleted_whole(connection: Connection, city: City, draft: int) -> None:
    columns = connection.execute(
        text("""select c.table_name from information_schema.columns c
            join information_schema.tables t using (table_schema, table_name)
        where c.table_schema = 'public' and c.column_name = 'plan_id' and t.table_type = 'BASE TABLE'""")
    ).scalars()
    assert set(columns) == set(deletion.TABLES)
    deletion.delete(connection, city, draft, "aigerim")
    assert all(
        not connection.scalar(text(f"select count(*) from {table} where plan_id = {draft}"))
        for table in deletion.TABLES
    )
    assert connection.scalar(
        text("select parameters->>'plan' from audit where what = 'plan.deleted'")
    ) == str(draft)
    with pytest.raises(NotFound, match="plan.unknown"):
        deletion.delete(connection, city, draft, "aigerim")


def test_a_plan_that_was_decided_on_is_never_deleted(connection: Connection, city: City, draft: int) -> None:
    in_force = connection.scalar(text("select source_plan_id from plan where id = :id"), {"id": draft})
    with pytest.raises(Conflict, match="plan.kept"):
        deletion.delete(connection, city, in_force, "aigerim")


def test_every_plan_is_listed_newest_first(connection: Connection, city: City, draft: int) -> None:
    merge(Author(connection, city, draft, "aigerim"), 1, 2)
    assert [(one["id"], one["state"], one["version"], one["source"]) for one in plans(connection, city)] == [
        (draft, "draft", 2, 1),
        (1, "published", 1, None),
    ]


def test_a_draft_needs_a_name_and_a_source(connection: Connection, city: City, draft: int) -> None:
    with pytest.raises(InvalidInput):
        draft_from(connection, city, draft, "  ", "aigerim")
    with pytest.raises(NotFound):
        draft_from(connection, city, 999, "of nothing", "aigerim")


def test_a_sound_plan_has_no_errors(connection: Connection, city: City, draft: int) -> None:
    assert {
        one.key: one.count for one in check(connection, city, draft) if one.level == "error"
    } == dict.fromkeys(("gaps", "overlaps", "no_precinct", "wrong_side", "over_cap", "no_station"), 0)


def test_a_house_on_the_wrong_side_keeps_a_plan_from_being_checked(
    connection: Connection, city: City, draft: int
) -> None:
    house = connection.execute(
        text(
            "select building_id from assignment where plan_id = :plan and precinct_id = 1 order by 1 limit 1"
        ),
        {"plan": draft},
    ).scalar_one()
    assign(Author(connection, city, draft, "aigerim"), [house], 6)
    assert found(connection, city, draft)["wrong_side"] == 1
    with pytest.raises(Conflict) as refused:
        advance(connection, city, draft, "checked", "aigerim")
    assert (refused.value.code, refused.value.parameters["checks"]) == (
        "plan.checks_block",
        {"wrong_side": 1},
    )


@pytest.mark.parametrize(
    ("statement", "key", "count"),
    [
        ("update building set voters = 4000 where id = (select min(id) from building)", "over_cap", 2),
        (
            "update building set voters = case when id = (select min(id) from building) then 2800 else 0 end",
            "over_warning",
            2,
        ),
        (
            "delete from assignment where building_id in (select id from building order by id limit 3)",
            "no_precinct",
            3,
        ),
        (
            "update building set point_4326 = null where id = 1; delete from assignment where "
            "building_id = 1",
            "untagged",
            1,
        ),
        ("update precinct set geom = st_multi(st_buffer(geom, -1)) where number = 2", "gaps", 0),
        ("update precinct set geom = st_multi(st_translate(geom, 5, 0)) where number = 1", "overlaps", 3),
        ("delete from precinct where number = 5", "wrong_side", 16),
        (
            "update precinct set geom = st_multi(st_union(geom, st_translate(geom, 0, 5000))) "
            "where number = 6",
            "several_parts",
            2,
        ),
        (
            "insert into station (region, id, name_kk, name_ru, point_4326) values ('71', 100, 's',"
            " 's', st_setsrid(st_makepoint(71.4, 51.1), 4326)); update precinct set station_id = "
            "100",
            "station_outside",
            12,
        ),
        ("update station set building_id = 7 where id in (1, 2)", "shared_station", 2),
        ("update precinct set station_id = null where number in (1, 4)", "no_station", 2),
        ("update assignment set precinct_id = 6 where building_id = 3", "street_split", 1),
    ],
)
def test_each_check_finds_what_is_wrong(
    connection: Connection, city: City, draft: int, statement: str, key: str, count: int
) -> None:
    """Rows put wrong behind the commands' back, in both plans; counted in the draft."""
    connection.execute(text(statement))
    assert found(connection, city, draft)[key] == (
        count // 2 if key in ("over_cap", "over_warning", "several_parts", "station_outside") else count
    )


def test_a_precinct_in_two_districts_is_found(connection: Connection, city: City, draft: int) -> None:
    connection.execute(
        text("""insert into district (region, key, name_kk, name_ru, name_en, valid_from, geom_4326,
            geom_3857)
        select '71', 'd' || side, 'd', 'd', 'd', '2020-01-01', st_transform(g, 4326), st_transform(g, 3857)
            from (select side,
            st_multi(st_setsrid(st_makeenvelope(669000 + side * 1600, 5659000, 670600 + side * 1600, 5662000),
                32642)) g from generate_series(0, 1) side) s""")
    )
    assert found(connection, city, draft)["across_districts"] == 2


def test_a_comparison_tells_who_moves_and_whom_to_notify(
    connection: Connection, city: City, draft: int
) -> None:
    edited = split(Author(connection, city, draft, "aigerim"), 2, lon_lat((500, -30), (500, 430)), number=9)
    compared = compare(connection, city, draft)
    voters = next(row["voters"] for row in edited.precincts if row["number"] == 9)
    assert (compared.houses, compared.voters, compared.precincts) == (
        len(edited.moved),
        voters,
        [{"from": 2, "to": 9, "houses": len(edited.moved), "voters": voters}],
    )
    assert [(row["number"], row["before"] is None) for row in compared.numbers] == [(2, False), (9, True)]
    listed = list(moved_buildings(connection, city, draft))
    assert ({row["building"] for row in listed}, {row["to"] for row in listed}) == (
        {one["building"] for one in edited.moved},
        {9},
    )
    assert compare(connection, city, draft, draft).houses == 0
    assert {row["from"]: row["to"] for row in succession(connection, city, draft)} == {2: 2}
    assert succession(connection, city, draft, draft) == []
    with pytest.raises(NotFound):
        compare(connection, city, 999)


def test_all_buildings_follow_their_tags_but_those_set_by_hand(
    connection: Connection, city: City, draft: int
) -> None:
    first, second = connection.execute(text("select id from building order by id limit 2")).scalars().all()
    assign(Author(connection, city, draft, "aigerim"), [second], 4)
    connection.execute(
        text("update assignment set precinct_id = 6 where plan_id = :plan and building_id = :building"),
        {"plan": draft, "building": first},
    )
    edited = reassign_all(Author(connection, city, draft, "aigerim"))
    assert edited.moved == [{"building": first, "from": 6, "to": 1}]
    assert reassign_all(Author(connection, city, draft, "aigerim")) is None
    undo(Author(connection, city, draft, "aigerim"))


def test_people_who_edit_a_plan_see_each_other(connection: Connection, city: City, draft: int) -> None:
    connection.execute(text("delete from change"))
    seen(connection, city, draft, "aigerim", [1])
    seen(connection, city, draft, "aigerim", [1])
    seen(connection, city, draft, "daniyar")
    assert [(one["who"], one["precincts"]) for one in present(connection, city, draft)] == [
        ("aigerim", [1]),
        ("daniyar", []),
    ]
    assert connection.execute(
        text("select payload ->> 'who' from change where noun = 'presence' order by id")
    ).scalars().all() == ["aigerim", "daniyar"]
