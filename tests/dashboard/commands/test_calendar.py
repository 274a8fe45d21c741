"""./ikomek calendar, as an owner of the calendar types it."""

from __future__ import annotations

import pytest

from dashboard.commands import calendar
from dashboard.words import language
from geo.settings import Settings


@pytest.fixture(autouse=True)
def english():
    token = language.set("en")
    yield
    language.reset(token)


def run(settings: Settings, capsys: pytest.CaptureFixture[str], *argv: str) -> str:
    assert calendar.main(settings, ["calendar", *argv]) == 0
    return capsys.readouterr().out


def test_a_year_is_proposed_edited_and_confirmed(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "calendar propose 2027" in run(settings, capsys, "show", "2027")
    assert "Compare it with the law" in run(settings, capsys, "propose", "2027")
    run(settings, capsys, "move", "2027-01-09", "2027-01-08", "Decree 1")
    run(settings, capsys, "off", "2027-06-01", "a day of the city")
    run(settings, capsys, "work", "2027-06-05", "for it")
    run(settings, capsys, "clear", "2027-06-05")
    run(settings, capsys, "hours", "08:30-12:30", "13:30-17:30", "--weekdays", "1,2,3,4,5,6")
    run(settings, capsys, "confirm", "2027")
    shown = run(settings, capsys, "show", "2027")
    assert "confirmed by" in shown and "08:30-12:30 13:30-17:30" in shown
    lines = {line.split()[0]: line for line in shown.splitlines() if line.startswith("2027-")}
    assert "off" in lines["2027-03-15"] and "Constitution" in lines["2027-03-15"]
    assert "worked" in lines["2027-01-09"] and "Decree 1" in lines["2027-01-08"]
    assert "2027-06-05" not in lines and "2027-06-01" in lines
    assert "nothing was changed" in run(settings, capsys, "propose", "2027")
    assert "2027" not in run(settings, capsys).split("Hours of work")[1]
