"""No script of ours lets what it reads choose what it sets: a key such as `__proto__`, in an answer or an
address, would change every object of the page. What is collected by name is a Map, or is made at once
(`Object.fromEntries`, a literal), where such a name is one like others."""

from __future__ import annotations

import re

import pytest

from tests.test_repository import ROOT

COMPUTED = re.compile(
    r"[\w)\]]\[(?P<key>[^\[\]\n]+(?:\[[^\[\]\n]*\][^\[\]\n]*)*)\](?:\.\w+|\[[^\[\]\n]+\])*\s*"
    r"(?:(?:\?\?|\|\||&&|[-+*/%|&^]|\*\*|<<|>>>?)?=(?![=>])|\+\+|--)"
)
"""What is set, or counted up, at a place that is computed."""
INDEX = re.compile(r"\d+|\w+\.length - 1")
"""Places of lists."""
BY_NAME = re.compile(r"__proto__|\.prototype\b|setPrototypeOf")


def chosen(script: str) -> list[str]:
    """What is set at a key that stands nowhere in the script."""
    keys = (found["key"] for found in COMPUTED.finditer(script))
    return [key for key in keys if not INDEX.fullmatch(key)] + BY_NAME.findall(script)


@pytest.mark.parametrize(
    "line",
    [
        "kept[name] = value;",
        "kept[field.dataset.name] ||= value;",
        "counts[draw(element, now)] += 1;",
        "kept[keys[r.varint()]] = 1;",
        "kept[name].last = value;",
        "kept[name][other] = value;",
        "kept[name]++;",
        "Object.prototype.last = value;",
        'kept["__proto__"].last = value;',
    ],
)
def test_a_key_that_is_read_is_noticed(line: str) -> None:
    assert chosen(line)


@pytest.mark.parametrize(
    "line",
    ["box[0] = 1;", "line[line.length - 1] = xy;", "if (kept[name] === value) return;", "kept[name] >= 1"],
)
def test_places_of_lists_and_comparisons_are_none(line: str) -> None:
    assert not chosen(line)


def test_no_script_sets_what_a_key_that_it_reads_names() -> None:
    scripts = [path for path in (ROOT / "assets").rglob("*.js") if "vendor" not in path.parts]
    assert len(scripts) > 80
    found = {path.name: keys for path in scripts if (keys := chosen(path.read_text(encoding="utf-8")))}
    assert not found
