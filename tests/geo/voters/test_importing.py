"""A list from a file into the database: what is planted is found, nobody is accused falsely, everything adds
up, a replay changes nothing, and a killed import leaves what was before it."""

from __future__ import annotations

import csv
import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sqlalchemy import Connection, Engine, event, text

from etl.demo.voters.faults import ListLine
from etl.demo.voters.writing import InventedList
from geo.errors import InvalidInput
from geo.settings import Settings
from geo.voters.keys import KeyRing
from geo.voters.retention import sweep_keys
from tests.geo.voters.conftest import Ask
from tests.support.killable import eventually
from tests.support.voters_list import approve, invented, judge, load, write

NEWEST = "select * from voters.list_version order by id desc limit 1"


def sound(people: InventedList) -> list[ListLine]:
    """Rows without a fault, whose address leads to a building."""
    return [line for line in people.lines if not line.fault and line.building and not line.also]


def test_what_is_planted_is_found_and_nobody_is_accused_falsely(
    demo_copy: Settings, voters: Engine, tmp_path: Path
) -> None:
    found = invented(demo_copy, 1.0)
    done = load(demo_copy, write(found, tmp_path / "list.csv"))
    with voters.connect() as connection:
        verdict = judge(connection, found.lines, done.id)
        row = connection.execute(text(NEWEST)).one()
    for kind, judged in verdict.by_kind.items():
        print(f"{kind}: {judged}")
    assert verdict.missed == [] and verdict.accused == []
    assert verdict.precision >= 0.995 and verdict.recall >= 0.98
    assert row.rows_read == row.added + row.refused == len(found.lines)
    assert row.checks["iin"]["count"] == sum(line.fault == "iin" for line in found.lines)
    assert row.checks["iin"]["lines"] == sorted(row.checks["iin"]["lines"])
    assert row.checks["namesakes"]["count"] >= 2 * sum(line.fault == "namesake" for line in found.lines)
    assert sum(row.matching.values()) >= row.added


def test_a_replay_changes_nothing(demo_copy: Settings, people: InventedList, file: Path, ask: Ask) -> None:
    first = load(demo_copy, file)
    assert not first.replayed
    before = ask("select * from voters.person order by line")
    again = load(demo_copy, file)
    assert again.replayed and again.id == first.id
    assert ask("select * from voters.person order by line") == before
    approve(demo_copy, first.id)
    assert load(demo_copy, file).replayed
    people.lines.reverse()
    other = load(demo_copy, write(people, file.with_name("turned.csv")))
    ((row),) = ask(NEWEST)
    assert not other.replayed and row.id == other.id
    assert (row.added, row.moved, row.corrected, row.removed) == (0, 0, 0, 0)
    assert row.unchanged + row.refused == row.rows_read


def test_the_difference_is_who_is_new_moved_corrected_and_gone(
    demo_copy: Settings, people: InventedList, file: Path, ask: Ask
) -> None:
    approve(demo_copy, load(demo_copy, file).id)
    (before,) = ask(NEWEST)
    lines = sound(people)
    gone, moved, corrected = lines[:5], lines[5:9], lines[9:12]
    elsewhere = next(line for line in lines[20:] if line.building not in {one.building for one in moved})
    for line in moved:
        line.cells["Адрес регистрации"] = elsewhere.cells["Адрес регистрации"]
    for line in corrected:
        line.cells["Фамилия"] = "Исправленный"
    for line in lines[12:14]:
        line.cells["ИИН"] = line.cells["ИИН"][:-1]
    left = [line for line in people.lines if line not in gone]
    list_id = load(demo_copy, write(InventedList(left), file.with_name("next.csv"))).id
    (row,) = ask(NEWEST)
    assert (row.moved, row.corrected, row.added) == (4, 3, 0)
    assert row.refused == before.refused + 2
    # Whose number lost a digit is found by name and birth date.
    assert row.removed == 5
    assert row.rows_read == row.unchanged + row.corrected + row.moved + row.added + row.refused
    (sums,) = ask(
        "select sum(before) as b, sum(added) as a, sum(moved_in) as i, sum(moved_out) as o, "
        "sum(removed) as r, sum(after) as n from voters.house_difference where list_id = :list",
        list=list_id,
    )
    assert sums.b + sums.a + sums.i - sums.o - sums.r == sums.n and sums.i == sums.o == 4
    houses = ask(
        "select * from voters.house_difference where list_id = :list and building_id = :house",
        list=list_id,
        house=elsewhere.building,
    )
    assert houses[0].moved_in == 4
    assert ask("select count(*) as n from voters.person where list_id = :list", list=list_id)[0].n == sums.n


