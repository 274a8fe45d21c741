"""One form for every file, and no mistake that a linter sees: Ruff for Python (`pyproject.toml`), Biome for
scripts and styles (`biome.jsonc`). Besides: a helper is written in one script, a docstring is a sentence or a
noun phrase.

`CONTRIBUTING.md` says how to mend what they find.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from dashboard.machine import paths, scripts

ROOT = Path(__file__).parents[1]
LONGEST = 110
PACKAGES = ("dashboard", "layers", "etl", "geo", "tests")
FRAGMENT = re.compile(r"(Of|Which|As)\b")
HELPER = re.compile(
    r"^( *)(?:const|let) (\w+ = (?:async )?(?:\([^()]*\)|\w+) =>(?:(?!^\1(?:const|let|function) ).)*?;)$"
    r"|^( *)((?:async )?function \w+\(.*?\) \{\n.*?^\3\})$",
    re.MULTILINE | re.DOTALL,
)
MOST_SCRIPTS = 2
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


def test_no_helper_is_written_anew_in_a_third_script() -> None:
    """A helper that several scripts need belongs to `ikomek`: `assets/elements.js`, `ask.js`."""
    scripts = defaultdict(set)
    for path in (ROOT / "assets").rglob("*.js"):
        if "vendor" not in path.parts:
            for found in HELPER.finditer(path.read_text(encoding="utf-8")):
                scripts[" ".join((found[2] or found[4]).split())].add(path.relative_to(ROOT).as_posix())
    assert len(scripts) > 1000
    repeated = {helper: where for helper, where in scripts.items() if len(where) > MOST_SCRIPTS}
    assert not repeated, repeated


def test_elements_are_found_in_one_way() -> None:
    """`ikomek.byId`."""
    scripts = [path for path in (ROOT / "assets").rglob("*.js") if "vendor" not in path.parts]
    found = {path.name for path in scripts if "getElementById" in path.read_text(encoding="utf-8")}
    assert found == {"elements.js"}


def docstrings(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """(line, text) of modules, classes and functions, and of what is assigned."""
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        for before, part in zip([node, *body], body) if isinstance(body, list) else ():
            is_documented = isinstance(before, ast.Assign | ast.AnnAssign) or (
                before is node
                and isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
            )
            if is_documented and isinstance(part, ast.Expr) and isinstance(part.value, ast.Constant):
                if isinstance(part.value.value, str):
                    yield part.lineno, part.value.value


def test_no_docstring_begins_with_a_fragment() -> None:
    """ "Of the wall." and "Which rows." say less than "The width of the wall." and "The rows to read."."""
    modules = [
        path
        for package in PACKAGES
        for path in sorted((ROOT / package).rglob("*.py"))
        if path.parent.name != "versions"  # a released migration is never edited
    ]
    found = [
        f"{path.relative_to(ROOT)}:{line} {text.splitlines()[0]}"
        for path in modules
        for line, text in docstrings(ast.parse(path.read_text(encoding="utf-8")))
        if FRAGMENT.match(text)
    ]
    assert not found, "\n".join(found)
