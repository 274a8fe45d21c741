"""A note to a year by the page's route: who may write one, what is refused, and that the view shows it."""

from __future__ import annotations

from sqlalchemy import Engine, text

from tests.support.connected import engine_as
from tests.support.web import Server

owner = engine_as("owner")
API = "/api/v1/statistics/notes"
NOTE = {"subject": "police", "year": 2023, "ru": "другой учёт"}


def test_a_note_is_written_and_taken_away(server: Server, owner: Engine) -> None:
    with server.client("auditor") as client:
        made = client.post(API, json=NOTE)
        assert made.status_code == 200, made.text
    with owner.connect() as connection:
        row = connection.execute(text("select * from statistic_note")).one()
        assert (row.text_kk, row.text_en, row.written_by) == ("другой учёт", "другой учёт", "auditor")
        act = connection.execute(text("select who, what from audit where what = 'figure.noted'")).one()
    assert act.who == "auditor"
    with server.client("administrator") as client:
        assert client.post(API, json=NOTE | {"ru": " "}).status_code == 200
    with owner.connect() as connection:
        assert connection.scalar(text("select text_ru from statistic_note order by id desc limit 1")) == ""


def test_what_is_wrong_is_named(server: Server) -> None:
    with server.client("administrator") as client:
        for key, value, error in (
            ("subject", "polise", "statistics.subject"),
            ("year", 23, "statistics.note_year"),
            ("year", "soon", "statistics.note_body"),
            ("ru", "x" * 201, "statistics.note_length"),
        ):
            refused = client.post(API, json=NOTE | {key: value})
            assert refused.status_code in (400, 404) and refused.json()["error"] == error, refused.text


def test_who_may_not_write_is_refused(server: Server, owner: Engine) -> None:
    with server.client("duty") as client:
        assert client.post(API, json=NOTE).status_code == 403
    with owner.connect() as connection:
        assert connection.scalar(text("select count(*) from statistic_note")) == 0
