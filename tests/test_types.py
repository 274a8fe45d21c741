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


def test_every_module_is_checked_but_released_migrations() -> None:
    overrides = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["mypy"]["overrides"]
    assert [o["module"] for o in overrides if o.get("ignore_errors")] == ["geo.migrations.*"]
