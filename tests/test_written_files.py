"""Files of TOML that people write (rules, feeds, scenes, cities): whatever is put in the place of a value, or
of a header, is taken, or refused with an error of ours that names the line and the key."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dashboard.commands.alert import read_notice
from dashboard.security.oidc_providers import read_providers
from dashboard.wall.playlists import load_playlist
from dashboard.wall.scenes import load_scene
from dashboard.words import error_words
from etl.declarations.files import load_feeds
from geo.alarms.rules import read_rules
from geo.desk.gateways import read_gateways
from geo.early_warning.causes import read_causes
from geo.errors import IkomekError
from geo.escalation.rules import read_steps
from geo.rating.strategy import read_strategy
from geo.reports.schedule import read_schedule
from geo.settings import City
from geo.staffing.roster import without_mistakes

ROOT = Path(__file__).parents[1]
CITY = City.load(ROOT / "geo/cities/astana.toml")


def example(module: str) -> str:
    """The file that the docstring of a module shows."""
    source = (ROOT / module).read_text(encoding="utf-8").split('"""')[1]
    first = re.search(r"^ *(\[\[|severity|handling_s)", source, re.MULTILINE)
    assert first is not None
    lines = source[first.start() :].split("\n")
    indent = " " * (len(lines[0]) - len(lines[0].lstrip()))
    shown = []
    for line in lines:
        if line.strip() and not line.startswith(indent):
            break
        if re.match(r"\s*(\[|#|\w+ *=)", line) or not line.strip():
            shown.append(line.removeprefix(indent))
    return "\n".join(shown)


FILES: dict[str, tuple[Callable[[Path], object], str]] = {
    "alarms": (read_rules, (ROOT / "geo/alarms/rules.toml").read_text()),
    "causes": (read_causes, (ROOT / "geo/early_warning/causes.toml").read_text()),
    "escalation": (read_steps, example("geo/escalation/rules.py")),
    "gateways": (read_gateways, example("geo/desk/gateways.py")),
    "reports": (lambda path: read_schedule(CITY, path), example("geo/reports/schedule.py")),
    "providers": (read_providers, example("dashboard/security/oidc_providers.py")),
    "roster": (without_mistakes, example("geo/staffing/roster.py")),
    "alert": (lambda path: read_notice(CITY, path), example("dashboard/commands/alert.py")),
    "strategy": (read_strategy, (ROOT / "etl/demo/strategy.toml").read_text()),
    "playlist": (load_playlist, (ROOT / "dashboard/wall/rotation.toml").read_text()),
    **{
        f"scene {path.stem}": (load_scene, path.read_text())
        for path in sorted((ROOT / "dashboard/wall/scenes").glob("*.toml"))
    },
    **{
        f"city {path.stem}": (City.load, path.read_text())
        for path in sorted((ROOT / "geo/cities").glob("*.toml"))
    },
    **{
        f"feeds {path.stem}": (lambda path: load_feeds(path, {}), path.read_text())
        for path in sorted((ROOT / "etl/examples").glob("*.toml"))
    },
}
VALUES = (
    *("5", "-1", "1.5", "nan", "inf", "-inf", "99999999999999999999", "true", '""', '" "', '"x"'),
    *('"\\u0000"', '"a\\u0000b@c.d"', "'http://[x'", '"http://h:99999/"', '"http://h:abc/"', '"../../x"'),
    *("[]", "[1]", "[[1]]", '[""]', '["x"]', '["http://[x"]', '["http://h:99999"]', "[{a = 1}]"),
    *('["a\\u0000b@c.d"]', "{}", "{a = 1}", '{kk = 1, ru = [], en = ""}', "{a = {b = [1]}}"),
    *("2026-01-01", "0001-01-01", "2026-01-01T00:00:00", "07:00:00", "[nan, inf]", "[1, 2, 3, 4, 5]"),
)
MOST_LINES = 30
ASSIGNED = re.compile(r"^(\s*)([\w.\"'-]+)(\s*=\s*)(.*)$")


