"""Who may import whom: the contracts in `pyproject.toml`, kept by import-linter."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import grimp
import pytest

from tests.support import architecture

ROOT = Path(__file__).parents[1]


def test_the_import_contracts_are_kept() -> None:
    done = subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-cache"], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("package", ["dashboard", "layers", "etl", "geo"])
def test_no_module_reaches_itself_through_others(package: str) -> None:
    """Also for the eyes of a type checker alone. `CycleError` names the modules of the circle."""
    graph = grimp.build_graph(package, cache_dir=None)
    TopologicalSorter(
        {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
    ).prepare()


def test_the_picture_of_the_rooms_is_that_of_the_imports() -> None:
    page = architecture.FILE.read_text(encoding="utf-8")
    assert architecture.with_picture(page) == page, "python -m tests.support.architecture draws it anew"


def bound(statements: list[ast.stmt]) -> Iterator[str]:
    """Names that a module binds when it is imported, in branches too."""
    for statement in statements:
        if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield statement.name
        elif isinstance(statement, (ast.Import, ast.ImportFrom)):
            yield from (alias.asname or alias.name.split(".")[0] for alias in statement.names)
        else:
            stored = (node for node in ast.walk(statement) if isinstance(node, ast.Name))
            yield from (node.id for node in stored if isinstance(node.ctx, ast.Store))
            for part in ("body", "orelse", "handlers", "finalbody"):
                yield from bound(getattr(statement, part, None) or [])


def dotted(path: Path) -> str:
    return path.relative_to(ROOT).as_posix().removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def test_every_name_that_is_imported_from_us_is_there() -> None:
    """Also in benches and in functions, which no test may ever run."""
    tops = ("dashboard", "layers", "etl", "geo", "tests")
    paths = [path for top in tops for path in (ROOT / top).rglob("*.py")]
    trees = {path: ast.parse(path.read_text(encoding="utf-8")) for path in paths}
    names = {dotted(path): set(bound(tree.body)) for path, tree in trees.items()}
    modules = names.keys() | {dotted(path.parent) for path in paths}
    missing = [
        f"{dotted(path)}:{node.lineno}: {node.module}.{alias.name}"
        for path, tree in trees.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] in tops
        for alias in node.names
        if alias.name not in names.get(node.module, ()) and f"{node.module}.{alias.name}" not in modules
    ]
    assert not missing, "\n".join(missing)


def test_what_requests_need_is_opened_in_one_lifespan() -> None:
    """A router with a lifespan of its own would open what others then rely on without a word."""
    opened = {
        dotted(path)
        for top in ("dashboard", "layers")
        for path in (ROOT / top).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.keyword) and node.arg in ("lifespan", "on_startup", "on_shutdown")
    }
    assert opened == {"dashboard.server"}


def test_one_reader_checks_the_bodies_of_all_routes() -> None:
    readers = {
        dotted(path)
        for top in ("dashboard", "layers")
        for path in (ROOT / top).rglob("*.py")
        if "model_validate" in path.read_text(encoding="utf-8")
    }
    assert readers == {"dashboard.routes"}


def test_a_class_name_is_used_once() -> None:
    """One name, one meaning: who reads it in a traceback or greps for it finds one class."""
    modules: dict[str, list[str]] = {}
    for top in ("dashboard", "layers", "etl", "geo"):
        for path in (ROOT / top).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.ClassDef):
                    modules.setdefault(node.name, []).append(dotted(path))
    assert not {name: where for name, where in modules.items() if len(where) > 1}
