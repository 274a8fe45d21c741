"""./ikomek rating: a strategy is checked and adopted, a month counted, closed by two people, and verified."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from dashboard.commands import rating
from dashboard.words import language
from geo.accounts.managers import link_manager
from geo.accounts.users import add_user
from geo.audit import terminal
from geo.errors import Conflict, InvalidInput, NotFound
from geo.settings import Settings
from tests.conftest import engine_as
from tests.support import rating_town as town

owner = engine_as("owner")
MONTH = "2026-01"


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    token = language.set("en")
    yield
    language.reset(token)


@pytest.fixture
def file(owner: Engine, tmp_path: Path) -> Path:
    """The town's strategy; the town is there."""
    with owner.begin() as connection:
        town.build(connection)
    path = tmp_path / "strategy.toml"
    path.write_text(town.STRATEGY)
    return path


def run(settings: Settings, *argv: object) -> int:
    return rating.main(settings, ["rating", *map(str, argv)])


def by(monkeypatch: pytest.MonkeyPatch, who: str) -> None:
    monkeypatch.setattr(terminal, "account_of", lambda uid: who)


def test_from_a_file_to_a_closed_month(
    settings: Settings,
    file: Path,
    owner: Engine,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    by(monkeypatch, "aigerim")
    assert run(settings, "check", file) == 0
    assert run(settings, "adopt", file) == 0 and "Version 1 is adopted" in capsys.readouterr().out
    assert run(settings, "compute", MONTH) == 0
    printed = capsys.readouterr().out.splitlines()
    assert [line.split()[1] for line in printed[1:9]] == [f"m{n}" for n in range(1, 9)]
    assert run(settings, "close", MONTH) == 0 and "is proposed" in capsys.readouterr().out
    with pytest.raises(Conflict) as error:
        run(settings, "close", MONTH)
    assert error.value.code == "rating.same_person"
    with pytest.raises(NotFound):
        run(settings, "verify", MONTH)
    with owner.begin() as connection:
        connection.execute(text("update rating_month set as_of = '2026-03-05', body = 'of another day'"))
    assert run(settings, "close", MONTH, "--anew") == 0 and "is proposed" in capsys.readouterr().out
    by(monkeypatch, "bolat")
    capsys.readouterr()
    assert run(settings, "close", MONTH) == 0 and "is closed and signed" in capsys.readouterr().out
    assert run(settings, "verify", MONTH) == 0
    assert "the same to the byte" in capsys.readouterr().out
    assert run(settings, "list") == 0 and "bolat" in capsys.readouterr().out
    with owner.begin() as connection:
        connection.execute(text("alter table rating_case disable trigger keep_closed"))
        connection.execute(text("update rating_case set pattern = 0 where incident_id = 1001"))
    assert run(settings, "verify", MONTH) == 1
    printed = capsys.readouterr()
    assert "rows: was" in printed.err and "not the same" in printed.out


def test_mistakes_are_printed_by_line(
    settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "strategy.toml"
    path.write_text(town.STRATEGY.replace('figure = "on_time"', 'figure = "satisfaction"'))
    assert run(settings, "check", path) == 1
    printed = capsys.readouterr()
    assert f"{path}, line 19: no such figure can be rated; known: " in printed.err
    assert printed.out == "1 mistake.\n"
    with pytest.raises(InvalidInput) as error:
        run(settings, "adopt", path)
    assert error.value.parameters["line"] == 19


def test_an_indicator_is_proposed_by_one_and_accepted_by_another(
    settings: Settings,
    file: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    file.write_text(
        town.STRATEGY.replace('figure = "returned"', 'figure = "returned"\nassign_weight = [5, 40]', 1)
    )
    run(settings, "adopt", file)
    by(monkeypatch, "aigerim")
    assert run(settings, "assignments") == 0
    assert run(settings, "assign", MONTH, "m5", "returned", 30, "it is theirs") == 0
    number = int(re.findall(r"Assignment (\d+) is proposed", capsys.readouterr().out)[0])
    with pytest.raises(Conflict) as error:
        run(settings, "answer", number, "accept", "yes")
    assert error.value.code == "rating.own_assignment"
    by(monkeypatch, "bolat")
    assert run(settings, "answer", number, "accept", "agreed") == 0
    assert f"Assignment {number} is accepted." in capsys.readouterr().out
    assert run(settings, "assignments", "--manager", "m5") == 0
    _, proposed, accepted = capsys.readouterr().out.splitlines()
    assert re.search(r"proposed +aigerim +m5 +returned +2026-01 +30 +it is theirs$", proposed)
    assert re.search(r"accepted +bolat +m5 +returned +2026-01 +30 +agreed$", accepted)


def test_a_manager_is_one_at_the_terminal_too(
    settings: Settings,
    file: Path,
    owner: Engine,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """They answer what is theirs and nothing else, and decide nothing on their own incidents."""
    file.write_text(
        town.STRATEGY.replace('figure = "returned"', 'figure = "returned"\nassign_weight = [5, 40]', 1)
    )
    run(settings, "adopt", file)
    for name, manager in (("bolat", "m5"), ("chingis", "m6")):
        add_user(owner, name, "executive", None)
        link_manager(owner, name, manager)
    with owner.connect() as connection:
        statement = "select min(source_id) from incident where performer_id = 5"
        case = connection.execute(text(statement)).scalar_one()
    by(monkeypatch, "aigerim")
    run(settings, "assign", MONTH, "m5", "returned", 30, "it is theirs")
    run(settings, "object", MONTH, "m5", case, "not theirs")
    assignment, objection = (
        int(n) for n in re.findall(r"(\d+) is (?:proposed|made)", capsys.readouterr().out)
    )
    by(monkeypatch, "chingis")
    with pytest.raises(Conflict, match=r"rating\.not_theirs"):
        run(settings, "answer", assignment, "accept", "yes")
    by(monkeypatch, "bolat")
    with pytest.raises(Conflict, match=r"rating\.own_incidents"):
        run(settings, "decide", objection, "accept", "yes")
    assert run(settings, "answer", assignment, "accept", "agreed") == 0
    by(monkeypatch, "chingis")
    with pytest.raises(InvalidInput, match=r"rating\.whose"):
        run(settings, "decide", objection, "accept", "so it is")
    assert run(settings, "decide", objection, "accept", "so it is", "--performer=-") == 0


def test_a_month_that_is_not_over_is_not_closed(settings: Settings, file: Path) -> None:
    run(settings, "adopt", file)
    month = settings.city.today().strftime("%Y-%m")
    with pytest.raises(Conflict) as error:
        run(settings, "close", month)
    assert error.value.code == "rating.not_over"
