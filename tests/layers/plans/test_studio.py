"""Plans as the studio reads them: the whole, a part of it, the houses, the list."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import Connection, text

from geo.errors import InvalidInput
from geo.settings import Settings
from layers.plans.studio import ASSIGNED, BUILDINGS, WHOLE, bound, ids, read_part, read_plans, read_sources
from tests.support.connected import connection_as

reader = connection_as("reader", of="demo_settings", scope="module")


@pytest.fixture(scope="module")
def plan(reader: Connection) -> int:
    return reader.execute(text("select id from plan")).scalar_one()


@pytest.fixture(scope="module")
def whole(reader: Connection, demo_settings: Settings, plan: int) -> dict:
    return json.loads(reader.execute(text(WHOLE), bound(demo_settings.city, plan)).scalar_one())


def test_the_whole_plan_has_every_node_edge_and_precinct(reader: Connection, whole: dict, plan: int) -> None:
    counts = reader.execute(
        text("""select (select count(*) from node where plan_id = :plan), (select count(*) from edge
            where plan_id = :plan),
        (select count(*) from precinct where plan_id = :plan)"""),
        {"plan": plan},
    ).one()
    assert tuple(counts) == (len(whole["nodes"]), len(whole["edges"]), len(whole["precincts"]))
    points = {node: point for node, _, point in whole["nodes"]}
    assert all(
        line[0] == points[start] and line[-1] == points[end]
        for _, _, start, end, _, _, line in whole["edges"]
    )


def test_a_part_is_what_the_whole_says_of_those_precincts(
    reader: Connection, demo_settings: Settings, whole: dict, plan: int
) -> None:
    wanted = [precinct["id"] for precinct in whole["precincts"][:2]]
    part = read_part(reader, demo_settings.city, plan, wanted)
    edges = [edge for edge in whole["edges"] if {edge[4], edge[5]} & set(wanted)]
    assert sorted(part["edges"]) == sorted(edges)
    assert part["precincts"] == whole["precincts"][:2]
    assert {node[0] for node in part["nodes"]} == {edge[which] for edge in edges for which in (2, 3)}


def test_a_corner_comes_back_to_its_millimetre(
    reader: Connection, demo_settings: Settings, whole: dict, plan: int
) -> None:
    _, _, [lon, lat] = whole["nodes"][0]
    off_m = reader.execute(
        text("""select st_distance(point, st_setsrid(st_transform(st_setsrid(st_makepoint(:lon, :lat), 4326),
            :srid), 0)) from node
        where plan_id = :plan and id = :node"""),
        bound(demo_settings.city, plan, lon=lon, lat=lat, node=whole["nodes"][0][0]),
    ).scalar_one()
    assert off_m < 0.0005


def test_houses_come_with_their_precinct_and_street(
    reader: Connection, demo_settings: Settings, whole: dict, plan: int
) -> None:
    listed = json.loads(reader.execute(text(BUILDINGS), bound(demo_settings.city, plan)).scalar_one())
    voters: dict[int, int] = {}
    for _, _, _, n, precinct, source, street, _ in listed["buildings"]:
        voters[precinct] = voters.get(precinct, 0) + n
        assert source == 0 and 0 <= street < len(listed["streets"])
    assert all(
        voters[precinct["id"]] == precinct["voters"]
        for precinct in whole["precincts"]
        if precinct["buildings"]
    )
    first = whole["precincts"][0]["id"]
    assigned = json.loads(
        reader.execute(text(ASSIGNED), bound(demo_settings.city, plan, precincts=[first])).scalar_one()
    )["assigned"]
    assert sorted(building for building, _, _ in assigned) == sorted(
        row[0] for row in listed["buildings"] if row[4] == first
    )
    assert read_sources(reader, demo_settings.city, plan, [assigned[0][0]]) == [[assigned[0][0], 0]]


def test_the_list_says_which_plan_is_in_force_and_what_is_over_the_cap(
    reader: Connection, demo_settings: Settings, whole: dict
) -> None:
    [row] = read_plans(reader.engine, demo_settings.city)
    assert row["in_force"] and row["state"] == "published" and row["precincts"] == len(whole["precincts"])
    assert row["over"] == sum(
        precinct["voters"] > demo_settings.city.precincts.cap for precinct in whole["precincts"]
    )


@pytest.mark.parametrize("numbers", ["", "a", "1,-2", ",".join("1" * 201)])
def test_a_part_is_named_by_numbers(numbers: str) -> None:
    with pytest.raises(InvalidInput, match="plan.precincts"):
        ids(numbers)
