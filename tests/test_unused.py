"""What the product does not use is not kept: a name that nothing of it says, a script's part that no other
script and no test asks for.

Each of `KEPT` stays for what is said beside it.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGES = ("dashboard", "layers", "etl", "geo")
OVERRIDES = "the library that calls it knows it by this name"
KEPT = {
    "readinto": OVERRIDES,
    "_typed": OVERRIDES,
    "__all__": "says what a package offers",
    "axe": "the tests call it",
    "linter": "the tests call it",
    "late_by": "the tests hold to this clock what the database computes",
}
PART = re.compile(r"\b(?:ikomek|studio|wall)\.([A-Za-z]\w*) = ")


def modules() -> list[Path]:
    """The modules of the product; a released migration stands alone and is never changed."""
    found = (path for top in PACKAGES for path in (ROOT / top).rglob("*.py"))
    return sorted(path for path in found if path.parent.name != "versions")


def defined(tree: ast.Module) -> Iterator[str]:
    """Functions, classes, constants and methods. Not what a decorator registers, nor a table, which
    statements know by its name in the database."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not node.decorator_list:
            yield node.name
        elif isinstance(node, ast.ClassDef):
            if "Base" not in map(ast.unparse, node.bases):
                yield node.name
            methods = (part for part in node.body if isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef))
            yield from (method.name for method in methods if not method.name.startswith("__"))
        elif isinstance(node, ast.Assign):
            yield from (target.id for target in node.targets if isinstance(target, ast.Name))
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            yield node.target.id


def used(tree: ast.Module) -> Iterator[str]:
    """Every name that is read, asked of something, given as a keyword or said in a text by itself."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            yield node.id
        elif isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.keyword) and node.arg:
            yield node.arg
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.isidentifier():
            yield node.value


def test_every_name_of_the_product_is_used_by_the_product() -> None:
    trees = {path: ast.parse(path.read_text(encoding="utf-8")) for path in modules()}
    known = {name for tree in trees.values() for name in used(tree)}
    unused = {
        name: path.relative_to(ROOT).as_posix()
        for path, tree in trees.items()
        for name in defined(tree)
        if name not in known
    }
    assert unused.keys() == KEPT.keys(), {name: path for name, path in unused.items() if name not in KEPT}


def test_every_part_of_a_script_is_asked_for() -> None:
    scripts = [path for path in (ROOT / "assets").rglob("*.js") if "vendor" not in path.parts]
    tests = [path for path in (ROOT / "tests").rglob("*.py") if path != Path(__file__)]
    words: Counter[str] = Counter()
    for path in (*scripts, *tests):
        words.update(re.findall(r"\w+", path.read_text(encoding="utf-8")))
    parts = {part for path in scripts for part in PART.findall(path.read_text(encoding="utf-8"))}
    assert len(parts) > 100
    assert not {part for part in parts if words[part] < 2}
