"""Nothing in the code names the city: its names, time zone, region and metric CRS stand in its settings,
in the examples and in the demo city."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
NAMES = re.compile(
    r"астан|astana|целиноград|нур-?султан|nur-?sultan|asia/almaty|32642|КАТО 71|\b71\.\d", re.IGNORECASE
)
MAY = {"geo/settings.py": {"astana.toml"}, "etl/demo/__init__.py": {"astana"}}


def strings(path: Path) -> Iterator[tuple[int, str]]:
    """Every string of a module but its docstrings (and the strings that stand below what they describe)."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    docstrings = {node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in docstrings:
            yield node.lineno, node.value


def test_no_module_names_the_city() -> None:
    found = []
    for folder in ("dashboard", "geo", "layers", "etl"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            name = path.relative_to(ROOT).as_posix()
            if not name.startswith(("etl/demo/facts/", "geo/migrations/")):
                found += [
                    f"{name}:{line}: {text[:80]}"
                    for line, text in strings(path)
                    if NAMES.search(text) and text not in MAY.get(name, ())
                ]
    assert not found, "\n".join(found)


def test_no_script_and_no_style_names_the_city() -> None:
    own = [path for path in (ROOT / "assets").rglob("*") if "vendor" not in path.relative_to(ROOT).parts]
    paths = [path for path in own if path.suffix in (".js", ".css")]
    assert len(paths) > 10
    assert not [path.name for path in paths if NAMES.search(path.read_text(encoding="utf-8"))]
