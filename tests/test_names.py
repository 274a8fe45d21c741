"""Names are the field's: words that this code once used in a meaning of its own name no module, function,
class or variable any more.

Each of `EXCEPTIONS` keeps its name for what is said beside it.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGES = ("dashboard", "layers", "etl", "geo", "tests")
RELEASED = ROOT / "geo" / "migrations" / "versions"
INSTEAD = {
    "asked": "request, query, args, by what it is",
    "tell": "respond, publish",
    "told": "message, parameters, by what it is",
    "say": "message, text",
    "said": "message, text, by what it is",
    "door": "security",
    "doors": "security",
    "mend": "correct (by a run), resubmit (by a person), repair",
    "mended": "corrected, resubmitted, repaired",
    "ground": "area, land, obstacles",
    "place": "point, location, index, path, by what it is",
    "places": "points, locations, indices, paths",
    "visit": "request_context",
    "packing": "compression",
    "figures": "counts, formats, digits",
    "keeping": "backup",
    "doubt": "unmatched",
    "doubts": "unmatched",
    "heirs": "successors",
    "tally": "facet_counts",
    "noun": "entity",
    "nouns": "entities",
}
COLUMN = "a column of a table that has been released"
EXCEPTIONS = {
    "said_at": COLUMN,
    "asked_after": COLUMN,
    "asked_at": COLUMN,
    "asked_by": COLUMN,
    "mended": COLUMN,
    "mended_row": COLUMN,
    "mended_by": COLUMN,
    "mended_at": COLUMN,
    "noun": "a column of the change feed, and the key of a declaration of a feed",
    "noun_id": COLUMN,
    "noun_ids": COLUMN,
    "doubt": "the key of a request's body",
    "place": "the key of a request's body; a backup is put in its place",
    "places": "of OpenStreetMap: towns, suburbs, squares",
    "say": "prints a line of progress",
    "figures": "a panel of the wall, and the numbers of any panel",
}
ONLY_IN = {
    "mended": {"geo/intake/runs.py"},
    "doubt": {"dashboard/api/plans/workflow.py"},
    "place": {
        "dashboard/api/plans/workflow.py",
        "dashboard/machine/backup.py",
    },
    "places": {"etl/demo/facts/frame.py", "etl/readers/osm_tags.py"},
    "say": {"dashboard/machine/progress.py"},
    "figures": {"dashboard/wall/scenes/panels.py", "layers/panels/incidents.py", "layers/panels/kinds.py"},
}


SCRIPTS = ROOT / "assets"
COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.DOTALL)
PARAMETERS = re.compile(r"\bfunction\s*\w*\s*\(([^)]*)\)|\(([^()]*)\)\s*=>")
DECLARED = re.compile(
    r"\b(?:const|let|var|function|class)\s+(\w+)|[,{(]\s*(\w+)\s*=(?![=>])|(?<![\w.])(\w+)\s*=>"
)
IN_SCRIPTS = {
    "figures": "a panel of the wall, and the numbers of any panel",
    "FIGURES": "of that panel",
    "FIGURES_MS": "how often those of the panels are read",
    "measureFigures": "of that panel",
    "planFigures": "of that panel",
    "showFigures": "of that panel",
    "places": "of OpenStreetMap: towns, suburbs, squares",
    "PLACES": "of OpenStreetMap",
}


def words(name: str) -> set[str]:
    return set(re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower().split("_"))


def names(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Everything that a module gives a name to; a test's name is a sentence."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            if not node.name.startswith("test_"):
                yield node.lineno, node.name
        elif isinstance(node, ast.arg):
            yield node.lineno, node.arg
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.lineno, node.id
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.lineno, node.attr


@cache
def all_names() -> tuple[tuple[str, int, str], ...]:
    """(path, line, name)"""
    return tuple(read_names())


def read_names() -> Iterator[tuple[str, int, str]]:
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            if path.is_relative_to(RELEASED):
                continue
            where = path.relative_to(ROOT).as_posix()
            if not path.stem.startswith("test_"):
                yield where, 0, path.stem
            for line, name in names(ast.parse(path.read_text(encoding="utf-8"))):
                yield where, line, name


def is_exception(where: str, name: str) -> bool:
    plain = name.lower()
    return plain in EXCEPTIONS and where in ONLY_IN.get(plain, {where})


def test_no_private_word_names_anything() -> None:
    found = [
        f"{where}:{line} {name} -> {INSTEAD[word]}"
        for where, line, name in all_names()
        for word in words(name) & INSTEAD.keys()
        if not is_exception(where, name)
    ]
    assert not found, "\n".join(found)


def test_every_exception_is_still_used() -> None:
    assert EXCEPTIONS.keys() <= {name.lower() for _, _, name in all_names()}
    assert IN_SCRIPTS.keys() <= {name for _, name in names_in_scripts()}


def names_in_scripts() -> Iterator[tuple[str, str]]:
    """(path, name) of what a script of ours names: variables, functions and their parameters."""
    for path in sorted(SCRIPTS.rglob("*.js")):
        if "vendor" in path.parts:
            continue
        source = COMMENT.sub("", path.read_text(encoding="utf-8"))
        where = path.relative_to(ROOT).as_posix()
        for found in DECLARED.finditer(source):
            yield where, next(filter(None, found.groups()))
        for found in PARAMETERS.finditer(source):
            for name in re.findall(r"\w+", found[1] or found[2] or ""):
                yield where, name


def test_no_private_word_names_anything_in_a_script() -> None:
    found = [
        f"{where} {name} -> {INSTEAD[word]}"
        for where, name in names_in_scripts()
        for word in words(name) & INSTEAD.keys()
        if name not in IN_SCRIPTS
    ]
    assert not found, "\n".join(found)


IN_PAGES = {
    "data-places": "of OpenStreetMap: towns, suburbs, squares",
    "wall-panel-figures": "the panel of the wall of that kind",
}
SELECTOR, IN_SCRIPT = re.compile(r"[.#\[]([a-z][a-z0-9-]*)"), re.compile(r"[\"'`#. ]([a-z]+(?:-[a-z]+)+)\b")
IN_PYTHON = re.compile(r"[a-z]+(?:[- ][a-z]+)+")


def names_in_pages() -> Iterator[tuple[str, str]]:
    """(path, name) of classes, ids and attributes of elements: in styles, in scripts, in what the server
    sends."""
    for path in sorted(SCRIPTS.rglob("*")):
        if path.suffix in (".css", ".js") and "vendor" not in path.parts:
            source = COMMENT.sub("", path.read_text(encoding="utf-8"))
            for name in (SELECTOR if path.suffix == ".css" else IN_SCRIPT).findall(source):
                yield path.relative_to(ROOT).as_posix(), name
    for path in sorted((ROOT / "dashboard").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            value = getattr(node, "value", None) if isinstance(node, ast.Constant) else None
            if isinstance(value, str) and IN_PYTHON.fullmatch(value):
                for name in value.split():
                    yield path.relative_to(ROOT).as_posix(), name


def test_no_private_word_names_an_element_of_a_page() -> None:
    everywhere = list(names_in_pages())
    found = [
        f"{where} {name} -> {INSTEAD[word]}"
        for where, name in everywhere
        if "-" in name and name not in IN_PAGES
        for word in set(name.split("-")) & INSTEAD.keys()
    ]
    assert not found, "\n".join(found)
    assert IN_PAGES.keys() <= {name for _, name in everywhere}


EXPLAINED = re.compile(r"(?:^|[.;] )((?:`\w+`(?:, | and | / )?)+)(?::| none| holds| =)")


def test_the_docstring_of_a_dataclass_explains_fields_that_it_has() -> None:
    """A field that was renamed is renamed there too."""
    explained, unknown = 0, []
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if not isinstance(node, ast.ClassDef) or node.bases or not node.decorator_list:
                    continue
                known = {part.target.id for part in node.body if isinstance(part, ast.AnnAssign)}
                known |= {part.name for part in node.body if isinstance(part, ast.FunctionDef)}
                text = " ".join((ast.get_docstring(node) or "").split())
                found = re.findall(r"`(\w+)`", " ".join(EXPLAINED.findall(text)))
                explained += len(found)
                unknown += [f"{path.relative_to(ROOT)} {node.name}: {name}" for name in {*found} - known]
    assert explained > 300 and not unknown, unknown
