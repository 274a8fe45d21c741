"""Who may import whom: the contracts in `pyproject.toml`, kept by import-linter."""
from __future__ import annotations

import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).parents[1]


def test_the_import_contracts_are_kept() -> None:
    done = subprocess.run([Path(sys.executable).parent / "lint-imports", "--no-cache"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("package", ["dashboard", "layers", "etl", "geo"])
def test_no_module_reaches_itself_through_others(package: str) -> None:
    """Also for the eyes of a type checker alone. `CycleError` names the modules of the circle."""
    graph = grimp.build_graph(package, cache_dir=None)
    TopologicalSorter({module: graph.find_modules_directly_imported_by(module) for module in graph.modules}).prepare()