def positions(text: str) -> list[tuple[str, int]]:
    """The lines on which a value or a header stands, one for each kind of place."""
    found, section = dict[tuple[str, str], int](), ""
    for number, line in enumerate(text.split("\n")):
        if line.lstrip().startswith("["):
            section = line.strip()
            found.setdefault((section, ""), number)
        elif written := ASSIGNED.match(line):
            found.setdefault((section, written[2]), number)
    return [(f"{section} {key}", number) for (section, key), number in found.items()]


def changed(text: str, number: int, value: str) -> str:
    """The value of a line, or a header that is one of many or of one, in place of what it is."""
    lines = text.split("\n")
    written = ASSIGNED.match(lines[number])
    if written:
        while not _is_whole(lines[number]) and number + 1 < len(lines):
            lines[number : number + 2] = ["\n".join(lines[number : number + 2])]
        lines[number] = f"{written[1]}{written[2]}{written[3]}{value}"
    else:
        lines[number] = f"{lines[number].strip().strip('[]').split('.')[0].strip()} = {value}"
    return "\n".join(lines)


def _is_whole(assignment: str) -> bool:
    """Whether a value ends where these lines do; one that does not in `MOST_LINES` is broken."""
    with suppress(tomllib.TOMLDecodeError):
        return bool(tomllib.loads(assignment.strip()))
    return assignment.count("\n") > MOST_LINES


def fault(read: Callable[[Path], object], path: Path, text: str) -> str | None:
    """What is wrong with how a file is read; none where it is taken, or refused well."""
    path.write_text(text, encoding="utf-8")
    try:
        read(path)
    except IkomekError as error:
        if not {"line", "reason"} & error.parameters.keys():
            return f"no line: {error}"
        message = error_words(error, "en")
        return None if error.code not in message else f"no words: {error}"
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return None


@pytest.mark.parametrize("name", FILES)
def test_every_value_that_somebody_may_write_is_taken_or_refused_by_its_line(
    name: str, tmp_path: Path
) -> None:
    read, text = FILES[name]
    path = tmp_path / "written.toml"
    assert fault(read, path, text) is None
    read(path)
    wrong = []
    for (position, number), value in product(positions(text), VALUES):
        if found := fault(read, path, changed(text, number, value)):
            wrong.append(f"{position} <- {value}: {found[:150]}")
    for top, value in product(tomllib.loads(text), VALUES):
        if found := fault(read, path, f"{top} = {value}"):
            wrong.append(f"the whole file <- {top} = {value}: {found[:150]}")
    for whole in ("", "x = 1", "[x]", "[[x]]", "\x00", "x = "):
        if found := fault(read, path, whole):
            wrong.append(f"the whole file <- {whole}: {found}")
    assert not wrong, f"{len(wrong)}\n" + "\n".join(wrong[:60])


def headers(text: str) -> Iterator[int]:
    for number, line in enumerate(text.split("\n")):
        if line.lstrip().startswith("["):
            yield number


@pytest.mark.parametrize("name", FILES)
def test_a_table_in_place_of_many_and_many_in_place_of_one(name: str, tmp_path: Path) -> None:
    read, text = FILES[name]
    wrong = []
    for number in headers(text):
        lines = text.split("\n")
        inner = lines[number].strip().strip("[]")
        for header in (f"[{inner}]", f"[[{inner}]]", f"[x.{inner}]", f"[{inner}.x]", f"[[{inner}.x]]"):
            lines[number] = header
            if found := fault(read, tmp_path / "written.toml", "\n".join(lines)):
                wrong.append(f"{inner} <- {header}: {found[:150]}")
    assert not wrong, f"{len(wrong)}\n" + "\n".join(wrong[:60])


@pytest.mark.parametrize("name", FILES)
@settings(
    max_examples=20,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_several_mistakes_at_once(name: str, tmp_path: Path, data: st.DataObject) -> None:
    read, text = FILES[name]
    for _ in range(data.draw(st.integers(2, 4))):
        _, number = data.draw(st.sampled_from(positions(text)))
        written: Any = data.draw(st.sampled_from(VALUES) | st.text(max_size=12).map(repr))
        text = changed(text, number, written)
    found = fault(read, tmp_path / "written.toml", text)
    assert found is None, f"{found}\n{text}"
