"""What leaves a trace in the audit: every route and command has its place in one table, every act that the
table names is recorded by code, and a database that refuses what leaves none takes what people do."""

from __future__ import annotations

import ast
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute
from sqlalchemy import Engine, text

from dashboard import cli, jobs, pages, words
from dashboard.app import create_dash
from dashboard.security.recorded import STRANGERS, Refusals
from dashboard.server import create_app
from geo.accounts.users import add_user
from geo.audit.acts import ACTS
from geo.audit.callers import Caller, caller
from geo.city import modes
from geo.database import connect_engine
from geo.errors import Unauthenticated
from geo.incidents.cases.verbs import VERBS
from geo.incidents.mass_events.commands import EVENT_VERBS
from geo.settings import Settings
from tests.support import traces
from tests.support.connected import engine_as
from tests.support.killable import eventually
from tests.support.web import Server

ROOT = Path(__file__).parents[2]
PASSWORD = "a long enough password"
web, accounts = engine_as("web"), engine_as("accounts")


def test_every_route_that_is_no_get_has_its_place_in_the_table(settings: Settings) -> None:
    app = create_app(settings)
    routers = [getattr(route, "original_router", None) for route in app.routes]
    routes = [
        *app.routes,
        *(route for router in routers if isinstance(router, APIRouter) for route in router.routes),
    ]
    found = {
        f"{method} {route.path}"
        for route in routes
        if isinstance(route, APIRoute)
        for method in route.methods
    }
    ours = {route for route in found if not route.startswith(("GET", "HEAD")) and "/_dash" not in route}
    written = {route for route in traces.ROUTES if not route.startswith("GET")}
    assert ours == written
    assert {route for route in traces.ROUTES if route.startswith("GET")} <= found


def test_every_command_and_job_has_its_place_in_the_table() -> None:
    assert set(traces.COMMANDS) == set(cli.COMMANDS)
    assert set(traces.JOBS) == {job.key for job in (*jobs.JOBS, jobs.HEAD)}


def test_the_callbacks_of_the_table_are_callbacks() -> None:
    app, _ = create_dash(FastAPI())
    outputs = {name.strip(".").split("...")[0] for name in app.callback_map}
    assert set(traces.CALLBACKS) <= outputs
    assert pages.PAGES


