"""A roster's file: mistakes by their lines, who is on duty, and one in force after another."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from dashboard.commands import roster as command
from geo.errors import Conflict, InvalidInput
from geo.settings import Settings
from geo.staffing.roster import read_roster, without_mistakes
from tests.support.connected import engine_as

owner = engine_as("owner")
RIGHT = """handling_s = 190
away = 0.15

[[shift]]
days = ["mon", "tue"]
from = "08:00"
to = "20:00"
operators = 24

[[shift]]
days = ["mon"]
from = "20:00"
to = "08:00"
operators = 6

[[shift]]
dates = ["2026-12-15"]
from = "10:00"
to = "24:00"
operators = 4
"""
MONDAY, TUESDAY, DATED, AFTER_DATED = (datetime(2026, 12, day) for day in (7, 8, 15, 16))


def written(tmp_path: Path, body: str) -> Path:
    path = tmp_path / "roster.toml"
    path.write_text(body)
    return path


def test_who_is_on_duty(tmp_path: Path) -> None:
    roster = without_mistakes(written(tmp_path, RIGHT))
    on = {hour: roster.on_duty(MONDAY.replace(hour=hour)) for hour in (0, 7, 8, 19, 20, 23)}
    assert on == {0: 0, 7: 0, 8: 24, 19: 24, 20: 6, 23: 6}
    assert [roster.on_duty(TUESDAY.replace(hour=hour)) for hour in (0, 7, 8, 20)] == [6, 6, 24, 0]
    assert [roster.on_duty(DATED.replace(hour=hour)) for hour in (7, 9, 10, 23)] == [6, 0, 4, 4]
    assert roster.on_duty(AFTER_DATED) == 0


@pytest.mark.parametrize(
    ("before", "after", "line", "code"),
    [
        ("handling_s = 190", "handling_s = 5", 1, "number"),
        ("away = 0.15", 'away = "15 %"', 2, "number"),
        ("away = 0.15", "awai = 0.15", 2, "unknown"),
        ('["mon", "tue"]', '["mon", "tu"]', 5, "day"),
        ('["mon", "tue"]', "[]", 5, "list"),
        ('"08:00"\nto', '"8:30"\nto', 6, "clock"),
        ("operators = 24", "operators = 2.5", 8, "number"),
        ('days = ["mon"]\n', "", 10, "when"),
        ('["2026-12-15"]', '["2026-12-32"]', 17, "date"),
    ],
)
def test_a_mistake_is_told_by_its_line(tmp_path: Path, before: str, after: str, line: int, code: str) -> None:
    assert before in RIGHT
    path = written(tmp_path, RIGHT.replace(before, after, 1))
    assert (line, code) in [(one.line, one.code) for one in read_roster(path).mistakes]
    with pytest.raises(InvalidInput, match=r"roster\.mistakes"):
        without_mistakes(path)


def test_a_shift_that_is_no_table_is_missing(tmp_path: Path) -> None:
    path = tmp_path / "roster.toml"
    path.write_text("handling_s = 190\naway = 0.15\nshift = [[[[]]]]\n")
    assert [(one.line, one.code) for one in read_roster(path).mistakes] == [(3, "missing")]


def test_the_command_names_mistakes_and_adopts_what_has_none(
    settings: Settings, owner: Engine, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = written(tmp_path, RIGHT.replace("190", "5"))
    assert command.main(settings, ["roster", "check", str(path)]) == 1
    assert f"{path}, строка 1: handling_s" in capsys.readouterr().err
    with pytest.raises(InvalidInput, match=r"roster\.mistakes"):
        command.main(settings, ["roster", "adopt", str(path)])
    path.write_text(RIGHT)
    assert command.main(settings, ["roster", "check", str(path)]) == 0
    assert command.main(settings, ["roster", "adopt", str(path)]) == 0
    with pytest.raises(Conflict, match=r"roster\.same"):
        command.main(settings, ["roster", "adopt", str(path)])
    path.write_text(RIGHT.replace("24\n", "25\n"))
    assert command.main(settings, ["roster", "adopt", str(path)]) == 0
    with owner.connect() as connection:
        assert connection.scalars(text("select what from audit")).all() == ["roster.adopted"] * 2
        assert connection.scalar(text("select count(*) from roster_file")) == 2
    capsys.readouterr()
    assert command.main(settings, ["roster", "needed"]) == 1, "no telephony told anything"
    assert "звонков" in capsys.readouterr().err
    with pytest.raises(InvalidInput, match=r"roster\.file"):
        command.main(settings, ["roster", "check", str(tmp_path / "none.toml")])
