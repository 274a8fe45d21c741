"""Each package is a chapter: its docstring names each of its files and rooms once, in a line that says
what it does. The chapters of `assets` and `tests` are their READMEs."""

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
FOLDER, ASSET_LINE = re.compile(r"## `(\w+/)`: \S"), re.compile(r"\* `([\w.]+)`: \S")
TEST_LINE = re.compile(r"\* `[\w./]+`(?:, `[\w./]+`)*: \S")


@pytest.mark.parametrize("package", PACKAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_package_names_each_of_its_files_once(package: Path) -> None:
    chapter = ast.get_docstring(ast.parse((package / "__init__.py").read_text(encoding="utf-8"))) or ""
    rooms = {path.relative_to(package).parts[0].removesuffix(".py") for path in package.rglob("*.py")} - {
        "__init__"
    }
    assert sorted(LINE.findall(chapter)) == sorted(rooms)


def test_the_chapter_of_assets_names_each_script_and_style_once() -> None:
    chapter = (ROOT / "assets/README.md").read_text(encoding="utf-8")
    listed, folder = [], ""
    for line in chapter.splitlines():
        if line.startswith("## "):
            folder = found[1] if (found := FOLDER.match(line)) else ""
        elif found := ASSET_LINE.match(line):
            listed.append(folder + found[1])
    own = (path.relative_to(ROOT / "assets").as_posix() for path in (ROOT / "assets").rglob("*.*"))
    files = [path for path in own if not path.startswith("vendor/") and path != "README.md"]
    assert sorted(listed) == sorted(files)


def test_the_chapter_of_tests_names_each_rule_helper_and_bench_once() -> None:
    listed, folder = [], ""
    for line in (ROOT / "tests/README.md").read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            folder = found[1] if (found := FOLDER.match(line)) else ""
        elif found := TEST_LINE.match(line):
            listed += [folder + name for name in re.findall(r"`([\w./]+\.py)`", found[0])]
    tests = ROOT / "tests"
    files = [path for folder in (".", "support", "bench") for path in (tests / folder).glob("*.py")]
    own = [
        path.relative_to(tests).as_posix()
        for path in files
        if path.name not in ("__init__.py", "conftest.py")
    ]
    assert sorted(name for name in listed if not name.startswith("dashboard/")) == sorted(own)
    assert all((tests / name).is_file() for name in listed)
