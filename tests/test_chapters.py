"""Each package is a chapter: its docstring names each of its files and rooms once, in a line that says
what it does."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = sorted(
    {path.parent for top in ("dashboard", "layers", "etl", "geo") for path in (ROOT / top).rglob("*.py")}
    - {ROOT / "geo/migrations/versions"}
)
LINE = re.compile(r"^\* `(\w+)`: \S", re.MULTILINE)


@pytest.mark.parametrize("package", PACKAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_package_names_each_of_its_files_once(package: Path) -> None:
    chapter = ast.get_docstring(ast.parse((package / "__init__.py").read_text(encoding="utf-8"))) or ""
    rooms = {path.relative_to(package).parts[0].removesuffix(".py") for path in package.rglob("*.py")} - {
        "__init__"
    }
    assert sorted(LINE.findall(chapter)) == sorted(rooms)
