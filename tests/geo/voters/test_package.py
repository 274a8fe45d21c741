"""The package: the same bytes twice, whole by itself, equal to its list row for row; whatever is changed in
it is found; a proof shows that one person is in it without showing anybody else."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from contextlib import suppress
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import hypothesis
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from sqlalchemy import Engine, text

from etl.demo.voters.writing import InventedList
from geo.audit.keys import open_signer
from geo.database import connected
from geo.errors import Conflict, InvalidInput, NotFound
from geo.settings import Settings
from geo.voters.keys import KeyRing
from geo.voters.model import take_turn
from geo.voters.package import merkle
from geo.voters.package.documents import FORMATS, SCHEMA
from geo.voters.package.export import Exported, as_bytes, export, remove_unfinished, signature_file
from geo.voters.package.source import PrecinctRows, TransferRow
from geo.voters.package.unfinished import is_any
from geo.voters.package.verify import compare, judge_proof, prove, read_precinct, read_proof, verify
from tests.geo.voters.conftest import Ask
from tests.support.killable import eventually
from tests.support.voters_list import load, write

WORDS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20).map(
    lambda one: " ".join(one.split()) or "-"
)
ROWS = st.builds(
    TransferRow,
    salt=st.binary(min_size=16, max_size=16).map(bytes.hex),
    iin=st.from_regex("[0-9]{12}", fullmatch=True),
    surname=WORDS,
    first_name=WORDS,
    patronymic=st.just("") | WORDS,
    birth=st.dates().map(lambda day: day.isoformat()),
    address=WORDS,
)


@pytest.fixture
def demo_copy(listed_copy: Settings) -> Settings:
    """A list is in force."""
    return listed_copy


@pytest.fixture
def in_force(ask: Ask) -> int:
    """The list."""
    ((list_id,),) = ask("select id from voters.list_version where state = 'current'")
    return int(list_id)


def exported(settings: Settings, voters: Engine, list_id: int, folder: Path) -> Exported:
    with voters.begin() as connection:
        return export(connection, settings.city, KeyRing.of(settings), list_id, folder, "aigerim")


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


def test_two_exports_are_the_same_bytes_and_equal_the_list_row_for_row(
    demo_copy: Settings, people: InventedList, in_force: int, voters: Engine, tmp_path: Path, ask: Ask
) -> None:
    first = exported(demo_copy, voters, in_force, tmp_path / "first")
    second = exported(demo_copy, voters, in_force, tmp_path / "second")
    assert contents(first.folder) == contents(second.folder) and first.manifest == second.manifest
    assert first.folder.stat().st_mode & 0o077 == 0
    assert all(path.stat().st_mode & 0o077 == 0 for path in first.folder.rglob("*"))
    found = verify(first.folder)
    assert found.faults == [] and found.signed_by == open_signer(KeyRing.of(demo_copy).folder).fingerprint
    listed = ask("select count(*) as n from voters.person where list_id = :list", list=in_force)[0].n
    assert found.manifest["voters"] == first.voters == listed > 0
    with voters.begin() as connection:
        assert compare(connection, demo_copy.city, KeyRing.of(demo_copy), first.folder) == 0
    transferred = {
        row.iin: row
        for one in found.manifest["precincts"]
        for row in read_precinct(first.folder, one["number"]).rows
    }
    planted = [line for line in people.lines if not line.fault and line.building]
    assert len(planted) > 100
    for line in planted:
        row, cells = transferred[line.cells["ИИН"]], line.cells
        assert (row.surname, row.first_name, row.patronymic) == (
            cells["Фамилия"],
            cells["Имя"],
            cells["Отчество"],
        )
        assert row.address == " ".join(cells["Адрес регистрации"].split())
    recorded = ask("select parameters from audit where what = 'voters.exported'")
    assert [row.parameters for row in recorded] == [
        {"list": in_force, "rows": listed, "hash": first.manifest}
    ] * 2
    schema = etree.XMLSchema(etree.parse(BytesIO(SCHEMA.encode())))
    for path in first.folder.rglob("*.xml"):
        schema.assertValid(etree.parse(path))


def test_whatever_is_changed_is_found(
    demo_copy: Settings, in_force: int, voters: Engine, tmp_path: Path
) -> None:
    whole = exported(demo_copy, voters, in_force, tmp_path / "whole").folder
    some = max(whole.glob("precincts/*.xml"), key=lambda path: path.stat().st_size).name
    number = verify(whole).manifest["precincts"][-1]["number"]
    row = read_precinct(whole, number).rows[0]

    def faults(change: str) -> set[str]:
        folder = tmp_path / change
        shutil.copytree(whole, folder)
        path = folder / "precincts" / some
        manifest = json.loads((folder / "manifest.json").read_bytes())
        if change == "gone":
            path.unlink()
        elif change == "more":
            (folder / "precincts" / "more.csv").write_bytes(b"")
        elif change == "row":
            path.write_bytes(path.read_bytes().replace(b"<surname>", b"<surname>X", 1))
        elif change == "manifest":
            manifest["voters"] += 1
            (folder / "manifest.json").write_bytes(as_bytes(manifest))
        elif change == "signature":
            (folder / "manifest.sig").write_bytes((folder / "manifest.sig").read_bytes() + b"\n")
        elif change == "letters":
            (folder / "manifest.sig").write_bytes((folder / "manifest.sig").read_bytes().upper())
        elif change == "key":
            (folder / "key.pem").write_bytes(b"The key:\n" + (folder / "key.pem").read_bytes())
        elif change == "folder":
            (folder / "precincts" / "more").mkdir()
        elif change == "link":
            (tmp_path / "elsewhere").write_bytes(path.read_bytes())
            path.unlink()
            path.symlink_to(tmp_path / "elsewhere")
        elif change == "resigned":  # by somebody who has no key of ours
            other = open_signer(tmp_path / "other")
            manifest["precincts"][-1]["root"] = "00" * 32
            body = as_bytes(manifest)
            (folder / "manifest.json").write_bytes(body)
            (folder / "manifest.sig").write_bytes(signature_file(other.sign(body)))
            (folder / "key.pem").write_bytes(other.public_pem())
            assert [code for code, _ in verify(folder, whole / "key.pem").faults] == ["signature"]
        return {code for code, _ in verify(folder).faults}

    assert faults("gone") == {"missing"}
    assert faults("more") == {"unknown"}
    assert faults("row") == {"changed"}
    assert faults("manifest") == {"signature", "count"}
    assert faults("signature") == faults("letters") == {"signature"}
    assert faults("key") == faults("link") == {"changed"}
    assert faults("folder") == {"unknown"}
    assert faults("resigned") == {"root"}
    with pytest.raises(InvalidInput, match="voters.no_package"):
        verify(tmp_path)
    with voters.begin() as connection:  # the list has changed since
        hash_ = KeyRing.of(demo_copy).get(key_of(voters)).lookup(row.iin)
        connection.execute(text("delete from voters.person where hash = :hash"), {"hash": hash_})
        assert compare(connection, demo_copy.city, KeyRing.of(demo_copy), whole) == 1
        connection.rollback()


def key_of(voters: Engine) -> str:
    with voters.connect() as connection:
        return str(connection.scalar(text("select key_id from voters.list_version")))


def test_a_proof_shows_one_person_and_nobody_else(
    demo_copy: Settings, in_force: int, voters: Engine, tmp_path: Path
) -> None:
    folder = exported(demo_copy, voters, in_force, tmp_path / "whole").folder
    precinct = max(verify(folder).manifest["precincts"], key=lambda one: one["voters"])
    rows = read_precinct(folder, precinct["number"]).rows
    for row in (rows[0], rows[len(rows) // 2], rows[-1]):
        proof, own = prove(folder, row.iin)
        proof = json.loads(json.dumps(proof))
        assert own == row
        assert len(json.dumps(proof)) < 1000
        assert judge_proof(proof, row, precinct["root"]) == "right"
        assert judge_proof(proof, row._replace(address="elsewhere"), precinct["root"]) == "row"
        assert judge_proof(proof | {"salt": "00" * 16}, row, precinct["root"]) == "row"
        assert judge_proof(proof, row, "00" * 32) == "root"
        assert judge_proof(proof | {"root": "00" * 32}, row, precinct["root"]) == "root"
        assert not any(other.iin in json.dumps(proof) for other in rows)
    with pytest.raises(NotFound, match="voters.not_listed"):
        prove(folder, "850417300122")
    with pytest.raises(InvalidInput, match="voters.proof"):
        judge_proof({"index": "x"}, rows[0], precinct["root"])
    with pytest.raises(InvalidInput, match="voters.root"):
        judge_proof(proof, rows[0], "root")
    for body in ("{", "[1]", ""):
        (tmp_path / "proof.json").write_text(body)
        with pytest.raises(InvalidInput, match="voters.proof"):
            read_proof(tmp_path / "proof.json")


KILLED = """
import os, signal, sys
from dataclasses import replace
from pathlib import Path
from geo.database import connect_engine
from geo.settings import Settings
from geo.voters.keys import KeyRing
from geo.voters.package import export
url, data, folder, when = sys.argv[1:]
settings = replace(Settings.load({"IKOMEK_DATA": data}), database_url=url, own_database=True)
def kill(*args, **parameters):
    os.kill(os.getpid(), signal.SIGKILL)
