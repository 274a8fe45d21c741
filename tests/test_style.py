"""One form for every file, and no mistake that a linter sees: Ruff for Python (`pyproject.toml`), Biome for
scripts and styles (`biome.jsonc`).

`CONTRIBUTING.md` says how to mend what they find.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from dashboard.machine import paths, scripts

ROOT = Path(__file__).parents[1]
LONGEST = 110
RUFF = str(Path(sys.executable).parent / "ruff")


def complaints(*command: str) -> str:
    """What the program says of the tree; empty when it is content."""
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    return "" if done.returncode == 0 else f"{done.stdout}{done.stderr}"


def test_python_has_one_form() -> None:
    assert not (found := complaints(RUFF, "format", "--diff", "--no-cache", ".")), found


def test_python_has_no_mistake_that_a_linter_sees() -> None:
    assert not (found := complaints(RUFF, "check", "--no-cache", ".")), found


def test_scripts_and_styles_have_one_form_and_no_mistake_that_a_linter_sees() -> None:
    biome = scripts.linter(paths.in_checkout(ROOT))
    assert not (found := complaints(*biome, "ci", "--error-on-warnings", "--colors=off")), found


def test_no_line_of_a_script_or_style_is_longer_than_those_of_python() -> None:
    """The formatter leaves comments and long texts as they are."""
    own = [path for path in (ROOT / "assets").rglob("*") if path.suffix in (".js", ".css")]
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in own
        if "vendor" not in path.parts
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if len(line) > LONGEST
    ]
    assert not found, found
