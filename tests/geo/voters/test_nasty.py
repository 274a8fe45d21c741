"""Files that would change the list by what they lack: a column, letters, the number of a person. Nobody
loses a name or the vote by them without somebody's word."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
from pathlib import Path

import pytest

from dashboard.machine.cluster import Cluster
from etl.demo.voters.faults import ListLine
from etl.demo.voters.writing import InventedList
from geo.settings import Settings
from tests.geo.voters.conftest import Ask
from tests.support.prepared import city_to_prepare, copy_of
from tests.support.voters_list import approve, load, write

NEWEST = "select * from voters.list_version order by id desc limit 1"
FLAGS = (
    "select code, level, before, after, accepted_by from voters.flag where list_id = :list and level = 'list'"
)


@pytest.fixture(scope="module")
def city_of_sound(
    all_people: InventedList, cluster: Cluster, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Settings]:
    """Lists of all persons and then of those without a fault, both approved."""
    with city_to_prepare(cluster, "city_of_sound", tmp_path_factory.mktemp("sound")) as settings:
        people = deepcopy(all_people)
        approve(settings, load(settings, write(people, settings.data / "list.csv")).id)
        keep_sound(people)
        approve(settings, load(settings, write(people, settings.data / "sound.csv")).id)
        yield settings


@pytest.fixture
def demo_copy(city_of_sound: Settings, cluster: Cluster, tmp_path: Path) -> Iterator[Settings]:
    with copy_of(city_of_sound, cluster, tmp_path) as settings:
        yield settings


def keep_sound(people: InventedList) -> None:
    people.lines[:] = [line for line in people.lines if not line.fault and not line.also]


@pytest.fixture
def sound(people: InventedList, file: Path) -> list[ListLine]:
    """Lines without a fault, whose persons are in force."""
    keep_sound(people)
    return people.lines


@pytest.fixture
def following(
    demo_copy: Settings, people: InventedList, file: Path, sound: list[ListLine]
) -> Callable[[], int]:
    return lambda: load(demo_copy, write(people, file.with_name("next.csv"))).id


def test_a_file_without_patronymics_takes_none_away_unasked(
    demo_copy: Settings, sound: list[ListLine], following: Callable[[], int], ask: Ask
) -> None:
    for line in sound:
        del line.cells["Отчество"], line.cells["Дата смерти"]
    list_id = following()
    (row,) = ask(NEWEST)
    assert row.checks["no_patronymic"]["count"] == row.checks["no_deceased"]["count"] == len(sound)
    flags = {flag.code: flag for flag in ask(FLAGS, list=list_id)}
    assert set(flags) == {"no_patronymic", "no_deceased", "corrected"}
    assert flags["no_patronymic"].before == flags["no_patronymic"].after == len(sound)
    assert flags["corrected"].after == row.corrected > len(sound) / 10
    approve(demo_copy, list_id)
    # Who accepted it is not asked again of the next file that is like it.
    sound.reverse()
    assert not {"no_patronymic", "no_deceased"} & {flag.code for flag in ask(FLAGS, list=following())}


def test_the_dead_do_not_return_unasked_by_a_file_without_their_column(
    demo_copy: Settings, sound: list[ListLine], following: Callable[[], int], ask: Ask
) -> None:
    for line in sound[:5]:
        line.cells["Дата смерти"] = "01.02.2026"
    approve(demo_copy, following())
    for line in sound:
        del line.cells["Дата смерти"]
    del sound[:2]
    list_id = following()
    (flag,) = ask(FLAGS, list=list_id)
    assert (flag.code, flag.before, flag.after, flag.accepted_by) == ("no_deceased", 5, 3, None)
    (row,) = ask(NEWEST)
    assert row.added == 3


@pytest.mark.parametrize(
    "slip",
    [
        {"ИИН": "85O4I7300122"},
        {"ИИН": ""},
        {"ИИН": "850417300123"},
        {"Адрес регистрации": ""},
        {"Имя": "????"},
    ],
)
def test_who_died_is_kept_by_no_slip_of_the_pen(
    slip: dict[str, str], sound: list[ListLine], following: Callable[[], int], ask: Ask
) -> None:
    for line in sound[:4]:
        line.cells |= slip | {"Дата смерти": "01.02.2026"}
    following()
    (row,) = ask(NEWEST)
    assert (row.kept, row.removed, row.checks["deceased"]["count"]) == (0, 4, 4)
    assert "unplaced" not in row.checks


def test_who_is_gone_without_a_refused_row_is_not_lost(
    sound: list[ListLine], following: Callable[[], int], ask: Ask
) -> None:
    del sound[:30]
    list_id = following()
    (row,) = ask(NEWEST)
    assert (row.removed, row.refused) == (30, 0) and "unplaced" not in row.checks
    assert "lost" not in {flag.code for flag in ask(FLAGS, list=list_id)}


@pytest.mark.parametrize("garbled", ["85O4I7300122", "", "850417300123"])
def test_whose_number_is_garbled_is_found_by_name_and_birth_date(
    garbled: str, sound: list[ListLine], following: Callable[[], int], ask: Ask
) -> None:
    for line in sound[:4]:
        line.cells["ИИН"] = garbled
    following()
    (row,) = ask(NEWEST)
    assert (row.kept, row.removed, row.refused) == (4, 0, 4) and "unplaced" not in row.checks


def test_who_may_be_gone_by_a_refused_row_is_counted_and_asked_for(
    sound: list[ListLine], following: Callable[[], int], ask: Ask
) -> None:
    for line in sound[:30]:
        line.cells |= {"ИИН": "x", "Фамилия": "Неведомый"}
    list_id = following()
    (row,) = ask(NEWEST)
    assert (row.kept, row.removed) == (0, 30) and row.checks["unplaced"]["count"] == 30
    (flag,) = (one for one in ask(FLAGS, list=list_id) if one.code == "lost")
    assert (flag.before, flag.after) == (30, 30)


def test_whose_row_has_other_columns_is_kept_by_its_number(
    demo_copy: Settings, people: InventedList, sound: list[ListLine], file: Path, ask: Ask
) -> None:
    path = write(people, file.with_name("next.csv"))
    head, first, second, *rest = path.read_text("utf-8").splitlines()
    delimiter = ";" if ";" in head else ","
    short, long = first.rpartition(delimiter)[0], second + delimiter + "x"
    path.write_text("\n".join([head, *rest, short, long]) + "\n", "utf-8")
    load(demo_copy, path)
    (row,) = ask(NEWEST)
    assert (row.checks["broken"]["count"], row.kept, row.removed) == (2, 2, 0)


def test_an_address_that_has_lost_letters_moves_nobody(
    sound: list[ListLine], following: Callable[[], int], ask: Ask
) -> None:
    for line in sound[:5]:
        line.cells["Адрес регистрации"] = "к?шесі ?улет, 5"
    following()
    (row,) = ask(NEWEST)
    assert (row.checks["unreadable"]["count"], row.kept, row.moved, row.removed) == (5, 5, 0, 0)


@pytest.mark.parametrize("surname", ["РђР±РґС…", "<script>", "Ð\x90Ñ\x85", "&#1040;хмет"])
def test_a_name_that_is_none_corrects_nobody(
    surname: str, sound: list[ListLine], following: Callable[[], int], ask: Ask
) -> None:
    sound[0].cells["Фамилия"] = surname
    following()
    (row,) = ask(NEWEST)
    assert (row.kept, row.corrected, row.refused) == (1, 0, 1)


def test_latin_letters_in_a_cyrillic_name_are_made_cyrillic(
    sound: list[ListLine], following: Callable[[], int], ask: Ask
) -> None:
    line = next(one for one in sound if "о" in one.cells["Фамилия"])
    line.cells["Фамилия"] = line.cells["Фамилия"].replace("о", "o")
    following()
    (row,) = ask(NEWEST)
    assert row.checks["look_alikes"]["count"] == 1 and row.corrected == 0


def test_so_many_corrected_at_once_wait_for_a_word(
    demo_copy: Settings, sound: list[ListLine], following: Callable[[], int], ask: Ask
) -> None:
    for line in sound[: len(sound) // 5]:
        line.cells["Имя"] = "Арман"
    list_id = following()
    (flag,) = ask(FLAGS, list=list_id)
    assert flag.code == "corrected" and flag.after >= len(sound) // 10
