"""What `up` does to a database before anything runs."""
from __future__ import annotations

import contextlib
import json
from pathlib import Path

import pytest
from sqlalchemy import text

from dashboard.commands import first_start
from geo.database import connect_engine
from geo.settings import Settings


def load_and_die(settings: Settings, scale: str, progress: first_start.Progress) -> None:
    """As the demo city's loading, up to its middle."""
    engine = connect_engine(settings, "etl")
    with engine.begin() as connection:
        connection.execute(text("insert into setting (key, value) values ('demo', '{\"state\": \"loading\"}')"))
    with engine.begin() as connection:
        connection.execute(text("insert into run (region, feed, state, read_rows) values ('71', 'districts', 'running', 0)"))
    engine.dispose()
    progress("districts", 1, 2)
    raise KeyboardInterrupt


def load(settings: Settings, scale: str, progress: first_start.Progress) -> None:
    with contextlib.suppress(KeyboardInterrupt):
        load_and_die(settings, scale, progress)
    engine = connect_engine(settings, "etl")
    with engine.begin() as connection:
        connection.execute(text("update setting set value = '{\"state\": \"loaded\"}' where key = 'demo'"))
    engine.dispose()


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


def test_the_answer_says_how_to_sign_in(settings: Settings, tmp_path: Path) -> None:
    answer = tmp_path / "answer.json"
    assert first_start.main(settings, ["prepare", "--answer", str(answer)], load) == 0
    said = json.loads(answer.read_text())
    assert said["demo"] is True
    assert said["sign_in"].startswith("/sign-in/once?token=")
    assert answer.stat().st_mode & 0o077 == 0
