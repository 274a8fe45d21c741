"""What `up` does to a database before anything runs."""

from __future__ import annotations

import contextlib
import json
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text

from dashboard.commands import first_start
from geo.audit import chain, heads
from geo.database import connect_engine
from geo.errors import Conflict
from geo.settings import DEFAULT_CITY, City, Settings
from tests.support.audit_town import report, write


def load_and_die(settings: Settings, scale: str, progress: first_start.Progress) -> bool:
    """Loads the demo city up to its middle."""
    engine = connect_engine(settings, "owner")
    with engine.begin() as connection:
        connection.execute(
            text("insert into setting (key, value) values ('demo', '{\"state\": \"loading\"}')")
        )
    with engine.begin() as connection:
        connection.execute(
            text("insert into run (region, feed, state, read_rows) values ('71', 'districts', 'running', 0)")
        )
    engine.dispose()
    progress("districts", 1, 2)
    raise KeyboardInterrupt


def load(settings: Settings, scale: str, progress: first_start.Progress) -> bool:
    with contextlib.suppress(KeyboardInterrupt):
        load_and_die(settings, scale, progress)
    engine = connect_engine(settings, "owner")
    with engine.begin() as connection:
        connection.execute(text("update setting set value = '{\"state\": \"loaded\"}' where key = 'demo'"))
    engine.dispose()
    return True


def runs(settings: Settings) -> int:
    engine = connect_engine(settings, "reader")
    with engine.connect() as connection:
        count = connection.scalar(text("select count(*) from run"))
    engine.dispose()
    return count


def test_an_empty_database_gets_the_city_once(settings: Settings) -> None:
    assert first_start.prepare(settings, False, "tenth", load)
    assert first_start.prepare(settings, False, "tenth", load)
    assert runs(settings) == 1


def test_empty_stays_empty(settings: Settings) -> None:
    assert not first_start.prepare(settings, True, "tenth", load)
    assert runs(settings) == 0


def test_a_load_cut_short_is_done_anew(settings: Settings) -> None:
    with pytest.raises(KeyboardInterrupt):
        first_start.prepare(settings, False, "tenth", load_and_die)
    assert first_start.prepare(settings, False, "tenth", load)
    assert runs(settings) == 1


def test_the_audit_of_a_database_made_anew_is_whole_and_says_what_it_replaced(settings: Settings) -> None:
    web, sealer = (connect_engine(settings, role) for role in ("web", "sealer"))
    write(web, "abc")
    chain.seal(sealer)
    heads.write_head(settings, sealer)
    with pytest.raises(KeyboardInterrupt):
        first_start.prepare(settings, False, "tenth", load_and_die)
    assert first_start.prepare(settings, False, "tenth", load)
    for engine in (web, sealer):
        engine.dispose()
    auditor = connect_engine(settings, "auditor")
    found = report(settings, auditor)
    with auditor.connect() as connection:
        begun = connection.scalar(text("select parameters from audit where what = 'audit.begun'"))
    auditor.dispose()
    assert (found.faults, found.replaced, begun) == ([], 1, {"replaced": 4}), (
        "three, and the calendar that was proposed"
    )


def test_the_answer_says_how_to_sign_in(settings: Settings, tmp_path: Path) -> None:
    answer = tmp_path / "answer.json"
    assert first_start.main(settings, ["prepare", "--answer", str(answer)], load) == 0
    answered = json.loads(answer.read_text())
    assert answered["demo"] is True
    assert answered["sign_in"].startswith("/sign-in/once?token=")
    assert answer.stat().st_mode & 0o077 == 0


def test_a_city_without_a_demo_starts_empty(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    vologda = replace(settings, city=City.load(DEFAULT_CITY.with_name("vologda.toml")))
    assert not first_start.prepare(vologda, False, "tenth", lambda *_: False)
    assert "vologda" in capsys.readouterr().out


def test_a_database_of_another_city_is_refused(settings: Settings) -> None:
    first_start.prepare(settings, False, "tenth", load)
    with pytest.raises(Conflict, match="city.other"):
        first_start.prepare(
            replace(settings, city=City.load(DEFAULT_CITY.with_name("vologda.toml"))), True, "tenth", load
        )
