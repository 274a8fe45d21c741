"""A reader, a panel, a page, a permission, a feed, a bench and a command, each added to a copy of the tree by
the list in its docstring alone: no file that the list does not name, and none left out that it asks for."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.test_repository import ROOT, tracked

ITEM = re.compile(r"^(\d+)\. (.+?)(?=^\d+\. |^\S*$|\Z)", re.MULTILINE | re.DOTALL)
FILE_NAME = re.compile(r"`([\w./]+\.(?:py|po|js|css|toml|md|lock))`")
OPEN_PARTS = re.compile(r"NAME|LANGUAGE|SUBJECT|SCENE|ROOM|NNNN|KEY")
CATALOGUES = [f"dashboard/locale/{lang}/LC_MESSAGES/ikomek.po" for lang in ("kk", "ru", "en")]


@dataclass
class Tree:
    """A copy of the tree, and which of its files were written."""

    root: Path
    written: set[str] = field(default_factory=set)

    def add(self, path: str, text: str) -> None:
        assert not (self.root / path).exists()
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_text(text, encoding="utf-8")
        self.written.add(path)

    def change(self, path: str, *changes: tuple[str, str]) -> None:
        """Each of the changes puts its second text behind the first, which must be there."""
        text = (self.root / path).read_text(encoding="utf-8")
        for behind, added in changes:
            assert behind in text, f"{path} holds no {behind!r}"
            text = text.replace(behind, behind + added, 1)
        (self.root / path).write_text(text, encoding="utf-8")
        self.written.add(path)

    def list_line(self, path: str, name: str) -> None:
        """A line in the list of a chapter, before its first one."""
        text = (self.root / path).read_text(encoding="utf-8")
        (self.root / path).write_text(text.replace("\n* `", f"\n* `{name}`: one\n* `", 1), encoding="utf-8")
        self.written.add(path)

    def list_file(self, path: str, folder: str, name: str) -> None:
        """A line in the chapter of `assets` or `tests` (`path`), the first one of its folder."""
        head, rest = (self.root / path).read_text(encoding="utf-8").split(f"## `{folder}/`", 1)
        rest = rest.replace("\n* `", f"\n* `{name}`: one\n* `", 1)
        (self.root / path).write_text(f"{head}## `{folder}/`{rest}", encoding="utf-8")
        self.written.add(path)

    def append(self, path: str, text: str) -> None:
        with (self.root / path).open("a", encoding="utf-8") as file:
            file.write(text)
        self.written.add(path)

    def add_words(self, *keys: str) -> None:
        for path in CATALOGUES:
            self.append(path, "".join(f'\nmsgid "{key}"\nmsgstr "Dummy"\n' for key in keys))


def reader(tree: Tree) -> None:
    tree.add(
        "etl/readers/dummy.py",
        '''"""Rows of a line each."""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from etl.chunk import Chunk, Source
from etl.readers.stream import opened
from etl.registry import Feed


def read(source: Source, feed: Feed) -> Iterator[Chunk]:
    with opened(source) as stream:
        lines = stream.read().decode().splitlines()
    yield Chunk(pa.table({"line": lines}), np.arange(1, len(lines) + 1))
''',
    )
    tree.change(
        "etl/readers/__init__.py",
        ("    delimited,\n", "    dummy,\n"),
        ('    "csv": delimited.read,\n', '    "dummy": dummy.read,\n'),
        ("SUFFIXES = {\n", '    ".dummy": "dummy",\n'),
    )
    tree.list_line("etl/readers/__init__.py", "dummy")
    tree.append("README.md", "Dummies are read too.\n")
    tree.add(
        "tests/etl/readers/test_dummy.py",
        """from etl import readers
from etl.declarations.files import CHOICES
from etl.registry import Feed


def test_lines(tmp_path) -> None:
    (tmp_path / "t.dummy").write_text("a\\nb\\n")
    [chunk] = readers.read(readers.Source("t.dummy", tmp_path / "t.dummy"), Feed("f", "incident"))
    assert chunk.table["line"].to_pylist() == ["a", "b"] and "dummy" in CHOICES["format"]
