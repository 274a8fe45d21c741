"""What a killed backup or restore left is removed by the next one; what somebody works in is not, nor what a
person called so."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from dashboard.machine import workplaces
from dashboard.machine.backup import workplace
from dashboard.machine.workplaces import BACKUP, RESTORE, work_in

ROOT = Path(__file__).parents[3]
KILLED = """
import os, signal, sys
from pathlib import Path
from dashboard.machine.workplaces import work_in
with work_in(Path(sys.argv[1]), sys.argv[2]) as folder:
    (folder / "database.dump").write_text("half of it")
    os.kill(os.getpid(), signal.SIGKILL)
"""


def left(folder: Path, prefix: str) -> list[Path]:
    return list(folder.glob(f"{prefix}*"))


def test_what_a_killed_one_left_is_removed_by_the_next(tmp_path: Path) -> None:
    for prefix in (BACKUP, RESTORE):
        subprocess.run([sys.executable, "-c", KILLED, str(tmp_path), prefix], cwd=ROOT, check=False)
        (folder,) = left(tmp_path, prefix)
        assert (folder / "database.dump").exists()
    (tmp_path / f"{BACKUP}of-summer").mkdir()
    with workplace(tmp_path / "a.backup") as held:
        assert {*left(tmp_path, BACKUP)} == {held, tmp_path / f"{BACKUP}of-summer"}
        with work_in(tmp_path, BACKUP) as other:
            assert held.is_dir() and other != held
        with work_in(tmp_path, RESTORE) as restoring:
            assert left(tmp_path, RESTORE) == [restoring]
    assert left(tmp_path, BACKUP) == [tmp_path / f"{BACKUP}of-summer"] and not left(tmp_path, RESTORE)


def test_one_that_was_removed_before_it_was_held_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[Path] = []

    def mkdtemp(prefix: str, dir: Path) -> str:
        folder = dir / f"{prefix}{len(made):08}"
        folder.mkdir()
        made.append(folder)
        if len(made) == 1:
            folder.rmdir()
        return str(folder)

    monkeypatch.setattr(workplaces.tempfile, "mkdtemp", mkdtemp)
    with work_in(tmp_path, BACKUP) as folder:
        assert folder == made[1] and folder.is_dir()
