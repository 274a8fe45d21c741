"""Where things are: the data folder that was chosen, and the copy of a checkout that only root can read."""

from __future__ import annotations

from pathlib import Path

import pytest

from dashboard.machine import launcher, paths
from dashboard.machine.accounts import is_root
from dashboard.machine.processes import Options
from dashboard.machine.supervisor import Supervisor

ROOT = Path(__file__).parents[3]


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small checkout with what is installed in it, and a state folder apart."""
    monkeypatch.delenv("IKOMEK_DATA", raising=False)
    monkeypatch.setattr(paths, "STATE", tmp_path / "state")
    folder = tmp_path / "checkout"
    for name in (
        "ikomek",
        "geo/__init__.py",
        "assets/map.js",
        "assets/vendor/lib.js",
        ".git/HEAD",
        ".venv/bin/python",
        ".ikomek/pg/PG_VERSION",
        "geo/__pycache__/x.pyc",
        "build/log",
    ):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)
    return folder


def private(checkout: Path) -> paths.Paths:
    return paths.Paths(checkout, checkout.parent / "mirror", checkout.parent / "data")


def files(root: Path) -> set[str]:
    return {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}


def test_a_mirror_holds_the_sources_and_nothing_else(checkout: Path) -> None:
    where = private(checkout)
    paths.mirror(where)
    assert files(where.root) == {"ikomek", "geo/__init__.py", "assets/map.js"}


def test_a_mirror_follows_its_checkout_and_keeps_what_was_installed(checkout: Path) -> None:
    where = private(checkout)
    paths.mirror(where)
    (where.root / ".venv").mkdir()
    (where.root / ".venv/stamp").write_text("1")
    (where.root / "assets/vendor").mkdir()
    (where.root / "assets/vendor/lib.js").write_text("ours")
    (checkout / "assets/map.js").unlink()
    (checkout / "geo/__init__.py").write_text("changed and longer")
    paths.mirror(where)
    assert files(where.root) == {"ikomek", "geo/__init__.py", ".venv/stamp", "assets/vendor/lib.js"}
    assert (where.root / "geo/__init__.py").read_text() == "changed and longer"


@pytest.mark.skipif(not is_root(), reason="only root starts processes as another account")
def test_root_only_checkouts_are_mirrored(checkout: Path) -> None:
    for folder in (checkout, *checkout.parents):
        if not folder.stat().st_mode & 0o001:
            assert paths.find_paths(checkout, None).mirrored
            return
    assert not paths.find_paths(checkout, None).mirrored
    checkout.chmod(0o700)
    assert paths.find_paths(checkout, None).root.parent == paths.STATE
    checkout.chmod(0o755)
    (checkout / "ikomek").chmod(0o600)
    assert paths.find_paths(checkout, None).mirrored


def test_the_data_folder_is_the_one_given_else_the_environments_else_the_remembered_one(
    checkout: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Asked for, then the environment's, then the one remembered, then `.ikomek`."""
    where = paths.find_paths(checkout, None)
    assert where.data == where.root / ".ikomek"
    (tmp_path / "chosen").mkdir()
    paths.remember(paths.Paths(where.checkout, where.root, tmp_path / "chosen"))
    assert paths.find_paths(checkout, None).data == tmp_path / "chosen"
    monkeypatch.setenv("IKOMEK_DATA", str(tmp_path / "named"))
    assert paths.find_paths(checkout, None).data == tmp_path / "named"
    assert paths.find_paths(checkout, str(tmp_path / "asked")).data == tmp_path / "asked"
    monkeypatch.delenv("IKOMEK_DATA")
    (tmp_path / "chosen").rmdir()
    assert paths.find_paths(checkout, None).data == where.root / ".ikomek"


def test_a_folder_in_other_use_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`up` closes its data folder to everybody else: a home or /tmp must not become one."""
    assert not paths.in_other_use(tmp_path / "new")
    (tmp_path / "log").mkdir()
    assert not paths.in_other_use(tmp_path)
    (tmp_path / "letters.odt").touch()
    before = tmp_path.stat().st_mode
    assert launcher.main(ROOT, ["up", "--data", str(tmp_path)]) == 2
    assert "holds other things" in capsys.readouterr().err
    assert tmp_path.stat().st_mode == before
    (tmp_path / "pg").mkdir()
    assert not paths.in_other_use(tmp_path)


def test_a_file_in_place_of_a_folder_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").touch()
    assert launcher.main(ROOT, ["status", "--data", str(tmp_path / "file")]) == 1
    assert "file/state.json: Not a directory" in capsys.readouterr().err


@pytest.mark.parametrize(
    "argv",
    [["etl", "--data", "{}", "feeds"], ["etl", "feeds", "--data={}"], ["wall", "list", "--data", "{}"]],
)
def test_inner_commands_take_a_data_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, argv: list[str]
) -> None:
    ran = []
    monkeypatch.setattr(launcher, "run_inside", lambda where, rest: ran.append((where.data, rest)) or 0)
    assert launcher.main(ROOT, [word.format(tmp_path) for word in argv]) == 0
    assert ran == [(tmp_path, [word for word in argv if "{}" not in word and word != "--data"])]


def test_a_folder_that_cannot_be_written_ends_nothing_that_runs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    supervisor = Supervisor(Options(tmp_path, tmp_path / "gone", tmp_path))
    supervisor.parts.write("running")
    assert "cannot write down what runs" in capsys.readouterr().out
