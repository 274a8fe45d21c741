"""A file becomes what is shown: milestones keep their ids, what is no longer named goes, every file is
kept."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from dashboard.commands import projects as command
from geo.database import transact
from geo.errors import Conflict, InvalidInput
from geo.projects import adopt
from geo.projects.file import read_projects
from geo.settings import Settings
from layers.projects import read_projects as shown_projects
from layers.reading import snapshot
from tests.geo.projects.test_file import FIRST, HEAD, SECOND, THIRD
from tests.support.connected import engine_as

accounts, owner, reader = engine_as("accounts"), engine_as("owner"), engine_as("reader")
MANAGERS = """insert into manager (id, key, name, post_kk, post_ru, post_en) overriding system value
    values (1, 'deputy', 'Б. Сәрсенов', 'О', 'Зам', 'Deputy'), (2, 'akim', 'А. Нұр', 'Ә', 'Аким', 'Akim')"""


@pytest.fixture(autouse=True)
def managers(owner: Engine) -> None:
    with owner.begin() as connection:
        connection.execute(text(MANAGERS))


def take(accounts: Engine, settings: Settings, *lines: str) -> int:
    written = "\n".join([HEAD, *lines]) + "\n"

    def work(connection) -> int:
        read = read_projects(written, settings.city, adopt.owners(connection), date(2026, 6, 15))
        assert read.mistakes == ()
        return adopt.adopt(connection, settings.city, read, "saule")

    return transact(accounts, work)


def rows(owner: Engine, statement: str) -> list[tuple]:
    with owner.connect() as connection:
        return [tuple(row) for row in connection.execute(text(statement))]


MILESTONES = "select id, project, key, done_on, version from project_milestone order by id"


def test_a_file_is_shown_and_the_next_one_changes_what_it_changes(
    accounts: Engine, owner: Engine, reader: Engine, settings: Settings
) -> None:
    take(accounts, settings, FIRST, SECOND, THIRD)
    before = rows(owner, MILESTONES)
    assert [row[1:3] for row in before] == [("bridge", "design"), ("bridge", "piers"), ("park", "design")]
    take(accounts, settings, FIRST, SECOND.replace("2026-06-02", "2026-06-03"))
    after = rows(owner, MILESTONES)
    assert after == [before[0], (*before[1][:3], date(2026, 6, 3), 2)]
    assert rows(owner, "select key from project") == [("bridge",)]
    assert [row[0].count("\n") for row in rows(owner, "select body from project_file order by id")] == [4, 3]
    assert rows(owner, "select who, what from audit") == [("saule", "projects.adopted")] * 2
    with snapshot(reader) as connection:
        found = shown_projects(connection, settings.city, "en")
    [bridge] = found.projects
    assert (bridge.name, bridge.owner, bridge.late_days, bridge.next) == ("Bridge", "Б. Сәрсенов", 0, None)
    assert [one.late_days for one in bridge.milestones] == [0, 3]


def test_the_same_file_is_not_adopted_twice(accounts: Engine, settings: Settings) -> None:
    take(accounts, settings, FIRST)
    with pytest.raises(Conflict, match=r"projects\.same"):
        take(accounts, settings, FIRST)


def test_the_days_are_the_citys(accounts: Engine, owner: Engine, settings: Settings) -> None:
    take(accounts, settings, FIRST)
    found = rows(
        owner,
        f"""select planned_at at time zone '{settings.city.time_zone.key}', due_at - planned_at
        = interval '1 day' from project_milestone""",
    )
    assert [(row[0].isoformat(), row[1]) for row in found] == [("2026-03-01T00:00:00", True)]


def test_the_command_names_mistakes_and_adopts_what_has_none(
    settings: Settings, owner: Engine, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "projects.csv"
    path.write_text("\n".join([HEAD, FIRST, SECOND.replace("deputy", "nobody")]), encoding="utf-8-sig")
    assert command.main(settings, ["projects", "check", str(path)]) == 1
    assert f"{path}, строка 3: " in capsys.readouterr().err
    with pytest.raises(InvalidInput, match=r"projects\.mistakes"):
        command.main(settings, ["projects", "adopt", str(path)])
    assert rows(owner, "select * from project_file") == []
    path.write_text("\n".join([HEAD, FIRST, SECOND]), encoding="utf-8-sig")
    assert command.main(settings, ["projects", "check", str(path)]) == 0
    assert command.main(settings, ["projects", "adopt", str(path)]) == 0
    assert command.main(settings, ["projects", "list"]) == 0
    assert "bridge" in capsys.readouterr().out
    path.write_bytes("\n".join([HEAD, FIRST.replace("Көпір", "Мост")]).encode("cp1251"))
    with pytest.raises(InvalidInput, match=r"file\.not_utf8.*'line': 2"):
        command.main(settings, ["projects", "check", str(path)])
    with pytest.raises(InvalidInput, match=r"projects\.file"):
        command.main(settings, ["projects", "check", str(tmp_path / "none.csv")])


def test_what_a_file_no_longer_names_goes_only_when_told_so_and_is_named(
    settings: Settings, owner: Engine, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "projects.csv"

    def adopt(*lines: str, more: tuple[str, ...] = ()) -> int:
        path.write_text("\n".join([HEAD, *lines]))
        return command.main(settings, ["projects", "adopt", str(path), *more])

    assert adopt(FIRST, SECOND, THIRD) == 0
    with pytest.raises(InvalidInput, match=r"projects\.gone.*'count': 2, 'gone': 'bridge/piers, park'"):
        adopt(FIRST)
    assert rows(owner, "select count(*) from project_milestone") == [(3,)]
    assert rows(owner, "select count(*) from project_file") == [(1,)]
    capsys.readouterr()
    assert adopt(FIRST, more=("--yes",)) == 0
    assert "bridge/piers, park" in capsys.readouterr().out
    assert rows(owner, "select key from project") == [("bridge",)]
