"""A closed month as a file: the same bytes each time, every manager with place, interval and cases; an open
month and one that was changed afterwards are given to nobody."""

from __future__ import annotations

import csv
import io
import tomllib
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from dashboard.api import rating_papers
from dashboard.words import language
from geo.audit.keys import open_signer, publish_key
from geo.rating import months, versions
from geo.rating.strategy import strategy_of
from geo.toml import TomlFile
from layers.rating.reading import read_month
from layers.reading import snapshot
from tests.support import rating_town as town
from tests.support.connected import engine_as
from tests.support.web import Server

owner = engine_as("owner")
API = "/api/v1/rating/2026-01"


@pytest.fixture
def rated(server: Server, owner: Engine) -> Server:
    strategy = strategy_of(TomlFile(Path("s.toml"), town.STRATEGY, tomllib.loads(town.STRATEGY)))
    city, signer = server.settings.city, open_signer(server.settings.data / months.KEYS)
    publish_key(signer, server.settings.data / months.KEYS)
    with owner.begin() as connection:
        town.build(connection)
        versions.adopt(connection, city, strategy, "aigerim")
        counted = months.count_month(connection, city, strategy, town.MONTH, town.AS_OF)
        for who in ("aigerim", "bolat"):
            months.close_month(connection, city, town.MONTH, counted, who, signer)
    return server


def test_the_protocol_is_the_same_bytes_and_each_is_in_the_audit(rated: Server, owner: Engine) -> None:
    with rated.client("executive") as client:
        first, second = (client.get(f"{API}.pdf") for _ in range(2))
    assert first.status_code == 200, first.text
    assert first.content == second.content and first.content.startswith(b"%PDF")
    with owner.connect() as connection:
        exported = connection.execute(
            text("select who, parameters from audit where what = 'rating.exported'")
        ).all()
    assert [(one.who, one.parameters["form"]) for one in exported] == [("executive", "pdf")] * 2


def test_the_protocol_says_what_the_page_does(rated: Server, owner: Engine) -> None:
    city, given = rated.settings.city, language.set("en")
    try:
        with snapshot(owner) as connection:
            month = read_month(connection, city, town.MONTH, "en")
        row = rating_papers._row(month, month.managers[4])
    finally:
        language.reset(given)
    assert (row.name, row.post, row.cases) == ("Manager 5", "Post 5", "200")
    assert row.indicators.startswith("On time 80.0%, ") and " / 60" in row.indicators
    low, high = map(float, row.interval.split("–"))
    assert low < float(row.score) < high and "–" in row.rank, "neighbours are tied"


def test_the_table_has_every_manager_and_its_numbers(rated: Server) -> None:
    with rated.client("executive") as client:
        body = client.get(f"{API}.csv", headers={"accept-language": "en"})
    rows = list(csv.DictReader(io.StringIO(body.content.decode("utf-8-sig"))))
    assert [row["Manager"] for row in rows] == [f"Manager {n}" for n in range(1, 9)]
    assert {row["Incidents"] for row in rows} == {"200"}
    shares = [float(row["On time"]) for row in rows]
    assert shares == [(200 - 8 * n) / 200 for n in range(1, 9)]
    assert all(float(row["Lower end"]) < float(row["Score"]) < float(row["Upper end"]) for row in rows)


def test_what_is_not_closed_or_was_changed_is_not_given_out(rated: Server, owner: Engine) -> None:
    with rated.client("executive") as client:
        for address, error in (
            ("2026-02.pdf", "rating.no_protocol"),
            ("2026-13.csv", "rating.month"),
            ("2026-01.docx", "export.form"),
        ):
            refused = client.get(f"/api/v1/rating/{address}")
            assert refused.status_code in (400, 404) and refused.json()["error"] == error, refused.text
    with owner.begin() as connection:
        connection.execute(text("alter table rating_month disable trigger user"))
        changed_rows = connection.execute(
            text("update rating_month set body = replace(body, :was, :becomes)"),
            {"was": '"cases":200', "becomes": '"cases":201'},
        ).rowcount
        assert changed_rows == 1
    with rated.client("executive") as client:
        changed = client.get(f"{API}.pdf")
    assert (changed.status_code, changed.json()["error"]) == (409, "rating.digest")


def test_a_closed_month_is_verified_where_it_stands(rated: Server, owner: Engine) -> None:
    """The same bytes; then a case that is told otherwise than what was signed, by its number."""
    with rated.client("executive") as client:
        same = client.post(f"{API}/verify")
    assert same.status_code == 200 and same.json()["same"], same.text
    with owner.begin() as connection:
        connection.execute(text("alter table rating_case disable trigger user"))
        first = connection.execute(
            text("""update rating_case set performer = 'nobody' where incident_id =
                (select min(incident_id) from rating_case) returning incident_id""")
        ).scalar_one()
    with rated.client("executive") as client:
        changed = client.post(f"{API}/verify", headers={"accept-language": "en"}).json()
        refused = client.post("/api/v1/rating/2026-02/verify")
    assert not changed["same"] and "rows: was" in changed["message"], (changed, first)
    assert (refused.status_code, refused.json()["error"]) == (404, "rating.not_closed")
    with owner.connect() as connection:
        acts = connection.scalars(text("select parameters from audit where what = 'rating.verified'")).all()
    assert [act["count"] for act in acts] == [0, 1]


def test_who_may_not_see_the_rating_gets_no_file(rated: Server) -> None:
    with rated.client("duty") as client:
        assert client.get(f"{API}.csv").status_code == 403
        assert client.post(f"{API}/verify").status_code == 403
