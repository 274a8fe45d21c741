"""Statements name their parameters in one way, `:name`; what a driver wants is made of that by
`geo.database.for_driver`."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGES = ("dashboard", "layers", "etl", "geo", "tests")
RELEASED = ROOT / "geo" / "migrations" / "versions"
PLACEHOLDER = re.compile(r"%\(\w+\)s|(?:[=(,]|\b(?:values|limit|offset|in|any|all))\s*%s", re.IGNORECASE)
IN_THE_DRIVERS_FORM = {
    "geo/base.py": "names of constraints, which are no statements",
    "geo/logs.py": "the form of a line in the log",
    "geo/loading/incidents.py": "execute_values: one statement of many rows, whose place is called %s",
    "geo/loading/ledger.py": "execute_values",
    "geo/loading/placing.py": "execute_values",
    "geo/recovery/revocations.py": "execute_values",
    "geo/database.py": "what `for_driver` makes, in its docstring",
    "tests/geo/test_database.py": "what `for_driver` makes",
    "tests/geo/test_logs.py": "a fault of the driver's own cursor",
    "tests/support/city_rows.py": "execute_values",
    "tests/support/plan_town.py": "execute_values",
    "tests/test_statements.py": "what is looked for",
}


@cache
def modules() -> tuple[tuple[str, ast.Module], ...]:
    return tuple(read_modules())


def read_modules() -> Iterator[tuple[str, ast.Module]]:
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            if not path.is_relative_to(RELEASED):
                yield path.relative_to(ROOT).as_posix(), ast.parse(path.read_text())


def logged(tree: ast.Module) -> set[ast.AST]:
    """The first arguments of calls of a logger, which fills in its own placeholders."""
    return {
        node.args[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id in ("log", "logger")
        and node.args
    }


def test_every_statement_names_its_parameters_in_one_way() -> None:
    filled_in = {id(node) for _, tree in modules() for node in logged(tree)}
    found = {
        f"{path}:{node.lineno}"
        for path, tree in modules()
        if path not in IN_THE_DRIVERS_FORM
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and PLACEHOLDER.search(node.value)
        and id(node) not in filled_in
    }
    assert not found, f"write :name, and for a cursor of the driver geo.database.for_driver: {sorted(found)}"


def test_sqlalchemy_runs_no_statement_in_the_drivers_form() -> None:
    found = {
        f"{path}:{node.lineno}"
        for path, tree in modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr == "exec_driver_sql"
    }
    assert not found, f"write connection.execute(text(...)): {sorted(found)}"


def test_the_list_of_exceptions_names_none_that_is_gone() -> None:
    for path, tree in modules():
        if path in IN_THE_DRIVERS_FORM and path != "tests/test_statements.py":
            assert any(
                isinstance(node, ast.Constant)
                and isinstance(node.value, str)
                and PLACEHOLDER.search(node.value)
                for node in ast.walk(tree)
            ), path
    assert IN_THE_DRIVERS_FORM.keys() <= {path for path, _ in modules()}
