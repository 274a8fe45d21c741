"""What a row may hold: characters that no paper can, lost letters and endless values refuse it and nobody
else, by its line; spellings of spreadsheets and what nobody sees are put right and counted."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine

from etl.demo.voters.writing import InventedList
from geo.errors import InvalidInput
from geo.settings import Settings
from geo.voters import checks, rekey
from geo.voters.cells import RowNotes
from geo.voters.keys import KeyRing
from geo.voters.package.documents import XmlDocument
from geo.voters.package.export import export
from geo.voters.package.source import PrecinctRows, TransferRow
from geo.voters.rows import VoterRow, checked
from geo.voters.sealing import ListKey
from geo.voters.staging import RowSealer
from tests.geo.voters.conftest import Ask
from tests.geo.voters.test_importing import NEWEST, sound
from tests.support.voters_list import VOTING_DAY, approve, load, write

GOOD = VoterRow(7, "850417300122", "Ахметов", "Нурлан", "Серікұлы", "17.04.1985", "ул. Кенесары, 4", "")
SEALER = RowSealer("71", 1, ListKey("new", b"n" * 32), ListKey("old", b"o" * 32))
ODD = "аА1?\x01\x0b\x1f\xad\xa0\ufffe\ufffd\ud800 "
FIELD = st.text(max_size=9) | st.text(st.sampled_from(ODD), max_size=9)


def read(**changes: str) -> tuple[VoterRow, tuple[str, list[str]] | None, RowNotes]:
    notes = RowNotes()
    ((row, _, fault),) = checked([GOOD._replace(**changes)], VOTING_DAY, notes)
    return row, fault and (fault.code, fault.parameters.get("fields", [])), notes


@pytest.mark.parametrize("character", ["\x00", "\x01", "\x0b", "\x1f", "\x7f", "\x9f", "\ufffe", "\ud800"])
@pytest.mark.parametrize("field", ["surname", "patronymic", "address", "deceased"])
def test_a_character_that_xml_cannot_hold_refuses_the_row(field: str, character: str) -> None:
    _, fault, _ = read(**{field: f"Ах{character}мет"})
    assert fault == ("control", [field])


@pytest.mark.parametrize(
    "name", ["????????", "Ах?етов", "\ufffd\ufffd", "12345", "12-345", "Ах\ue001ет", "Ах_x0001_ет"]
)
@pytest.mark.parametrize("field", ["surname", "first_name", "patronymic"])
def test_a_name_that_has_lost_its_letters_refuses_the_row(field: str, name: str) -> None:
    assert read(**{field: name})[1] == ("unreadable", [field])


def test_names_as_they_are_given_are_taken() -> None:
    for name in ("Ким", "Сейіт-Әли", "О’Нил", "фон дер Ларс", "Мария II", "Йоханнес 2-й", "-", "Е\u0308лкин"):
        row, fault, notes = read(surname=name)
        assert (row.surname, fault, notes.counts) == (name, None, {})
    assert read(address="ул. Кенесары, 4?")[1] is None


def test_an_endless_value_refuses_the_row() -> None:
    assert read(surname="А" * 100, address="а" * 500)[1] is None
    assert read(first_name="А" * 101)[1] == ("long", ["first_name"])
    assert read(surname="А" * 200_000, address="а" * 501)[1] == ("long", ["surname", "address"])


@pytest.mark.parametrize(
    "number",
    [
        "'930816941977",
        "930816 941977",
        "930816941977.0",
        "930 816 941 977",
        "930816\xa0941977",
        "’930816941977,00",
    ],
)
def test_a_number_as_spreadsheets_write_it_is_the_same_and_counted(number: str) -> None:
    row, fault, notes = read(iin=number, birth="16.08.1993")
    assert (row.iin, fault) == ("930816941977", None)
    assert notes.as_checks() == {"iin_spelling": {"count": 1, "lines": [7], "noted": [7]}}


def test_zeros_that_were_cut_off_come_back_behind_a_spelling() -> None:
    assert read(iin="'61211600012.0", birth="11.12.2006")[0].iin == "061211600012"


@pytest.mark.parametrize("number", ["9.30817E+11", "9,30817E+11", "9.308169E+11", "9E+11", "'9.3082e11"])
def test_a_number_that_was_rounded_is_not_a_wrong_digit(number: str) -> None:
    assert read(iin=number)[1] == ("iin_rounded", [])


def test_what_nobody_sees_goes_and_is_counted() -> None:
    row, fault, notes = read(surname="Ах\xadме\u200bтов", address="\ufeffул.\xa0Кенесары,\xa04")
    assert (row.surname, row.address, fault) == ("Ахметов", "ул. Кенесары, 4", None)
    assert notes.counts == {"cleaned": 1}
    assert read(first_name="\u200b")[1] == ("missing", ["first_name"])


@given(FIELD, FIELD, FIELD, FIELD)
def test_whatever_is_taken_can_be_sealed_and_written(
    surname: str, first_name: str, patronymic: str, address: str
) -> None:
    """So an approved list is never kept from its package; what is refused can be kept as it is too."""
    given_row = GOOD._replace(surname=surname, first_name=first_name, patronymic=patronymic, address=address)
    ((row, born, fault),) = checked([given_row], VOTING_DAY)
    if fault is None:
        assert born == date(1985, 4, 17)
        cells = (row.iin, row.surname, row.first_name, row.patronymic, born.isoformat(), row.address)
        written = TransferRow("0" * 32, *cells)
        document = XmlDocument()
        assert document.read(document.write(PrecinctRows("1", [written]))).rows == [written]
    else:
        assert SEALER.refusal(row, fault)


def test_faults_of_cells_are_told_by_their_lines_and_nobody_loses_the_vote(
    demo_copy: Settings, people: InventedList, file: Path, voters: Engine, ask: Ask, tmp_path: Path
) -> None:
    approve(demo_copy, load(demo_copy, file).id)
    (before,) = ask(NEWEST)
    lines, city, ring = sound(people), demo_copy.city, KeyRing.of(demo_copy)
    spoilt = {"control": "Ах\x1fметов", "unreadable": "???????", "long": "А" * 200_000}
    where = {}
    for line, (code, name) in zip(lines, spoilt.items()):
        line.cells["Фамилия"] = name
        where[code] = people.lines.index(line) + 1
    lines[3].cells["ИИН"] = f"'{lines[3].cells['ИИН']}"
    where["iin_spelling"] = people.lines.index(lines[3]) + 1
    list_id = load(demo_copy, write(people, file.with_name("next.csv"))).id
    (row,) = ask(NEWEST)
    assert {code: row.checks[code]["lines"] for code in where} == {code: [n] for code, n in where.items()}
    assert (row.removed, row.kept, row.corrected) == (0, before.kept + 3, 0)
    with voters.connect() as connection:
        for code, n in where.items():
            (found,) = checks.lines(connection, city.region, list_id, code, 10)
            assert found.line == n
    approve(demo_copy, list_id)
    with voters.begin() as connection:
        done = rekey.rekey(connection, city, ring, "aigerim")
    rekey.finish(ring, done)
    with voters.begin() as connection:
        assert export(connection, city, ring, list_id, tmp_path / "package", "aigerim").voters > 0


def test_a_file_of_which_no_row_can_be_taken_is_refused_and_leaves_no_key(
    demo_copy: Settings, people: InventedList, file: Path, ask: Ask
) -> None:
    approve(demo_copy, load(demo_copy, file).id)
    keys = sorted(os.listdir(KeyRing.of(demo_copy).folder))
    for line in people.lines:
        line.cells["ИИН"] = "9.30817E+11"
    header, *rows = write(people, file).read_text(encoding="utf-8").splitlines(keepends=True)
    for n in (0, 20):
        path = file.with_name("nobody.csv")
        path.write_text("".join([header, *rows[:n]]), encoding="utf-8")
        with pytest.raises(InvalidInput, match="voters.nobody") as raised:
            load(demo_copy, path)
        assert raised.value.parameters["rows"] == n
    assert "iin_rounded: " in raised.value.parameters["why"]
    assert [row.state for row in ask("select state from voters.list_version")] == ["current"]
    assert sorted(os.listdir(KeyRing.of(demo_copy).folder)) == keys
