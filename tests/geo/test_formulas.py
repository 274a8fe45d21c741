"""Formulas in what is exported as CSV: guarded in every export, fullwidth signs too; our readers give back
the text."""

from __future__ import annotations

import ast
import csv
import io
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from geo.formulas import guarded, unguarded
from layers.spreadsheets import harmless

ROOT = Path(__file__).parents[2]
SIGNS = "=+-@\t\r＝＋－＠"
FOR_PROGRAMS = {
    "geo/voters/package/documents.py": "the Commission's own form, signed byte by byte",
    "etl/demo/voters/writing.py": "an invented list, of our own words",
    "etl/demo/records.py": "rows on their way into the database, in memory",
    "etl/demo/projects.py": "an invented file, of our own words",
    "etl/runs/batches.py": "rows on their way into the database, in memory",
    "dashboard/commands/roster.py": "times and numbers alone",
}
"""What writes CSV and guards nothing, and why."""
GUARDS = {"guarded", "harmless", "MISTAKEN", "_plain", "_cell"}


@pytest.mark.parametrize("sign", SIGNS)
def test_each_sign_of_a_formula_is_guarded(sign: str) -> None:
    for guard in (guarded, harmless):
        assert guard(f"{sign}cmd|' /C calc'!A0") == f"'{sign}cmd|' /C calc'!A0"


@given(st.text() | st.text(alphabet="'=+-@＝＋－＠\t\r1a"))
@example("'=1")
@example("''")
def test_what_is_guarded_comes_back_and_never_begins_as_a_formula(text: str) -> None:
    assert unguarded(guarded(text)) == text
    assert guarded(text)[:1] not in SIGNS or not guarded(text)
    assert harmless(text)[:1] not in SIGNS or not harmless(text)


def test_a_file_of_them_is_read_back_the_same() -> None:
    texts = ["=1+1", "＝1", "'=1", "Яма", "-", "@SUM(A1)", ""]
    file = io.StringIO()
    csv.writer(file).writerow([guarded(text) for text in texts])
    [row] = csv.reader(io.StringIO(file.getvalue()))
    assert [unguarded(cell) for cell in row] == texts
    assert not [cell for cell in row if cell and cell[0] in SIGNS]


def test_whatever_writes_a_csv_guards_it_or_says_why_not() -> None:
    """A new export that forgets it is found here."""
    unguarded_files = set()
    for folder in ("dashboard", "layers", "geo", "etl"):
        for path in (ROOT / folder).rglob("*.py"):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            names = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
            used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
            imported = {
                alias.name
                for node in ast.walk(tree)
                if isinstance(node, ast.ImportFrom)
                for alias in node.names
            }
            written = {"writer", "DictWriter", "write_csv", "to_csv"} & names and "csv" in used | imported
            if written and not (used | imported) & GUARDS:
                unguarded_files.add(path.relative_to(ROOT).as_posix())
    assert unguarded_files == set(FOR_PROGRAMS)
