"""`./ikomek voters`: a list from a file into force, by two people, and what it prints on the way."""

from __future__ import annotations

import csv
import io
import json
import re
import sys
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

import etl.demo.voters.writing
import etl.voters.files
from dashboard import words
from dashboard.commands import voters
from etl.plans.files import read_precincts
from geo.audit import terminal
from geo.errors import Conflict, Forbidden, InvalidInput, NotFound
from geo.settings import Settings
from geo.voters.keys import KeyRing
from tests.support.receivers import FILES, Receiver, https_receiver
from tests.support.voters_list import approve

Run = Callable[..., tuple[int, str]]


@pytest.fixture
def run(demo_copy: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """A command by somebody; its exit code and what it printed."""
    words.language.set("en")

    def command(who: str, *argv: object, typed: str = "") -> tuple[int, str]:
        monkeypatch.setattr(terminal, "account_of", lambda uid: who)
        monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
        done = voters.main(
            demo_copy, ["voters", *map(str, argv)], etl.voters.files, lambda: etl.demo.voters.writing
        )
        printed = capsys.readouterr()
        return done, printed.out + printed.err

    return command


@pytest.fixture
def file(run: Run, tmp_path: Path) -> Path:
    path = tmp_path / "list.csv"
    done, printed = run("aigerim", "demo", path, "--voting-day", "2027-03-14")
    assert done == 0 and re.search(r"Made-up rows in .*: 1,2\d\d\.", printed)
    return path


def test_a_list_comes_into_force_by_two_people(run: Run, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InvalidInput, match="voters.voting_day"):
        run("aigerim", "import", file)
    done, printed = run("aigerim", "import", file, "--voting-day", "2027-03-14")
    assert done == 1, "it waits for decisions"
    assert "IIN whose check digit does not fit" in printed and "List 1 was loaded" in printed
    sums = re.search(r"(\d+) rows = 0 .* \+ (\d+) new \+ (\d+) refused", printed)
    assert sums is not None
    rows, new, refused = map(int, sums.groups())
    assert rows == new + refused
    with pytest.raises(Conflict, match="voters.open"):
        run("daulet", "approve")
    _, printed = run("aigerim", "worklist", "--most", 500)
    addresses = re.findall(r"^(\d+)\. .* · persons: \d+$", printed, re.MULTILINE)
    assert addresses
    for address in addresses:
        done, printed = run("aigerim", "decide", address, "none")
    assert "Addresses still open: 0." in printed
    run("aigerim", "undo", addresses[0])
    run("aigerim", "decide", addresses[0], "none")
    done, printed = run("aigerim", "check")
    assert done == 1 and re.search(r"the whole list \(0\): \d+ voters where \d+ were", printed)
    with pytest.raises(NotFound, match="voters.unknown_flag"):
        run("aigerim", "accept", "list", "--only", "lost")
    accepted = run("aigerim", "accept", "list")[1]
    assert "still open: 0" in accepted and "the whole list (0):" in accepted, "what was accepted is named"
    assert run("aigerim", "check")[0] == 0
    monkeypatch.setenv("LOGNAME", "daulet")  # what anybody writes makes nobody another person
    with pytest.raises(Forbidden, match="voters.second_person") as refused:
        run("aigerim", "approve")
    assert "on /voters" in words.error_words(refused.value)
    done, printed = run("daulet", "approve")
    assert done == 0 and "List 1 is in force" in printed
    _, printed = run("daulet", "status")
    assert "in force" in printed and "cli:aigerim" in printed and "cli:daulet" in printed
    assert "nothing has changed" in run("aigerim", "import", file)[1]
    assert "no building" in run("aigerim", "rules")[1]
    without = run("aigerim", "worklist", "--without", "--most", 500)[1]
    assert len(re.findall(r"^\d+\. .* decided by a person", without, re.MULTILINE)) == len(addresses)
    assert re.search(r"List 1: \d+ persons? without a building", without)
    assert "Rule 2 no longer applies" in run("aigerim", "forget", 2)[1]


def test_equal_decisions_are_shown_and_made_at_once(run: Run, file: Path) -> None:
    body, n = file.read_text(encoding="utf-8").splitlines(), 0
    for at, row in enumerate(body[1:], start=1):
        cells = row.split(";")
        if n < 4 and len(cells) == len(body[0].split(";")) and all(cells[:1]):
            n += 1
            cells[body[0].split(";").index("Адрес регистрации")] = f"ул. Никому Неизвестная, д. {n}"
            body[at] = ";".join(cells)
    file.write_text("\n".join([*body, ""]), encoding="utf-8")
    run("aigerim", "import", file, "--voting-day", "2027-03-14")
    _, printed = run("aigerim", "worklist", "--most", 500)
    address = re.findall(r"^(\d+)\. ул. Никому Неизвестная, д. \d", printed, re.MULTILINE)[0]
    still_open = len(re.findall(r"^\d+\. .* · persons: \d+$", printed, re.MULTILINE))
    _, printed = run("aigerim", "decide", address, "none", "--alike")
    found = re.search(r"(\d+) addresses, persons \d+\. To decide them: .* --alike (\d+)", printed)
    assert found is not None and printed.count("Никому Неизвестная") == int(found[1]) == int(found[2]) >= 2
    _, printed = run("aigerim", "decide", address, "none", "--alike", found[1])
    assert f"Addresses still open: {still_open - int(found[1])}." in printed
    _, printed = run("aigerim", "undo", address)
    assert f"The decision on {found[1]} addresses is undone." in printed
    assert f"Addresses still open: {still_open}." in printed
    with pytest.raises(NotFound, match="voters.no_flags"):
        run("aigerim", "accept", "house", "--every", "emptied")
    _, printed = run("aigerim", "accept", "list", "--every", "fallen")
    assert "1 change, voters" in printed and "--count 1" in printed
    assert "still open: 0" in run("aigerim", "accept", "list", "--every", "fallen", "--count", 1)[1]
    assert "still open: 1" in run("aigerim", "reopen", "list", "--only", "fallen")[1]


def test_a_person_confirms_a_proof_with_the_line_that_came_with_it(
    run: Run, file: Path, demo_copy: Settings, tmp_path: Path
) -> None:
    run("aigerim", "import", file, "--voting-day", "2027-03-14")
    approve(demo_copy, 1)
    run("daulet", "export", tmp_path / "package")
    precincts = json.loads((tmp_path / "package/manifest.json").read_text())["precincts"]
    roots = {one["number"]: one["root"] for one in precincts if one["voters"] > 1}
    for path in sorted((tmp_path / "package/precincts").glob("*.csv"))[:3]:
        head, line, other, *_ = [*path.read_text(encoding="utf-8").splitlines(), "", ""]
        number = line.split(";")[0]
        if number not in roots:
            continue
        fields, proof = line.split(";"), tmp_path / f"{number}.json"
        row = ("--row", tmp_path / f"{number}.csv")
        _, printed = run("daulet", "prove", tmp_path / "package", "--document", "1", *row, typed=fields[2])
        proof.write_text(printed)
        confirm = ("confirm", proof, "--root", roots[number])
        given = (tmp_path / f"{number}.csv").read_text(encoding="utf-8")
        for typed in (given, line, f"{head}\n{line}\n", "\n".join(fields[2:])):
            done, printed = run("anybody", *confirm, typed=typed)
            assert done == 0 and "The proof is right" in printed, typed
        done, printed = run("anybody", *confirm, typed=other)
        assert done == 1 and "another person's" in printed
        done, printed = run("anybody", *confirm[:3], "0" * 64, typed=line)
        assert done == 1 and "not for this root" in printed
        refused = {"1;2;3": "row_fields", "850417300123;a;b;c;17.04.1985;d": "voters.iin"}
        for typed, code in refused.items():
            with pytest.raises(InvalidInput, match=code):
                run("anybody", *confirm, typed=typed)
        with pytest.raises(InvalidInput, match="voters.root"):
            run("anybody", *confirm[:3], "yesterday", typed=line)


def test_a_moment_that_is_none_is_refused_with_an_example(
    run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        run("anna", "breach", "anna", "--from", "yesterday", "--to", "2027-03-14")
    assert "Write it as 2027-03-14T18:30, or a day as 2027-03-14" in capsys.readouterr().err


def test_which_sheet_of_a_workbook_was_read_is_said(run: Run, file: Path) -> None:
    with file.open(encoding="utf-8", newline="") as rows:
        table = list(csv.reader(rows, delimiter=";"))
    book = openpyxl.Workbook()
    book.active.title = "Список"
    for row in table:
        book.active.append(row)
    book.create_sheet("Прошлый")
    book.save(file.with_suffix(".xlsx"))
    _, printed = run("aigerim", "import", file.with_suffix(".xlsx"), "--voting-day", "2027-03-14")
    assert "The sheet “Список” of the workbook was read; not read: Прошлый." in printed
    book.move_sheet("Прошлый", -1)
    for row, code in (None, "sheet_blank"), (["a", "b"], "sheet_blank"), (["c", "d"], "sheet_columns"):
        if row is not None:
            book["Прошлый"].append(row)
        book.save(file.with_suffix(".xlsx"))
        with pytest.raises(InvalidInput, match=f"voters.{code}") as refused:
            run("aigerim", "import", file.with_suffix(".xlsx"), "--voting-day", "2027-03-14")
        assert "sheet “Прошлый”" in words.error_words(refused.value)


def persons(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as rows:
        return list(csv.DictReader(rows, delimiter=";"))


def test_no_command_but_the_look_prints_a_person(run: Run, file: Path) -> None:
    _, printed = run("aigerim", "import", file, "--voting-day", "2027-03-14")
    for command in (["check"], ["status"], ["worklist", "--most", 500], ["rules"]):
        printed += run("aigerim", *command)[1]
    named = {row[column] for row in persons(file) for column in ("ИИН", "Отчество", "Дата рождения")}
    assert not {name for name in named if name and name in printed}


def test_one_person_is_looked_up_and_printed_masked(run: Run, file: Path, demo_copy: Settings) -> None:
    run("aigerim", "import", file, "--voting-day", "2027-03-14")
    look = ("look", "--why", "call", "--document", "109-7")
    with pytest.raises(NotFound, match="voters.no_list"):
        run("gulnar", *look, typed="850417300122\n")
    approve(demo_copy, 1)
    person = next(row for row in persons(file)[20:] if row["ИИН"] and row["Фамилия"])
    _, printed = run("gulnar", *look, typed=f"{person['ИИН']}\n")
    number, surname, *_ = printed.splitlines()
    assert (number, surname) == (f"**********{person['ИИН'][-2:]}", person["Фамилия"])


def test_a_list_that_was_overtaken_says_so_first(run: Run, file: Path, demo_copy: Settings) -> None:
    run("aigerim", "import", file, "--voting-day", "2027-03-14")
    later = file.with_name("later.csv")
    later.write_bytes(b"\n".join(file.read_bytes().splitlines()[:-1]) + b"\n")
    run("aigerim", "import", later, "--voting-day", "2027-03-14")
    approve(demo_copy, 2)
    done, printed = run("aigerim", "check", "--list", 1)
    assert done == 1 and printed.startswith("List 1 can no longer be approved")
    assert "Still open" not in printed and "Load its file again" in printed


def test_verifying_says_that_a_list_is_no_longer_in_force(
    run: Run, file: Path, demo_copy: Settings, tmp_path: Path
) -> None:
    run("aigerim", "import", file, "--voting-day", "2027-03-14")
    approve(demo_copy, 1)
    run("daulet", "export", tmp_path / "package")
    verify = ("verify", tmp_path / "package", "--source")
    assert "no longer in force" not in run("daulet", *verify)[1]
    later = file.with_name("later.csv")
    later.write_bytes(b"\n".join(file.read_bytes().splitlines()[:-1]) + b"\n")
    run("aigerim", "import", later)
    approve(demo_copy, 2)
    done, printed = run("daulet", *verify)
    assert done == 0 and "List 1 is no longer in force: replaced. The list in force: 2." in printed


def test_a_list_can_be_thrown_away(run: Run, file: Path) -> None:
    run("aigerim", "import", file, "--voting-day", "2027-03-14")
    assert "was rejected" in run("aigerim", "reject")[1]
    with pytest.raises(NotFound, match="voters.nothing_waits"):
        run("daulet", "approve")
    assert "rejected" in run("daulet", "status")[1]


def test_a_package_has_borders_text_and_act_and_two_are_the_same_bytes(
    run: Run, file: Path, demo_copy: Settings, tmp_path: Path
) -> None:
    run("aigerim", "import", file, "--voting-day", "2027-03-14")
    approve(demo_copy, 1)
    for name in ("one", "two"):
        run("daulet", "export", tmp_path / name)
    manifest = json.loads((tmp_path / "one/manifest.json").read_text())
    papers = {name for name in manifest["files"] if "/" not in name}
    assert papers == {
        *("voters.xsd", "borders.gpkg", "decision-kk.txt", "decision-ru.txt"),
        *("act-kk.pdf", "act-ru.pdf"),
    }
    one, two = ((tmp_path / name / "manifest.json").read_bytes() for name in ("one", "two"))
    assert one == two
    borders = read_precincts(tmp_path / "one/borders.gpkg", demo_copy.city).precincts
    assert {str(number) for number in (precinct.number for precinct in borders)} >= {
        precinct["number"] for precinct in manifest["precincts"] if precinct["number"]
    }
    assert all((tmp_path / f"one/act-{lang}.pdf").read_bytes().startswith(b"%PDF-") for lang in ("kk", "ru"))
    assert run("daulet", "verify", tmp_path / "one", "--source")[0] == 0
    (tmp_path / "one/manifest.cms").write_bytes(b"\x30\x82")
    done, printed = run("daulet", "verify", tmp_path / "one")
    assert done == 0 and "(manifest.cms) is carried along and was not checked" in printed


def test_a_package_is_sent_and_its_state_printed(
    run: Run, file: Path, demo_copy: Settings, tmp_path: Path
) -> None:
    run("aigerim", "import", file, "--voting-day", "2027-03-14")
    approve(demo_copy, 1)
    run("daulet", "export", tmp_path / "package")
    with pytest.raises(InvalidInput, match="voters.transfer.none"):
        run("daulet", "send", tmp_path / "package")
    keys, folder = KeyRing.of(demo_copy).folder, tmp_path / "received"
    folder.mkdir()
    receiver = Receiver(folder)
    with https_receiver(receiver, keys):
        settings = {"address": receiver.address, **FILES["https"]}
        lines = [f'{name} = "{value}"\n' for name, value in settings.items()]
        (keys / "transfer.toml").write_text("".join(lines))
        done, printed = run("daulet", "send", tmp_path / "package")
    assert done == 0 and "receipt CEC-2027-000001 of 2099-02-09 18:52" in printed
    assert "taken, 100%, attempts 1, to https://127.0.0.1" in run("daulet", "status")[1]


def test_a_print_that_fails_leaves_nothing_of_it(
    run: Run, file: Path, demo_copy: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("aigerim", "import", file, "--voting-day", "2027-03-14")
    approve(demo_copy, 1)
    there, killed = tmp_path / "there", tmp_path / f".paper.printing.{10**9}"
    for folder in (there, killed):
        folder.mkdir()
    printed: list[object] = []

    def fails(*given: object) -> bytes:
        printed.append(given)
        if len(printed) % 2 == 0:
            raise RuntimeError("no room")
        return b"%PDF-"

    monkeypatch.setattr("dashboard.commands.voters.sheets.voters_pdf", fails)
    for folder in (tmp_path / "paper", there):
        with pytest.raises(RuntimeError, match="no room"):
            run("aigerim", "print", folder)
    assert not (tmp_path / "paper").exists() and not list(tmp_path.glob(".*.printing.*"))
    assert list(there.iterdir()) == []


def test_rows_of_a_guessed_encoding_are_said(run: Run, file: Path, tmp_path: Path) -> None:
    guessed = tmp_path / "guessed.csv"
    guessed.write_bytes(file.read_text(encoding="utf-8").encode("kz1048"))
    rows = file.read_text(encoding="utf-8").count("\n") - 1
    notice = f"The encoding of {rows:,} rows was guessed"
    assert notice in run("aigerim", "import", guessed, "--voting-day", "2027-03-14")[1]
    assert notice in run("aigerim", "check", "--list", 1)[1]
    assert "was guessed" not in run("aigerim", "import", file)[1]


def test_new_keys_wait_for_the_approval(run: Run, file: Path) -> None:
    run("aigerim", "import", file, "--voting-day", "2027-03-14")
    with pytest.raises(Conflict, match="voters.rekey_pending"):
        run("aigerim", "rekey")
    run("aigerim", "reject")
    code, printed = run("aigerim", "rekey")
    assert code == 0 and "copy" in printed and "List" not in printed
