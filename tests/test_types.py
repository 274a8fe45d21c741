"""Types hold (`[tool.mypy]` in `pyproject.toml`): `geo` strictly, the packages above it as far as is said
there."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_types_hold() -> None:
    mypy = Path(sys.executable).parent / "mypy"
    done = subprocess.run([mypy], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_what_is_not_checked_is_still_there_and_not_of_geo() -> None:
    """A module that is mended or moved leaves the list of those that are passed over."""
    overrides = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["mypy"]["overrides"]
    passed_over = [
        name
        for override in overrides
        if override.get("ignore_errors") and isinstance(override["module"], list)
        for name in override["module"]
    ]
    paths = [ROOT / name.replace(".", "/") for name in passed_over]
    assert not [
        str(path)
        for path in paths
        if not (path.with_suffix(".py").is_file() or (path / "__init__.py").is_file())
    ]
    assert not [name for name in passed_over if name.startswith("geo.")]