def test_whose_new_row_is_refused_stays_as_they_were(
    demo_copy: Settings, people: InventedList, file: Path, ask: Ask
) -> None:
    approve(demo_copy, load(demo_copy, file).id)
    lines = sound(people)
    for line in lines[:3]:
        line.cells["Дата рождения"] = "31.02.1985"
    lines[3].cells["Дата смерти"] = "01.02.2026"
    list_id = load(demo_copy, write(people, file.with_name("next.csv"))).id
    (row,) = ask(NEWEST)
    assert row.kept >= 3 and row.removed == 1, "the dead do not stay"
    assert row.rows_read == row.unchanged + row.refused
    kept = ask("select * from voters.person where list_id = :list and line < 0", list=list_id)
    assert {line.building for line in lines[:3]} <= {one.building_id for one in kept}
    approve(demo_copy, list_id)
    load(demo_copy, write(people, file.with_name("again.csv"), "utf-16"))
    (row,) = ask(NEWEST)
    assert (row.added, row.moved, row.corrected, row.removed) == (0, 0, 0, 0)


def test_two_who_stay_from_the_same_line_of_two_lists_stay_apart(
    demo_copy: Settings, people: InventedList, file: Path, ask: Ask
) -> None:
    """One was kept from a line on which the older list has somebody else, whose row is refused now."""
    approve(demo_copy, load(demo_copy, file).id)
    first, second = sound(people)[:2]
    one, other = people.lines.index(first), people.lines.index(second)
    people.lines[one], people.lines[other] = second, first
    for name, broken in (("next.csv", [first]), ("again.csv", [first, second])):
        for line in broken:
            line.cells["Дата рождения"] = "31.02.1985"
        list_id = load(demo_copy, write(people, file.with_name(name))).id
        approve(demo_copy, list_id)
        (row,) = ask(NEWEST)
        assert row.removed == 0
    kept = ask("select building_id from voters.person where list_id = :list and line < 0", list=list_id)
    assert {first.building, second.building} <= {row.building_id for row in kept}


@pytest.mark.parametrize("form", ["utf-8-sig", "utf-16", "cp1251", "columns", "xlsx"])
def test_every_form_of_the_file_gives_the_same_list(
    form: str, demo_copy: Settings, people: InventedList, tmp_path: Path, ask: Ask
) -> None:
    """CP1251 has no Kazakh letters: its list has Russian names alone."""
    lines = [line for line in sound(people) if line.kind == "whole_russian"]
    if form == "cp1251":
        lines = [line for line in lines if can_be_written(line)]
    chosen = InventedList([replace_numbers(line, form) for line in lines[:200]])
    path = tmp_path / ("list.xlsx" if form == "xlsx" else "list.csv")
    if form == "xlsx":
        book = openpyxl.Workbook()
        book.active.append(list(chosen.lines[0].cells))
        for line in chosen.lines:
            book.active.append(list(line.cells.values()))
        book.save(path)
    elif form == "columns":
        write_in_columns(chosen, path)
    else:
        write(chosen, path, form)
    done = load(demo_copy, path)
    found = ask("select line, building_id from voters.person where list_id = :list", list=done.id)
    assert {one.line: one.building_id for one in found} == {
        number: line.building for number, line in enumerate(chosen.lines, start=1)
    }


def can_be_written(line: ListLine) -> bool:
    try:
        "".join(line.cells.values()).encode("cp1251")
    except UnicodeEncodeError:
        return False
    return True


def replace_numbers(line: ListLine, form: str) -> ListLine:
    """A workbook holds numbers as numbers: their leading zeros are gone."""
    number = line.cells["ИИН"].lstrip("0") if form == "xlsx" else line.cells["ИИН"]
    return replace(line, cells={**line.cells, "ИИН": int(number) if form == "xlsx" else number})


def write_in_columns(chosen: InventedList, path: Path) -> None:
    """The address in columns of its own, the names in one."""
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["ЖСН", "Аты-жөні", "Туған күні", "Улица", "Дом", "Квартира"])
        for line in chosen.lines:
            cells = line.cells
            _, street, house, *flat = cells["Адрес регистрации"].split(", ")
            house, _, near = house.removeprefix("д. ").partition(" кв.")
            name = " ".join((cells["Фамилия"], cells["Имя"], cells["Отчество"]))
            room = "".join(flat + [near]).split(" ")[-1].removeprefix("кв.")
            rows.writerow([cells["ИИН"], name, cells["Дата рождения"], street, house, room])


