"""./ikomek audit verify and export, as a person runs them."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from dashboard import words
from dashboard.commands import audit
from geo.audit import chain, heads
from geo.audit.callers import Caller, caller
from geo.audit.records import record_audit
from geo.settings import Settings
from tests.support.audit_town import tamper, write
from tests.support.connected import engine_as


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    before = words.language.set("en")
    yield
    words.language.reset(before)


sealer, web, owner = (engine_as(role) for role in ("sealer", "web", "owner"))


def test_a_whole_audit_is_said_to_be_and_the_verification_is_recorded(
    settings: Settings, web: Engine, sealer: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    write(web, "abc")
    chain.seal(sealer)
    heads.write_head(settings, sealer)
    assert audit.main(settings, ["audit", "verify"]) == 0
    printed = capsys.readouterr()
    assert "The audit is whole." in printed.out and printed.err == ""
    with web.connect() as connection:
        found = connection.execute(
            text("select parameters from audit where what = 'audit.verified'")
        ).scalar_one()
    assert found == {"position": 3, "rows": 3, "faults": 0}


def test_what_was_tampered_with_is_named_with_its_place_and_the_command_fails(
    settings: Settings, web: Engine, sealer: Engine, owner: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    write(web, "abcdef")
    chain.seal(sealer)
    heads.write_head(settings, sealer)
    with owner.begin() as connection:
        tamper(connection, "who", 2)
        tamper(connection, "remove", 5)
    assert audit.main(settings, ["audit", "verify"]) == 1
    printed = capsys.readouterr()
    assert printed.err.splitlines() == [
        "Position 2: row 2 was changed after it was sealed.",
        "Position 5: row 5 was removed.",
    ]
    assert "The audit is not whole: 2 faults" in printed.out


def test_an_export_has_the_rows_of_the_filter_guarded_against_formulas_and_is_recorded(
    settings: Settings, web: Engine, sealer: Engine, tmp_path: Path
) -> None:
    token = caller.set(Caller("person", "10.0.0.7", "/map", "r1"))
    with web.begin() as connection:
        record_audit(connection, "=cmd|x", "incident.exported", form="csv", rows=2, filter={})
        record_audit(connection, "anna", "mode.set", before="normal", mode="drill")
    caller.reset(token)
    chain.seal(sealer)
    file = tmp_path / "audit.csv"
    assert audit.main(settings, ["audit", "export", str(file), "--kind", "export,look"]) == 0
    with file.open(encoding="utf-8-sig", newline="") as opened:
        [row] = csv.DictReader(opened, delimiter=";")
    assert (row["who"], row["origin"], row["page"], row["request_id"]) == (
        "'=cmd|x",
        "10.0.0.7",
        "/map",
        "r1",
    )
    assert (row["kind"], row["act"], row["position"], len(row["hash"])) == (
        "export",
        "incident.exported",
        "1",
        64,
    )
    with web.connect() as connection:
        found = connection.execute(
            text("select parameters from audit where what = 'audit.exported'")
        ).scalar_one()
    assert found == {"form": "csv", "rows": 1, "filter": {"kind": "export,look"}}
