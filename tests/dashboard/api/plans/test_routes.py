"""The routes of the studio: who may call them, what a wrong body and a refusal answer. What the commands
do is tested in `tests/geo`."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from geo.database import Engine, connect_engine
from geo.settings import Settings
from tests.support.plan_squares import import_squares
from tests.support.web import Server

COMMANDS = (
    "edits",
    "redraw",
    "give",
    "assign",
    "split",
    "merge",
    "propose",
    "accept",
    "preview",
    "balance",
    "accept-balance",
    "settle",
    "station",
    "describe",
    "found",
    "remove",
    "lock",
    "unlock",
    "advance",
    "withdraw",
    "holes",
)
READS = ("candidates?precinct=1", "checks", "doubts", "steps", "history", "presence")
EAST, NORTH = 668_500.0, 5_666_600.0


@pytest.fixture(scope="module")
def plan(shared_settings: Settings) -> int:
    """Two squares of 1 km, a draft."""
    owner: Engine = connect_engine(shared_settings, "owner")
    with owner.begin() as connection:
        made = import_squares(connection, shared_settings.city, corner=(EAST, NORTH), state="draft")
    owner.dispose()
    return made


def test_only_an_editor_may_command(shared_server: Server, plan: int) -> None:
    with shared_server.client("auditor") as auditor, shared_server.client("electoral_editor") as editor:
        for command in COMMANDS:
            assert auditor.post(f"/api/v1/plans/{plan}/{command}", json={}).status_code == 403, command
            assert editor.post(f"/api/v1/plans/{plan}/{command}", content=b"[").status_code == 400, command


def test_who_may_open_the_page_may_read(shared_server: Server, plan: int) -> None:
    with shared_server.client("auditor") as auditor, shared_server.client("duty") as duty:
        for read in READS:
            assert auditor.get(f"/api/v1/plans/{plan}/{read}").status_code == 200, read
            assert duty.get(f"/api/v1/plans/{plan}/{read}").status_code == 403, read
        walk = f"/api/v1/plans/{plan}/walk?precinct=1&building=999999"
        assert (auditor.get(walk).status_code, duty.get(walk).status_code) == (404, 403)


def test_a_plan_that_is_not_there_is_not_found(shared_server: Server) -> None:
    """Not an empty answer: a page that asks for the wrong plan would show it as sound."""
    with shared_server.client("electoral_editor") as editor:
        for read in (*READS, "compare", "text?number=1", "moved.csv"):
            assert editor.get(f"/api/v1/plans/99999/{read}").status_code == 404, read
        for read in (
            "topology.json",
            "buildings.json",
            "assigned.json?precincts=1",
            "topology.json?precincts=1",
        ):
            assert editor.get(f"/layers/plans/99999/{read}").status_code == 404, read
        for command, body in (
            ("presence", {}),
            ("settle", {"doubt": 1}),
            ("propose", {"precinct": 1}),
            ("balance", {"district": 1}),
            ("undo", {}),
            ("merge", {"keep": 1, "gone": 2}),
            ("preview", {"buildings": [1], "to": 1}),
        ):
            assert editor.post(f"/api/v1/plans/99999/{command}", json=body).status_code == 404, command


def test_a_number_that_no_column_holds_is_refused(shared_server: Server, plan: int) -> None:
    far = 2**65
    with shared_server.client("electoral_editor") as editor:
        for command, body in (
            ("presence", {"precincts": [far]}),
            ("settle", {"doubt": far}),
            ("merge", {"keep": far, "gone": 1}),
            ("give", {"buildings": [far], "to": 1}),
            ("assign", {"buildings": [1], "to": -far}),
            ("edits", {"changes": [{"edge": far, "version": 1, "corners": []}]}),
            ("split", {"precinct": 1, "line": [[71, 51], [72, 51]], "seen": {"1": far}}),
            ("propose", {"precinct": far}),
            ("balance", {"district": far}),
        ):
            refused = editor.post(f"/api/v1/plans/{plan}/{command}", json=body)
            assert (refused.status_code, refused.json().get("error")) == (400, "plan.edit_body"), command
        for read in (f"/api/v1/plans/{far}/checks", f"/api/v1/plans/{plan}/walk?precinct=1&building={far}"):
            refused = editor.get(read)
            assert (refused.status_code, refused.json().get("error")) == (400, "request.parameter"), read
        assert editor.get(f"/layers/plans/{far}/topology.json").status_code in (400, 404)


def test_a_place_outside_the_earth_and_a_key_that_no_change_has_are_refused(
    shared_server: Server, plan: int
) -> None:
    move = {"node": 1, "version": 1, "point": [71.4, 51.1]}
    line = {"edge": 1, "version": 1, "corners": [[71.4, 51.1]]}
    with shared_server.client("electoral_editor") as editor:
        for change in (
            move | {"point": [271.4, 51.1]},
            move | {"point": [71.4, "north"]},
            move | {"edge": 1},
            line | {"corners": [[71.4, 91.0]]},
            line | {"corners": [[71.4, 51.1]] * 10_001},
            line | {"colour": "red"},
        ):
            for command, body in (("edits", {"changes": [change]}), ("nearest", {"change": change})):
                refused = editor.post(f"/api/v1/plans/{plan}/{command}", json=body)
                assert (refused.status_code, refused.json()["error"]) == (400, "plan.edit_body"), change


def test_every_route_refuses_a_body_in_one_form(shared_server: Server, plan: int) -> None:
    """{"error", "message", "parameters"}: a sentence for a person, a code and its parameters for a script."""
    with shared_server.client() as admin:
        for path, code in (
            (f"/api/v1/plans/{plan}/give", "plan.edit_body"),
            ("/api/v1/buildings", "building.body"),
            ("/api/v1/buildings/1/decisions", "building.body"),
            ("/api/v1/wall/hold", "wall.asked"),
            ("/api/v1/wall/watch/reloaded", "wall.asked"),
        ):
            for body in (b"[", b'{"such": "key"}', b"\xff", b"[" * 1500):
                refused = admin.post(path, content=body)
                assert (refused.status_code, refused.json().get("error")) == (400, code), (path, body[:9])
                assert refused.json().keys() == {"error", "message", "parameters"}
                assert (
                    refused.json()["message"] and {"where", "reason"} <= refused.json()["parameters"].keys()
                )


def test_a_house_in_no_precinct_is_checked_by_its_address(
    shared_server: Server, shared_settings: Settings, plan: int
) -> None:
    owner = connect_engine(shared_settings, "owner")
    with owner.begin() as connection:
        connection.execute(
            text(
                "insert into building (region, source, source_id, street_ru, house, voters) values "
                "('71', 'test', 'far', 'Сыганак', '7А', 10)"
            )
        )
    owner.dispose()
    with shared_server.client("auditor") as auditor:
        found = auditor.get(f"/api/v1/plans/{plan}/checks").json()["checks"]
    assert [item["address"] for check in found if check["key"] == "untagged" for item in check["items"]] == [
        "Сыганак 7А"
    ]


def test_a_refusal_says_who_and_what_besides_the_sentence(shared_server: Server, plan: int) -> None:
    with shared_server.client("electoral_editor") as editor:
        [first, second] = [
            precinct["id"]
            for precinct in editor.get(f"/layers/plans/{plan}/topology.json").json()["precincts"]
        ]
        refused = editor.post(
            f"/api/v1/plans/{plan}/merge", json={"keep": first, "gone": second, "seen": {str(first): 99}}
        )
        assert refused.status_code == 409
        assert (
            refused.json()["error"] == "plan.stale"
            and refused.json()["message"]
            and refused.json()["parameters"]["who"] == "importer"
        )


def test_an_answer_carries_the_touched_part_of_the_plan(shared_server: Server, plan: int) -> None:
    with shared_server.client("electoral_editor") as editor:
        before = editor.get(f"/layers/plans/{plan}/topology.json").json()
        shared = next(edge for edge in before["edges"] if None not in edge[4:6])
        [west, south], [east, north] = shared[6][0], shared[6][-1]
        change = {
            "edge": shared[0],
            "version": shared[1],
            "corners": [[(west + east) / 2 - 0.002, (south + north) / 2]],
        }
        answer = editor.post(f"/api/v1/plans/{plan}/edits", json={"changes": [change]}).json()
        after = editor.get(f"/layers/plans/{plan}/topology.json").json()
    assert sorted(answer["part"]["edges"]) == sorted(after["edges"])
    assert answer["part"]["precincts"] == after["precincts"] and after["precincts"] != before["precincts"]
