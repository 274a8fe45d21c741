"""What a script reads from a `data-` attribute is written somewhere: by the page that the server sends, or by
a script. A name that only one side has changed leaves a page that never starts."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
SCRIPTS = sorted(
    path for path in (ROOT / "assets").rglob("*.js") if "vendor" not in path.relative_to(ROOT).parts
)
PAGES = sorted(path for folder in ("dashboard", "layers") for path in (ROOT / folder).rglob("*.py"))
BY_OTHERS = {"dash-is-loading", "dragged", "ready"}
"""Attributes of Dash, of the browser, and those that only tests read."""


def kebab(name: str) -> str:
    return re.sub("[A-Z]", lambda letter: "-" + letter[0].lower(), name)


def written() -> set[str]:
    found = set(BY_OTHERS)
    for path in PAGES:
        source = path.read_text()
        found |= set(re.findall(r"data-([a-z][a-z-]*)", source))
    for path in SCRIPTS:
        source = path.read_text()
        found |= {kebab(name) for name in re.findall(r"dataset\.(\w+)\s*=(?!=)", source)}
        found |= set(re.findall(r"""(?<!\[)["'`]data-([a-z][a-z-]*)["'`]""", source))
        found |= set(re.findall(r" data-([a-z][a-z-]*)=", source))
        for fields in re.findall(r"Object\.assign\(\w+\.dataset, \{([^}]*)\}", source):
            found |= {kebab(name) for name in re.findall(r"(\w+)(?=\s*[:,]|\s*$)", fields)}
    return found


def read(source: str) -> set[str]:
    names = {kebab(name) for name in re.findall(r"dataset\.(\w+)\b(?!\s*=(?!=))", source)}
    return names | set(re.findall(r"\[data-([a-z][a-z-]*)[\]=~^$*|]", source))


def test_what_a_script_reads_of_an_element_somebody_writes() -> None:
    known = written()
    unwritten = {
        f"{path.relative_to(ROOT)}: data-{name}"
        for path in SCRIPTS
        for name in read(path.read_text()) - known
    }
    assert not unwritten


def test_a_name_that_nobody_writes_is_noticed() -> None:
    assert read("JSON.parse(page.dataset.noSuchThing)") == {"no-such-thing"}
    assert read("x.dataset.kind = 1; if (x.dataset.kind === y) z('[data-verb]')") == {"kind", "verb"}
    assert "no-such-thing" not in written()