""",
    )


def panel(tree: Tree) -> None:
    tree.add(
        "layers/panels/dummy.py",
        '''"""A dummy."""

from sqlalchemy import text


def dummy(connection: object, request: object) -> dict:
    return {"n": connection.execute(text("select 109")).scalar_one(), "rows": request.rows}
''',
    )
    tree.list_line("layers/panels/__init__.py", "dummy")
    tree.change(
        "layers/panels/kinds.py",
        ("from layers.panels import ", "dummy, "),
        ('    "figures": incidents.figures,\n', '    "dummy": dummy.dummy,\n'),
    )
    tree.change("dashboard/wall/scenes/panels.py", ('    "flood": (),\n', '    "dummy": ("rows",),\n'))
    tree.add(
        "assets/wall/dummy.js",
        """window.ikomek.wall.panels.dummy = {
  feeds: () => ["inquiries"],
  draw: (panel) => panel.body.replaceChildren(String(panel.figures.n)),
};
""",
    )
    tree.list_file("assets/README.md", "wall", "dummy.js")
    tree.add_words("wall.panel.dummy")
    tree.add(
        "tests/layers/panels/test_dummy.py",
        """from dashboard.wall.scenes import check_scene, find_scene
from dashboard.wall.scenes.frame import frame
from dashboard.wall.scenes.requests import asks_of
from layers.panels.kinds import PanelDesk
from layers.scope import Scope


def test_a_scene_asks_and_gets_it(reader, settings, tmp_path) -> None:
    from dashboard.wall.scenes import FOLDER

    file = tmp_path / "electoral.toml"
    shipped = (FOLDER / file.name).read_text()
    file.write_text(shipped + '[[panels]]\\nkind = "dummy"\\ncolumn = 1\\nrows = 5\\n')
    scene, mistakes = check_scene(file)
    assert not mistakes
    asks = asks_of(scene, settings.city, Scope(), "en")
    place = str(len(scene.panels) - 1)
    assert PanelDesk().ask(reader, asks)[place]["figures"] == {"n": 109, "rows": 5}
    assert "Dummy" in str(frame(scene, "en", None))
""",
    )


def page(tree: Tree) -> None:
    tree.add(
        "dashboard/pages/dummy.py",
        '''"""A dummy."""

from dash import Dash, html

from dashboard.words import word

PATH = "/dummy"
TITLE = "dummy.title"
PERMISSION = "page.dummy"
NAVIGATION = (PATH, "dummy.title")


def layout(**query: str) -> html.Div:
    return html.Div(word("dummy.title"), id="dummy")


def register(app: Dash) -> None:
    """It answers nothing."""
''',
    )
    tree.change(
        "dashboard/pages/__init__.py",
        ("    audit,\n    buildings,\n", "    dummy,\n"),
        ("PAGES: tuple[Page, ...] = (\n    wall,\n", "    dummy,\n"),
    )
    tree.list_line("dashboard/pages/__init__.py", "dummy")
    tree.add_words("dummy.title")
    tree.change("tests/dashboard/test_app.py", ("ADDRESSES = {\n", '    "/dummy": "/dummy",\n'))
    tree.add(
        "tests/dashboard/pages/test_dummy.py",
        """import json

from tests.dashboard.test_app import lay_out


def test_who_has_the_permission_finds_it_in_the_header_and_opens_it(server) -> None:
    assert "Dummy" in json.dumps(lay_out(server, "/dummy", role="auditor"))
    for role, is_there in (("auditor", True), ("duty", False)):
        with server.client(role) as client:
            assert ('"href": "/dummy"' in json.dumps(client.get("/_dash-layout").json())) is is_there
            assert (client.get("/dummy", headers={"Accept": "text/html"}).status_code == 200) is is_there
""",
    )


def permission(tree: Tree) -> None:
    newest = max(path.name[:4] for path in (tree.root / "geo/migrations/versions").glob("0*.py"))
    tree.add(
        f"geo/migrations/versions/{int(newest) + 1:04}_dummy.py",
        f'''"""Who may see the dummy."""

from alembic import op

revision = "{int(newest) + 1:04}"
down_revision = "{newest}"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""update user_role set permissions = array_append(permissions, 'page.dummy')
        where key in ('auditor', 'administrator')""")
''',
    )


def feed(tree: Tree) -> None:
    tree.change(
        "etl/registry.py", ("FEEDS: tuple[Feed, ...] = (\n", '    Feed("dummies", "incident", 60),\n')
    )
    tree.add_words("feed.dummies")
    tree.add(
        "tests/etl/runs/test_dummies.py",
        """from sqlalchemy import text

from etl.registry import FEEDS, find
from etl.runs import engine
from etl.sources import Source

ROW = b"source_id,opened_at,kind\\n1,2026-11-27 10:00,police\\n"


def test_a_row_becomes_an_incident(settings, connection) -> None:
    engine.run(settings, find(FEEDS, "dummies"), [Source("t.csv", body=ROW, format="csv")])
    assert connection.execute(text("select source from incident")).scalar_one() == "dummies"
""",
    )


def bench(tree: Tree) -> None:
    tree.add(
        "tests/bench/dummy.py",
        '''"""Nothing, against nothing."""