def test_a_file_without_its_columns_is_refused_and_shows_nothing_of_it(
    demo_copy: Settings, tmp_path: Path
) -> None:
    path = tmp_path / "list.csv"
    path.write_text("850417300122;Ахметов;Нурлан\n850417300122;Омаров;Серик\n", encoding="utf-8")
    with pytest.raises(InvalidInput, match="voters.columns") as raised:
        load(demo_copy, path)
    assert "8504" not in str(raised.value) and "хметов" not in str(raised.value)


KILLED = """
import os, signal, sys
from pathlib import Path
from geo.settings import Settings
from geo.voters import sealer_process
from dataclasses import replace
from tests.support import voters_list
url, data, file, stage = sys.argv[1:]
class Noted(sealer_process.SealerProcess):
    def __init__(self, sealer):
        super().__init__(sealer)
        Path(file).with_suffix(".pid").write_text(str(self._process.pid))
if stage == "beside":
    sealer_process.ALONE_ROWS, sealer_process.SealerProcess = 0, Noted
settings = replace(Settings.load({"IKOMEK_DATA": data}), database_url=url, own_database=True)
def die(what, rows):
    if what == stage or what == "rows" and stage == "beside":
        os.kill(os.getpid(), signal.SIGKILL)
if stage == "commit":
    voters_list.settle = lambda *args: os.kill(os.getpid(), signal.SIGKILL)
voters_list.load(settings, Path(file), progress=die)
"""


@pytest.mark.parametrize("stage", ["rows", "beside", "checking", "comparing", "commit"])
def test_a_killed_import_leaves_the_old_list_or_the_new_one(
    stage: str, demo_copy: Settings, people: InventedList, file: Path, ask: Ask, voters: Engine
) -> None:
    approve(demo_copy, load(demo_copy, file).id)
    before = ask("select * from voters.person order by list_id, line")
    people.lines.reverse()
    following = write(people, file.with_name("next.csv"))
    arguments = [demo_copy.database_url, str(demo_copy.data), str(following), stage]
    done = subprocess.run([sys.executable, "-c", KILLED, *arguments], cwd=Path(__file__).parents[3])
    assert done.returncode == -9
    if stage == "beside":
        sealer = Path("/proc") / following.with_suffix(".pid").read_text() / "stat"
        eventually(lambda: not sealer.exists() or ") Z " in sealer.read_text())
    lists = ask("select id, state from voters.list_version order by id")
    assert [row.state for row in lists] == ["current"] + (["checked"] if stage == "commit" else [])
    if stage != "commit":
        assert ask("select * from voters.person order by list_id, line") == before
    # Whoever sweeps, the list's process or the next import, keeps the key of what was committed alone.
    sweep_keys(voters, demo_copy.city, KeyRing.of(demo_copy))
    assert keys(demo_copy) == living(ask) | {"master.key", "rules.key"}
    again = load(demo_copy, following)
    assert again.replayed == (stage == "commit")
    assert keys(demo_copy) == living(ask) | {"master.key", "rules.key"}


def keys(settings: Settings) -> set[str]:
    return {name for name in os.listdir(KeyRing.of(settings).folder) if name.endswith((".key", ".pending"))}


def living(ask: Ask) -> set[str]:
    return {row.key_id + ".key" for row in ask("select key_id from voters.list_version")}


def test_no_statement_over_whole_lists_is_left_to_a_planner_without_statistics(
    demo_copy: Settings, people: InventedList, file: Path
) -> None:
    """It takes a list of this transaction for a few rows, and walks one for each row of another."""
    approve(demo_copy, load(demo_copy, file).id)
    people.lines.reverse()
    row_by_row: set[str] = set()
    whole = r"\b(person|house_difference)\b"
    joins = re.compile(rf"\b(join|not exists)\b.*{whole}|{whole}.*\bjoin\b")

    def watch(connection: Connection, cursor: Any, statement: str, *rest: Any) -> None:
        flat = " ".join(statement.split())
        if joins.search(flat):
            with cursor.connection.cursor() as own:
                own.execute("show enable_nestloop")
                if own.fetchone() == ("on",):
                    row_by_row.add(flat[:60])

    event.listen(Engine, "before_cursor_execute", watch)
    try:
        load(demo_copy, write(people, file.with_name("turned.csv")))
        approve(demo_copy, 2)
    finally:
        event.remove(Engine, "before_cursor_execute", watch)
    assert row_by_row == set()