def recorded() -> Iterator[tuple[str, set[str], str]]:
    """(act, parameters, where) of every call that records one; a call that hands on what it was given is
    left to who gives it."""
    for top in ("geo", "etl", "layers", "dashboard"):
        for path in sorted((ROOT / top).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if not isinstance(node, ast.Call):
                    continue
                name = getattr(node.func, "id", getattr(node.func, "attr", ""))
                index = {"record_audit": 2, "record": 0, "_record": 1, "_announce": 3, "_end_turn": 4}.get(
                    name
                )
                if index is None or len(node.args) <= index:
                    continue
                code = node.args[index]
                codes = (
                    [code.value]
                    if isinstance(code, ast.Constant)
                    else [branch.value for branch in (code.body, code.orelse)]
                    if isinstance(code, ast.IfExp)
                    else []
                )
                for value in codes:
                    if isinstance(value, str) and value in ACTS:
                        given = {keyword.arg for keyword in node.keywords if keyword.arg}
                        yield value, given, f"{path.relative_to(ROOT)}:{node.lineno}"


def test_every_act_is_recorded_by_code_and_named_by_the_table() -> None:
    calls = list(recorded())
    of_verbs = {
        f"incident.{verb}" for verb in (*VERBS, "undo", "attach", "group", "ungroup", "answer", "follow")
    }
    of_verbs |= {f"mass.{verb}" for verb in (*EVENT_VERBS, "confirm", "undo")}
    of_verbs |= {f"alarm.{verb}" for verb in ("acknowledge", "shelve", "unshelve", "clear")}
    of_verbs |= {f"prevention.{how}" for how in ("done", "dropped")}
    of_verbs |= {"signed_in"}  # by the database's open_session
    assert {code for code, _, _ in calls} | of_verbs == set(ACTS)
    assert traces.acts() == set(ACTS)
    unknown = [(where, given - ACTS[code].parameters) for code, given, where in calls]
    assert [one for one in unknown if one[1]] == []


def acts_of(engine: Engine, after: int = 0) -> list[tuple[str, str, str, str | None]]:
    with engine.connect() as connection:
        return [
            tuple(row)
            for row in connection.execute(
                text("select who, caller_type, what, page from audit where id > :after order by id"),
                {"after": after},
            )
        ]


def test_what_leaves_no_trace_is_refused_by_the_database_of_the_tests(
    settings: Settings, accounts: Engine
) -> None:
    with pytest.raises(Exception, match="leaves no trace"), accounts.begin() as connection:
        connection.execute(text("insert into app_user (name, role) values ('x', 'duty')"))


def test_a_person_who_comes_in_changes_the_mode_and_leaves_is_known_at_each_step(
    settings: Settings, accounts: Engine, web: Engine
) -> None:
    add_user(accounts, "anna", "duty", PASSWORD)
    server = Server(settings)
    try:
        with httpx.Client(base_url=server.url, headers=ours(server)) as client:
            assert client.post("/sign-in", data={"name": "anna", "password": "wrong"}).status_code == 401
            assert client.post("/sign-in", data={"name": "nobody", "password": "wrong"}).status_code == 401
            assert client.post("/sign-in", data={"name": "anna", "password": PASSWORD}).status_code == 303
            assert client.post("/language", data={"language": "kk"}).status_code == 204
            for _ in range(3):
                assert client.get("/metrics").status_code == 403
            assert client.post("/sign-out").status_code == 303
    finally:
        server.close()
    found = acts_of(web)
    assert found == [
        ("command", "process", "user.added", None),
        ("anna", "stranger", "sign_in.failed", "/sign-in"),
        ("unknown", "stranger", "sign_in.failed", "/sign-in"),
        ("anna", "person", "signed_in", "/sign-in"),
        ("anna", "person", "user.language", "/language"),
        ("anna", "person", "refused", "/metrics"),
        ("anna", "person", "signed_out", "/sign-out"),
        ("anna", "person", "refused", "/metrics"),
    ], "the refusals that came again are counted together when the server ends"
    with web.connect() as connection:
        rows = connection.execute(
            text("select parameters, origin, request_id from audit where what = 'refused' order by id")
        ).all()
    assert [row.parameters["times"] for row in rows] == [1, 2]
    assert rows[0].parameters | {"times": 0} == {
        "code": "door.forbidden",
        "permission": "metrics.read",
        "method": "GET",
        "times": 0,
    }
    assert (rows[0].origin, len(rows[0].request_id)) == ("127.0.0.1", 16)


def ours(server: Server) -> dict[str, str]:
    return {"Sec-Fetch-Site": "same-origin", "Origin": server.url}


def test_strangers_who_are_refused_by_thousands_leave_a_few_rows(settings: Settings, web: Engine) -> None:
    refusals, before = Refusals(window_s=3600), caller.get()
    for n in range(1000):
        caller.set(Caller("stranger", f"10.0.{n // 250}.{n % 250}", "/wall/operations", str(n)))
        refusals.note(web, None, Unauthenticated("door.screen_revoked"), "GET")
    caller.set(before)
    refusals.flush(web)
    with web.connect() as connection:
        rows, times = connection.execute(
            text("select count(*), sum((parameters ->> 'times')::int) from audit where what = 'refused'")
        ).one()
    assert (rows, times) == (STRANGERS + 2, 1000)


def test_a_switch_of_the_mode_is_recorded_with_it(settings: Settings, web: Engine) -> None:
    modes.set_mode(web, settings.city.region, "drill", "anna")
    assert [(who, what) for who, _, what, _ in acts_of(web)] == [("anna", "mode.set")]


@pytest.mark.parametrize("lang", ["kk", "ru", "en"])
def test_every_act_and_every_parameter_of_one_has_its_words(lang: str) -> None:
    entries = words.catalogue(lang).entries
    names = {name for act in ACTS.values() for name in act.parameters}
    keys = [f"audit.act.{code}" for code in ACTS] + [f"audit.parameter.{name}" for name in names]
    assert [key for key in keys if key not in entries] == []


def test_a_look_at_a_card_of_the_police_is_recorded_and_one_at_a_pothole_is_not(
    demo_server: Server, demo_settings: Settings
) -> None:
    reader, web = (connect_engine(demo_settings, role) for role in ("reader", "web"))
    with reader.connect() as connection:
        found = connection.execute(text("select kind, max(id) as id from incident group by kind"))
        ids = {row.kind: row.id for row in found}
    with demo_server.client("duty") as client:
        for kind in ("service", "police", "offence"):
            call = {
                "output": "duty-card.children",
                "outputs": {"id": "duty-card", "property": "children"},
                "changedPropIds": ["duty-chosen.data"],
                "inputs": [
                    {"id": "duty-chosen", "property": "data", "value": ids[kind]},
                    {"id": "duty-card-pulse", "property": "data"},
                ],
                "state": [{"id": "address", "property": "search", "value": ""}],
            }
            assert "duty-card-kind" in client.post("/_dash-update-component", json=call).text
    with web.connect() as connection:
        looks = connection.execute(
            text("""select who, caller_type, parameters ->> 'kind', (parameters ->> 'incident')::bigint
                from audit where what = 'incident.seen' and (parameters ->> 'incident')::bigint = any(:ids)
                order by id"""),
            {"ids": list(ids.values())},
        ).all()
    for engine in (reader, web):
        engine.dispose()
    assert looks == [("duty", "person", kind, ids[kind]) for kind in ("police", "offence")]


def test_a_refusal_that_the_database_did_not_take_is_written_later(settings: Settings, web: Engine) -> None:
    away = connect_engine(
        replace(settings, database_url="postgresql+psycopg2://x@/x?host=/nowhere", own_database=False), "web"
    )
    refusals = Refusals()
    for _ in range(3):
        refusals.note(away, None, Unauthenticated("door.screen_revoked"), "GET")
    refusals.flush(away)
    refusals.flush(web)
    refusals.flush(web)
    with web.connect() as connection:
        written = connection.execute(text("select what, (parameters ->> 'times')::int from audit")).all()
    assert written == [("refused", 3)]
    away.dispose()


def test_refusals_that_were_counted_are_written_when_their_time_is_over(
    settings: Settings, web: Engine
) -> None:
    def times() -> int:
        with web.connect() as connection:
            return connection.scalar(text("select sum((parameters ->> 'times')::int) from audit")) or 0

    refusals, stop = Refusals(window_s=0.05), threading.Event()
    writing = threading.Thread(target=refusals.write_for_ever, args=(web, stop))
    writing.start()
    for _ in range(3):
        refusals.note(web, None, Unauthenticated("door.screen_revoked"), "GET")
    eventually(lambda: times() == 3)
    stop.set()
    writing.join()
