"""`./ikomek test --fast [--since REVISION]`: the tests nearest to what has changed since a revision, until
their time is up.

What has changed: everything since `REVISION`; without one what is not committed yet, or the last commit
where nothing is. Nearest first: the rules of the whole tree, changed tests, tests of the same name as a
changed file, tests that import a changed module, tests that import it through others. What is not reached
in time is skipped and counted.
"""

from __future__ import annotations

import ast
import subprocess
import time
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

import grimp
import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("dashboard", "layers", "etl", "geo")
ALWAYS = {
    "tests/test_contracts.py",
    "tests/test_style.py",
    "tests/test_repository.py",
    "tests/test_chapters.py",
    "tests/dashboard/test_words.py",
}
SECONDS = 140
"""After this no further test is begun: with the start and the last tests the command stays under three
minutes."""
FARTHEST = 4
"""Imports between a test and a change; a test farther away says little about it."""
PAGE_OF_SCRIPTS = {"studio": "precincts", "duty": "map"}
"""Scripts and styles that are not named like the page they belong to, by their room, or by the first word
of their names at the root."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--fast", action="store_true", help="the tests nearest to a change, in under 3 minutes")
    parser.addoption(
        "--since", metavar="REVISION", help="with --fast: everything that has changed since then"
    )


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("fast"):
        config.pluginmanager.register(Nearest(config.getoption("since")), "nearest")


class Nearest:
    """Keeps the tests that a change needs, nearest first, and lets none begin after `SECONDS`."""

    def __init__(self, revision: str | None) -> None:
        self.revision = revision
        self.end = time.monotonic() + SECONDS

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        distances = distances_to(changed_files(self.revision), {_relative(item.path) for item in items})
        near = [item for item in items if _relative(item.path) in distances]
        far = [item for item in items if _relative(item.path) not in distances]
        config.hook.pytest_deselected(items=far)
        items[:] = sorted(near, key=lambda item: distances[_relative(item.path)])

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self) -> None:
        if time.monotonic() > self.end:
            pytest.skip("not reached in time: run it by its name, or the whole suite")


def changed_files(revision: str | None) -> set[str]:
    """Paths from the root, `/` between their parts."""
    fresh = _git("ls-files", "--others", "--exclude-standard")
    since = _git("diff", "--name-only", revision or "HEAD")
    return {*since, *fresh} or set(_git("diff", "--name-only", "HEAD~1"))


def distances_to(changed: set[str], tests: Iterable[str]) -> dict[str, int]:
    """By test file: 0 for the rules of the tree, changed tests and tests of a changed file's name, else
    the imports between."""
    modules = _distances_of_modules({_module(path) for path in changed if path.endswith(".py")})
    found = {}
    for test in tests:
        imported = [modules[name] + 1 for name in _imports(ROOT / test) if name in modules]
        if test in ALWAYS or test in changed or any(_same_name(path, test) for path in changed):
            found[test] = 0
        elif imported and min(imported) <= FARTHEST:
            found[test] = min(imported)
    return found


def _distances_of_modules(changed: set[str]) -> dict[str, int]:
    """How many imports lie between a module and the nearest changed one; only modules that reach one."""
    graph = grimp.build_graph(*PACKAGES, cache_dir=None)
    distances = dict.fromkeys(changed, 0)
    edge = [module for module in changed if module in graph.modules]
    for distance in range(1, FARTHEST):
        importers = {
            importer for module in edge for importer in graph.find_modules_that_directly_import(module)
        }
        edge = [module for module in importers if module not in distances]
        distances |= dict.fromkeys(edge, distance)
    return distances


def _same_name(path: str, test: str) -> bool:
    """`geo/plans/undo.py` goes with `tests/geo/plans/test_undo.py` and `tests/geo/test_plans.py`,
    `assets/studio/flow.js` with `test_precincts.py`."""
    file, names = (
        PurePosixPath(path),
        [part.removeprefix("test_") for part in PurePosixPath(test).with_suffix("").parts[1:]],
    )
    if file.parts[0] == "assets":
        word = file.stem.split("_")[0] if len(file.parts) == 2 else file.parts[1]
        page = PAGE_OF_SCRIPTS.get(word, word)
        return "commands" not in names and any(name == page or name.startswith(f"{page}_") for name in names)
    own = [part for part in file.with_suffix("").parts if part != "__init__"]
    shorter = min(len(own), len(names))
    return shorter > 1 and own[:shorter] == names[:shorter]


def _imports(path: Path) -> set[str]:
    """Modules that a file names in its imports, `from package import module` as both."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


def _module(path: str) -> str:
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def _relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def _git(*arguments: str) -> list[str]:
    listed = subprocess.run(
        ["git", "-c", "safe.directory=*", *arguments], cwd=ROOT, capture_output=True, text=True
    )
    if listed.returncode:
        raise pytest.UsageError(listed.stderr.strip())
    return listed.stdout.splitlines()
