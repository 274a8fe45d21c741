"""What people say to the rating by the page's routes: who may, what is refused, that two people do it."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine, text

from geo.rating import versions
from tests.geo.rating.test_assignments import ASSIGNABLE, read
from tests.support import rating_town as town
from tests.support.connected import engine_as
from tests.support.web import Server

owner = engine_as("owner")
API = "/api/v1/rating/assignments"
OBJECTIONS = "/api/v1/rating/objections"
BODY = {"manager": "m5", "indicator": "returned", "since": "2026-01", "weight": 30, "reason": "theirs"}


@pytest.fixture
def rated(server: Server, owner: Engine) -> Server:
    with owner.begin() as connection:
        town.build(connection)
        versions.adopt(connection, server.settings.city, read(ASSIGNABLE), "aigerim")
    return server


def test_one_person_proposes_and_another_answers(rated: Server, owner: Engine) -> None:
    with rated.client("executive") as client:
        made = client.post(API, json=BODY | {"plan": 0.05})
        assert made.status_code == 200, made.text
        number = made.json()["number"]
        own = client.post(f"{API}/{number}/accept", json={"reason": "yes"})
        assert (own.status_code, own.json()["error"]) == (409, "rating.own_assignment")
    with rated.client("administrator") as client:
        assert client.post(f"{API}/{number}/accept", json={"reason": "agreed"}).status_code == 200
        again = client.post(f"{API}/{number}/return", json={"reason": "no"})
        assert (again.status_code, again.json()["error"]) == (409, "rating.answered")
        assert client.post(f"{API}/{number + 1}/return", json={"reason": "no"}).status_code == 404
    with owner.connect() as connection:
        row = connection.execute(text("select * from rating_assignment")).one()
        answer = connection.execute(text("select * from rating_assignment_answer")).one()
    assert (row.weight, row.plan, row.proposed_by, row.reason) == (30, 0.05, "executive", "theirs")
    assert (answer.accepted, answer.decided_by, answer.answer) == (True, "administrator", "agreed")


def test_what_is_wrong_is_named(rated: Server) -> None:
    with rated.client("executive") as client:
        for key, value, error in (
            ("since", "2026-13", "rating.month"),
            ("since", "2199-12", "rating.too_far"),
            ("weight", 5, "rating.assigned_weight"),
            ("weight", "much", "rating.body"),
            ("reason", " ", "rating.reason"),
            ("indicator", "on_time", "rating.not_assignable"),
            ("manager", "nobody", "rating.manager"),
        ):
            refused = client.post(API, json=BODY | {key: value})
            assert refused.status_code in (400, 404) and refused.json()["error"] == error, refused.text


def test_who_may_not_is_refused_and_nobody_changes_a_step(rated: Server, owner: Engine) -> None:
    for role in ("auditor", "duty"):
        with rated.client(role) as client:
            assert client.post(API, json=BODY).status_code == 403
            assert client.post(f"{API}/1/accept", json={"reason": "yes"}).status_code == 403
    with owner.connect() as connection:
        granted = connection.execute(
            text("""select distinct privilege_type from information_schema.role_table_grants
                where table_name in ('rating_assignment', 'rating_assignment_answer')
                and grantee like any(array['%editor', '%accounts', '%reader', '%web'])""")
        )
        assert {row.privilege_type for row in granted} == {"SELECT", "INSERT"}


def test_one_person_objects_and_another_decides(rated: Server, owner: Engine) -> None:
    with owner.connect() as connection:
        case = connection.execute(
            text("select min(source_id) from incident where performer_id = 5")
        ).scalar_one()
        performer = connection.execute(text("select min(key) from performer")).scalar_one()
    body = {"manager": "m5", "month": "2026-01", "case": case, "reason": "not theirs"}
    with rated.client("executive") as client:
        made = client.post(OBJECTIONS, json=body)
        assert made.status_code == 200, made.text
        number = made.json()["number"]
        own = client.post(f"{OBJECTIONS}/{number}/accept", json={"reason": "yes"})
        assert (own.status_code, own.json()["error"]) == (409, "rating.own_objection")
        for key, value, error in (
            ("month", "2025-07", "rating.other_month"),
            ("case", "none such", "rating.incident"),
            ("manager", "nobody", "rating.manager"),
            ("reason", "", "rating.reason"),
        ):
            refused = client.post(OBJECTIONS, json=body | {key: value})
            assert refused.status_code in (400, 404) and refused.json()["error"] == error, refused.text
    with rated.client("administrator") as client:
        decision = {"reason": "so it is", "performer": performer}
        unknown = client.post(f"{OBJECTIONS}/{number}/accept", json=decision | {"performer": "nobody"})
        assert (unknown.status_code, unknown.json()["error"]) == (404, "rating.performer")
        assert client.post(f"{OBJECTIONS}/{number}/accept", json=decision).status_code == 200
        again = client.post(f"{OBJECTIONS}/{number}/reject", json=decision)
        assert (again.status_code, again.json()["error"]) == (409, "rating.decided")
    with rated.client("auditor") as client:
        assert client.post(OBJECTIONS, json=body).status_code == 403
        assert client.post(f"{OBJECTIONS}/{number}/accept", json=decision).status_code == 403
    with owner.connect() as connection:
        row = connection.execute(text("select * from rating_objection")).one()
    assert (row.accepted, row.performer, row.decided_by) == (True, performer, "administrator")


@pytest.mark.parametrize(
    "month", ["0000-01", "0001-01", "9999-12", "9999-11", "\u0662\u0660\u0662\u0666-01", "2026-13"]
)
def test_what_is_no_month_of_these_years_is_refused_wherever_a_month_is_read(
    rated: Server, month: str
) -> None:
    objection = {"manager": "m5", "month": month, "case": "5-1", "reason": "not theirs"}
    with rated.client("administrator") as client:
        for answer in (
            client.post(API, json=BODY | {"since": month}),
            client.post(OBJECTIONS, json=objection),
            client.get(f"/api/v1/rating/{month}.csv"),
            client.get(f"/api/v1/rating/{month}.pdf"),
            client.post(f"/api/v1/rating/{month}/verify", json={}),
        ):
            assert (answer.status_code, answer.json()["error"]) == (400, "rating.month"), answer.text


def test_a_month_that_has_not_begun_has_no_papers(rated: Server) -> None:
    month = f"{rated.settings.city.today().year + 1}-12"
    with rated.client("administrator") as client:
        for form in ("csv", "pdf"):
            answer = client.get(f"/api/v1/rating/{month}.{form}")
            assert (answer.status_code, answer.json()["error"]) == (404, "rating.not_begun"), answer.text