def main(argv: list[str]) -> int:
    print("measured", argv)
    return 0
''',
    )
    tree.list_file("tests/README.md", "bench", "dummy.py")
    tree.append("README.md", "| dummy | nothing | 1 | 1 |\n")


def command(tree: Tree) -> None:
    tree.add(
        "dashboard/commands/dummy.py",
        '''"""./ikomek dummy"""

from dashboard.words import word
from geo.settings import Settings


def main(settings: Settings, argv: list[str]) -> int:
    print(word("command.dummy"), argv)
    return 0
''',
    )
    tree.list_line("dashboard/commands/__init__.py", "dummy")
    tree.change(
        "dashboard/cli.py",
        (
            "def ages(",
            "argv: list[str]) -> int:\n    from dashboard.commands import ages\n\n"
            "    return ages.main(Settings.load(), argv)\n\n\n"
            "def dummy(argv: list[str]) -> int:\n    from dashboard.commands import dummy\n\n"
            "    return dummy.main(Settings.load(), argv)\n\n\ndef _ages_again(",
        ),
        ('    "ages": ages,\n', '    "dummy": dummy,\n'),
    )
    tree.change(
        "dashboard/machine/arguments.py",
        ("INSIDE = (", '"dummy", '),
        ('            ("mode", "normal, drill or hotline"),\n', '            ("dummy", "nothing"),\n'),
    )
    tree.add_words("command.dummy")
    tree.add(
        "tests/dashboard/commands/test_dummy.py",
        """from dashboard import cli
from dashboard.machine import arguments


def test_it_is_listed_and_done(capsys) -> None:
    assert cli.main(["dummy", "now"]) == 0 and "Dummy ['dummy', 'now']" in capsys.readouterr().out
    assert "dummy" in arguments.INSIDE and "  dummy" in arguments.command_list()
    assert cli.main(["bench", "dummy", "quick"]) == 0 and "measured ['quick']" in capsys.readouterr().out
""",
    )


LISTS: dict[str, Callable[[Tree], None]] = {
    "etl/readers/__init__.py": reader,
    "dashboard/wall/scenes/panels.py": panel,
    "dashboard/pages/__init__.py": page,
    "geo/accounts/users.py": permission,
    "etl/registry.py": feed,
    "dashboard/commands/bench.py": bench,
    "dashboard/commands/__init__.py": command,
}
OWN_TESTS = (
    "tests/etl/readers/test_dummy.py",
    "tests/layers/panels/test_dummy.py",
    "tests/dashboard/pages/test_dummy.py",
    "tests/dashboard/commands/test_dummy.py",
    "tests/etl/runs/test_dummies.py",
)
RULES = (
    "tests/test_chapters.py",
    "tests/dashboard/test_words.py",
    "tests/dashboard/wall/test_scenes.py::test_every_kind_has_checks_a_drawing_and_where_it_asks_a_source",
    "tests/dashboard/machine/test_development.py::test_help_lists_every_command",
)


def named_by(item: str) -> list[re.Pattern[str]]:
    """The files that an item names, with its open parts standing for anything."""
    return [re.compile(OPEN_PARTS.sub(r"[\\w-]+", re.escape(name))) for name in FILE_NAME.findall(item)]


def items(path: str) -> list[str]:
    doc = ast.get_docstring(ast.parse((ROOT / path).read_text(encoding="utf-8"))) or ""
    return [" ".join(text.split()) for _, text in ITEM.findall(doc)]


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Tree:
    """The tree as git has it; what npm brought is the same."""
    root = tmp_path_factory.mktemp("tree")
    for path in tracked():
        target = root / path.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(path.read_bytes())
    (root / "assets/vendor").symlink_to(ROOT / "assets/vendor")
    subprocess.run(["git", "init", "-q"], cwd=root, check=True)
    return Tree(root)


def test_each_is_added_by_its_list_alone(tree: Tree) -> None:
    for path, add in LISTS.items():
        tree.written.clear()
        add(tree)
        listed = items(path)
        named = [pattern for item in listed for pattern in named_by(item)]
        assert not [one for one in tree.written if not any(pattern.fullmatch(one) for pattern in named)], path
        for item in listed:
            required = [] if item.startswith("if ") else named_by(item)
            assert not required or any(
                pattern.fullmatch(one) for pattern in required for one in tree.written
            ), item
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *OWN_TESTS, *RULES],
        cwd=tree.root,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]


@pytest.mark.parametrize("path", LISTS)
def test_every_file_that_a_list_names_is_there(path: str) -> None:
    named = {name for item in items(path) for name in FILE_NAME.findall(item) if not OPEN_PARTS.search(name)}
    assert named and not [name for name in named if not (ROOT / name).exists()]