if when == "before the trace":
    export.record_audit = kill
elif when == "before the name":
    Path.rename = kill
else:
    export.sync_folder = kill
with connect_engine(settings, "voters").begin() as connection:
    export.export(connection, settings.city, KeyRing.of(settings), 1, Path(folder), "aigerim")
"""
TRACES = (
    "select what, parameters ->> 'hash' as hash from audit where what like 'voters.%exported' order by id"
)


def kill_export(settings: Settings, folder: Path, when: str) -> None:
    folder.parent.mkdir()
    arguments = [settings.database_url, str(settings.data), str(folder), when]
    done = subprocess.run([sys.executable, "-c", KILLED, *arguments], cwd=Path(__file__).parents[3])
    assert done.returncode == -9
    eventually(lambda: is_free(settings))  # the database ends its session a moment later


def is_free(settings: Settings) -> bool:
    with suppress(Conflict), connected(settings, "voters") as connection:
        take_turn(connection)
        return True
    return False


def test_what_a_killed_export_has_left_is_removed_by_the_next(
    demo_copy: Settings, in_force: int, voters: Engine, tmp_path: Path, ask: Ask
) -> None:
    for when, traces in (("before the trace", []), ("before the name", ["voters.exported"])):
        already = len(ask(TRACES))
        folder = tmp_path / when / "package[1]"
        kill_export(demo_copy, folder, when)
        (left,) = folder.parent.iterdir()
        assert left.stat().st_mode & 0o077 == 0 and list(left.rglob("*.xml"))
        assert [row.what for row in ask(TRACES)[already:]] == traces
        done = exported(demo_copy, voters, in_force, folder)
        assert list(folder.parent.iterdir()) == [folder] and verify(folder).faults == []
        assert done.cut_off == (done.manifest,), "two exports of one list are the same bytes"
        ended = [(row.what, row.hash) for row in ask(TRACES)[already + len(traces) :]]
        assert ended == [(what, done.manifest) for what in ("voters.not_exported", "voters.exported")]


def test_what_a_killed_export_has_left_is_removed_whatever_is_done_next(
    demo_copy: Settings, in_force: int, voters: Engine, tmp_path: Path
) -> None:
    ring = KeyRing.of(demo_copy)
    for name, held in (("one", False), ("two", True), ("three", False)):
        folder = tmp_path / name / "package"
        kill_export(demo_copy, folder, "before the name")
        (left,) = folder.parent.iterdir()
        if held:
            with voters.begin() as other, voters.begin() as connection:
                take_turn(other)  # as an export that is being made
                assert remove_unfinished(connection, ring, "daulet") == [] and left.exists()
        elif name == "one":
            with voters.begin() as connection:
                assert remove_unfinished(connection, ring, "daulet") == [left]
            assert not left.exists() and not is_any(ring)
    done = exported(demo_copy, voters, in_force, tmp_path / "other")
    assert len(done.cut_off) == 1 and not is_any(ring), "the third export has removed the second"
    assert not any((tmp_path / "two").iterdir()) and not any((tmp_path / "three").iterdir())


def test_no_package_is_without_its_trace(
    demo_copy: Settings, in_force: int, tmp_path: Path, ask: Ask
) -> None:
    """Killed just after it has its name."""
    folder = tmp_path / "out" / "package"
    kill_export(demo_copy, folder, "after the name")
    assert verify(folder).faults == []
    assert [row.what for row in ask(TRACES)] == ["voters.exported"]


def test_an_export_that_fails_at_the_end_leaves_no_person_behind(
    demo_copy: Settings,
    in_force: int,
    voters: Engine,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    ask: Ask,
) -> None:
    def full(_: Path) -> None:
        raise OSError("no space")

    monkeypatch.setattr("geo.voters.package.export.sync_folder", full)
    with pytest.raises(OSError, match="no space"):
        exported(demo_copy, voters, in_force, tmp_path / "package")
    assert list(tmp_path.glob("*package*")) == []
    assert [row.what for row in ask(TRACES)] == ["voters.exported", "voters.not_exported"]


def test_only_an_approved_list_is_exported_and_nothing_is_written_over(
    demo_copy: Settings, people: InventedList, voters: Engine, tmp_path: Path
) -> None:
    people.lines.reverse()
    list_id = load(demo_copy, write(people, tmp_path / "next.csv")).id
    with pytest.raises(Conflict, match="voters.not_approved"):
        exported(demo_copy, voters, list_id, tmp_path / "early")
    assert not (tmp_path / "early").exists()
    with pytest.raises(InvalidInput, match="voters.folder"):
        exported(demo_copy, voters, list_id, tmp_path)
    assert [name for name in os.listdir(tmp_path) if name.startswith(".")] == []


@given(st.text(max_size=12), st.lists(ROWS, max_size=3))
@hypothesis.settings(max_examples=40)
def test_every_form_reads_what_it_wrote(number: str, rows: list[TransferRow]) -> None:
    number = "".join(one for one in number if one.isprintable())
    for format_ in FORMATS:
        try:
            read = format_.read(format_.write(PrecinctRows(number, rows)))
        except InvalidInput as error:
            assert error.code == "voters.unwritable"
            continue
        assert read.rows == rows


@given(st.integers(1, 70), st.data())
def test_every_leaf_has_its_proof_and_no_other(n: int, data: st.DataObject) -> None:
    leaves = [bytes([i]) * 32 for i in range(n)]
    root = merkle.root(leaves)
    index, other = data.draw(st.integers(0, n - 1)), data.draw(st.integers(0, n - 1))
    proof = merkle.prove(leaves, index)
    assert merkle.holds(proof, leaves[index], root)
    assert merkle.holds(proof, leaves[other], root) == (other == index)
    assert merkle.holds(replace(proof, index=other), leaves[index], root) == (other == index)
    assert not merkle.holds(replace(proof, path=(*proof.path, b"x" * 32)), leaves[index], root)


def test_the_tree_is_that_of_rfc_6962() -> None:
    """The definition there: recursive, split at the greatest power of two below the size."""
    leaves = [merkle.sha256(merkle.LEAF + bytes([n])).digest() for n in range(7)]

    def recursive(part: list[bytes]) -> bytes:
        if len(part) == 1:
            return part[0]
        split = 1 << (len(part) - 1).bit_length() - 1
        return merkle.sha256(merkle.NODE + recursive(part[:split]) + recursive(part[split:])).digest()

    for n in range(1, 8):
        assert merkle.root(leaves[:n]) == recursive(leaves[:n])
